// 17 Norm and optimizer: whether a norm that is good with one optimizer is good with another, and
// with little text as with much.
//
//   a GPT of 2 layers, 4 heads, width 32, context 32 on Moby-Dick; 1,000 steps of 12 sequences
//   5 norms × (SGD with momentum, AdamW, Muon); with AdamW also on the text's beginning alone

#include "evenkeel/data/files.hpp"
#include "lab.hpp"
#include "small_gpt.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

Quantity loss_with(const std::string& optimizer) {
  return {optimizer, "learning rate", "loss with " + by_name(steppers, optimizer).title};
}
Quantity saturated_with(const std::string& optimizer) {
  return {"saturated_" + optimizer, "learning rate",
          "% saturated with " + by_name(steppers, optimizer).title};
}
const Quantity validation{"validation", "characters to learn from", "validation loss, nats"};
const Quantity training{"training", "characters to learn from", "training loss, nats"};
const Quantity saturated{"saturated", "characters to learn from", "saturated entries, %"};

constexpr double slice = 2000, larger_slice = 20000;  // of 1,072,739 characters

/// One norm with one optimizer: on all of the text, at each rate; with AdamW on its beginnings too.
void measure(const Setting& s, const std::string& norm, const Stepper& stepper, std::uint64_t seed,
             Record& r) {
  const bool sweep = s.rates.front() == "sweep";
  Trained on_all;
  for (double factor : {0.25, 0.5, 1., 2., 4.}) {
    if (factor != 1 && !sweep) continue;
    on_all = train(s, norm, stepper.name, factor * stepper.rate, s.text.train, seed);
    r.add(loss_with(stepper.name), norm, factor * stepper.rate, on_all.validation.loss);
    if (!std::isnan(on_all.training.saturated))
      r.add(saturated_with(stepper.name), norm, factor * stepper.rate, on_all.training.saturated);
  }
  if (stepper.name != "adamw" || sweep) return;
  for (Index size : {Index(slice), Index(larger_slice), Index{s.text.train.size()}}) {
    const Tokens part(s.text.train.begin(), s.text.train.begin() + long(size));
    const bool is_all = size == s.text.train.size();
    const Trained t = is_all ? on_all : train(s, norm, "adamw", stepper.rate, part, seed);
    const double x = double(size);
    r.add(validation, norm, x, t.validation.loss);
    r.add(training, norm, x, t.training.loss);
    if (!std::isnan(t.training.saturated)) r.add(saturated, norm, x, t.training.saturated);
  }
}

/// Near the mean of six other seeds: within three standard errors of the difference.
Band like(double mean, double sd) {
  return [=](std::size_t n) {
    const double off = 3 * sd * std::sqrt(1 / 6. + 1 / double(n));
    return Accepted{mean - off, mean + off, fmt::format("6 other seeds: {:.3g}", mean)};
  };
}

const Bands known = {{"x", like(0, 1)}};

using Number = std::function<double(double loss, double other)>;
/// The mean over the seeds of a number made of two norms' losses with the same seed.
double compared(const Record& r, const Quantity& q, const std::string& norm,
                const std::string& other, double x, const Number& number) {
  std::vector<double> numbers = r.of(q, norm).at(x);
  std::ranges::transform(numbers, r.of(q, other).at(x), numbers.begin(), number);
  return mean_of(numbers);
}

void claim_all(Lesson& lesson, const Styles& shown, const Record& r) {
  for (const Style& norm : shown) {
    for (const Stepper& o : steppers) {
      const Quantity loss = loss_with(o.name), cut_off = saturated_with(o.name);
      if (r.has(loss, norm.name))
        lesson.claim(loss.y, norm, {mean_of(r.of(loss, norm.name).at(o.rate))}, known);
      if (r.has(loss, norm.name) && r.has(loss, "rms"))
        lesson.claim("above RMSNorm with " + o.title, norm,
                     {compared(r, loss, norm.name, "rms", o.rate, std::minus<>())}, known);
      if (r.has(cut_off, norm.name))
        lesson.claim(cut_off.y, norm, {mean_of(r.of(cut_off, norm.name).at(o.rate))}, known);
    }
    if (!r.has(validation, norm.name) || !r.has(validation, "layer")) continue;
    for (double x : {slice, larger_slice}) {
      const auto percent = [](double loss, double other) { return 100 * (loss / other - 1); };
      const double more = compared(r, validation, norm.name, "layer", x, percent);
      const std::string at = fmt::format(", {:.0f} characters", x);
      lesson.claim("% above LayerNorm", norm, {more}, known, at);
      if (r.has(saturated, norm.name))
        lesson.claim(saturated.y, norm, {mean_of(r.of(saturated, norm.name).at(x))}, known, at);
    }
  }
}

