#pragma once
// A run between two steps: everything that must be saved for it to go on bit by bit.

#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/data/text.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/transformer/transformer.hpp"
#include "options.hpp"
#include "task.hpp"

namespace char_gpt {

/// What was measured in a step and after it.
struct Row {
  ek::Index iteration = 0;  ///< how many steps were made
  double train_loss = 0;    ///< mean of the batches since the last row
  double validation_loss = 0;
  double gradient_norm = 0;  ///< before clipping
  double tokens_per_second = 0;
  std::vector<double> gradient_by_layer;    ///< norms: embeddings, then each block
  std::vector<double> activation_by_layer;  ///< σ of the stream: embeddings, then behind each block
  std::vector<double> update_ratio;         ///< of each parameter
};

struct Training {
  Training(const Options& options, std::uint64_t seed);
  Training(const Training&) = delete;  // the optimizer points to the model's parameters

  void save(const std::filesystem::path& file);
  /// Throws ek::Error, and changes nothing, unless the file is of this model, optimizer and text.
  void load(const std::filesystem::path& file);

  Options options;
  std::uint64_t seed;
  ek::Text text;
  std::unique_ptr<const Task> task;
  ek::Random random;  ///< the first weights, then the batches and their masks
  ek::Transformer model;
  ek::AdamW optimizer;
  ek::Index iteration = 0;
  std::vector<Row> rows;

  double loss_since_row = 0;  ///< sums over the steps since the last row
  double seconds_since_row = 0;
  ek::Index steps_since_row = 0;

 private:
  std::string characters() const;
};

/// The options that a checkpoint was made with, but for the --text given now; returns the seed.
std::uint64_t options_of(const std::filesystem::path& file, Options& options);

/// Moby-Dick, or what --text names.
ek::Text text_of(const Options& options);

}  // namespace char_gpt
