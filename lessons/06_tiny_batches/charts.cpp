// The charts of lesson 06.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "norms.hpp"
#include "seeds.hpp"
#include "tiny_batches.hpp"

namespace tiny_batches {

using namespace ek::lesson;

namespace {

ek::Chart noise_chart(const Result& r) {
  std::vector<double> batch, measured;
  for (const Noise& n : r.noise) {
    batch.push_back(static_cast<double>(n.batch));
    measured.push_back(n.difference);
  }
  std::vector<double> sizes, theory;
  for (int quarter = 4; quarter <= 20; ++quarter) {
    const double b = std::exp2(quarter / 4.0);
    const double ratio = std::exp(std::lgamma(b / 2) - std::lgamma((b - 1) / 2));
    sizes.push_back(b);
    theory.push_back(2 * (1 - std::sqrt(2 / b) * ratio));
  }
  ek::Chart chart{fmt::format("Statistics of two samples: the error of ŷ is {:.2f} of its variance",
                              measured.front()),
                  "BatchNorm on N(0, 1), eps = 0; 400,000 batches of each size"};
  chart.x_axis("samples in the batch", ek::Axis::log)
      .y_axis("mean of (ŷ train − ŷ eval)²", ek::Axis::log);
  chart.points("measured", batch, measured, ek::colour::batch);
  chart.theory("theory", sizes, theory);
  return chart;
}

// One panel: a number of each norm against the batch size, seeds as a pale band.
ek::Chart by_batch(const Result& r, Network network, double Training::*which, std::string title,
                   std::string subtitle) {
  ek::Chart chart{std::move(title), std::move(subtitle)};
  chart.x_axis("samples in the batch", ek::Axis::log);
  for (const std::string& norm : r.norms) {
    std::vector<double> batches, mean, low, high;
    std::vector<ek::Index> rising = network == Network::mlp ? r.batches : r.cnn_batches;
    std::sort(rising.begin(), rising.end());
    for (ek::Index batch : rising) {
      const std::vector<double> values = r.of(network, norm, batch, which);
      const auto [least, most] = std::minmax_element(values.begin(), values.end());
      batches.push_back(static_cast<double>(batch));
      mean.push_back(mean_of(values));
      low.push_back(*least);
      high.push_back(*most);
    }
    const NamedNorm& named = norm_by_name(norm);
    if (r.seeds > 1) chart.band(batches, low, high, named.colour);
    chart.line(named.title, batches, mean, named.colour);
  }
  return chart;
}

double mean_error(const Result& r, Network network, const std::string& norm, ek::Index batch) {
  return mean_of(r.of(network, norm, batch, &Training::test_error));
}

// Whether the smallest batch of a network has at least twice the error of its largest.
bool fails(const Result& r, const std::string& norm) {
  const auto twice = [&](Network network, const std::vector<ek::Index>& batches) {
    const auto [least, most] = std::minmax_element(batches.begin(), batches.end());
    return mean_error(r, network, norm, *least) >= 2 * mean_error(r, network, norm, *most);
  };
  return twice(Network::mlp, r.batches) || twice(Network::cnn, r.cnn_batches);
}

// "BatchNorm", "GroupNorm and LayerNorm".
std::string listed(const std::vector<std::string>& norms) {
  if (norms.size() == 1) return norms.front();
  const std::vector<std::string> first(norms.begin(), norms.end() - 1);
  return fmt::format("{} and {}", fmt::join(first, ", "), norms.back());
}

std::string finding(const Result& r) {
  std::vector<std::string> failing, holding;
  for (const std::string& norm : r.norms) {
    (fails(r, norm) ? failing : holding).push_back(norm_by_name(norm).title);
  }
  std::string title = "On tiny batches ";
  if (!failing.empty()) title += listed(failing) + (failing.size() == 1 ? " fails" : " fail");
  if (!failing.empty() && !holding.empty()) title += ", ";
  if (!holding.empty()) title += listed(holding) + (holding.size() == 1 ? " does not" : " do not");
  return failing.empty() ? title + " fail" : title;
}

// As in "BatchNorm 23 % at two": the norm with the largest error.
std::string worst_at(const Result& r, Network network, ek::Index batch, const std::string& at) {
  const auto error = [&](const std::string& norm) { return mean_error(r, network, norm, batch); };
  const std::string worst = *std::max_element(
      r.norms.begin(), r.norms.end(),
      [&](const std::string& a, const std::string& b) { return error(a) < error(b); });
  return fmt::format("{} {:.2g} % at {}", norm_by_name(worst).title, error(worst), at);
}

ek::Figure error_figure(const Result& r) {
  ek::Figure figure{
      finding(r),
      fmt::format("digits: {} epochs, mean of {} seeds, pale: all of them", r.epochs, r.seeds), 3};
  ek::Chart mlp = by_batch(r, Network::mlp, &Training::test_error,
                           "MLP: " + worst_at(r, Network::mlp, 2, "two"), "digits, 64-128-128-10");
  ek::Chart cnn = by_batch(r, Network::cnn, &Training::test_error,
                           "CNN: " + worst_at(r, Network::cnn, 1, "one"),
                           "digits, convolutions of 8, 16, 32 channels");
  for (ek::Chart* digits : {&mlp, &cnn})
    digits->y_axis("test error, %").y_range(0, 40).x_range(1, 32);
  ek::Chart imagenet{"ResNet-50: a slope", "ImageNet, Wu & He 2018, Table 2"};
  imagenet.x_axis("images on a GPU", ek::Axis::log)
      .y_axis("validation error, %")
      .y_range(0, 40)
      .x_range(1, 32);
  imagenet.line("BatchNorm", published_batches, published_batch_norm, ek::colour::batch);
  imagenet.line("GroupNorm", published_batches, published_group_norm, ek::colour::group);
  figure.add(mlp).add(cnn).add(imagenet);
  return figure;
}

}  // namespace

void draw_all(Lesson& lesson, const Result& r) {
  lesson.chart(noise_chart(r), "noise_by_batch");
  const ek::Figure errors = error_figure(r);
  lesson.chart(errors, "error_by_batch");
  lesson.live([&] { return errors; });
  const std::vector<double> thrown = r.of(Network::mlp, r.norms.front(), 2, &Training::moved_first);
  ek::Chart moved = by_batch(
      r, Network::mlp, &Training::moved_first,
      fmt::format(
          "Batches of two: {} moves the first layer by {:.2g} times its size, in the median",
          norm_by_name(r.norms.front()).title, median_of(thrown)),
      fmt::format("digits: 64-128-128-10, {} epochs, mean of {} seeds, pale: all of them", r.epochs,
                  r.seeds));
  moved.y_axis("‖ΔW₁‖ / ‖W₁‖ over the training", ek::Axis::log);
  lesson.chart(moved, "first_layer");
}

}  // namespace tiny_batches