/// A row for each norm, a column for each optimizer: mean ± standard deviation over the seeds.
Chart cells(const Record& r, const std::string& meaning, const Styles& norms, int decimals,
            const std::function<Quantity(const std::string& optimizer)>& of) {
  HeatMap map;
  map.meaning = meaning;
  std::vector<std::string> words;
  for (const Style& norm : norms) {
    map.rows.push_back(norm.title);
    map.columns.clear();
    for (const Stepper& o : steppers) {
      if (!r.has(of(o.name), norm.name)) continue;
      const std::vector<double> seeds = r.of(of(o.name), norm.name).at(o.rate);
      map.columns.push_back(o.title);
      map.values.push_back(mean_of(seeds));
      words.push_back(fmt::format("{:.{}f} ± {:.{}f}", mean_of(seeds), decimals,
                                  arma::stddev(arma::vec(seeds)), decimals));
    }
  }
  Chart chart = Chart(meaning).heat_map(std::move(map));
  chart.grid->words = words;
  return chart;
}

void draw_all(Lesson& lesson, const Styles& shown, const Record& r) {
  Figure losses(fmt::format("DyT ends above RMSNorm: by {} nats with AdamW, {} with Muon",
                            lesson.claimed("above RMSNorm with AdamW, DyT"),
                            lesson.claimed("above RMSNorm with Muon, DyT")));
  losses.add(cells(r, "validation loss, nats", shown, 2, loss_with));
  Styles bounded = shown;
  std::erase_if(bounded, [](const Style& s) { return s.name == "layer" || s.name == "rms"; });
  if (!bounded.empty()) losses.add(cells(r, "saturated entries, %", bounded, 0, saturated_with));
  lesson.chart(losses, "losses");
  if (!r.has(validation, shown.front().name)) return;
  Figure data("title");
  for (const Quantity& q : {validation, training, saturated})
    data.add(chart_of(r, q, shown, Line::mean, Axis::linear).x_axis(q.x, Axis::log));
  lesson.chart(data, "data");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> names = {"layer", "rms", "dyt", "derf", "derf.3"};
  std::vector<std::string> optimizers = names_of(steppers);
  Styles all(all_norms().begin(), all_norms().end());
  all.push_back({"derf.3", "Derf, α = 0.3", colour::batch});
  Lesson lesson("17_norm_and_optimizer",
                "Five norms with three optimizers, on much text and little");
  lesson.option("layers", s.layers, 1, "transformer blocks")
      .option("width", s.width, 4, "features of a token, a multiple of 4")
      .option("steps", s.steps, 2, "of each training")
      .option("warmup", s.warmup, 0, "steps in which the learning rate rises")
      .option("start", s.start, {"unit", "gpt2"}, "embeddings of N(0, 1), or all of N(0, 0.02²)")
      .option("rates", s.rates, {"tuned", "sweep"}, "each optimizer's own, or ¼ to 4 times that")
      .option("norm", names, names_of(all), "which, separated by commas")
      .option("optimizer", optimizers, names_of(steppers), "which, separated by commas")
      .seeds(3, 1);
  return lesson.run(argc, argv, [&] {
    if (lesson.quick()) s.steps = std::min<Index>(s.steps, 100);
    lesson.setting(fmt::format("GPT of {} layers, {} steps", s.layers, s.steps));
    s.text = load_text(data_file("moby_dick/moby_dick.txt"), context);
    std::vector<std::string> tasks;  // "muon dyt"
    for (const std::string& name : names)
      for (const std::string& o : optimizers) tasks.push_back(o + " " + name);
    const Record record = lesson.over_seeds(tasks, [&](auto& task, auto seed, Record& r) {
      const auto space = task.find(' ');
      measure(s, task.substr(space + 1), by_name(steppers, task.substr(0, space)), seed, r);
    });
    const Styles shown = choose(all, names);
    for (const std::string& o : optimizers) print_table(record, loss_with(o), shown, Line::mean);
    if (s.rates.front() == "sweep") return;
    claim_all(lesson, shown, record);
    draw_all(lesson, shown, record);
    lesson.try_next("lessons/run 17 --norm layer,dyt --optimizer adamw --warmup 50");
  });
}
