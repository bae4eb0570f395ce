// Files that cannot be judged: one line that says why, and no verdict.

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>

#include "evenkeel/base/error.hpp"
#include "generate.hpp"
#include "scratch.hpp"

using namespace evenkeel_test;

BOOST_AUTO_TEST_SUITE(audit)

namespace {

void refused(const std::function<void(evenkeel::TensorFile&)>& spoil, const std::string& reason) {
  evenkeel::TensorFile file = generate({.norm = "batch_norm", .shape = {4, 6}, .backward = true});
  spoil(file);
  BOOST_TEST_CONTEXT(reason) {
    BOOST_CHECK_EXCEPTION(audited(file), evenkeel::Error, [&](const evenkeel::Error& error) {
      const std::string text = error.what();
      BOOST_TEST(text.find(reason) != std::string::npos, text);
      return text.find('\n') == std::string::npos;
    });
  }
}

evenkeel::Tensor& named(evenkeel::TensorFile& file, const std::string& name) {
  for (evenkeel::Tensor& each : file.tensors) {
    if (each.name == name) return each;
  }
  throw std::out_of_range(name);
}

void drop(evenkeel::TensorFile& file, const std::string& name) {
  std::erase_if(file.tensors, [&](const evenkeel::Tensor& each) { return each.name == name; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_cannot_be_judged_is_refused) {
  refused([](auto& file) { drop(file, "x"); }, "has no tensor x");
  refused([](auto& file) { drop(file, "y"); }, "has no tensor y");
  for (const std::string name : {"y", "dy", "dx"}) {
    refused(
        [&](auto& file) {
          named(file, name) = tensor(name, {4, 5}, Numbers(20, 1), "F64");
        },
        name + " has shape (4, 5), which does not go with x (4, 6)");
  }
  for (const std::string name : {"gamma", "beta", "dgamma", "dbeta"}) {
    refused([&](auto& file) { named(file, name) = tensor(name, {5}, Numbers(5, 1), "F64"); },
            name + " has shape (5,)");
  }
  for (const double bad : {double{NAN}, double{INFINITY}}) {
    refused(
        [&](auto& file) {
          named(file, "x") = tensor("x", {4, 6}, Numbers(24, bad), "F64");
        },
        "x is not finite");
    refused(
        [&](auto& file) {
          named(file, "dy") = tensor("dy", {4, 6}, Numbers(24, bad), "F64");
        },
        "dy is not finite");
  }
  refused(
      [](auto& file) {
        named(file, "x") = tensor("x", {4, 6}, Numbers(24, 1), "I64");
      },
      "x has dtype I64");
  refused([](auto& file) { file.metadata["eps"] = "tiny"; }, "eps must be a number");
  refused([](auto& file) { file.metadata["eps"] = "-1"; }, "eps must be a number");
  refused([](auto& file) { file.metadata["momentum"] = "3"; }, "momentum must be from 0 to 1");
  refused([](auto& file) { file.metadata["num_groups"] = "4"; }, "does not divide the 6 channels");
  refused([](auto& file) { file.tensors.push_back(tensor("mask", {7}, Numbers(7, 1), "BOOL")); },
          "mask has shape (7,)");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_none) {
  const Scratch scratch;
  const auto reads = [](const std::filesystem::path& path) {
    evenkeel::audit::read_evidence(path);
  };
  BOOST_CHECK_THROW(reads(scratch / "nothing"), evenkeel::Error);
  BOOST_CHECK_THROW(reads(scratch.path()), evenkeel::Error);
  BOOST_CHECK_THROW(reads(scratch.write("empty", "")), evenkeel::Error);
  BOOST_CHECK_THROW(reads(scratch.write("text", "x = 1, y = 2, and no tensors")), evenkeel::Error);
  write_tensors(scratch / "whole", generate({}));
  const std::string whole = bytes_of(scratch / "whole");
  for (std::size_t length = 0; length < whole.size(); length += 37) {
    BOOST_CHECK_THROW(reads(scratch.write("cut", whole.substr(0, length))), evenkeel::Error);
  }
}

BOOST_AUTO_TEST_SUITE_END()
