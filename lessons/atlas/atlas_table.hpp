#pragma once
// The atlas's table: one training a row, in atlas.csv.
//
//   optimizer,norm,placement,width,steps,layers,rate,seed,loss,trains
//   adamw,layer,post,32,400,6,0.01,42,2.7725,no
//
// Rows are sorted by all but the last two columns, which say which training it was: the file is the
// same in whichever order, on however many threads and in however many runs they were made.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/core/types.hpp"

namespace evenkeel::lesson {

/// Which training. What does not stand here is the same for all.
struct Trial {
  std::string optimizer, norm, placement;
  Index width, steps, layers;
  double rate;
  std::uint64_t seed;

  auto operator<=>(const Trial&) const = default;
};

class AtlasTable {
 public:
  /// A training trains if its loss ends below this, half of what guessing gives.
  AtlasTable(std::filesystem::path path, double limit);

  /// What a file has that an earlier run left; none: nothing. Throws Error, naming the line, for
  /// what this class has not written: other columns, a line that ends early, a loss that is no
  /// number, a training that stands there twice.
  void read();
  /// A loss of infinity, or none (NaN), has diverged: infinity stands in the file.
  void add(const Trial& trial, double loss);
  /// The file as a whole, or as it was: whatever stops the program leaves a valid one.
  void write() const;
  /// Measures those trainings that are not there, in their order, on all cores, and writes the file
  /// every five seconds and in the end. A measure without a value was stopped: it is not kept.
  void complete(std::vector<Trial> trials,
                const std::function<std::optional<double>(const Trial& trial)>& measure,
                std::FILE* progress);

  bool has(const Trial& trial) const { return losses_.contains(trial); }
  /// Infinite where it diverged. Throws Error if there is no such training.
  double loss(const Trial& trial) const;
  bool trains(const Trial& trial) const { return loss(trial) < limit_; }
  std::size_t size() const { return losses_.size(); }

 private:
  std::filesystem::path path_;
  double limit_;
  std::map<Trial, double> losses_;
};

}  // namespace evenkeel::lesson
