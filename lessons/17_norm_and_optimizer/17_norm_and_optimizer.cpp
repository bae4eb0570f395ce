// 17 Norm and optimizer: is a norm that is good with one optimizer, or on much text, always good?
//
//   a GPT of 2 layers, 4 heads, width 32, context 32 on Moby-Dick; 1,000 steps of 12 sequences
//   5 norms × (SGD with momentum, AdamW, Muon); with AdamW also on the text's beginning alone

#include "evenkeel/data/files.hpp"
#include "lab.hpp"
#include "small_gpt.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

/// Means of five other seeds; standard deviations of these and the three that are shown.
const Bands known = {
    {"loss with SGD, LayerNorm", mean_like(2.176, 0.019, 5)},
    {"loss with SGD, DyT", mean_like(2.274, 0.025, 5)},
    {"loss with AdamW, LayerNorm", mean_like(2.167, 0.014, 5)},
    {"loss with AdamW, DyT", mean_like(2.343, 0.038, 5)},
    {"loss with AdamW, Derf", mean_like(2.361, 0.058, 5)},
    {"loss with Muon, LayerNorm", mean_like(2.054, 0.013, 5)},
    {"loss with Muon, DyT", mean_like(2.154, 0.026, 5)},
    {"loss with Muon, Derf", mean_like(2.151, 0.023, 5)},
    {"loss with AdamW above RMSNorm, DyT", mean_like(0.176, 0.035, 5)},
    {"loss with AdamW above RMSNorm, Derf", mean_like(0.194, 0.058, 5)},
    {"loss with Muon above RMSNorm, DyT", mean_like(0.099, 0.022, 5)},
    {"loss with Muon above RMSNorm, Derf", mean_like(0.095, 0.019, 5)},
    {"loss with Muon above RMSNorm, Derf, α = 0.3", mean_like(0.078, 0.011, 5)},
    {"above RMSNorm, AdamW less Muon, DyT", mean_like(0.077, 0.030, 5)},
    {"% saturated with SGD, DyT", mean_like(14.793, 1.450, 5)},
    {"% saturated with AdamW, DyT", mean_like(32.341, 1.751, 5)},
    {"% saturated with Muon, DyT", mean_like(17.324, 0.867, 5)},
    {"validation loss, nats, LayerNorm, 2000 characters", mean_like(4.767, 0.120, 5)},
    {"validation loss, nats, DyT, 2000 characters", mean_like(2.972, 0.146, 5)},
    {"% saturated, DyT, 2000 characters", mean_like(35.144, 2.940, 5)},
};

/// Each mean over the seeds; of a loss also how far it lies above RMSNorm's with the same seed.
void claim_all(Lesson& lesson, const Styles& shown, const Record& r) {
  for (const Style& norm : shown) {
    const auto above_rms = [&](const Quantity& q, double x) -> arma::vec {
      return arma::vec(r.of(q, norm.name).at(x)) - arma::vec(r.of(q, "rms").at(x));
    };
    const auto claim = [&](const Quantity& q, double x, const std::string& at = "") {
      if (!r.has(q, norm.name)) return;
      lesson.claim(q.y, norm, {mean_of(r.of(q, norm.name).at(x))}, known, at);
      if (r.has(q, "rms") && q.y.find("loss") != std::string::npos)
        lesson.claim(q.y + " above RMSNorm", norm, {arma::mean(above_rms(q, x))}, known, at);
    };
    for (const Stepper& o : steppers) {
      claim(loss_with(o), o.rate);
      claim(saturated_with(o), o.rate);
    }
    const Quantity adamw = loss_with(steppers[1]), muon = loss_with(steppers[2]);
    if (r.has(adamw, "rms") && r.has(muon, "rms")) {
      const arma::vec less = above_rms(adamw, steppers[1].rate) - above_rms(muon, steppers[2].rate);
      lesson.claim("above RMSNorm, AdamW less Muon", norm, {arma::mean(less)}, known);
    }
    claim(validation, slice, ", 2000 characters");
    claim(saturated, slice, ", 2000 characters");
  }
}

