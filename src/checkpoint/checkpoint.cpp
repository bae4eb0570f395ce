#include "evenkeel/checkpoint/checkpoint.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "base/text.hpp"
#include "checkpoint/tensor.hpp"

namespace evenkeel {

using checkpoint::numbers_in;
using checkpoint::reject;
using text::in_quotes;
namespace fs = std::filesystem;

namespace {

constexpr const char* scalar_dtype = sizeof(Scalar) == 8 ? "F64" : "F32";

// --- matrices as tensors -------------------------------------------------------------------------

// A matrix of the program and the tensor it is in a file: one list of these is written or read.
struct Place {
  std::string name;
  Matrix* matrix;
  TensorForm form;
};

std::vector<Place> places_of(Module& module) {
  std::vector<Place> places;
  for (const NamedParameter& p : module.named_parameters()) {
    places.push_back({p.name, &p.parameter->value, p.form});
  }
  for (const NamedBuffer& b : module.named_buffers()) places.push_back({b.name, b.buffer, b.form});
  return places;
}

using Dimensions = std::vector<std::uint64_t>;

Dimensions dimensions_of(const fs::path& path, const Place& place) {
  const auto [rows, cols] = shape_of(*place.matrix);
  const auto& [layout, shape] = place.form;
  Dimensions dimensions(shape.begin(), shape.end());
  if (shape.empty() && layout == TensorForm::by_columns) dimensions = {cols, rows};
  if (shape.empty() && layout == TensorForm::by_rows) dimensions = {rows, cols};
  if (shape.empty() && layout == TensorForm::by_rows && cols == 1) dimensions = {rows};
  std::uint64_t size = 1;
  for (const std::uint64_t dimension : dimensions) size *= dimension;
  if (size == rows * cols) return dimensions;
  reject(path, "tensor {}: its form ({}) does not hold a {} matrix", in_quotes(place.name),
         fmt::join(dimensions, ", "), to_string(shape_of(*place.matrix)));
}

Tensor tensor_of(const fs::path& path, const Place& place) {
  const bool counts = place.form.layout == TensorForm::count;
  Tensor tensor{place.name, counts ? "I64" : scalar_dtype, dimensions_of(path, place), {}};
  const auto keep = [&](const auto& numbers) {
    const char* first = reinterpret_cast<const char*>(numbers.memptr());
    tensor.data.assign(first, first + numbers.n_elem * sizeof(numbers[0]));
  };
  if (counts) {
    keep(arma::conv_to<arma::Mat<std::int64_t>>::from(*place.matrix));
  } else {
    keep(place.form.layout == TensorForm::by_rows ? Matrix(place.matrix->st()) : *place.matrix);
  }
  return tensor;
}

void write_places(const fs::path& path, const std::vector<Place>& places, Metadata metadata) {
  TensorFile file{{}, std::move(metadata)};
  for (const Place& place : places) file.tensors.push_back(tensor_of(path, place));
  write_tensors(path, std::move(file));
}

Matrix matrix_of(const fs::path& path, const Tensor& tensor, const Place& place) {
  const Dimensions expected = dimensions_of(path, place);
  if (tensor.shape != expected) {
    reject(path, "tensor {}: its shape is ({}), expected ({})", in_quotes(tensor.name),
           fmt::join(tensor.shape, ", "), fmt::join(expected, ", "));
  }
  const Shape shape = shape_of(*place.matrix);
  Matrix x = numbers_in(path, tensor, place.form.layout == TensorForm::count);
  if (place.form.layout != TensorForm::by_rows) return arma::reshape(x, shape.rows, shape.cols);
  x.reshape(shape.cols, shape.rows);
  return x.st();
}

// "; 7 missing: "a", "b", "c", "d", "e", "f" and 1 more": what is in `some` and not in `others`.
template <class Some, class Others>
std::string only_in(const Some& some, const Others& others, std::string_view what) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : some) {
    if (!others.contains(name)) names.push_back(in_quotes(name));
  }
  if (names.empty()) return "";
  const std::size_t count = names.size(), shown = std::min<std::size_t>(count, 6);
  names.resize(shown);
  return fmt::format("; {} {}: {}{}", count, what, fmt::join(names, ", "),
                     count > shown ? fmt::format(" and {} more", count - shown) : "");
}

