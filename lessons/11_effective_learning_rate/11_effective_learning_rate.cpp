// 11 The effective learning rate: a norm after a layer makes the length of its weights a clock.
//
//   loss(a·w) = loss(w),   g ⊥ w,   g(a·w) = g(w)/a
//
// Part 1 trains the same network from w₀ and from a·w₀. In part 2 the weights of one unit walk on
// targets that are noise, with and without weight decay: ‖w‖, and the angle of each step.

#include "evenkeel/norm/batch_norm.hpp"
#include "evenkeel/ops/losses.hpp"
#include "evenkeel/optim/adam.hpp"
#include "evenkeel/optim/sgd.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

constexpr Index features = 32, samples = 64, units = 16;

struct Walk : Style {
  double rate, decay, start = 1;  // η, λ, ‖w₀‖
};
const std::vector<Walk> walks = {{{"free", "λ = 0", colour::none}, 0.5, 0},
                                 {{"0.002", "λ = 0.002", colour::instance}, 0.5, 0.002},
                                 {{"0.01", "λ = 0.01", colour::batch}, 0.5, 0.01},
                                 {{"from_8", "λ = 0.01, from 8", colour::layer}, 0.5, 0.01, 8},
                                 {{"0.05", "λ = 0.05", colour::rms}, 0.5, 0.05},
                                 {{"0.1", "η = 0.1, λ = 0.1", colour::group}, 0.1, 0.1},
                                 {{"slow", "η = 0.05, λ = 0.1", colour::deep}, 0.05, 0.1}};
const Styles trainings = {{"sgd", "w₀, η", colour::batch},
                          {"sgd_a", "4·w₀, 16·η", colour::black},
                          {"sgd_slow", "4·w₀, η", colour::none},
                          {"adam", "Adam: w₀, η", colour::layer},
                          {"adam_a", "Adam: 4·w₀, 4·η", colour::group}};

const Quantity loss_of{"loss", "step", "loss"}, gradient{"gradient", "step", "a·‖g(a·w)‖"};
const Quantity along{"along", "step", "|⟨g, w⟩| of a unit, over ‖g‖‖w‖"};
const Quantity length{"length", "step", "‖w‖"}, ratio{"ratio", "η·λ", "‖w‖ over theory"};
const Quantity angle{"angle", "η·λ", "angle of one step, radians"};

/// A layer of 16 units with BatchNorm learns to imitate another one.
void train(const std::string& name, std::uint64_t seed, Record& record) {
  const double a = name == "sgd" || name == "adam" ? 1 : 4;  // powers of two do not round
  Random random(seed);
  Tape tape;
  const Matrix x = random.normal(features, samples);
  Parameter w(a * random.normal(units, features, 1 / std::sqrt(double(features))), "w");
  const Var teacher = tape.constant(random.normal(units, features));
  const Matrix target = relu(batch_norm(linear(tape.constant(x), teacher), units)).value();
  Sgd sgd({&w}, {.learning_rate = name == "sgd_a" ? a * a * 0.5 : 0.5});
  Adam adam({&w}, {.learning_rate = a * 0.01, .eps = 0});
  for (Index step = 1; step <= 200; ++step) {
    tape.rewind();
    w.zero_gradient();
    const Var h = relu(batch_norm(linear(tape.constant(x), w), units, {}, 0));
    const Var loss = mse(h, tape.constant(target));
    tape.backward(loss);
    const double g = arma::norm(w.gradient, "fro"), size = arma::norm(w.value, "fro");
    const Matrix products = arma::abs(arma::sum(w.gradient % w.value, 1));
    record.add(loss_of, name, step, loss.value()[0]);
    record.add(gradient, name, step, a * g);
    record.add(along, name, step, products.max() / (g * size));
    name.starts_with("adam") ? adam.step() : sgd.step();
  }
}

