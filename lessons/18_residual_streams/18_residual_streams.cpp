// 18 Residual streams: what today's placements of the norm do to the stream and to its gradient,
// and what becomes of four streams that are mixed again and again (mixings.cpp).
//
//   x ← x + f(N(x)) and its relatives: 24 blocks, width 64, 16 tokens, weights N(0, 1/inputs)

#include "block_stacks.hpp"
#include "mixings.hpp"
#include "training.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

const Quantity whole{"mean square", "block", "mean square of the residual stream"};
const Quantity alone{"mean square, no attention", "block", "mean square, without attention"};
const Quantity input{"cosine with the input", "block", "cosine with the input, without attention"};
const Quantity w2{"W2, last/first", "block", "‖∂loss/∂W2‖, without attention, first block = 1"};
const Quantity last{"last_w2", "blocks of the stack, L", "‖∂loss/∂W2‖ of the last block"};

/// Walks a stack forward, and back from a random gradient of its output; returns its blocks.
std::vector<Block> walk(const Scheme& scheme, const StackSetting& s, Branches branches,
                        std::uint64_t seed, Record& record) {
  Random random(seed);
  std::vector<Block> blocks = make_blocks(scheme, s, random);
  AnyLayer norm = feature_norm(s.norm, s.width);
  Tape tape;
  const Var start = norm(tape.constant(random.normal(s.width, s.length)));  // features × tokens
  Var x = start;
  for (Index l = 0; l <= s.layers; ++l) {
    if (l > 0) x = pass(blocks[l - 1], x, branches, s.length);
    record.add(branches == Branches::both ? whole : alone, scheme.name, l,
               arma::mean(arma::vectorise(arma::square(x.value()))));
    if (branches == Branches::both) continue;
    record.add(input, scheme.name, l, arma::norm_dot(x.value(), start.value()));
  }
  if (scheme.placement.needs_final_norm()) x = norm(x);
  tape.backward(x, random.normal(s.width, s.length));
  return blocks;
}

void measure(StackSetting s, const Scheme& scheme, std::uint64_t seed, Record& record) {
  const auto size = [](const FeedForward& f) { return arma::norm(f.down.weight.gradient, "fro"); };
  walk(scheme, s, Branches::both, seed, record);
  const std::vector<Block> blocks = walk(scheme, s, Branches::feed_forward, seed, record);
  for (Index l = 1; l <= s.layers; ++l)
    record.add(w2, scheme.name, l, size(blocks[l - 1].feed_forward) / size(blocks[0].feed_forward));
  Record not_kept;
  for (Index layers : {4, 8, 16, 32}) {
    s.layers = layers;
    const std::vector<Block> stack = walk(scheme, s, Branches::both, seed, not_kept);
    record.add(last, scheme.name, layers, size(stack.back().feed_forward));
  }
}

/// Standard deviations of one seed and what no theory gives are of 400 seeds; low and high: 1 and
/// what Xiong et al. say 24 blocks add.
struct Known {
  double alone_sd, input_sd, w2, w2_sd, low, high, whole_sd, exponent, exponent_sd;
  const char* because = "";
};
const std::map<std::string, Known> known = {
    {"pre", {1.28, 0.031, 0.331, 0.046, 13, 37, 5.1, -0.564, 0.089, "400 seeds"}},
    {"peri", {2.41, 0.032, 0.261, 0.037, 49, 49, 7.5, -0.475, 0.082, "theory (1 + 2L)^−½"}},
    {"olmo2", {2.41, 0.032, 0.261, 0.037, 49, 49, 7.5, -0.475, 0.082, "theory (1 + 2L)^−½"}},
    {"lns", {0.194, 0.023, 0.148, 0.014, 2.89, 6.66, 0.49, -0.645, 0.063, "400 seeds"}},
    {"mix", {1.27, 0.032, 0.371, 0.068, 10, 28, 4.5, -0.583, 0.103, "400 seeds"}},
    {"hybrid", {0.186, 0.032, 0.963, 0.302, 1.5, 1.5, 0.246, 0, 0.086, "theory 0"}},
    {"keel", {1e-4, 3e-4, 0.998, 0.057, 1, 1, 1e-4, -1, 0.033, "theory −1"}},
};

