#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "evenkeel/checkpoint/checkpoint.hpp"
#include "header.hpp"
#include "matrices.hpp"
#include "training_names.hpp"

namespace evenkeel {

namespace {

namespace fs = std::filesystem;
using namespace checkpoint;

constexpr const char* precision = sizeof(Scalar) == 8 ? "F64" : "F32";

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
      reject(path, fmt::format("the optimizer trains a parameter {}that the module does not list",
                               parameter->name.empty() ? "" : in_quotes(parameter->name) + " "));
    }
    ordered.push_back(found->second);
  }
  return ordered;
}

// --- reading texts -------------------------------------------------------------------------------

const std::string& text_of(const fs::path& path, const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    reject(path, fmt::format("__metadata__ has no {}", in_quotes(key)));
  }
  return found->second;
}

template <class Number>
Number number_of(const fs::path& path, const Metadata& metadata, const std::string& key) {
  const std::string& text = text_of(path, metadata, key);
  const char* end = text.data() + text.size();
  Number number{};
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) {
    reject(path, fmt::format("__metadata__: {} is no number: {}", in_quotes(key), in_quotes(text)));
  }
  return number;
}

std::vector<Random> randoms_of(const fs::path& path, const Metadata& metadata,
                               const std::string& prefix, const std::vector<NamedRandom>& named) {
  const auto saved = std::count_if(metadata.begin(), metadata.end(), [&](const auto& entry) {
    return entry.first.starts_with(prefix);
  });
  if (static_cast<std::size_t>(saved) > named.size()) {
    reject(path, fmt::format("the run had {} random states {}*, this one has {}", saved, prefix,
                             named.size()));
  }
  std::vector<Random> states;
  for (const NamedRandom& random : named) {
    const std::string& text = text_of(path, metadata, prefix + random.name);
    states.emplace_back(0);
    try {
      states.back().set_state(text);
    } catch (const Error& error) {
      reject(path, fmt::format("{}: {}", in_quotes(prefix + random.name), error.what()));
    }
  }
  return states;
}

void require_this_kind(const fs::path& path, const Metadata& metadata, const Optimizer& optimizer) {
  if (!metadata.contains(training::version)) {
    reject(path, "it has weights, but no training run; load_module takes them");
  }
  if (text_of(path, metadata, training::version) != training::this_version) {
    reject(path, "it comes from a newer Evenkeel");
  }
  const std::string& saved = text_of(path, metadata, training::precision);
  if (saved != precision) {
    reject(path, fmt::format("the run was saved in {} and cannot go on in {}; load_module takes "
                             "its weights",
                             in_quotes(saved), precision));
  }
  const std::string& rule = text_of(path, metadata, training::rule);
  if (rule != optimizer.name()) {
    reject(path,
           fmt::format("the run was trained by {}, not by {}", in_quotes(rule), optimizer.name()));
  }
}

// --- the optimizer's memory ----------------------------------------------------------------------

// As big as the parameters that it has stepped, so that places can point to it.
std::vector<Optimizer::State> memory_for(const fs::path& path, const Metadata& metadata,
                                         const std::vector<NamedParameter>& parameters,
                                         const Optimizer& optimizer) {
  std::vector<Optimizer::State> states(parameters.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    states[i].steps = number_of<Index>(path, metadata, training::steps_of + parameters[i].name);
    const Matrix& value = parameters[i].parameter->value;
    const bool stepped = states[i].steps > 0;
    if (stepped && optimizer.remembered() > 0) states[i].first.set_size(arma::size(value));
    if (stepped && optimizer.remembered() > 1) states[i].second.set_size(arma::size(value));
  }
  return states;
}

void add_memory(const std::vector<NamedParameter>& parameters,
                std::vector<Optimizer::State>& states, std::vector<Place>& places) {
  for (std::size_t i = 0; i < states.size(); ++i) {
    const NamedParameter& p = parameters[i];
    Optimizer::State& state = states[i];
    if (!state.first.empty()) places.push_back({training::first + p.name, &state.first, p.form});
    if (!state.second.empty()) {
      places.push_back({training::second + p.name, &state.second, p.form});
    }
  }
}

