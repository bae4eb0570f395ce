// 18 Residual streams: what today's placements of the norm do to the stream and to its gradient,
// and what becomes of four streams that are mixed again and again.
//
//   x ← x + f(N(x)) and its relatives: 24 blocks, width 64, 16 tokens, weights N(0, 1/inputs)
//   X ← H X, four streams, H = I + 0.3·N(0, 1): as it is, and made doubly stochastic

#include "block_stacks.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

struct Setting {
  StackSetting stack;
  Index mixings = 60, sinkhorn_steps = 20;
};
constexpr Index streams = 4;
constexpr double noise = 0.3;

const Quantity both{"stream", "block", "mean square of the residual stream"};
const Quantity alone{"no_attention", "block", "mean square without attention"};
const Quantity input{"input", "block", "cosine with the stack's input"};
const Quantity by_block{"W2", "block", "‖∂loss/∂W2‖ without attention, first block = 1"};
const Quantity last{"last_w2", "blocks of the stack, L", "‖∂loss/∂W2‖ of the last block"};
const Quantity gain{"gain", "mixings", "length of four equal streams, 1 before"};
const Quantity row_sum{"row_sum", "mixings", "largest row sum of |H…H|"};
const Quantity uneven{"uneven", "mixings", "greatest |entry of H…H − ¼|"};

const Styles mixes = {{"free", "unconstrained", colour::none},
                      {"sinkhorn", "doubly stochastic", colour::layer},
                      {"start", "doubly stochastic, as made", colour::black}};

/// Walks a stack forward and back, from a random gradient of its output; returns its blocks.
std::vector<Block> walk(const Scheme& scheme, const StackSetting& s, Branches branches,
                        std::uint64_t seed, Record& record) {
  Random random(seed);
  std::vector<Block> blocks = make_blocks(scheme, s, random);
  AnyLayer final_norm = feature_norm(s.norm, s.width);
  Tape tape;
  const Var start = tape.constant(random.normal(s.width, s.length));  // features × tokens
  Var x = start;
  for (Index l = 0; l <= s.layers; ++l) {
    if (l > 0) x = pass(blocks[l - 1], x, branches, s.length);
    record.add(branches == Branches::both ? both : alone, scheme.name, l,
               arma::mean(arma::vectorise(arma::square(x.value()))));
    if (branches == Branches::both) continue;
    record.add(input, scheme.name, l, arma::norm_dot(x.value(), start.value()));
  }
  if (scheme.placement.needs_final_norm()) x = final_norm(x);
  tape.backward(x, random.normal(s.width, s.length));
  return blocks;
}

void measure(const Setting& s, const Scheme& scheme, std::uint64_t seed, Record& record) {
  const auto w2 = [](const Block& block) {
    return arma::norm(block.feed_forward.down.weight.gradient, "fro");
  };
  walk(scheme, s.stack, Branches::both, seed, record);
  const auto blocks = walk(scheme, s.stack, Branches::feed_forward, seed, record);
  for (Index l = 1; l <= s.stack.layers; ++l)
    record.add(by_block, scheme.name, l, w2(blocks[l - 1]) / w2(blocks[0]));
  StackSetting other = s.stack;
  Record not_kept;
  for (Index layers : {4, 8, 16, 32}) {
    other.layers = layers;
    record.add(last, scheme.name, layers,
               w2(walk(scheme, other, Branches::both, seed, not_kept).back()));
  }
}

/// H…H, the product of as many mixings, as the library makes them.
void multiply(const Setting& s, const std::string& name, std::uint64_t seed, Record& record) {
  Random random(seed);
  Tape tape;
  const NoGrad forward_only(tape);
  const Matrix one(streams, streams, arma::fill::eye);
  Var product = tape.constant(one);
  for (Index l = 0; l <= s.mixings; ++l) {
    HyperConnection hyper(1, {streams, name != "free", s.sinkhorn_steps});
    const Matrix h = one + Scalar(noise) * random.normal(streams, streams);
    if (name == "free") hyper.res.value = h;
    if (name == "sinkhorn") hyper.res.value = arma::log(arma::abs(h));  // exp(R) = |H|
    if (l > 0) product = hyper.mixing(tape) * product;
    const Matrix& p = product.value();
    record.add(gain, name, l, arma::norm(arma::sum(p, 1)) / std::sqrt(double(streams)));
    record.add(row_sum, name, l, arma::max(arma::sum(arma::abs(p), 1)));
    record.add(uneven, name, l, arma::abs(p - Scalar(1) / streams).max());
  }
}

/// For a median of what goes as e^(walk), the walk's steps having these means and deviations.
Band product_near(double step, double sd, double steps, const std::string& because) {
  return [=](std::size_t n) {
    const double off = 5 * sd * std::sqrt(steps / static_cast<double>(n));
    return Accepted{std::exp(step * steps - off), std::exp(step * steps + off), because};
  };
}

const Bands known = {
    {"length, unconstrained", product_near(0.09, 0.27, 60, "theory e^(0.09·60)")},
};

