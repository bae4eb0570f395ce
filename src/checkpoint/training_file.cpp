#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"
#include "checkpoint/model_file.hpp"
#include "evenkeel/checkpoint/checkpoint.hpp"

namespace evenkeel {

namespace {

namespace fs = std::filesystem;
using checkpoint::Place;
using checkpoint::reject;
using text::in_quotes;

// What a training run adds to a file: these texts, and tensors that begin with "optimizer.".
constexpr const char* iteration_key = "iteration";
constexpr const char* rate_key = "optimizer.learning_rate";
constexpr const char* steps_key = "optimizer.steps";
constexpr const char* steps_of = "optimizer.steps.";  // + parameter
constexpr const char* first_moment_of = "optimizer.first.";
constexpr const char* second_moment_of = "optimizer.second.";
constexpr const char* random_of_module = "random.module.";
constexpr const char* random_of_run = "random.run.";
constexpr const char* note = "note.";

// The texts that must be the same in the file and here.
Metadata kind_of_run(const Optimizer& optimizer) {
  return {{checkpoint::run_version, "1"},
          {"precision", std::string(checkpoint::scalar_dtype)},
          {"optimizer.rule", std::string(optimizer.name())}};
}

// The module's name and form for each parameter of the optimizer, in its order.
std::vector<NamedParameter> named_in_order(const fs::path& path, Module& module,
                                           const Optimizer& optimizer) {
  std::map<const Parameter*, NamedParameter> names;
  for (const NamedParameter& named : module.named_parameters()) {
    names.emplace(named.parameter, named);  // the first name stays
  }
  std::vector<NamedParameter> ordered;
  for (const Parameter* parameter : optimizer.parameters()) {
    const auto found = names.find(parameter);
    if (found == names.end()) {
      reject(path, "the optimizer trains a parameter {} that the module does not list",
             in_quotes(parameter->name));
    }
    ordered.push_back(found->second);
  }
  return ordered;
}

// Those of the module and those of the run, by their names in the file.
std::vector<NamedRandom> all_randoms(Module& module, const TrainingState& state) {
  std::vector<NamedRandom> randoms = module.named_randoms();
  for (NamedRandom& named : randoms) named.name = random_of_module + named.name;
  for (const NamedRandom& named : state.randoms) {
    randoms.push_back({random_of_run + named.name, named.random});
  }
  return randoms;
}

// Where the optimizer remembers matrices: nowhere before a parameter's first step.
void add_moments(const std::vector<NamedParameter>& parameters,
                 std::vector<Optimizer::State>& states, std::vector<Place>& places) {
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& [name, parameter, form] = parameters[i];
    Optimizer::State& state = states[i];
    if (!state.first.empty()) places.push_back({first_moment_of + name, &state.first, form});
    if (!state.second.empty()) places.push_back({second_moment_of + name, &state.second, form});
  }
}

// --- reading -------------------------------------------------------------------------------------

const std::string& text_of(const fs::path& path, const Metadata& texts, const std::string& key) {
  const auto found = texts.find(key);
  if (found != texts.end()) return found->second;
  reject(path, "it is no training run: it has no {} (load_module takes weights alone)",
         in_quotes(key));
}

template <class Number>
Number number_of(const fs::path& path, const Metadata& texts, const std::string& key) {
  const std::string& text = text_of(path, texts, key);
  const char* end = text.data() + text.size();
  Number number{};
  const std::from_chars_result read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end) return number;
  reject(path, "{} is no number: {}", in_quotes(key), in_quotes(text));
}

void require_this_kind(const fs::path& path, const Metadata& texts, const Optimizer& optimizer) {
  for (const auto& [key, here] : kind_of_run(optimizer)) {
    const std::string& saved = text_of(path, texts, key);
    if (saved == here) continue;
    reject(path,
           "its run cannot go on here: its {} is {}, here it is {} (load_module "
           "takes weights alone)",
           in_quotes(key), in_quotes(saved), in_quotes(here));
  }
}

