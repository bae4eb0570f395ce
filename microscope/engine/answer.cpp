#include "answers.hpp"
#include "base/fail.hpp"

namespace evenkeel::microscope {

namespace {

Json answer_to(const Json& request) {
  const std::string ask = text(request, "ask");
  if (ask == "norm") return norm(request);
  if (ask == "explosion") return explosion(request);
  if (ask == "explosion_theory") return explosion_theory(request);
  if (ask == "placement") return placement(request);
  if (ask == "network") return network(request);
  if (ask == "check_trace") return check_trace(request);
  fail("microscope", "there is no question '{}'", ask.substr(0, 40));
}

}  // namespace

std::string answer(const std::string& request) {
  try {
    return answer_to(Json::parse(request)).dump();
  } catch (const std::bad_alloc&) {
    return Json{{"error", "the memory is full: ask for less"}}.dump();
  } catch (const std::exception& error) {
    return Json{{"error", error.what()}}.dump();
  }
}

}  // namespace evenkeel::microscope
