// The four panels of lesson 15.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <functional>

#include "report.hpp"

namespace char_gpt {

namespace {

using Values = std::vector<double>;

Values over_rows(const std::vector<Row>& rows, const std::function<double(const Row&)>& value) {
  Values values;
  for (const Row& row : rows) values.push_back(value(row));
  return values;
}

Values iterations(const std::vector<Row>& rows) {
  return over_rows(rows, [](const Row& row) { return static_cast<double>(row.iteration); });
}

Values ends(const std::vector<Row>& rows) {
  return {static_cast<double>(rows.front().iteration), static_cast<double>(rows.back().iteration)};
}

ek::Chart losses(const Training& t) {
  const Values x = iterations(t.rows);
  const double guessing = std::log(static_cast<double>(t.task->vocabulary()));
  const double frequencies = entropy_of_characters(t.text);
  ek::Chart chart("Loss");
  chart.x_axis("step").y_axis("nats a character");
  chart.theory("guessing", ends(t.rows), {guessing, guessing});
  chart.theory("frequencies", ends(t.rows), {frequencies, frequencies});
  chart.line("train", x, over_rows(t.rows, [](const Row& r) { return r.train_loss; }),
             ek::colour::batch);
  chart.line("validation", x, over_rows(t.rows, [](const Row& r) { return r.validation_loss; }),
             ek::colour::none);
  return chart;
}

// Embeddings in grey, then the blocks from light to dark.
ek::Colour colour_of(std::size_t layer, std::size_t blocks) {
  if (layer == 0) return ek::colour::instance;
  const double share =
      blocks == 1 ? 1 : static_cast<double>(layer - 1) / static_cast<double>(blocks - 1);
  return ek::mix(ek::colour::heat[1], ek::colour::heat[3], share);
}

// One line for the embeddings and one for each block. Of more than eight blocks eight are drawn.
void by_layer(ek::Chart& chart, const Training& t, Values Row::*values) {
  const Values x = iterations(t.rows);
  const std::size_t blocks = t.options.layers;
  const std::size_t drawn = std::min<std::size_t>(blocks, 8);
  for (std::size_t i = 0; i <= drawn; ++i) {
    const std::size_t layer = i == 0 || drawn == 1 ? i : 1 + (i - 1) * (blocks - 1) / (drawn - 1);
    const auto value = [&](const Row& row) { return (row.*values).at(layer); };
    chart.line(layer == 0 ? "embeddings" : fmt::format("block {}", layer - 1), x,
               over_rows(t.rows, value), colour_of(layer, blocks));
  }
}

ek::Chart gradients(const Training& t) {
  ek::Chart chart("Gradient norm by layer, before clipping");
  chart.x_axis("step").y_axis("‖∂loss/∂parameters‖", ek::Axis::log);
  by_layer(chart, t, &Row::gradient_by_layer);
  return chart;
}

ek::Chart activations(const Training& t) {
  ek::Chart chart("σ of the stream, behind each block");
  chart.x_axis("step").y_axis("σ of the activations", ek::Axis::log);
  by_layer(chart, t, &Row::activation_by_layer);
  return chart;
}

// Every matrix has a line; matrices of one kind have one colour.
struct Kind {
  std::string_view part_of_name;
  const char* title;
  ek::Colour colour;
};
constexpr std::array<Kind, 6> kinds{{{"tokens", "tokens", ek::colour::instance},
                                     {"positions", "positions", ek::colour::black},
                                     {"qkv", "q, k, v", ek::colour::batch},
                                     {"out", "out", ek::colour::rms},
                                     {"up", "up", ek::colour::none},
                                     {"down", "down", ek::colour::group}}};

ek::Chart update_ratios(Training& t) {
  ek::Chart chart("σ(update) / σ(weights) of each matrix");
  chart.x_axis("step").y_axis("ratio", ek::Axis::log);
  chart.theory("1e-3, a rule of thumb", ends(t.rows), {1e-3, 1e-3});
  const Values x = iterations(t.rows);
  const std::vector<std::string> names = parameter_names(t);
  for (const Kind& kind : kinds) {
    bool first = true;  // of its kind: the others have no name in the legend
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool matrix = t.optimizer.parameters()[i]->value.n_cols > 1;
      if (!matrix || names[i].find(kind.part_of_name) == std::string::npos) continue;
      const auto value = [&](const Row& row) { return row.update_ratio.at(i); };
      chart.line(first ? kind.title : "", x, over_rows(t.rows, value), kind.colour);
      first = false;
    }
  }
  return chart;
}

}  // namespace

ek::Figure panels(Training& t) {
  const Row& last = t.rows.back();
  const auto steps = static_cast<double>(last.iteration);
  ek::Figure figure(fmt::format("In {} steps the loss falls from {:.2f} to {:.2f} nats a character",
                                ek::format_number(steps, ek::Digits::decimals(0)),
                                t.rows.front().validation_loss, last.validation_loss),
                    fmt::format("{}, seed {}", to_string(t.options), t.seed));
  figure.add(losses(t)).add(gradients(t)).add(activations(t)).add(update_ratios(t));
  return figure;
}

}  // namespace char_gpt
