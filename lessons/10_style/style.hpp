#pragma once
// Lesson 10: what the program measures, and the parts that judge and draw it.

#include <string>
#include <vector>

#include "evenkeel/chart/chart.hpp"
#include "evenkeel/core/types.hpp"
#include "evenkeel/data/picture.hpp"
#include "evenkeel/data/samples.hpp"
#include "lesson.hpp"

namespace style {

namespace ek = evenkeel;

struct Setting {
  std::string content = "chelsea";
  std::string style = "coffee";
  double contrast = 0.4;
  double brightness = 0.5;
  double eps = 1e-5;
};

/// Mean and standard deviation of each channel, channels × 1.
struct ChannelStatistics {
  ek::Matrix mean, sigma;
};
ChannelStatistics channel_statistics(const ek::Picture& picture);

/// Another light on a picture: contrast·x + brightness, for red, green and blue.
struct Light {
  std::string name;
  ek::Matrix contrast, brightness;  // channels × 1

  ek::Picture operator()(const ek::Picture& picture) const;
};

/// (x − mean) / √(variance + eps), by channel.
ek::Picture instance_normalized(const ek::Picture& picture, double eps);

/// σ(style)·(content − mean(content)) / σ(content) + mean(style), by channel.
ek::Picture adain(const ek::Picture& content, const ek::Picture& style);

/// As a file holds it: each value rounded to the nearest of 256 levels.
ek::Picture in_256_levels(const ek::Picture& picture);

/// What eps takes from a picture of low contrast, by channel.
struct ContrastLoss {
  double contrast = 0;
  std::vector<double> measured, predicted;  // 1 − σ(IN(a·x)) / σ(IN(x))
};
std::vector<ContrastLoss> contrast_losses(const ek::Picture& picture, double eps);

/// The directions in which a picture's brightness and contrast change, and what of them is left in
/// the gradient of InstanceNorm: the cosine, the largest of the channels.
struct LeftInGradient {
  double brightness = 0, contrast = 0;
};
LeftInGradient left_in_gradient(const ek::Picture& picture, std::uint64_t seed);

// --- BatchNorm over several devices (sync.cpp) ---------------------------------------------------

inline constexpr ek::Index sync_batch = 32;

/// A batch of 32 samples, dealt out to devices of `per_device`; averages over many batches.
struct Devices {
  ek::Index per_device = 0;
  double averaged = 0;       ///< mean of the devices' variances : variance of the whole data set
  double pooled = 0;         ///< pooled variance : the same
  double pooling_error = 0;  ///< largest |pooled − the batch's own variance|
  double gradient_error = 0;  ///< largest |∂loss/∂x by devices − by one batch|, two all-reduces
  double own_sums_error = 0;  ///< ‖Δ‖/‖gradient‖ when each device uses its own sums; average
};
std::vector<Devices> over_devices(const ek::Samples& samples, ek::Index batches, double eps,
                                  std::uint64_t seed);

// --- reporting (report.cpp, pictures.cpp) --------------------------------------------------------

struct Results {
  ek::Picture content, style, mixed;  ///< mixed: the content with the style's statistics
  std::vector<Light> lights;          ///< the first is the photograph as it is
  std::vector<ek::Picture> lit, normalized;
  std::vector<ContrastLoss> losses;
  LeftInGradient left;
  std::vector<Devices> devices;
  ek::Index batches = 0;
};

void print_table(const Setting& setting, const Results& results);
void claim_all(ek::lesson::Lesson& lesson, const Setting& setting, const Results& results);
void write_tables(ek::lesson::Lesson& lesson, const Setting& setting, const Results& results);
void draw_curves(ek::lesson::Lesson& lesson, const Setting& setting, const Results& results);
void draw_pictures(ek::lesson::Lesson& lesson, const Setting& setting, const Results& results);

}  // namespace style
