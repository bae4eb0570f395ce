#pragma once
// Models and training runs in files of the safetensors format.
//
//   save_module("gpt.safetensors", gpt);
//   load_module("gpt.safetensors", gpt);              into a model built with the same options
//
// A tensor has the name and the dimensions that the parameter has in the same module of PyTorch: a
// file made from a state_dict can be loaded, and the other way (docs/checkpoints.md).
// A file that does not fit is an Error that names the file and the tensor, and nothing in memory
// has changed then: everything is read and checked before the first number is assigned.

#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/checkpoint/safetensors.hpp"
#include "evenkeel/core/module.hpp"
#include "evenkeel/core/random.hpp"
#include "evenkeel/optim/optimizer.hpp"

namespace evenkeel {

/// Parameters and buffers, in Scalar's precision. What is shared is written once, under its first
/// name; the others are in the metadata, each with the first, as PyTorch's `save_model` has them.
void save_module(const std::filesystem::path& path, Module& module);

struct LoadOptions {
  /// false: takes what fits by name and shape, and leaves the rest of the file and of the module.
  bool strict = true;
};

/// Names of tensors. One of another shape than the module's is left, and missing.
struct LoadReport {
  std::vector<std::string> taken;
  std::vector<std::string> left;     ///< in the file
  std::vector<std::string> missing;  ///< of the module, which keeps the numbers it had
};

/// "10 taken; 1 left in the file: "head.weight"; 1 missing: "head.weight""
std::string to_string(const LoadReport& report);

/// From either precision, also from a file of save_training. Throws Error unless the file has
/// exactly the tensors of the module, in their shapes: of what is shared, one is enough, and a
/// count (num_batches_tracked) that is missing stays as it is. Not strict it throws when nothing
/// fits.
LoadReport load_module(const std::filesystem::path& path, Module& module, LoadOptions options = {});

/// What a training run consists of besides its model and its optimizer.
struct TrainingState {
  Index iteration = 0;               ///< how many are done
  std::vector<NamedRandom> randoms;  ///< what the program draws from, for its batches for example
  Metadata notes;                    ///< anything else, as text: the options of the model
  std::vector<NamedBuffer> matrices = {};  ///< anything else, as numbers: the best weights so far
};

/// A run between two steps: parameters, buffers, what the optimizer remembers, its steps and
/// learning rate, the random states of the module, and `state`. Throws Error when the optimizer
/// trains a parameter that the module does not list.
void save_training(const std::filesystem::path& path, Module& module, Optimizer& optimizer,
                   const TrainingState& state);

/// Training goes on from here with the same bits as if it had not stopped. Module, optimizer,
/// state.randoms and state.matrices (of their shapes) are made beforehand with the options that the
/// saved run had: these are not in the file. Throws Error when the file is of the other precision
/// (load_module takes its weights), of another optimizer, or has other names or shapes.
void load_training(const std::filesystem::path& path, Module& module, Optimizer& optimizer,
                   TrainingState& state);

/// The notes of a run, to build its model from before it is loaded.
Metadata read_notes(const std::filesystem::path& path);

}  // namespace evenkeel