void add_randoms(const fs::path& path, const std::string& prefix,
                 const std::vector<NamedRandom>& randoms, Metadata& metadata) {
  for (const NamedRandom& named : randoms) {
    if (!metadata.emplace(prefix + named.name, named.random->state()).second) {
      reject(path, fmt::format("two random states are named {}", in_quotes(named.name)));
    }
  }
}

Metadata metadata_for(const fs::path& path, const std::vector<NamedParameter>& parameters,
                      Module& module, Optimizer& optimizer, const TrainingState& state) {
  Metadata metadata = {
      {training::version, training::this_version},
      {training::precision, precision},
      {training::iteration, std::to_string(state.iteration)},
      {training::rule, std::string(optimizer.name())},
      {training::rate, fmt::format("{}", optimizer.learning_rate())},  // exact
      {training::steps, std::to_string(optimizer.steps())},
  };
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    metadata[training::steps_of + parameters[i].name] = std::to_string(optimizer.states()[i].steps);
  }
  add_randoms(path, training::random_of_module, module.named_randoms(), metadata);
  add_randoms(path, training::random_of_run, state.randoms, metadata);
  for (const auto& [key, text] : state.notes) metadata[training::note + key] = text;
  return metadata;
}

Metadata notes_in(const Metadata& metadata) {
  const std::string prefix = training::note;
  Metadata notes;
  for (const auto& [key, text] : metadata) {
    if (key.starts_with(prefix)) notes[key.substr(prefix.size())] = text;
  }
  return notes;
}

}  // namespace

void save_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   const TrainingState& state) {
  const std::vector<NamedParameter> parameters = named_in_order(path, module, optimizer);
  std::vector<Place> places = places_of(module);
  add_memory(parameters, optimizer.states(), places);
  TensorFile file{{}, metadata_for(path, parameters, module, optimizer, state)};
  for (const Place& place : places) {
    file.tensors.push_back(tensor_of(path, place.name, *place.matrix, place.form));
  }
  write_tensors(path, file);
}

void load_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   TrainingState& state) {
  const std::vector<NamedParameter> parameters = named_in_order(path, module, optimizer);
  const TensorFile file = read_tensors(path);
  const Metadata& metadata = file.metadata;
  require_this_kind(path, metadata, optimizer);

  std::vector<Optimizer::State> memory = memory_for(path, metadata, parameters, optimizer);
  std::vector<Place> places = places_of(module);
  add_memory(parameters, memory, places);
  TensorsByName tensors;
  for (const Tensor& tensor : file.tensors) tensors[tensor.name] = &tensor;
  std::vector<Matrix> matrices = matrices_of(path, tensors, places);

  const std::vector<NamedRandom> of_module = module.named_randoms();
  const std::vector<Random> module_states =
      randoms_of(path, metadata, training::random_of_module, of_module);
  const std::vector<Random> run_states =
      randoms_of(path, metadata, training::random_of_run, state.randoms);
  const auto iteration = number_of<Index>(path, metadata, training::iteration);
  const auto steps = number_of<Index>(path, metadata, training::steps);
  const auto rate = number_of<double>(path, metadata, training::rate);
  if (!(rate >= 0)) reject(path, "its learning rate is below 0");
  Metadata notes = notes_in(metadata);

  // All is well: from here on nothing can fail.
  assign(places, matrices);
  optimizer.states().swap(memory);
  optimizer.set_steps(steps);
  optimizer.set_learning_rate(rate);
  for (std::size_t i = 0; i < of_module.size(); ++i) *of_module[i].random = module_states[i];
  for (std::size_t i = 0; i < run_states.size(); ++i) *state.randoms[i].random = run_states[i];
  state.iteration = iteration;
  state.notes.swap(notes);
}

Metadata read_notes(const fs::path& path) {
  return notes_in(read_metadata(path));
}

}  // namespace evenkeel
