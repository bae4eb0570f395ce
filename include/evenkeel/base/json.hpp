#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

/// \file
/// JSON as text, for the files that a program leaves. A library would write it too, but every
/// lesson waits for this to compile. What reads JSON uses nlohmann's.
namespace evenkeel {

/// The text in quotes; bytes that are no UTF-8 become �.
std::string to_json(std::string_view text);

std::string to_json(std::integral auto number) {
  if constexpr (std::same_as<decltype(number), bool>) return number ? "true" : "false";
  return std::to_string(number);
}

/// In the shortest form that reads back as the same number. JSON has no NaN and no infinity: null.
std::string to_json(double number);

template <class T>
std::string to_json(const std::optional<T>& value) {
  return value ? to_json(*value) : "null";
}

/// A list of whatever has a to_json.
template <std::ranges::input_range List>
requires(!std::convertible_to<List, std::string_view>) std::string to_json(const List& list) {
  std::string text;
  for (const auto& entry : list) text += (text.empty() ? "[" : ", ") + to_json(entry);
  return text.empty() ? "[]" : text + "]";
}

/// Keys and values, in the order in which they are added, a line each:
///
///     const std::string json = JsonObject().add("norm", "layer").add("eps", 1e-5).text();
class JsonObject {
 public:
  template <class T>
  JsonObject& add(std::string_view key, const T& value) {
    text_ += (text_.empty() ? "{" : ",\n ") + to_json(key) + ": " + to_json(value);
    return *this;
  }

  std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  std::string text_;
};

inline std::string to_json(const JsonObject& object) {
  return object.text();
}

}  // namespace evenkeel