std::vector<Random> random_states(const fs::path& path, const Metadata& texts,
                                  const std::vector<NamedRandom>& randoms) {
  const auto saved = std::count_if(texts.begin(), texts.end(), [](const auto& entry) {
    return entry.first.starts_with(random_of_module) || entry.first.starts_with(random_of_run);
  });
  if (static_cast<std::size_t>(saved) > randoms.size()) {
    reject(path, "the run had {} random states, this one has {}", saved, randoms.size());
  }
  std::vector<Random> states;
  for (const NamedRandom& named : randoms) {
    states.emplace_back(0);
    try {
      states.back().set_state(text_of(path, texts, named.name));
    } catch (const Error& error) {
      reject(path, "{}: {}", in_quotes(named.name), error.what());
    }
  }
  return states;
}

// Matrices as large as the parameters, so that places can point to them.
std::vector<Optimizer::State> empty_states(const fs::path& path, const Metadata& texts,
                                           const std::vector<NamedParameter>& parameters,
                                           const Optimizer& optimizer) {
  std::vector<Optimizer::State> states(parameters.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    states[i].steps = number_of<Index>(path, texts, steps_of + parameters[i].name);
    if (states[i].steps == 0) continue;
    const Matrix& value = parameters[i].parameter->value;
    if (optimizer.remembered() > 0) states[i].first.set_size(arma::size(value));
    if (optimizer.remembered() > 1) states[i].second.set_size(arma::size(value));
  }
  return states;
}

Metadata notes_in(const Metadata& texts) {
  Metadata notes;
  for (const auto& [key, text] : texts) {
    if (key.starts_with(note)) notes[key.substr(std::string_view(note).size())] = text;
  }
  return notes;
}

}  // namespace

void save_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   const TrainingState& state) {
  const std::vector<NamedParameter> parameters = named_in_order(path, module, optimizer);
  Metadata texts = kind_of_run(optimizer);
  texts[iteration_key] = std::to_string(state.iteration);
  texts[rate_key] = fmt::format("{}", optimizer.learning_rate());  // exact
  texts[steps_key] = std::to_string(optimizer.steps());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    texts[steps_of + parameters[i].name] = std::to_string(optimizer.states()[i].steps);
  }
  for (const NamedRandom& named : all_randoms(module, state)) {
    if (texts.emplace(named.name, named.random->state()).second) continue;
    reject(path, "two random states are named {}", in_quotes(named.name));
  }
  for (const auto& [key, text] : state.notes) texts[note + key] = text;
  std::vector<Place> places = checkpoint::places_of(module);
  add_moments(parameters, optimizer.states(), places);
  checkpoint::write_places(path, places, std::move(texts));
}

void load_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   TrainingState& state) {
  const std::vector<NamedParameter> parameters = named_in_order(path, module, optimizer);
  const auto [tensors, texts] = read_tensors(path);
  require_this_kind(path, texts, optimizer);

  std::vector<Optimizer::State> states = empty_states(path, texts, parameters, optimizer);
  std::vector<Place> places = checkpoint::places_of(module);
  add_moments(parameters, states, places);
  const std::vector<Matrix> matrices = checkpoint::matrices_of(path, tensors, places);
  const std::vector<NamedRandom> randoms = all_randoms(module, state);
  const std::vector<Random> drawn = random_states(path, texts, randoms);
  const Index iteration = number_of<Index>(path, texts, iteration_key);
  const Index steps = number_of<Index>(path, texts, steps_key);
  const double rate = number_of<double>(path, texts, rate_key);
  if (!(rate >= 0)) reject(path, "its learning rate is below 0");
  Metadata notes = notes_in(texts);

  // All is well: from here on nothing can fail.
  checkpoint::assign(places, matrices);
  optimizer.states().swap(states);
  optimizer.set_steps(steps);
  optimizer.set_learning_rate(rate);
  for (std::size_t i = 0; i < randoms.size(); ++i) *randoms[i].random = drawn[i];
  state.iteration = iteration;
  state.notes.swap(notes);
}

Metadata read_notes(const fs::path& path) {
  return notes_in(read_tensors(path).metadata);
}

}  // namespace evenkeel
