// 17 Norm and optimizer: whether a norm that is good with one optimizer is good with another, and
// with little text as with much.
//
//   a GPT of 2 layers, 4 heads, width 32, context 32 on Moby-Dick; 1,000 steps of 12 sequences
//   5 norms × (SGD with momentum, AdamW, Muon); with AdamW also on the first characters alone

#include "evenkeel/data/files.hpp"
#include "lab.hpp"
#include "small_gpt.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

Quantity loss_with(const std::string& optimizer) {
  return {optimizer, "learning rate", "loss with " + by_name(steppers, optimizer).title};
}
const Quantity validation{"validation", "characters to learn from", "validation loss, nats"};
const Quantity training{"training", "characters to learn from", "training loss, nats"};
const Quantity saturated{"saturated", "characters to learn from", "saturated entries, %"};
constexpr Index slice = 2000, larger_slice = 20000;

/// One norm with one optimizer: on all of the text, at each rate; with AdamW on its beginnings too.
void measure(const Setting& s, const std::string& norm, const Stepper& stepper, std::uint64_t seed,
             Record& r) {
  const bool sweep = s.rates.front() == "sweep";
  Trained on_all;
  for (double factor : {0.25, 0.5, 1., 2., 4.}) {
    if (factor != 1 && !sweep) continue;
    on_all = train(s, norm, stepper.name, factor * stepper.rate, s.text.train, seed);
    r.add(loss_with(stepper.name), norm, factor * stepper.rate, on_all.validation.loss);
  }
  if (stepper.name != "adamw" || sweep) return;
  for (Index characters : {slice, larger_slice, Index{s.text.train.size()}}) {
    const Tokens part(s.text.train.begin(), s.text.train.begin() + long(characters));
    const bool is_all = characters == s.text.train.size();
    const Trained t = is_all ? on_all : train(s, norm, "adamw", stepper.rate, part, seed);
    r.add(validation, norm, double(characters), t.validation.loss);
    r.add(training, norm, double(characters), t.training.loss);
    if (!std::isnan(t.training.saturated))
      r.add(saturated, norm, double(characters), t.training.saturated);
  }
}

/// For what may be negative: the mean of `known` other seeds, within three standard errors of the
/// difference.
Band like(double mean, double sd, double known = 6) {
  return [=](std::size_t n) {
    const double off = 3 * sd * std::sqrt(1 / known + 1 / double(n));
    return Accepted{mean - off, mean + off, fmt::format("{} other seeds: {:.3g}", known, mean)};
  };
}

const Bands known = {{"x", like(0, 1)}};

/// The mean over the seeds of number(its loss, the other norm's), of one seed each.
double compared(const Record& r, const Quantity& q, const std::string& norm,
                const std::string& other, double x,
                const std::function<double(double, double)>& number) {
  const std::vector<double> losses = r.of(q, norm).at(x), others = r.of(q, other).at(x);
  std::vector<double> numbers;
  for (std::size_t i = 0; i < losses.size(); ++i) numbers.push_back(number(losses[i], others[i]));
  return mean_of(numbers);
}
double difference(double loss, double other) {
  return loss - other;
}
double percent_above(double loss, double other) {
  return 100 * (loss / other - 1);
}

void claim_all(Lesson& lesson, const Styles& shown, const Record& r) {
  const auto measured = [&](const std::string& norm) {
    return std::ranges::count(shown, norm, &Style::name) > 0;
  };
  for (const Stepper& stepper : steppers)
    for (const Style& norm : shown) {
      const Quantity q = loss_with(stepper.name);
      lesson.claim(q.y, norm, {mean_of(r.of(q, norm.name).at(stepper.rate))}, known);
    }
  for (const Style& norm : shown) {
    for (const Stepper& stepper : steppers)
      if (measured("rms") && norm.name != "rms")
        lesson.claim(
            "nats above RMSNorm with " + stepper.title, norm,
            {compared(r, loss_with(stepper.name), norm.name, "rms", stepper.rate, difference)},
            known);
    for (double x : r.of(validation, norm.name).x) {
      const std::string at =
          x < larger_slice + 1 ? fmt::format("{:.0f} characters", x) : "all of the text";
      if (measured("layer") && norm.name != "layer")
        lesson.claim("% above LayerNorm, " + at, norm,
                     {compared(r, validation, norm.name, "layer", x, percent_above)}, known);
      if (r.has(saturated, norm.name))
        lesson.claim("% saturated, " + at, norm, {mean_of(r.of(saturated, norm.name).at(x))},
                     known);
    }
  }
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
      .option("width", s.width, 4, "features of a token")
      .option("steps", s.steps, 2, "of each training")
      .option("start", s.start, {"unit", "gpt2"}, "embeddings of N(0, 1), or all of N(0, 0.02²)")
      .option("rates", s.rates, {"tuned", "sweep"}, "each optimizer's own, or ¼ to 4 times that")
      .option("optimizer", optimizers, names_of(steppers), "which, separated by commas")
      .option("norm", names, names_of(all), "which, separated by commas")
      .seeds(3, 1);
  return lesson.run(argc, argv, [&] {
    if (lesson.quick()) s.steps = std::min<Index>(s.steps, 100);
    lesson.setting(fmt::format("GPT of {} layers, {} steps", s.layers, s.steps));
    s.text = load_text(data_file("moby_dick/moby_dick.txt"), context);
    const Styles shown = choose(all, names);
    std::vector<std::string> tasks;  // "muon dyt"
    for (const std::string& name : names)
      for (const std::string& o : optimizers) tasks.push_back(o + " " + name);
    const Record record = lesson.over_seeds(tasks, [&](auto& task, auto seed, Record& r) {
      const auto space = task.find(' ');
      measure(s, task.substr(space + 1), by_name(steppers, task.substr(0, space)), seed, r);
    });
    for (const std::string& o : optimizers) print_table(record, loss_with(o), shown);
    if (s.rates.front() != "sweep") claim_all(lesson, shown, record);
  });
}
