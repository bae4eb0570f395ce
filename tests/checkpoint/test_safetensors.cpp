#include "support.hpp"

using namespace evenkeel_test;

namespace {

// Two tensors, four bytes of data; each error below is one change of it.
const std::string a = R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
const std::string b = R"("b":{"dtype":"I16","shape":[],"data_offsets":[2,4]})";
const std::string data = {1, 2, 3, 4};

std::string entry(const std::string& info) {
  return R"({"a":{)" + info + "}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)
BOOST_AUTO_TEST_SUITE(safetensors)

BOOST_AUTO_TEST_CASE(the_bytes_of_a_small_file) {
  const Scratch folder;
  TensorFile file;
  file.tensors.push_back({"x", "F32", {1, 2}, as_bytes<float>({1, -2})});
  file.tensors.push_back({"n", "I64", {}, as_bytes<std::int64_t>({7})});
  file.metadata["made"] = "by hand";
  write_tensors(folder / "x", file);
  // The wider type first; 1 is 0x3f800000, −2 is 0xc0000000; 5 spaces fill up to 168 = 21 · 8.
  const std::string header =
      R"({"__metadata__":{"made":"by hand"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("x":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  const std::string numbers("\7\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\0\xc0", 16);
  BOOST_TEST(bytes_of(folder / "x") == with_length(padded, numbers));
  BOOST_TEST(std::distance(fs::directory_iterator(folder.path()), {}) == 1);  // nothing temporary

  const TensorFile read = read_tensors(folder / "x");
  BOOST_TEST_REQUIRE(read.tensors.size() == 2u);
  BOOST_TEST(read.tensors[1].name == "x");
  BOOST_TEST(read.tensors[1].dtype == "F32");
  BOOST_TEST((read.tensors[1].shape == std::vector<std::uint64_t>{1, 2}));
  BOOST_TEST((read.tensors[1].data == file.tensors[0].data));
  BOOST_TEST((read.metadata == file.metadata));
}

BOOST_AUTO_TEST_CASE(what_the_format_allows) {
  const Scratch folder;
  const std::string empty = R"("e":{"dtype":"F32","shape":[0,9],"data_offsets":[2,2]})";
  const std::string lines = "{\n " + b + ",\n " + empty + ",\n " + a + "\n}   \n";
  folder.write("x", with_length(lines, data));  // any order; spaces; an empty tensor
  const TensorFile read = read_tensors(folder / "x");
  BOOST_TEST_REQUIRE(read.tensors.size() == 3u);
  BOOST_TEST(read.tensors[0].name == "a");
  BOOST_TEST(read.tensors[1].data.empty());
  BOOST_TEST((read.tensors[2].data == std::vector<char>{3, 4}));
  folder.write("x", with_length("{}"));
  BOOST_TEST(read_tensors(folder / "x").tensors.empty());
}

BOOST_AUTO_TEST_CASE(headers_that_lie) {
  const Scratch folder;
  const std::string u8 = R"("dtype":"U8",)", two = R"("shape":[2],)";
  const std::string offsets = R"("data_offsets":[0,2])";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {with_length("{" + a + "," + b + "}", "123"),
       R"("b": takes 2 bytes, the file has 1 left; it is trunc)"},
      {with_length("{" + a + "," + b + "}", "12345"), "1 trailing bytes"},
      {with_length("{" + a + "}", data), "2 trailing bytes"},
      {with_length("{" + b + "}", data),
       R"(tensor "b": I16 of shape () takes 2 bytes, so its data_offsets must be [0, 2], )"
       "got [2, 4]"},
      {with_length("{" + a + R"(,"c":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}})", data),
       R"(tensor "c": takes 3 bytes, the file has 2 left)"},
      {with_length("{" + a + "," + a + "}", "12"), R"(has "a" twice)"},
      {with_length(entry(u8 + two + two + offsets), "12"), R"(has "shape" twice)"},
      {with_length(R"({"__metadata__":{"k":"1","k":"2"}})"), R"(has "k" twice)"},
      {with_length(entry(R"("dtype":"U7",)" + two + offsets), "12"), R"(unknown dtype "U7")"},
      {with_length(entry(R"("dtype":8,)" + two + offsets), "12"),
       R"(tensor "a": expected a dtype, a shape and data_offsets)"},
      {with_length(entry(two + offsets), "12"),
       R"(tensor "a": expected a dtype, a shape and data_offsets)"},
      {with_length(entry(u8 + offsets), "12"), R"(got {"data_offsets":[0,2],"dtype":"U8"})"},
      {with_length(entry(u8 + R"("shape":[2.0],)" + offsets), "12"),
       "whole numbers from 0 on), got {"},
      {with_length(entry(u8 + R"("shape":[-2],)" + offsets), "12"),
       "whole numbers from 0 on), got {"},
      {with_length(entry(u8 + R"("shape":[18446744073709551616],)" + offsets), "12"),
       "whole numbers from 0 on), got {"},
      {with_length(entry(u8 + R"("shape":{"0":2},)" + offsets), "12"),
       "whole numbers from 0 on), got {"},
      {with_length(entry(u8 + R"("shape":[[2]],)" + offsets), "12"), "nested too deeply"},
      {with_length(entry(u8 + R"("shape":[3],)" + offsets), "12"),
       "takes 3 bytes, the file has 2 left"},
      // 2^32 · (2^32 + 1) wraps to 2^32; 2^62 · 4 wraps to 0
      {with_length(entry(u8 + R"("shape":[4294967296,4294967297],)" + offsets), "12"), "too large"},
      {with_length(entry(R"("dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0])")),
       "too large for any file"},
      {with_length(entry(u8 + two + R"("data_offsets":[0])"), "12"), "must be [0, 2], got [0]"},
      {with_length(entry(u8 + two + R"("data_offsets":[2,0])"), "12"),
       "must be [0, 2], got [2, 0]"},
      {with_length(entry(u8 + two + R"("data_offsets":[0,-2])"), "12"),
       "whole numbers from 0 on), got {"},
      {with_length(R"({"a":[1]})", "12"),
       R"(data_offsets (lists of at most 64 whole numbers from 0 on), got [1])"},
      {with_length(R"({"__metadata__":{"k":1}})"), "__metadata__ must be an object of texts"},
      {with_length(R"({"__metadata__":[]})"), "__metadata__ must be an object of texts"},
      {with_length("{\"\xff\":1}"), "is not JSON in UTF-8"},
      {with_length("{" + a + "} x", "12"), "is not JSON in UTF-8"},
      {with_length("{" + a, "12"), "is not JSON in UTF-8"},
      {with_length("{/**/}"), "is not JSON in UTF-8"},
      {with_length(R"({"k":1e999})"), "is not JSON in UTF-8"},
      {with_length("{}" + std::string(6, '\0')), "has a zero byte"},
      {with_length("\xef\xbb\xbf{}"), "does not begin with {"},
      {with_length(" {}"), "does not begin with {"},
      {with_length("[]"), "does not begin with {"},
      {with_length(""), "does not begin with {"},
      {with_length("{\"k\":" + std::string(50000, '[')), "nested too deeply"},
      {with_length(entry(u8 + R"("shape":[1)" + std::string(200000, ',') + "]"), "12"), "not JSON"},
      {std::string(7, '\1'), "goes beyond the file's 7"},
      {"", "goes beyond the file's 0"},
  };
  for (const auto& [bytes, complaint] : wrong) {
    folder.write("x", bytes);
    BOOST_TEST_CONTEXT(complaint) {
      BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error, says(complaint));
      BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error, says("/x: "));
    }
  }
}

