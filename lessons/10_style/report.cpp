// What lesson 10 claims, writes and draws as curves.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evenkeel/chart/table.hpp"
#include "style.hpp"

namespace style {

using namespace ek::lesson;

namespace {

constexpr const char* channels[] = {"red", "green", "blue"};
constexpr ek::Colour channel_colours[] = {ek::colour::none, ek::colour::layer, ek::colour::batch};

// Exact identities, but for rounding: some hundred times the relative spacing of doubles, and as
// much more as σ is smaller than the values it is taken of.
double rounding(const ek::Picture& picture) {
  const double loss = arma::abs(picture.x).max() / channel_statistics(picture).sigma.min();
  return 200 * ek::machine_epsilon * std::max(loss, 1.0);
}

void claim_zero(Lesson& lesson, std::string text, double value, double accepted,
                std::string because) {
  lesson.claim(
      {std::move(text), value, value, 0, accepted, std::move(because), ek::Digits::significant(2)});
}

double largest(const ek::Matrix& difference) {
  return arma::abs(difference).max();
}

}  // namespace

void print_table(const Setting& s, const Results& r) {
  const ek::Digits four = ek::Digits::decimals(4);
  ek::Table table({"channel",
                   {s.content + " μ", four},
                   {"σ", four},
                   {s.style + " μ", four},
                   {"σ", four},
                   {"AdaIN μ", four},
                   {"σ", four}});
  const ChannelStatistics x = channel_statistics(r.content), y = channel_statistics(r.style),
                          z = channel_statistics(r.mixed);
  for (ek::Index c = 0; c < 3; ++c) {
    table.row({channels[c], x.mean(c), x.sigma(c), y.mean(c), y.sigma(c), z.mean(c), z.sigma(c)});
  }
  table.print();
  const arma::uword outside = arma::accu(r.mixed.x < 0) + arma::accu(r.mixed.x > 1);
  fmt::print("\n  {:.1f} % of AdaIN's values lie outside 0 … 1; a screen cuts them off.\n\n",
             100 * static_cast<double>(outside) / static_cast<double>(r.mixed.x.n_elem));
  fmt::print("  BatchNorm of {} samples, b on each device; variances : the whole set's\n\n",
             sync_batch);
  const ek::Digits three = ek::Digits::decimals(3);
  ek::Table devices({"b",
                     {"averaged", three},
                     {"(b−1)/b", three},
                     {"pooled", three},
                     {"gradient off by, each with its own sums", three}});
  for (const Devices& d : r.devices) {
    const double b = static_cast<double>(d.per_device);
    devices.row({d.per_device, d.averaged, (b - 1) / b, d.pooled, d.own_sums_error});
  }
  devices.print();
}

namespace {

void claim_instance_norm(Lesson& lesson, const Setting& s, const Results& r) {
  for (std::size_t i = 1; i + 1 < r.lights.size(); ++i) {
    claim_zero(lesson, fmt::format("InstanceNorm, {} − as it is", r.lights[i].name),
               largest(r.normalized[i].x - r.normalized[0].x), rounding(r.lit[i]), "theory 0");
  }
  const ek::Picture& pale = r.lit[1];
  const ek::Matrix saved = instance_normalized(in_256_levels(pale), 0).x;
  // A value is off by half a level, 1/510, at most. That the mean and σ move as well is far less,
  // over 16,384 pixels, unless there are only a few levels left.
  const double off_by = largest(saved - r.normalized[0].x);
  const double half_a_level = 1.0 / 510 / channel_statistics(pale).sigma.min();
  lesson.claim({fmt::format("the same for {}, saved in 256 levels", r.lights[1].name), off_by,
                off_by, 0, 1.1 * half_a_level, "half a level is 1/(510 σ)",
                ek::Digits::significant(2), s.contrast >= 0.1 && s.contrast <= 1});
  claim_zero(lesson, "InstanceNorm(1 − x) + InstanceNorm(x)",
             largest(r.normalized.back().x + r.normalized[0].x), rounding(r.content),
             "theory 0: a < 0 flips the sign");
  double off = 0;
  for (const ContrastLoss& loss : r.losses) {
    for (std::size_t c = 0; c < 3; ++c) {
      off = std::max(off, std::abs(loss.measured[c] - loss.predicted[c]));
    }
  }
  claim_zero(lesson, fmt::format("contrast lost by eps = {} − theory", s.eps), off,
             rounding(r.content), "1 − √((σ² + ε)/(σ² + ε/a²)), a from 1 to 0.001");
  claim_zero(lesson, "gradient along brightness", r.left.brightness, rounding(r.content),
             "theory 0");
  claim_zero(lesson, "gradient along contrast", r.left.contrast, rounding(r.content), "theory 0");
}

}  // namespace

void claim_all(Lesson& lesson, const Setting& s, const Results& r) {
  claim_instance_norm(lesson, s, r);
  const ChannelStatistics wanted = channel_statistics(r.style), got = channel_statistics(r.mixed);
  claim_zero(lesson, fmt::format("μ and σ after AdaIN − those of {}", s.style),
             std::max(largest(got.mean - wanted.mean), largest(got.sigma - wanted.sigma)),
             rounding(r.content), "theory 0");
  claim_zero(lesson, "AdaIN back − the picture", largest(adain(r.mixed, r.content).x - r.content.x),
             rounding(r.mixed), "theory 0: nothing else was lost");

  double pooling = 0, gradient = 0;
  for (const Devices& d : r.devices) {
    pooling = std::max(pooling, d.pooling_error);
    gradient = std::max(gradient, d.gradient_error);
  }
  // 99 of 100 seeds, from 60 of each length; (b − 1)/b, and a little more as no sample comes twice.
  const double averaged = r.devices[1].averaged;
  const double spread = lesson.quick() ? 0.0132 : 0.0034;
  lesson.claim({"averaged variances, 2 samples a device", averaged, averaged, 0.5012 - spread,
                0.5012 + spread, "theory (b − 1)/b = 0.5", ek::Digits::significant(3)});
  // Rounding, of values up to about 12.
  claim_zero(lesson, "pooled variance − the batch's", pooling, 1e-12, "Σ n(v + m²)/N − M²");
  claim_zero(lesson, "gradient by two all-reduces − BatchNorm's", gradient, 1e-12, "theory 0");
}

void write_tables(Lesson& lesson, const Setting& s, const Results& r) {
  ek::CsvWriter statistics(
      lesson.folder() / "statistics.csv",
      {"picture", "channel", "mean_before", "sigma_before", "mean_after", "sigma_after", "by"});
  const auto rows = [&](const std::string& picture, const ek::Picture& before,
                        const ek::Picture& after, const std::string& by) {
    const ChannelStatistics x = channel_statistics(before), y = channel_statistics(after);
    for (ek::Index c = 0; c < 3; ++c) {
      statistics.row({picture, channels[c], x.mean(c), x.sigma(c), y.mean(c), y.sigma(c), by});
    }
  };
  for (std::size_t i = 0; i < r.lights.size(); ++i) {
    rows(s.content + ", " + r.lights[i].name, r.lit[i], r.normalized[i], "InstanceNorm");
  }
  rows(s.content, r.content, r.mixed, "AdaIN, style " + s.style);
  statistics.close();
  lesson.wrote("statistics.csv");

  ek::CsvWriter losses(lesson.folder() / "contrast_loss.csv",
                       {"contrast", "channel", "measured", "predicted"});
  for (const ContrastLoss& loss : r.losses) {
    for (std::size_t c = 0; c < 3; ++c) {
      losses.row({loss.contrast, channels[c], loss.measured[c], loss.predicted[c]});
    }
  }
  losses.close();
  lesson.wrote("contrast_loss.csv");

  ek::CsvWriter devices(lesson.folder() / "devices.csv",
                        {"per_device", "averaged_variance", "pooled_variance", "pooling_error",
                         "gradient_error", "own_sums_error"});
  for (const Devices& d : r.devices) {
    devices.row(
        {d.per_device, d.averaged, d.pooled, d.pooling_error, d.gradient_error, d.own_sums_error});
  }
  devices.close();
  lesson.wrote("devices.csv");
}

namespace {

// The lowest contrast of which InstanceNorm restores 95 % in every channel.
double restored_down_to(const Results& r) {
  double lowest = 1;
  for (const ContrastLoss& loss : r.losses) {
    if (*std::max_element(loss.measured.begin(), loss.measured.end()) > 0.05) break;
    lowest = loss.contrast;
  }
  return lowest;
}

ek::Chart loss_chart(const Setting& s, const Results& r) {
  std::vector<double> contrast;
  for (const ContrastLoss& loss : r.losses) contrast.push_back(loss.contrast);
  ek::Chart chart{fmt::format("eps = {}: InstanceNorm restores contrasts down to {:.2g}", s.eps,
                              restored_down_to(r)),
                  fmt::format("{}, values from 0 to 1; restored: 95 % or more", s.content)};
  chart.x_axis("contrast a", ek::Axis::log).y_axis("share of the contrast that stays lost");
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<double> measured, predicted;
    for (const ContrastLoss& loss : r.losses) {
      measured.push_back(loss.measured[c]);
      predicted.push_back(loss.predicted[c]);
    }
    chart.points(channels[c], contrast, measured, channel_colours[c]);
    chart.theory(c == 2 ? "theory" : "", contrast, predicted);
  }
  return chart;
}

ek::Chart device_chart(const Results& r) {
  std::vector<double> size, averaged, pooled, theory;
  for (const Devices& d : r.devices) {
    const double b = static_cast<double>(d.per_device);
    size.push_back(b);
    averaged.push_back(d.averaged);
    pooled.push_back(d.pooled);
    theory.push_back((b - 1) / b);
  }
  ek::Chart chart{fmt::format("Averaging variances of {} samples gives {:.2f} of the truth",
                              r.devices[1].per_device, averaged[1]),
                  fmt::format("breast cancer, 30 features; {} batches of {}, dealt out to devices",
                              r.batches, sync_batch)};
  chart.x_axis("samples on a device, b", ek::Axis::log).y_axis("variance : the whole set's");
  chart.points("pooled", size, pooled, ek::colour::batch);
  chart.points("averaged", size, averaged, ek::colour::none);
  chart.theory("(b − 1)/b", size, theory);
  return chart;
}

}  // namespace

void draw_curves(Lesson& lesson, const Setting& s, const Results& r) {
  lesson.chart(loss_chart(s, r), "contrast_loss");
  lesson.chart(device_chart(r), "devices");
}

}  // namespace style
