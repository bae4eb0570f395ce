#pragma once
// UTF-8 (RFC 3629), strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF.

#include <string>
#include <string_view>

namespace evenkeel::utf8 {

/// Throws Error "[text] NAME is no UTF-8 text: byte 17 …" at the first byte that is none.
std::u32string decode(std::string_view bytes, std::string_view name);

void append(std::string& bytes, char32_t character);

}  // namespace evenkeel::utf8
