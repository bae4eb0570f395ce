#pragma once
// Lesson 15: what can be set, and a run between two steps, which can be kept and gone on with.

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/data/text.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/transformer/token_reader.hpp"
#include "lab.hpp"

namespace evenkeel::lesson {

struct Options {
  std::string text;           ///< a file; empty: Moby-Dick
  std::string model = "gpt";  ///< or "llama": rotary, SwiGLU, a head of its own; or "bert"
  Index layers = 4, heads = 4, width = 128;
  Index context = 64;  ///< characters that the model sees
  Index batch = 12;    ///< sequences of `context` characters in a step
  Index iters = 2000, warmup = 100;
  double learning_rate = 1e-3, min_learning_rate = 1e-4, weight_decay = 0.1, dropout = 0;
  std::string placement = "own", positions = "own";  ///< the model's
  std::string norm = "layer";                        ///< in every place where the model has one

  Index eval_every = 100;    ///< steps from one look to the next
  Index sample = 500;        ///< characters
  std::string save, resume;  ///< files; empty: none
};

void add_to(Lesson& lesson, Options& options);
/// Says what "own" is; `quick` takes at most what a few seconds can do.
Options settled(Options options, bool quick);
/// What decides a run, bit by bit, with its seed.
std::string to_text(const Options& options);
/// The options that a checkpoint was made with, but for a --text given now; returns its seed.
std::uint64_t options_of(const std::filesystem::path& file, Options& options);

struct Run {
  Run(Communicator& all, const Options& options, std::uint64_t seed);
  Run(const Run&) = delete;  // the optimizer points to the model's parameters

  /// Process 0 does.
  void save(const std::filesystem::path& file);
  /// Throws Error, and changes nothing, unless the file is of this model, optimizer and text.
  void load(const std::filesystem::path& file);

  Communicator& all;
  Options options;
  std::uint64_t seed;
  Text text;
  Index vocabulary;  ///< BERT has one word more than there are characters: the mask, its last
  Random random;     ///< the first weights, then the batches and their masks
  TokenReader model;
  AdamW optimizer;  ///< its steps() are those of the run
  /// Step, training loss since the last look, validation loss: of every look.
  std::vector<std::array<double, 3>> losses = {};
};

}  // namespace evenkeel::lesson
