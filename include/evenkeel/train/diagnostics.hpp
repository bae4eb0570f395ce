#pragma once
// The instrument panel of a training: what layers, gradients and updates look like, step by step.
//
//   Diagnostics diagnostics;
//   trainer.observe(diagnostics);        // any model
//   … trainer.fit(…) …
//   diagnostics.write("out");            // diagnostics.svg, .png and the CSV files beside them
//
// A layer is what comes out of an activation function (relu, tanh, gelu, …), in the order of the
// tape; or what the patterns name, in a model that labels its Vars (label_fits).
//
//   dead        share of the units (rows) that are 0 for every sample of the batch
//   saturated   share of the entries in a flat part of tanh or sigmoid: |tanh| > 0.97, which is
//               |2·sigmoid − 1| > 0.97; NaN after any other function
//   update : weight   of one step, for every weight matrix (probe/update_ratio.hpp), beside the
//               line at 1e-3, a rule of thumb

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/chart/draw.hpp"
#include "evenkeel/probe/recorder.hpp"
#include "evenkeel/probe/update_ratio.hpp"
#include "evenkeel/train/trainer.hpp"

namespace evenkeel {

struct DiagnosticsOptions {
  std::vector<std::string> layers = {};  ///< patterns of labels; empty: every activation function
  Index every = 10;   ///< steps from one look to the next; the loss is kept always
  Index bins = 80;    ///< of each histogram
  bool live = false;  ///< a window that follows the run
};

class Diagnostics final : public TrainingObserver {
 public:
  /// Throws Error when every or bins is 0.
  explicit Diagnostics(DiagnosticsOptions options = {});

  void before_update(const TrainingStep& step) override;
  void after_update(const TrainingStep& step) override;

  /// Loss, update : weight, histograms of activations and gradients in the last look, dead and
  /// saturated shares, σ by layer. Of more than eight layers or matrices eight are drawn, evenly
  /// spread. Throws Error when no step was looked at.
  Figure figure() const;

  /// NAME_{steps,layers,updates,histograms}.csv; returns their paths. A cell is empty where there
  /// is no number: saturated after relu, the ratio of a matrix whose entries are all equal, as at
  /// its start at 0. Throws Error.
  std::vector<std::filesystem::path> write_numbers(const std::filesystem::path& folder,
                                                   const std::string& name = "diagnostics") const;

  /// write_numbers, and the figure as NAME.svg and NAME.png. Throws Error
  /// as they do; what kept gnuplot from drawing is in the result.
  ChartResult write(const std::filesystem::path& folder,
                    const std::string& name = "diagnostics") const;

  /// What one layer looked like in one step.
  struct LayerLook {
    Index step = 0;
    std::string layer;
    Statistics activation, gradient;  ///< the gradient's are zeros where none came
    double dead = 0;
    double saturated = 0;
  };
  struct Update {
    Index step = 0;
    std::string parameter;
    double ratio = 0;
  };
  struct Loss {
    Index step = 0;
    double learning_rate = 0;
    Metrics metrics;
  };
  /// Of the last look: a layer's entries, those beyond four times their rms left out.
  struct LayerHistogram {
    std::string layer;
    Watched kind = Watched::value;
    Histogram histogram;
  };
  const std::vector<LayerLook>& looks() const { return looks_; }
  const std::vector<Update>& updates() const { return updates_; }
  const std::vector<Loss>& losses() const { return losses_; }
  const std::vector<LayerHistogram>& histograms() const { return histograms_; }

 private:
  void look_at_layers(const TrainingStep& step);
  void add_histogram(const std::string& layer, Watched kind, const Matrix& x,
                     const Statistics& of_x);

  DiagnosticsOptions options_;
  std::vector<std::string> matrices_;  // names of the weight matrices
  std::optional<UpdateRatio> update_ratio_;
  std::vector<LayerLook> looks_;
  std::vector<Update> updates_;
  std::vector<Loss> losses_;
  std::vector<LayerHistogram> histograms_;
  std::unique_ptr<LiveWindow> window_;
};

}  // namespace evenkeel
