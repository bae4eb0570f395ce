#pragma once
// For BOOST_CHECK_EXCEPTION: whether an Error's text contains `text`.

#include <boost/test/unit_test.hpp>
#include <string>

#include "evenkeel/core/shape.hpp"

inline auto says(std::string text) {
  return [text](const evenkeel::Error& error) {
    const bool found = std::string(error.what()).find(text) != std::string::npos;
    if (!found) BOOST_TEST_MESSAGE("the error says: " << error.what());
    return found;
  };
}
