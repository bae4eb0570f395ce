// 10 Style: what InstanceNorm takes from a picture, and what AdaIN gives it.
//
//   InstanceNorm(a·x + b) = InstanceNorm(x)                     a > 0, for each channel
//   AdaIN(x, s) = σ(s)·InstanceNorm(x) + mean(s)
//
//   photographs of 128×128, red, green and blue from 0 to 1

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/core/random.hpp"
#include "evenkeel/core/tape.hpp"
#include "evenkeel/data/tabular.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "evenkeel/probe/statistics.hpp"
#include "style.hpp"

namespace ek = evenkeel;
using namespace ek::lesson;
using namespace style;

namespace style {

namespace {

ek::Matrix channel(const ek::Picture& picture, ek::Index c) {
  const ek::Index positions = picture.image.positions();
  return picture.x.rows(c * positions, (c + 1) * positions - 1);
}

}  // namespace

ChannelStatistics channel_statistics(const ek::Picture& picture) {
  const ek::Index channels = picture.image.channels;
  ChannelStatistics found{ek::Matrix(channels, 1), ek::Matrix(channels, 1)};
  for (ek::Index c = 0; c < channels; ++c) {
    const ek::Statistics s = ek::statistics(channel(picture, c));
    found.mean(c) = s.mean;
    found.sigma(c) = s.sigma;
  }
  return found;
}

ek::Picture Light::operator()(const ek::Picture& picture) const {
  ek::Tape tape;
  const ek::Var x = tape.constant(picture.x);
  const ek::Var lit = scale_shift(x, tape.constant(contrast), tape.constant(brightness));
  return {lit.value(), picture.image};
}

ek::Picture instance_normalized(const ek::Picture& picture, double eps) {
  ek::Tape tape;
  const ek::Var x = tape.constant(picture.x);  // 3·128·128 × 1
  const ek::Var y = instance_norm(x, picture.image.channels, {}, eps);
  return {y.value(), picture.image};
}

ek::Picture adain(const ek::Picture& content, const ek::Picture& style) {
  const ChannelStatistics s = channel_statistics(style);
  ek::Tape tape;
  const ek::Var x = tape.constant(content.x);
  const ek::Affine affine{tape.constant(s.sigma), tape.constant(s.mean)};  // gamma, beta
  const ek::Var y = instance_norm(x, content.image.channels, affine, 0);
  return {y.value(), content.image};
}

ek::Picture in_256_levels(const ek::Picture& picture) {
  ek::Picture rounded = picture;
  for (double& value : rounded.x) value = std::round(255 * value) / 255;
  return rounded;
}

std::vector<ContrastLoss> contrast_losses(const ek::Picture& picture, double eps) {
  const ek::Index channels = picture.image.channels;
  const ek::Matrix sigma = channel_statistics(picture).sigma;
  const ek::Matrix full = channel_statistics(instance_normalized(picture, eps)).sigma;
  std::vector<ContrastLoss> losses;
  for (double tenths = 0; tenths <= 30; tenths += 1) {
    const double a = std::pow(10.0, -tenths / 10);  // from 1 down to 1/1000
    const Light pale{"", ek::Matrix(channels, 1).fill(a), ek::Matrix(channels, 1).fill(0)};
    const ek::Matrix left = channel_statistics(instance_normalized(pale(picture), eps)).sigma;
    ContrastLoss loss{a, {}, {}};
    for (ek::Index c = 0; c < channels; ++c) {
      const double variance = sigma(c) * sigma(c);
      loss.measured.push_back(1 - left(c) / full(c));
      loss.predicted.push_back(1 - std::sqrt((variance + eps) / (variance + eps / (a * a))));
    }
    losses.push_back(loss);
  }
  return losses;
}

LeftInGradient left_in_gradient(const ek::Picture& picture, std::uint64_t seed) {
  ek::Random random(seed);
  ek::Tape tape;
  const ek::Var x = tape.variable(picture.x);
  const ek::Var y = instance_norm(x, picture.image.channels, {}, 0);
  tape.backward(y, random.normal(picture.x.n_rows, 1));  // a random ∂loss/∂y
  LeftInGradient left;
  for (ek::Index c = 0; c < picture.image.channels; ++c) {
    const ek::Matrix dx = channel({x.gradient(), picture.image}, c);
    const ek::Matrix brighter(arma::size(dx), arma::fill::ones);
    const ek::Matrix stronger = channel(picture, c);
    const auto cosine = [&dx](const ek::Matrix& direction) {
      return std::abs(arma::dot(dx, direction)) / arma::norm(dx) / arma::norm(direction);
    };
    left.brightness = std::max(left.brightness, cosine(brighter));
    left.contrast = std::max(left.contrast, cosine(stronger));
  }
  return left;
}

}  // namespace style

namespace {

std::vector<Light> lights_of(const Setting& s) {
  const auto all = [](double value) { return ek::Matrix(3, 1).fill(value); };
  return {
      {"as it is", all(1), all(0)},
      {fmt::format("{} x + {}", s.contrast, s.brightness), all(s.contrast), all(s.brightness)},
      {"under a red lamp", ek::Matrix("0.8; 0.25; 0.2"), ek::Matrix("0.2; 0; 0.05")},
      {"negative: 1 − x", all(-1), all(1)},
  };
}

// 427 tumours × 30 measurements, each with mean 0 and σ 1 over the set.
ek::Samples measurements(std::uint64_t seed) {
  ek::Random random(seed);
  ek::Split sets = ek::split(ek::breast_cancer(), 0.25, random);
  ek::standardize(sets, ek::Standardized::of_each_feature);
  return sets.train;
}

Results run_once(const Setting& s, ek::Index batches, std::uint64_t seed) {
  Results r;
  r.content = ek::picture(s.content);
  r.style = ek::picture(s.style);
  r.mixed = adain(r.content, r.style);
  r.lights = lights_of(s);
  for (const Light& light : r.lights) {
    r.lit.push_back(light(r.content));
    r.normalized.push_back(instance_normalized(r.lit.back(), 0));
  }
  r.losses = contrast_losses(r.content, s.eps);
  r.left = left_in_gradient(r.content, seed);
  r.batches = batches;
  r.devices = over_devices(measurements(seed), batches, s.eps, seed);
  return r;
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting setting;
  Lesson lesson("10_style", "what InstanceNorm takes from a picture, and what AdaIN gives it");
  lesson.option("content", setting.content, ek::picture_names(), "the picture")
      .option("style", setting.style, ek::picture_names(), "whose colours it gets")
      .option("contrast", setting.contrast, "a in a·x + b")
      .option("brightness", setting.brightness, "b in a·x + b")
      .option("eps", setting.eps, "of the norm, where its effect is measured");

  return lesson.run(argc, argv, [&] {
    const ek::Index batches = lesson.quick() ? 200 : 2000;
    fmt::print(
        "10 Style: {} in the colours of {}, 128×128, values from 0 to 1, eps {}; {} batches, seed "
        "{}\n\n",
        setting.content, setting.style, setting.eps, batches, lesson.seed());
    const Results results = run_once(setting, batches, lesson.seed());
    print_table(setting, results);
    claim_all(lesson, setting, results);
    write_tables(lesson, setting, results);
    draw_pictures(lesson, setting, results);
    draw_curves(lesson, setting, results);
    lesson.try_next("lessons/run 10 --content rocket --style chelsea");
  });
}
