#include "evenkeel/checkpoint/checkpoint.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "checkpoint/places.hpp"

namespace evenkeel {

using checkpoint::Fit;
using checkpoint::Places;
using checkpoint::places_of;
using checkpoint::reject;
using checkpoint::scalar_dtype;
using text::in_quotes;
namespace fs = std::filesystem;

namespace {

// --- a training run ------------------------------------------------------------------------------

// What a file with a run has and one with a model has not: the text run_version, and names that
// begin like the others.
constexpr const char* run_version = "evenkeel.training";
constexpr const char* of_optimizer = "optimizer.";
constexpr const char* of_random = "random.";
constexpr const char* of_state = "run.";
constexpr const char* note = "note.";

// What a run has besides its model, on its way to a file or from one.
struct Run {
  std::vector<NamedParameter> parameters;  // the optimizer's, as the module names them
  Optimizer::Progress& progress;
  Index iteration = 0;
  struct Drawn {
    std::string name;  // in the file
    Random* here;
    Random state;
  };
  std::vector<Drawn> randoms;
};

Run run_of(const fs::path& path, Module& module, Optimizer& optimizer, const TrainingState& state,
           Optimizer::Progress& progress) {
  Run run{{}, progress, state.iteration, {}};
  const std::vector<NamedParameter> all = module.named_parameters();
  for (Parameter* parameter : optimizer.parameters()) {
    const auto found = std::ranges::find(all, parameter, &NamedParameter::parameter);
    if (found == all.end()) {
      reject(path, "the optimizer trains a parameter {} that the module does not list",
             in_quotes(parameter->name));
    }
    run.parameters.push_back(*found);
  }
  const auto add = [&](const std::string& prefix, const std::vector<NamedRandom>& randoms) {
    for (const auto& [name, random] : randoms)
      run.randoms.push_back({prefix + name, random, *random});
  };
  add("random.module.", module.named_randoms());
  add("random.run.", state.randoms);
  return run;
}

// The texts of a run in a file, in one list for writing and for reading; a string among them must
// be the same in the file and here.
template <class Text>
void each_text(Run& run, const Optimizer& optimizer, Text&& text) {
  text(run_version, std::string("1"));
  text("precision", std::string(scalar_dtype));
  text("optimizer.rule", std::string(optimizer.name()));
  text("iteration", run.iteration);
  text("optimizer.learning_rate", run.progress.learning_rate);
  text("optimizer.steps", run.progress.steps);
  for (std::size_t i = 0; i < run.parameters.size(); ++i) {
    text("optimizer.steps." + run.parameters[i].name, run.progress.states[i].steps);
  }
  for (auto& [name, here, state] : run.randoms) text(name, state);
}

// Reads each of them, or says what is wrong with it.
struct Reader {
  const fs::path& path;
  const Metadata& texts;

  const std::string& at(const std::string& key) const {
    const auto found = texts.find(key);
    if (found != texts.end()) return found->second;
    reject(path, "it is no training run: it has no {} (load_module takes weights alone)",
           in_quotes(key));
  }

  void operator()(const std::string& key, const std::string& here) const {
    if (at(key) == here) return;
    reject(path,
           "its run cannot go on here: its {} is {}, here it is {} (load_module takes weights "
           "alone)",
           in_quotes(key), in_quotes(at(key)), in_quotes(here));
  }

  void operator()(const std::string& key, Random& random) const {
    try {
      random.set_state(at(key));
    } catch (const Error& error) {
      reject(path, "{}: {}", in_quotes(key), error.what());
    }
  }

  template <class Number>
  void operator()(const std::string& key, Number& number) const {
    if (text::read_number(at(key), number)) return;
    reject(path, "{} is no number: {}", in_quotes(key), in_quotes(at(key)));
  }
};

// And writes each: digits that read back as the same number.
struct Writer {
  const fs::path& path;
  Metadata& texts;

  void operator()(const std::string& key, const Random& random) { (*this)(key, random.state()); }

