// 12 Residual growth: how large the residual stream becomes with depth, before any training.
//
//   x ← x + f(N(x)) and its relatives;  the mean square of the entries of x after each block
//   width 64, one sequence of 16 tokens, one head, ReLU, weights N(0, 1/inputs), 24 blocks

#include "block_stacks.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

const Quantity stream{"stream", "block", "mean square of the residual stream"};
const Quantity feed_forward_only{"no_attention", "block", "mean square of the residual stream"};
const Quantity before_norm{"before_norm", "block", "mean square of x + f(x) before its norm"};
const Quantity by_depth{"last_block", "blocks of the stack, L", "mean square after the last block"};

/// All that there are but lesson 18's.
const Styles schemes = [] {
  Styles all(all_schemes().begin(), all_schemes().end());
  std::erase_if(all, [](const Style& s) {
    return s.name == "olmo2" || s.name == "mix" || s.name == "hybrid" || s.name == "keel";
  });
  return all;
}();

double mean_square(Var x) {
  return arma::mean(arma::vectorise(arma::square(x.value())));
}

/// Walks a stack block by block; returns the mean square after the last one.
double walk(const Scheme& scheme, const StackSetting& s, Branches branches, std::uint64_t seed,
            Record& record) {
  const Quantity& what = branches == Branches::both ? stream : feed_forward_only;
  Random random(seed);
  Tape tape;
  const NoGrad forward_only(tape);
  Var x = tape.constant(random.normal(s.width, s.length));  // features × tokens
  record.add(what, scheme.name, 0, mean_square(x));
  Index l = 0;
  for (Block& block : make_blocks(scheme, s, random)) {
    if (branches == Branches::both) {
      Residual& around = block.around_attention;
      x = around.leave(x, block.attention(around.enter(x), {.length = s.length}));
    }
    Residual& around = block.around_feed_forward;
    const Var branch = block.feed_forward(around.enter(x));
    if (scheme.name == "post") record.add(before_norm, what.name, l + 1, mean_square(x + branch));
    x = around.leave(x, branch);
    record.add(what, scheme.name, ++l, mean_square(x));
  }
  return mean_square(x);
}

void measure(StackSetting s, const std::string& name, std::uint64_t seed, Record& record) {
  const Scheme& scheme = by_name(all_schemes(), name);
  for (Branches b : {Branches::both, Branches::feed_forward}) walk(scheme, s, b, seed, record);
  if (name != "pre" && name != "lns" && name != "gpt2") return;
  Record not_kept;
  for (Index layers : {6, 12, 24, 48}) {
    s.layers = layers;
    record.add(by_depth, name, layers, walk(scheme, s, Branches::both, seed, not_kept));
  }
}

/// Its mean square after each block, without attention.
std::vector<double> theory(const std::string& scheme, double layers) {
  return stream_theory(by_name(all_schemes(), scheme), Index(layers)).stream;
}

/// The standard deviations of one seed are from 600 simulated ones.
void claim_all(Lesson& lesson, const Record& r) {
  const auto claim = [&](const std::string& text, const std::vector<double>& seeds,
                         const Band& band) { lesson.claim(text, {mean_of(seeds)}, band); };
  claim("slope, pre-norm, no attention", r.of(feed_forward_only, "pre").each(slope),
        mean_near(0.5, 0.054, "theory ½"));
  claim("slope, pre-norm", r.of(stream, "pre").each(slope),
        between(0.5, 1.5, "Xiong et al. 2020, Lemma 2: ½ to 3/2"));
  claim("slope, peri-norm", r.of(stream, "peri").each(slope), mean_near(2, 0.305, "theory 2"));
  claim("x + f(x) before its norm, post-norm", r.of(before_norm, stream.name).each(mean_of),
        mean_near(1.5, 0.047, "theory 3/2"));
  claim("growth without a norm", r.of(stream, "none").each(geometric_growth),
        between(1.5, 3, "1.5 without attention, at most twice that"));
  claim("last block, LayerNorm Scaling, no attention", r.of(feed_forward_only, "lns").last(),
        mean_near(theory("lns", 24).back(), 0.19, "theory 1 + ½(1 + ½ + … + 1/24)"));
  const Curve& last = r.of(by_depth, "gpt2");
  for (double layers : last.x)
    claim(fmt::format("last of {} blocks, GPT-2 scaling", layers), last.at(layers),
          mean_near(1.338, 0.068, "600 seeds: 1.338, at every depth"));
}