void report_stacks(Lesson& lesson, const Setting& s, const Styles& shown, const Record& r) {
  for (const Style& style : shown) {
    const std::string& name = style.name;
    lesson.claim("last block", style, {mean_of(r.of(both, name).last())}, known);
    lesson.claim("last block, no attention", style, {mean_of(r.of(alone, name).last())}, known);
    lesson.claim("cosine with the input", style, {mean_of(r.of(input, name).last())}, known);
    lesson.claim("W2, last/first", style, {r.of(by_block, name).median().back()}, known);
    lesson.claim("exponent of L", style, {exponent(r.of(last, name))}, known);
  }
  Chart with = chart_of(r, both, shown, Line::mean);
  Chart without = chart_of(r, alone, shown, Line::mean);
  Chart kept = chart_of(r, input, shown, Line::mean, Axis::linear);
  Chart gradient = chart_of(r, by_block, shown);
  for (const std::string& name : names_of(shown)) {
    const StreamTheory theory = stream_theory(by_name(all_schemes(), name), s.stack.layers);
    const std::vector<double>& blocks = r.of(both, name).x;
    without.theory("", blocks, theory.stream);
    kept.theory("", blocks, theory.input);
    const auto w2 = [&](double l) { return theory.gradient[Index(l)] / theory.gradient[1]; };
    add_theory(gradient, "", one_to(s.stack.layers), w2);
  }
  const std::string below = lesson.setting() + "; dashed: theory";
  Figure growth(
      fmt::format("After {} blocks OLMo 2 is at {}, HybridNorm at {}, Keel at {}", s.stack.layers,
                  lesson.claimed("last block, OLMo 2"), lesson.claimed("last block, HybridNorm"),
                  lesson.claimed("last block, Keel")),
      below);
  lesson.chart(growth.add(with.y_range(0.7, 70)).add(without.y_range(0.7, 70)), "growth");
  kept.title = fmt::format("Keel keeps its input ({}), HybridNorm replaces it ({})",
                           lesson.claimed("cosine with the input, Keel"),
                           lesson.claimed("cosine with the input, HybridNorm"));
  lesson.chart(kept, "input");
  Figure gradients("", below);
  lesson.chart(gradients.add(gradient).add(chart_of(r, last, shown).x_axis(last.x, Axis::log)),
               "gradients");
}

void report_mixes(Lesson& lesson, const Setting& s, const Record& r) {
  const double end = double(s.mixings);
  for (const Style& mix : mixes) {
    const Curve& length = r.of(gain, mix.name);
    lesson.claim("growth per mixing", mix, {mean_of(length.each(geometric_growth))}, known);
    lesson.claim("length", mix, {median_of(length.last())}, known);
    lesson.claim("largest row sum", mix, {median_of(r.of(row_sum, mix.name).last())}, known);
    lesson.claim("|entry − ¼|", mix, {median_of(r.of(uneven, mix.name).last())}, known);
  }
  Chart lengths = chart_of(r, gain, mixes);
  add_theory(lengths, "", one_to(s.mixings), [](double l) { return std::exp(noise * noise * l); });
  Figure figure(fmt::format("{} mixings make the streams {} times as long, doubly stochastic ones "
                            "{} times",
                            end, lesson.claimed("length, unconstrained", Digits::significant(2)),
                            lesson.claimed("length, doubly stochastic")),
                "four streams; dashed: theory e^(0.09 l)");
  lesson.chart(figure.add(lengths).add(chart_of(r, uneven, mixes).y_range(1e-4, 1e4)), "mixings");
}

}  // namespace

int main(int argc, char* argv[]) {
  Setting s;
  std::vector<std::string> names = {"pre", "peri", "olmo2", "lns", "mix", "hybrid", "keel"};
  Lesson lesson("18_residual_streams", "What today's placements do to the residual stream");
  lesson.option("layers", s.stack.layers, 2, "number of blocks")
      .option("width", s.stack.width, 2, "features of the residual stream")
      .option("length", s.stack.length, 1, "tokens of the sequence")
      .option("norm", s.stack.norm, feature_norm_names(), "which norm stands in the blocks")
      .option("placement", names, names_of(all_schemes()), "where, separated by commas")
      .option("mixings", s.mixings, 1, "how often four streams are mixed")
      .option("sinkhorn-steps", s.sinkhorn_steps, 1, "of each doubly stochastic H")
      .seeds(100, 20);
  return lesson.run(argc, argv, [&] {
    lesson.setting(
        fmt::format("{} wide, {} tokens, before training", s.stack.width, s.stack.length));
    const Styles shown = choose(all_schemes(), names);
    std::vector<std::string> series = names;
    for (const Style& mix : mixes) series.push_back(mix.name);
    const Record record = lesson.over_seeds(series, [&](auto& name, auto seed, Record& r) {
      const bool mixed = std::ranges::any_of(mixes, [&](auto& mix) { return mix.name == name; });
      mixed ? multiply(s, name, seed, r) : measure(s, by_name(all_schemes(), name), seed, r);
    });
    print_table(record, both, shown, Line::mean);
    report_stacks(lesson, s, shown, record);
    report_mixes(lesson, s, record);
  });
}