  template <class Value>
  void operator()(const std::string& key, const Value& value) {
    if (texts.emplace(key, fmt::format("{}", value)).second) return;
    reject(path, "two random states are named {}", in_quotes(key));
  }
};

// The model's, what the optimizer remembers (nothing before a parameter's first step), and the
// program's own.
Places places_of(Module& module, Run& run, const TrainingState& state) {
  Places places = places_of(module);
  for (std::size_t i = 0; i < run.parameters.size(); ++i) {
    const auto& [name, parameter, form] = run.parameters[i];
    auto& [steps, first, second] = run.progress.states[i];
    if (!first.empty()) places.push_back({"optimizer.first." + name, &first, form});
    if (!second.empty()) places.push_back({"optimizer.second." + name, &second, form});
  }
  for (const auto& [name, matrix, form] : state.matrices) {
    places.push_back({of_state + name, matrix, form});
  }
  return places;
}

Metadata notes_in(const Metadata& texts) {
  Metadata notes;
  for (const auto& [key, text] : texts) {
    if (key.starts_with(note)) notes[key.substr(std::string_view(note).size())] = text;
  }
  return notes;
}

}  // namespace

void save_module(const fs::path& path, Module& module) {
  const Places places = places_of(module);
  std::map<const Matrix*, std::string> first;
  Metadata other_names;  // of what is shared, as PyTorch's save_model notes them
  for (const NamedBuffer& place : places) {
    const std::string& name = first.emplace(place.buffer, place.name).first->second;
    if (name != place.name) other_names[place.name] = name;
  }
  checkpoint::write_places(path, places, std::move(other_names));
}

LoadReport load_module(const fs::path& path, Module& module, LoadOptions options) {
  auto [tensors, texts] = read_tensors(path);
  if (texts.contains(run_version)) {
    std::erase_if(tensors, [](const Tensor& t) {
      return t.name.starts_with(of_optimizer) || t.name.starts_with(of_state);
    });
  }
  const Fit fit = options.strict ? Fit::without_counts : Fit::in_part;
  return checkpoint::assign(path, tensors, places_of(module), fit);
}

void save_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   const TrainingState& state) {
  Run run = run_of(path, module, optimizer, state, optimizer.progress());
  Metadata texts;
  for (const auto& [key, text] : state.notes) texts[note + key] = text;
  each_text(run, optimizer, Writer{path, texts});
  checkpoint::write_places(path, places_of(module, run, state), std::move(texts));
}

void load_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   TrainingState& state) {
  Optimizer::Progress progress;
  Run run = run_of(path, module, optimizer, state, progress);
  progress.states.resize(run.parameters.size());
  const auto [tensors, texts] = read_tensors(path);
  each_text(run, optimizer, Reader{path, texts});
  if (!(progress.learning_rate >= 0)) reject(path, "its learning rate is below 0");
  const auto is_random = [](const auto& text) { return text.first.starts_with(of_random); };
  const auto saved = std::ranges::count_if(texts, is_random);
  if (static_cast<std::size_t>(saved) != run.randoms.size()) {
    reject(path, "the run had {} random states, this one has {}", saved, run.randoms.size());
  }
  for (std::size_t i = 0; i < run.parameters.size(); ++i) {
    Optimizer::State& memory = progress.states[i];
    if (memory.steps > 0) optimizer.make_room(memory, *run.parameters[i].parameter);
  }
  Metadata notes = notes_in(texts);
  checkpoint::assign(path, tensors, places_of(module, run, state), Fit::exact);

  // All is well: from here on nothing can fail.
  std::swap(optimizer.progress(), progress);
  for (const auto& [name, here, drawn] : run.randoms) *here = drawn;
  state.iteration = run.iteration;
  state.notes.swap(notes);
}

Metadata read_notes(const fs::path& path) {
  return notes_in(read_tensors(path).metadata);
}

}  // namespace evenkeel