void draw_all(Lesson& lesson, double layers, const Record& r) {
  const std::string pre = lesson.claimed("slope, pre-norm");
  const std::vector<double> blocks = r.of(stream, "pre").x;
  Chart growth = chart_of(r, stream, schemes, Line::mean);
  growth.y_range(0.7, 1000).title =
      fmt::format("A block multiplies the mean square by {}; with pre-norm it adds {}",
                  lesson.claimed("growth without a norm", Digits::significant(2)), pre);
  growth.subtitle = lesson.setting() + "; cut at 1000";
  lesson.chart(growth, "residual_growth");

  const Styles two = choose(all_schemes(), {"peri", "pre"});
  Chart bounds = chart_of(r, stream, two, Line::mean, Axis::linear);
  bounds.title = fmt::format("Pre-norm adds {} per block, between ½ and 3/2", pre);
  add_theory(bounds, "bound 1 + l/2", blocks, [](double l) { return 1 + l / 2; });
  add_theory(bounds, "bound 1 + 3l/2", blocks, [](double l) { return 1 + 1.5 * l; });
  add_theory(bounds, "", blocks, [](double l) { return 1 + 2 * l; });
  bounds.subtitle = lesson.setting() + "; dashed on peri-norm: 1 + 2l";
  lesson.chart(bounds, "pre_norm_bounds");

  Chart exact = chart_of(r, feed_forward_only, schemes, Line::mean);
  exact.y_range(0.7, 1000).title = "Without attention theory (dashed) is exact";
  for (auto& s : exact.series) s.kind = s.kind == Chart::Kind::line ? Chart::Kind::points : s.kind;
  for (const Style& s : schemes) exact.theory("", blocks, theory(s.name, layers));
  exact.subtitle = growth.subtitle;
  lesson.chart(exact, "feed_forward_only");

  Chart depth = chart_of(r, by_depth, schemes, Line::mean).x_axis(by_depth.x, Axis::log);
  depth.title = fmt::format("With GPT-2's scaling the residual stream stays at {:.2f} at any depth",
                            mean_of(r.of(by_depth, "gpt2").last()));
  lesson.chart(depth, "last_block");
}

}  // namespace

int main(int argc, char* argv[]) {
  StackSetting s;
  std::string attention = "full";
  Lesson lesson("12_residual_growth", "how large the residual stream becomes with depth");
  lesson.option("layers", s.layers, 1, "number of blocks")
      .option("width", s.width, 2, "features of the residual stream")
      .option("length", s.length, 1, "tokens of the sequence")
      .option("norm", s.norm, feature_norm_names(), "which norm stands in the blocks")
      .option("attention", attention, {"full", "causal"}, "which tokens a token may look at")
      .seeds(100, 10)
      .ask({"slope, pre-norm", "With pre-norm, what does a block add to the mean square?"})
      .ask({"growth without a norm", "Without a norm, by what factor does a block multiply it?"});
  return lesson.run(argc, argv, [&] {
    s.causal = attention == "causal";
    lesson.setting(fmt::format("{} wide, {} tokens{}, before training", s.width, s.length,
                               s.causal ? ", causal" : ""));
    const Record record = lesson.over_seeds(
        names_of(schemes), [&](auto& name, auto seed, Record& r) { measure(s, name, seed, r); });
    print_table(record, stream, schemes, Line::mean);
    claim_all(lesson, record);
    draw_all(lesson, double(s.layers), record);
    lesson.try_next("lessons/run 12 --length 1");
  });
}
