// Text in UTF-8: made into tokens and back; measured, cut and wrapped as in charts and tables.

#include "base/text.hpp"
#include "evenkeel/base/terminal.hpp"
#include "evenkeel/data/text.hpp"
#include "fuzz.hpp"

using namespace evenkeel_fuzz;
using namespace evenkeel;

namespace {

void tokens(std::string_view input) {
  try {
    const Text text = make_text(input, 1);
    const std::string mark = input.starts_with("\xEF\xBB\xBF") ? "\xEF\xBB\xBF" : "";
    const std::string again =
        text.vocabulary.decode(text.train) + text.vocabulary.decode(text.validation);
    expect(mark + again == input, "another text after encoding and decoding");
  } catch (const Error&) {
  }
}

void on_a_page(std::string_view input) {
  const std::string line = printable(input);
  expect(printable(line) == line, "not all of it is printable");
  expect(line.find('\n') == std::string::npos, "two lines");
  for (const std::size_t columns : {0u, 1u, 7u, 80u}) {
    expect(display_width(fit(line, columns)) <= columns, "too wide");
    expect(display_width(pad_left(line, columns)) >= columns, "too narrow");
    expect(display_width(pad_right(line, columns)) >= columns, "too narrow");
    if (columns == 0) continue;
    for (const std::string& part : wrap(line, columns)) {
      expect(display_width(part) <= columns, "a line that is too wide");
    }
  }
  expect(text::in_quotes(input).find('\n') == std::string::npos, "a quotation of two lines");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input = as_text(bytes, size);
  const MemoryLimit limit(100'000 + 300 * size);
  tokens(input);
  on_a_page(input);
  return 0;
}