/// One unit under SGD on targets that are noise: there is nothing to learn, w only walks.
void walk(const std::string& name, Index steps, std::uint64_t seed, Record& record) {
  const Walk& s = by_name(walks, name);
  Random random(seed);
  Parameter w(random.normal(1, features), "w");
  w.value *= s.start / arma::norm(w.value);
  Sgd sgd({&w}, {.learning_rate = s.rate, .weight_decay = s.decay});
  Tape tape;
  arma::vec sizes(steps), turns(steps), g2(steps), formula(steps);
  for (Index step = 0; step < steps; ++step) {
    tape.rewind();
    w.zero_gradient();
    const Var x = tape.constant(random.normal(features, samples));
    const Var noise = tape.constant(random.normal(1, samples));
    tape.backward(0.5 * mse(batch_norm(linear(x, w), 1, {}, 0), noise));
    const Matrix before = w.value;
    sgd.step();
    sizes[step] = arma::norm(before);
    const double chord = arma::norm(before / sizes[step] - w.value / arma::norm(w.value));
    turns[step] = std::pow(2 * std::asin(chord / 2), 2);
    g2[step] = std::pow(arma::norm(w.gradient) * sizes[step], 2);  // g̃² = ‖g‖²‖w‖²
  }
  const double g = s.rate * s.rate * arma::mean(g2), product = s.rate * s.decay;
  double squared = s.start * s.start;  // ‖w‖² by Pythagoras, as g ⊥ w
  for (Index step = 0; step < steps; ++step) {
    formula[step] = std::sqrt(squared);
    squared = std::pow(1 - product, 2) * squared + g / squared;
    if (step % 20 == 0) record.add(length, s.name, step, sizes[step]);
  }
  const Index end = steps - steps / 3;  // the last two thirds, when the start is forgotten
  record.add(ratio, s.name, product, arma::mean(sizes.tail(end)) / arma::mean(formula.tail(end)));
  if (s.decay > 0) record.add(angle, s.name, product, std::sqrt(arma::mean(turns.tail(end))));
}

void report(Lesson& lesson, const Record& record) {
  lesson.claim("g ⊥ w: cosine", record.of(along, "sgd").first(),
               between(0, 100 * machine_epsilon, "theory 0; 100 roundings"));
  for (const std::string name : {"sgd", "adam"})
    for (const Quantity& q : {gradient, loss_of}) {
      const arma::vec one = record.of(q, name).first(), other = record.of(q, name + "_a").first();
      lesson.claim(fmt::format("{}, w₀ and 4·w₀, {}: difference", q.y, name),
                   {arma::abs(one - other).max()},
                   between(0, 0, "theory 0; powers of 2: no rounding"));
    }
  const Styles all(walks.begin(), walks.end());
  Chart losses = chart_of(record, loss_of, choose(trainings, {"sgd_slow", "sgd", "sgd_a"}));
  Chart lengths = chart_of(record, length, all, Line::first, Axis::linear);
  Chart angles = chart_of(record, angle, all);
  losses.title = "Weights 4 times as long are the same network, and learn about 16 times as slowly";
  lengths.title = "Without weight decay ‖w‖ never stops growing; with it the start is forgotten";
  angles.title = "The angle of a step is √(2ηλ)";
  for (const Walk& w : walks) {
    const double turn = std::sqrt(2 * w.rate * w.decay);
    lesson.claim("‖w‖ over theory, " + w.title, record.of(ratio, w.name).last(),
                 between(0.995, 1.005, "theory 1", Digits::decimals(4)));
    if (w.decay > 0)
      lesson.claim("angle of a step, " + w.title, record.of(angle, w.name).last(),
                   between(0.993 * turn, 1.007 * turn, "theory √(2ηλ)"));
  }
  add_theory(angles, "√(2ηλ)", {7e-4, 4e-2}, [](double product) { return std::sqrt(2 * product); });
  lesson.chart(losses, "loss");
  lesson.chart(lengths, "weight_norm");
  lesson.chart(angles.x_axis(angle.x, Axis::log).y_range(0.03, 0.4), "angle");
}

}  // namespace

int main(int argc, char* argv[]) {
  Index steps = 8000;
  Lesson lesson("11_effective_learning_rate", "What the weights' length does when a norm follows");
  lesson.option("steps", steps, 3000, "of each walk")
      .seeds(4, 1)
      .ask({"angle of a step, η = 0.1, λ = 0.1", "η = λ = 0.1: the angle of a step, in radians?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting("BatchNorm, η = 0.5 unless stated");
    const auto walking = [&](auto& name, auto seed, Record& r) { walk(name, steps, seed, r); };
    Record record = lesson.over_seeds(names_of(trainings), train);
    record.append(lesson.over_seeds(names_of(walks), walking, {}, "walks"));
    print_table(record, loss_of, trainings);
    report(lesson, record);
    lesson.try_next("lessons/run 11 --steps 30000");
  });
}