BOOST_AUTO_TEST_CASE(lengths_that_lie) {
  const Scratch folder;
  std::string bytes = with_length("{" + a + "}", "12");
  bytes[0] = 127;  // more than there is
  folder.write("x", bytes);
  BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error,
                        says("a header of 127 bytes goes beyond"));
  bytes[4] = 1;  // more than 4 GB
  folder.write("x", bytes);
  BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error, says("bytes goes beyond the file's"));
  bytes[7] = '\xff';
  folder.write("x", bytes);
  BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error, says("bytes goes beyond the file's"));
}

BOOST_AUTO_TEST_CASE(long_lists) {
  const Scratch folder;
  std::string ones = "1";
  for (int i = 0; i < 100; ++i) ones += ",1";
  const std::string info = R"("dtype":"U8","shape":[)" + ones + R"(],"data_offsets":[0,1])";
  folder.write("x", with_length(entry(info), "1"));
  BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error,
                        says("lists of at most 64 whole numbers"));
}

// A name out of a file cannot break the line or send codes to the terminal.
BOOST_AUTO_TEST_CASE(names_are_shown_escaped_and_cut) {
  const Scratch folder;
  folder.write("x", with_length(R"({"a\u001b[2J\n":[]})"));
  BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error, says(R"(tensor "a\x1b[2J\n":)"));
  folder.write("x", with_length("{\"" + std::string(5000, 'n') + "\":[]}"));
  BOOST_CHECK_EXCEPTION(read_tensors(folder / "x"), Error, says("nnn\"…: expected a dtype"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read) {
  const Scratch folder;
  BOOST_CHECK_EXCEPTION(read_tensors(folder / "none"), Error, says("/none: No such file"));
  BOOST_CHECK_EXCEPTION(read_tensors(folder.path()), Error, says("it is not a file"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_leaves_the_old_file) {
  const Scratch folder;
  const auto tensor = [](std::string name, std::string dtype, std::vector<char> bytes) {
    return Tensor{std::move(name), std::move(dtype), {1}, std::move(bytes)};
  };
  write_tensors(folder / "x", {{tensor("old", "U8", {1})}, {}});
  const std::string old = bytes_of(folder / "x");
  const std::vector<std::pair<TensorFile, std::string>> wrong = {
      {{{tensor("t", "U8", {1}), tensor("t", "U8", {2})}, {}}, R"(the header has "t" twice)"},
      {{{tensor("__metadata__", "U8", {1})}, {}}, R"(has "__metadata__" twice)"},
      {{{tensor("\xff", "U8", {1})}, {}}, "is not UTF-8"},
      {{{tensor("t", "U9", {1})}, {}}, R"(unknown dtype "U9")"},
      {{{tensor("t", "U8", {1, 2})}, {}},
       "takes 1 bytes, so its data_offsets must be [0, 1], got [0, 2]"},
      {{{}, {{"k", "\xff"}}}, "is not UTF-8"},
  };
  for (const auto& [file, complaint] : wrong) {
    BOOST_CHECK_EXCEPTION(write_tensors(folder / "x", file), Error, says(complaint));
    BOOST_TEST(bytes_of(folder / "x") == old);
  }
  BOOST_CHECK_EXCEPTION(write_tensors(folder / "no/x", {}), Error,
                        says("cannot write " + (folder / "no/x").string()));
  fs::create_directory(folder / "folder");
  folder.write("folder/inside", "1");
  BOOST_CHECK_EXCEPTION(write_tensors(folder / "folder", {}), Error,
                        says("/folder: it is a directory"));
  BOOST_TEST(folder.files() == 2u);  // nothing temporary
}

BOOST_AUTO_TEST_CASE(a_file_of_another_kind_is_named) {
  const Scratch folder;
  const auto refuses = [&](const std::string& bytes, const std::string& text) {
    BOOST_CHECK_EXCEPTION(read_tensors(folder.write("x", bytes)), Error, says(text));
  };
  refuses("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
          "x: no safetensors file; it is a git-LFS pointer and not the file: 'git lfs pull'");
  refuses("Not Found: \u00dcber", "it is a text: it begins with \"Not Found: \u00dcber\"");
  refuses("hi", "it is a text: it begins with \"hi\"");
  refuses("PK\3\4" + std::string(100, '\0'), "a file of torch.save");
  refuses(std::string(7, '\0'), "a header of 0 bytes goes beyond the file's 7");
  refuses("\xff" + std::string(100, 'x'), "it is truncated, or no safetensors file");
  refuses("", "it is truncated, or no safetensors file");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
