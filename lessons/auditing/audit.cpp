// lessons/audit FILE.safetensors [--json]

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mistakes.hpp"
#include "verdict.hpp"

namespace {

constexpr const char* usage = R"(Usage: lessons/audit FILE.safetensors [--json]

Which norm made y from x, over which dimensions, is it right, and if not, which known mistake is it?
The file has tensors x and y and, as far as there are any, gamma, beta, dy, dx, dgamma, dbeta,
running_mean_before, running_var_before, running_mean, running_var, in PyTorch's layout (N, C, …),
and in its metadata eps, momentum, num_groups, norm, training where known. docs/audit.md has scripts
of ten lines that write one.

  --json       one object: norm, axes, right, mistakes, figures
  --mistakes   the table of all mistakes that are known
  --help       this text

The exit code is 0 if all is right, 1 if something is wrong, 2 for a file that cannot be judged.
)";

void print_mistakes() {
  for (const evenkeel::audit::Mistake& mistake : evenkeel::audit::mistakes()) {
    fmt::print("{:<32} {}\n", mistake.id, mistake.says);
  }
}

int refuse(const std::string& reason) {
  std::string line = reason;
  for (char& c : line) c = c == '\n' ? ' ' : c;
  fmt::print(stderr, "lessons/audit: {}\n", line);
  return 2;
}

int run(const std::string& file, bool as_json) {
  using namespace evenkeel::audit;
  const Evidence evidence = read_evidence(file);
  const Verdict verdict = audit(evidence);
  if (as_json) {
    using Handler = nlohmann::ordered_json::error_handler_t;
    fmt::print("{}\n", to_json(evidence, verdict).dump(2, ' ', false, Handler::replace));
  } else {
    fmt::print("{}", to_text(evidence, verdict));
  }
  return verdict.is_right() ? 0 : 1;
}

}  // namespace

int main(int argc, char* argv[]) {
  bool as_json = false;
  std::vector<std::string> files;
  for (const std::string& argument : std::vector<std::string>(argv + 1, argv + argc)) {
    if (argument == "--help" || argument == "-h") {
      fmt::print("{}", usage);
      return 0;
    }
    if (argument == "--mistakes") {
      print_mistakes();
      return 0;
    }
    if (argument == "--json") {
      as_json = true;
    } else if (argument.starts_with("-")) {
      return refuse("there is no option " + argument + " (see --help)");
    } else {
      files.push_back(argument);
    }
  }
  if (files.size() != 1) return refuse("expected one file (see --help)");
  try {
    return run(files[0], as_json);
  } catch (const std::bad_alloc&) {
    return refuse(files[0] + " needs more memory than there is");
  } catch (const std::exception& error) {
    return refuse(error.what());
  }
}