// Each tensor to its place. Everything is checked before the first number is assigned.
void assign(const fs::path& path, const std::vector<Tensor>& tensors,
            const std::vector<Place>& places) {
  std::map<std::string, const Tensor*> given;
  std::map<std::string, const Place*> wanted;
  for (const Tensor& tensor : tensors) given[tensor.name] = &tensor;
  for (const Place& place : places) wanted[place.name] = &place;
  const std::string wrong =
      only_in(wanted, given, "missing") + only_in(given, wanted, "unexpected");
  if (!wrong.empty()) reject(path, "its tensors are not this model's{}", wrong);

  std::vector<Matrix> matrices;
  std::map<const Matrix*, const Tensor*> first;  // of those that share a matrix
  for (const Place& place : places) {
    const Tensor& tensor = *given.at(place.name);
    matrices.push_back(matrix_of(path, tensor, place));
    const Tensor& same = *first.emplace(place.matrix, &tensor).first->second;
    if (tensor.data == same.data) continue;
    reject(path, "tensor {}: the model shares it with {}, but the file's two differ",
           in_quotes(tensor.name), in_quotes(same.name));
  }
  for (std::size_t i = 0; i < places.size(); ++i) *places[i].matrix = matrices[i];
}

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
  std::span<Optimizer::State> states;      // of these
  std::vector<NamedRandom> randoms;        // by their names in the file
  std::vector<Random> random_states;
  Index iteration = 0, steps = 0;
  double learning_rate = 0;
};

Run run_of(const fs::path& path, Module& module, Optimizer& optimizer, const TrainingState& state) {
  Run run;
  run.states = optimizer.states();
  run.iteration = state.iteration;
  run.steps = optimizer.steps();
  run.learning_rate = optimizer.learning_rate();
  const std::vector<NamedParameter> all = module.named_parameters();
  for (Parameter* parameter : optimizer.parameters()) {
    const auto found = std::ranges::find(all, parameter, &NamedParameter::parameter);
    if (found == all.end()) {
      reject(path, "the optimizer trains a parameter {} that the module does not list",
             in_quotes(parameter->name));
    }
    run.parameters.push_back(*found);
  }
  for (const auto& [name, random] : module.named_randoms()) {
    run.randoms.push_back({"random.module." + name, random});
  }
  for (const auto& [name, random] : state.randoms) {
    run.randoms.push_back({"random.run." + name, random});
  }
  for (const NamedRandom& named : run.randoms) run.random_states.push_back(*named.random);
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
  text("optimizer.learning_rate", run.learning_rate);
  text("optimizer.steps", run.steps);
  for (std::size_t i = 0; i < run.states.size(); ++i) {
    text("optimizer.steps." + run.parameters[i].name, run.states[i].steps);
  }
  for (std::size_t i = 0; i < run.randoms.size(); ++i) {
    text(run.randoms[i].name, run.random_states[i]);
  }
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
std::vector<Place> places_of(Module& module, Run& run, const TrainingState& state) {
  std::vector<Place> places = places_of(module);
  for (std::size_t i = 0; i < run.states.size(); ++i) {
    const auto& [name, parameter, form] = run.parameters[i];
    auto& [steps, first, second] = run.states[i];
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
  write_places(path, places_of(module), {});
}

void load_module(const fs::path& path, Module& module) {
  auto [tensors, texts] = read_tensors(path);
  if (texts.contains(run_version)) {
    std::erase_if(tensors, [](const Tensor& t) {
      return t.name.starts_with(of_optimizer) || t.name.starts_with(of_state);
    });
  }
  assign(path, tensors, places_of(module));
}

void save_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   const TrainingState& state) {
  Run run = run_of(path, module, optimizer, state);
  Metadata texts;
  for (const auto& [key, text] : state.notes) texts[note + key] = text;
  each_text(run, optimizer, Writer{path, texts});
  write_places(path, places_of(module, run, state), std::move(texts));
}

void load_training(const fs::path& path, Module& module, Optimizer& optimizer,
                   TrainingState& state) {
  Run run = run_of(path, module, optimizer, state);
  std::vector<Optimizer::State> states(run.parameters.size());
  run.states = states;
  const auto [tensors, texts] = read_tensors(path);
  each_text(run, optimizer, Reader{path, texts});
  if (!(run.learning_rate >= 0)) reject(path, "its learning rate is below 0");
  const auto is_random = [](const auto& text) { return text.first.starts_with(of_random); };
  const auto saved = std::ranges::count_if(texts, is_random);
  if (static_cast<std::size_t>(saved) != run.randoms.size()) {
    reject(path, "the run had {} random states, this one has {}", saved, run.randoms.size());
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i].steps > 0) optimizer.make_room(states[i], *run.parameters[i].parameter);
  }
  Metadata notes = notes_in(texts);
  assign(path, tensors, places_of(module, run, state));

  // All is well: from here on nothing can fail.
  optimizer.states().swap(states);
  optimizer.set_steps(run.steps);
  optimizer.set_learning_rate(run.learning_rate);
  for (std::size_t i = 0; i < run.randoms.size(); ++i) {
    *run.randoms[i].random = run.random_states[i];
  }
  state.iteration = run.iteration;
  state.notes.swap(notes);
}

Metadata read_notes(const fs::path& path) {
  return notes_in(read_tensors(path).metadata);
}

}  // namespace evenkeel
