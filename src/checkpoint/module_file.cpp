#include "evenkeel/checkpoint/checkpoint.hpp"
#include "matrices.hpp"
#include "training_names.hpp"

namespace evenkeel {

namespace {

namespace fs = std::filesystem;
using namespace checkpoint;

}  // namespace

void save_module(const fs::path& path, Module& module) {
  TensorFile file;
  for (const Place& place : places_of(module)) {
    file.tensors.push_back(tensor_of(path, place.name, *place.matrix, place.form));
  }
  write_tensors(path, file);
}

void load_module(const fs::path& path, Module& module) {
  const TensorFile file = read_tensors(path);
  const bool of_a_run = file.metadata.contains(training::version);
  TensorsByName tensors;
  for (const Tensor& tensor : file.tensors) {
    const bool of_the_optimizer = of_a_run && tensor.name.starts_with(training::optimizer);
    if (!of_the_optimizer) tensors[tensor.name] = &tensor;
  }
  const std::vector<Place> places = places_of(module);
  std::vector<Matrix> matrices = matrices_of(path, tensors, places);
  assign(places, matrices);
}

}  // namespace evenkeel