/// A row for each norm, a column for each optimizer: mean ± standard deviation over the seeds.
void add_cells(Figure& figure, const Record& r, const std::string& meaning, const Styles& norms,
               int decimals, const std::function<Quantity(const Stepper& optimizer)>& of) {
  HeatMap map;
  std::vector<std::string> words;
  for (const Style& norm : norms) {
    for (const Stepper& o : steppers) {
      if (!r.has(of(o), norm.name)) continue;
      const arma::vec seeds = r.of(of(o), norm.name).at(o.rate);
      if (map.rows.empty()) map.columns.push_back(o.title);
      map.values.push_back(arma::mean(seeds));
      words.push_back(fmt::format("{:.{}f} ± {:.{}f}", arma::mean(seeds), decimals,
                                  arma::stddev(seeds), decimals));
    }
    if (map.values.size() > map.rows.size() * map.columns.size()) map.rows.push_back(norm.title);
  }
  if (words.empty()) return;
  map.meaning = meaning;
  Chart chart = Chart(meaning).heat_map(std::move(map));
  chart.grid->words = words;
  figure.add(chart);
}

void draw_all(Lesson& lesson, const Styles& shown, const Record& r) {
  Figure losses(fmt::format("Derf ends {} nats above RMSNorm with AdamW, {} with Muon",
                            lesson.claimed("loss with AdamW above RMSNorm, Derf"),
                            lesson.claimed("loss with Muon above RMSNorm, Derf")),
                fmt::format("{}; mean ± standard deviation",
                            lesson.setting().substr(0, lesson.setting().find(";"))));
  add_cells(losses, r, "validation loss, nats", shown, 2, loss_with);
  add_cells(losses, r, "saturated entries, %", shown, 0, saturated_with);
  lesson.chart(losses, "losses");
  if (!r.has(validation, shown.front().name)) return;
  Figure data(fmt::format(
      "2,000 characters: DyT {}, LayerNorm {}; all of them: DyT {}, LayerNorm {}",
      lesson.claimed("validation loss, nats, DyT, 2000 characters"),
      lesson.claimed("validation loss, nats, LayerNorm, 2000 characters"),
      lesson.claimed("loss with AdamW, DyT"), lesson.claimed("loss with AdamW, LayerNorm")));
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
  Lesson lesson("17_norm_and_optimizer", "Five norms, three optimizers, much text and little");
  lesson.option("layers", s.layers, 1, "transformer blocks")
      .option("width", s.width, 4, "features of a token, a multiple of 4")
      .option("steps", s.steps, 2, "of each training")
      .option("warmup", s.warmup, 0, "steps in which the learning rate rises")
      .option("start", s.start, {"unit", "gpt2"}, "embeddings of N(0, 1), or all of N(0, 0.02²)")
      .option("rates", s.rates, {"tuned", "sweep"}, "each optimizer's own, or ¼ to 4 times that")
      .option("norm", names, names_of(all), "which, separated by commas")
      .option("optimizer", optimizers, names_of(steppers), "which, separated by commas")
      .seeds(3, 1)
      .ask({"loss with AdamW above RMSNorm, Derf", "AdamW: Derf ends how many nats above RMSNorm?"})
      .ask({"validation loss, nats, DyT, 2000 characters",
            "Of 2,000 characters, read 190 times, LayerNorm ends at a validation loss of 4.8. DyT?",
            {{"lower", 0, 4.4}, {"the same", 4.4, 5.2}, {"higher", 5.2, 100}}});
  return lesson.run(argc, argv, [&] {
    if (lesson.quick()) s.steps = std::min<Index>(s.steps, 100);
    if (lesson.quick()) lesson.only_show();  // the bands are those of 1,000 steps
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
    for (const std::string& o : optimizers)
      print_table(record, loss_with(by_name(steppers, o)), shown, Line::mean);
    if (s.rates.front() == "sweep") return;
    claim_all(lesson, shown, record);
    draw_all(lesson, shown, record);
    lesson.try_next("lessons/run 17 --start gpt2 --norm layer,dyt --optimizer sgd,muon --seeds 1");
  });
}
