// 16 Without norms: what holds a deep residual stack together when nothing is normalized.
//
//   x ← x + s·W₂ relu(W₁ N(x))     N: LayerNorm, DyT, Derf, or nothing, and then Fixup, ReZero or
//                                  scaled Weight Standardization
//
// At initialization: the residual stream, its gradient and the first step, against closed forms.
// Then stacks of 32 blocks, 64 wide, learn digits.

#include "bands.hpp"
#include "digits_task.hpp"
#include "lab.hpp"
#include "stack.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

const std::string depth = "blocks of the stack, L";
const Quantity stream{"stream", "block", "mean square of the residual stream"};
const Quantity bottom{"bottom", depth, "mean square of ∂loss/∂x below block 1"};
const Quantity first_step{"first_step", depth, "‖∂loss/∂w‖² / ‖∂loss/∂y‖²"};
const Quantity error{"error", "learning rate", "test error, %"};

double mean_square(const Matrix& m) {
  return std::pow(statistics(m).rms, 2);
}

/// Forward once, and back from a random ∂loss/∂y of mean square 1 at the top of the stack.
void walk(const std::string& scheme, Index layers, Index width, bool by_block, std::uint64_t seed,
          Record& r) {
  constexpr Index samples = 16;
  Random random(seed);
  Stack stack(scheme, layers, width, random);
  Tape tape;
  std::vector<Var> xs = {tape.variable(random.normal(width, samples))};
  for (ResidualBlock& block : stack.blocks) xs.push_back(block(xs.back()));
  Matrix dy = random.normal(width, samples);
  dy /= Scalar(statistics(dy).rms);
  tape.backward(xs.back(), dy);
  for (std::size_t l = 0; by_block && l < xs.size(); ++l)
    r.add(stream, scheme, double(l), mean_square(xs[l].value()));
  r.add(bottom, scheme, double(layers), mean_square(xs[0].gradient()));
  double squares = 0;
  for (const Parameter* p : stack.parameters())
    squares += mean_square(p->gradient) * double(p->gradient.n_elem);
  r.add(first_step, scheme, double(layers), squares / double(width * samples));
}

void learn(const std::string& scheme, Index layers, Index epochs, std::uint64_t seed, Record& r) {
  const Split digits = split_digits(seed);
  for (double rate : {0.01, 0.03, 0.1, 0.3}) {
    Random random(seed);
    Stack stack(scheme, layers, 64, random);
    const Recipe recipe{.epochs = epochs, .rate = rate};
    r.add(error, scheme, rate, error_percent(train(stack, digits, recipe, seed).back().test));
  }
}

void claim_all(Lesson& lesson, const Record& record, const Styles& styles) {
  for (const Style& style : styles) {
    const auto means = [&](const Quantity& q) { return record.of(q, style.name).mean(); };
    lesson.claim("mean square after block 8", style, {means(stream)[8]}, known);
    lesson.claim("mean square after the last block", style, {means(stream).back()}, known);
    lesson.claim("gradient at the bottom of L/8 blocks", style, {means(bottom).front()}, known);
    lesson.claim("gradient at the bottom of 4L blocks", style, {means(bottom).back()}, known);
    lesson.claim("first step at every depth", style, means(first_step), known);
    lesson.claim("first step of 4L blocks", style, {means(first_step).back()}, known);
  }
  lesson.claim_means(record, {error}, styles, known);
}

void draw_all(Lesson& lesson, const Record& record, const Styles& styles, double layers,
              double width) {
  const auto said = [&](const std::string& claim) {
    return lesson.claimed(claim, Digits::significant(2));
  };
  const auto mean = [&](const Quantity& q) { return chart_of(record, q, styles, Line::mean); };
  Chart forward = mean(stream).y_range(0.4, 100);
  forward.title = "Forward: without a norm a block doubles it, LayerNorm and scaled WS add 1";
  Chart backward = mean(bottom).x_axis(depth, Axis::log).y_range(0.7, 1e4);
  backward.title =
      fmt::format("Backward, {} blocks: {} times as large with LayerNorm, {} times with Derf",
                  4 * layers, said("gradient at the bottom of 4L blocks, LayerNorm"),
                  said("gradient at the bottom of 4L blocks, Derf"));
  for (const Style& style : styles) {
    const std::string& name = style.name;
    if (!has_theory(name)) continue;
    add_theory(forward, "", record.of(stream, name).x,
               [&](double l) { return theory(name, l).stream; });
    add_theory(backward, "", record.of(bottom, name).x,
               [&](double l) { return theory(name, l).gradient; });
  }
  Chart step = mean(first_step).x_axis(depth, Axis::log).y_range(0.1, 1e7);
  step.title = "A first step of SGD moves Fixup's output equally far at any depth";
  const std::vector<double> depths = record.of(first_step, "fixup").x;
  add_theory(step, "", depths, [&](double) { return width; });
  add_theory(step, "", depths, [](double l) { return l; });
  for (Chart* chart : {&backward, &step})  // no pale area where a line leaves the picture
    std::erase_if(chart->series, [&](const Chart::Series& s) {
      return s.kind == Chart::Kind::band && !(s.high.back() <= *chart->y.high);
    });
  Chart trained = mean(error).x_axis(error.x, Axis::log);
  trained.title =
      fmt::format("At a rate of 0.1 Fixup errs in {} %, LayerNorm in {} %; the others fail",
                  said("test error, %, Fixup, 0.1"), said("test error, %, LayerNorm, 0.1"));
  lesson.chart(forward, "forward");
  lesson.chart(backward, "backward");
  lesson.chart(step, "first_step");
  lesson.chart(trained, "digits");
}

}  // namespace

int main(int argc, char* argv[]) {
  Index layers = 32, width = 128, epochs = 5;
  std::vector<std::string> names = {"none", "layer", "dyt", "derf"};
  Lesson lesson("16_without_norms", "deep residual stacks without normalization");
  lesson.option("layers", layers, 8, "number of blocks, L")
      .option("width", width, 2, "features of the stacks that are not trained")
      .option("epochs", epochs, 1, "of each training")
      .option("norm", names, feature_norm_names(), "which norms, separated by commas")
      .seeds(6, 2)
      .ask({"gradient at the bottom of 4L blocks, LayerNorm",
            "LayerNorm, 128 blocks: at the top the gradient's mean square is 1. Below block 1?"})
      .ask({"gradient at the bottom of 4L blocks, Derf", "And with Derf in LayerNorm's place?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} blocks, {} wide (digits: 64)", layers, width));
    Styles styles = choose(all_norms(), names);
    styles.insert(styles.end(), norm_free.begin(), norm_free.end());
    const Record record =
        lesson.over_seeds(names_of(styles), [&](auto& scheme, auto seed, Record& r) {
          for (Index eighths : {1, 2, 4, 8, 16, 32})
            walk(scheme, layers * eighths / 8, width, eighths == 8, seed, r);
          learn(scheme, layers, epochs, seed, r);
        });
    for (const Quantity* what : {&stream, &bottom, &first_step, &error})
      print_table(record, *what, styles, Line::mean);
    claim_all(lesson, record, styles);
    draw_all(lesson, record, styles, double(layers), double(width));
    lesson.try_next("lessons/run 16 --layers 64");
  });
}