void claim_all(Lesson& lesson, const Style& style, const StreamTheory& theory, const Record& r) {
  const bool judged = known.contains(style.name);
  const Known k = judged ? known.at(style.name) : Known{};
  const auto claim = [&](const std::string& what, double value, const Band& band) {
    lesson.claim(what, style, {value}, judged ? Bands{{what + ", " + style.title, band}} : Bands{});
  };
  const auto end = [&](const Quantity& q) { return mean_of(r.of(q, style.name).last()); };
  claim(whole.name, end(whole),
        means_near(k.low, k.high, k.whole_sd, k.low == k.high ? "theory" : "½ to 3/2 per block"));
  claim(alone.name, end(alone), mean_near(theory.stream.back(), k.alone_sd, "theory"));
  claim(input.name, end(input), mean_near(theory.input.back(), k.input_sd, "theory"));
  claim(w2.name, end(w2), mean_like(k.w2, k.w2_sd, 400));
  claim("exponent of L", exponent(r.of(last, style.name)),
        median_near(k.exponent, k.exponent_sd, k.because));
}

void report(Lesson& lesson, const StackSetting& s, const Styles& shown, const Record& r) {
  Chart square = chart_of(r, alone, shown, Line::mean), back = chart_of(r, w2, shown, Line::mean);
  Chart cosine = chart_of(r, input, shown, Line::mean, Axis::linear);
  for (const Style& style : shown) {
    const StreamTheory theory = stream_theory(by_name(all_schemes(), style.name), s.layers);
    square.theory("", r.of(alone, style.name).x, theory.stream);
    cosine.theory("", r.of(input, style.name).x, theory.input);
    back.theory("", r.of(w2, style.name).x, theory.gradient);
    claim_all(lesson, style, theory, r);
  }
  const auto claimed = [&](auto text) { return lesson.claimed(text, Digits::decimals(3)); };
  Figure growth("", lesson.setting() + "; dashed: theory"), gradients = growth;
  growth.title =
      fmt::format("After {} blocks the stream is at {} under OLMo 2, {} under HybridNorm", s.layers,
                  lesson.claimed("mean square, OLMo 2"), lesson.claimed("mean square, HybridNorm"));
  gradients.title = fmt::format("Last block's gradient ∝ L^{} under Keel, L^{} under OLMo 2",
                                claimed("exponent of L, Keel"), claimed("exponent of L, OLMo 2"));
  cosine.title = fmt::format("Keel keeps its input ({}), HybridNorm replaces it ({})",
                             claimed(input.name + ", Keel"), claimed(input.name + ", HybridNorm"));
  cosine.subtitle = growth.subtitle;
  growth.add(chart_of(r, whole, shown, Line::mean).y_range(0.7, 90)).add(square.y_range(0.7, 90));
  gradients.add(back).add(chart_of(r, last, shown).x_axis(last.x, Axis::log));
  lesson.chart(growth, "growth");
  lesson.chart(cosine, "input");
  lesson.chart(gradients, "gradients");
}

}  // namespace

int main(int argc, char* argv[]) {
  StackSetting s;
  Index sinkhorn_steps = 20;
  std::vector<std::string> names = {"pre", "peri", "olmo2", "lns", "mix", "hybrid", "keel"};
  Lesson lesson("18_residual_streams", "What today's placements do to the residual stream");
  lesson.option("layers", s.layers, 2, "number of blocks")
      .option("width", s.width, 2, "features of the residual stream")
      .option("norm", s.norm, feature_norm_names(), "which norm stands in the blocks")
      .option("placement", names, names_of(all_schemes()), "where, separated by commas")
      .option("sinkhorn-steps", sinkhorn_steps, 1, "that make a mixing doubly stochastic")
      .seeds(100, 20)
      .ask({"mean square, HybridNorm", "24 blocks of HybridNorm: the mean square at the end?"})
      .ask({"share that fails, Keel", "Keel, no warm-up, learning rate 0.01: what share fails?"})
      .ask({"length, unconstrained",
            "60 unconstrained mixings make the streams how many times as long?"});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} wide, {} tokens, before training", s.width, s.length));
    std::vector<std::string> series = names;
    for (const Style& mix : mixes()) series.push_back(mix.name);
    const Record record = lesson.over_seeds(series, [&](auto& name, auto seed, Record& r) {
      const bool is_mix = std::ranges::count(names_of(mixes()), name) > 0;
      if (is_mix) return multiply(sinkhorn_steps, name, seed, r);
      const Scheme& scheme = by_name(all_schemes(), name);
      measure(s, scheme, seed, r);
      if (seed < lesson.seed() + (lesson.quick() ? 2 : 8)) train(scheme, s.norm, seed, r);
    });
    const Styles shown = choose(all_schemes(), names);
    print_table(record, whole, shown, Line::mean);
    report(lesson, s, shown, record);
    report_mixes(lesson, record);
    report_training(lesson, shown, record);
    lesson.try_next("lessons/run 14 --placement mix,hybrid,keel      (at which learning rates?)");
  });
}
