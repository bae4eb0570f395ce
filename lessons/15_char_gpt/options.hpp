#pragma once
// Lesson 15: what can be set on the command line.

#include <map>
#include <string>

#include "evenkeel/transformer/transformer.hpp"
#include "lesson.hpp"

namespace char_gpt {

namespace ek = evenkeel;

struct Options {
  std::string text;           ///< a file; empty: Moby-Dick
  std::string model = "gpt";  ///< or "llama": rotary, SwiGLU, a head of its own; or "bert"
  ek::Index layers = 4;
  ek::Index heads = 4;
  ek::Index width = 128;
  ek::Index context = 64;  ///< characters that the model sees
  ek::Index batch = 12;    ///< sequences of `context` characters in a step
  ek::Index iters = 2000;
  double learning_rate = 1e-3;
  double min_learning_rate = 1e-4;
  ek::Index warmup = 100;
  double weight_decay = 0.1;
  double dropout = 0;
  std::string placement = "own";  ///< the model's own: post for BERT, pre for the others
  std::string norm = "layer";     ///< in every place where the model has one
  std::string positions = "own";  ///< learned for GPT, else rotary

  ek::Index eval_every = 100;
  ek::Index sample = 500;  ///< characters
  std::string save;        ///< files; empty: none
  std::string resume;

  /// Says which placement and positions are the model's own.
  void settle();
  /// At most what a run of a few seconds can do.
  void make_quick();
};

/// What decides the run, bit by bit, as text: kept in a checkpoint. Two runs with the same
/// notes and the same seed are the same run.
std::map<std::string, std::string> notes_of(const Options& options);
/// Throws ek::Error when a note is missing or is no such number.
void take_notes(Options& options, const std::map<std::string, std::string>& notes);

void add_to(ek::lesson::Lesson& lesson, Options& options);

/// "GPT, 4 layers, 4 heads, width 128, …"
std::string to_string(const Options& options);

/// The seed is that of dropout.
ek::TransformerOptions model_options(const Options& options, ek::Index vocabulary,
                                     std::uint64_t seed);

}  // namespace char_gpt
