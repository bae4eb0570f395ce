#include "common/grade.hpp"
#include "task.hpp"

namespace exercises::block_task {

// Stand-ins whose order and use can be told from the result: two norms that differ by their gain,
// two smooth branches.
struct Drawn {
  Matrix x, a, b;
  int calls = 0;
  BlockParts parts;
};

Var divided_by_rms(Var x, double gain) {
  return gain * (x / sqrt(mean(square(x), Over::rows) + 0.01));
}

void draw_into(Drawn& in, Random& random) {
  const Index features = between(random, 3, 6);
  in.x = draw(random, features, between(random, 7, 10));
  in.a = random.normal(features, features, 0.5);
  in.b = random.normal(features, features, 0.5);
  in.parts = {[](Var x) { return divided_by_rms(x, 1); },
              [&in](Var x) {
                ++in.calls;
                return x.tape().constant(in.a) * x;
              },
              [](Var x) { return divided_by_rms(x, 1.5); },
              [&in](Var x) {
                ++in.calls;
                return tanh(x.tape().constant(in.b) * x);
              }};
}

using Form = std::function<Var(Var, const BlockParts&)>;

struct KnownForm {
  Form form;
  std::string effect;
};

Var right_form(Var x, const BlockParts& p) {
  const Var h = x + p.attention(p.norm_1(x));
  return h + p.feed_forward(p.norm_2(h));
}

std::vector<KnownForm> known_forms() {
  return {
      {[](Var x, const BlockParts& p) {
         const Var h = p.norm_1(x + p.attention(x));
         return p.norm_2(h + p.feed_forward(h));
       },
       "the norms come after the sums: that is post-norm"},
      {[](Var x, const BlockParts& p) {
         const Var n = p.norm_1(x);
         const Var h = n + p.attention(n);
         const Var m = p.norm_2(h);
         return m + p.feed_forward(m);
       },
       "the stream itself is normalized: you add the branch to N(x), not to x"},
      {[](Var x, const BlockParts& p) {
         return x + p.attention(p.norm_1(x)) + p.feed_forward(p.norm_2(x));
       },
       "the feed-forward does not see what attention added: both branches begin at x"},
      {[](Var x, const BlockParts& p) {
         const Var h = x + p.attention(p.norm_1(x));
         return h + p.feed_forward(p.norm_1(h));
       },
       "norm_1 is used twice, and norm_2 never"},
      {[](Var x, const BlockParts& p) {
         const Var h = x + p.feed_forward(p.norm_2(x));
         return h + p.attention(p.norm_1(h));
       },
       "the feed-forward comes first; it should follow the attention"},
      {[](Var x, const BlockParts& p) {
         return p.feed_forward(p.norm_2(p.attention(p.norm_1(x))));
       },
       "nothing is added to x: the stream ends in the first branch"},
      {[](Var x, const BlockParts& p) {
         const Var h = x + p.attention(p.norm_1(x));
         return x + p.feed_forward(p.norm_2(h));
       },
       "the second branch is added to x, so what attention added is lost from the stream"},
      {[](Var x, const BlockParts& p) {
         const Var h = x + p.attention(x);
         return h + p.feed_forward(h);
       },
       "no norm is used at all"},
      {[](Var x, const BlockParts& p) {
         const Var h = x + p.norm_1(p.attention(x));
         return h + p.norm_2(p.feed_forward(h));
       },
       "the norms stand behind the branches: x + N(f(x)), it should be x + f(N(x))"},
      {[](Var x, const BlockParts& p) { return x + p.attention(p.norm_1(x)); },
       "the feed-forward is missing"},
  };
}

std::string value(Random& random) {
  Drawn in;
  draw_into(in, random);
  Tape tape;
  const Var x = tape.variable(in.x);
  const Matrix got = written<decltype(pre_norm_block)>("pre_norm_block")(x, in.parts).value();
  const Matrix right = right_form(x, in.parts).value();
  std::vector<Mistake> mistakes;
  for (const KnownForm& known : known_forms()) {
    const Matrix result = known.form(x, in.parts).value();
    mistakes.push_back({result, fmt::format("{}. y(0, 0) = {}, it should be {}", known.effect,
                                            number(result(0)), number(right(0)))});
  }
  return judge("y", got, right, mistakes, {{"x", in.x}});
}

std::string stream(Random& random) {
  Drawn in;
  draw_into(in, random);
  in.a.zeros();
  in.b.zeros();
  Tape tape;
  const Matrix y =
      written<decltype(pre_norm_block)>("pre_norm_block")(tape.variable(in.x), in.parts).value();
  if (arma::size(y) != arma::size(in.x)) return "your y is " + shape(y) + ", x is " + shape(in.x);
  const double moved = arma::abs(y - in.x).max();
  if (in.calls == 0) return "no branch was called";
  if (moved < 1e-12) return "";
  return fmt::format(
      "when both branches return 0, y should be x; it differs by {}: something other "
      "than a branch touches the stream",
      number(moved));
}

std::string gradient(Random& random) {
  Drawn in;
  draw_into(in, random);
  const Matrix dy = draw(random, in.x.n_rows, in.x.n_cols);
  const auto gradient_of = [&](const Form& form) {
    Tape tape;
    const Var x = tape.variable(in.x);
    const Var y = form(x, in.parts);
    if (!y.requires_grad() || shape_of(y.value()) != shape_of(dy)) return Matrix{};
    tape.backward(y, dy);
    return x.has_gradient() ? x.gradient() : Matrix{};
  };
  const Matrix got = gradient_of(*written<decltype(pre_norm_block)>("pre_norm_block"));
  const Matrix right = gradient_of(right_form);
  if (got.is_empty()) return "no gradient arrives at x: is y made from x by ops of the tape?";
  std::vector<Mistake> mistakes;
  for (const KnownForm& known : known_forms()) {
    mistakes.push_back(
        {gradient_of(known.form), "the gradient is that of another block: " + known.effect});
  }
  return judge("dx", got, right, mistakes, {{"dy", dy}});
}

std::string calls(Random& random) {
  Drawn in;
  draw_into(in, random);
  Tape tape;
  written<decltype(pre_norm_block)>("pre_norm_block")(tape.variable(in.x), in.parts);
  if (in.calls == 2) return "";
  return fmt::format(
      "the two branches were called {} times in all, they should be called once each: "
      "each call costs, and one with dropout would differ",
      in.calls);
}

const bool added =
    add_exercise("09_pre_norm_block", {{5, "y", value},
                                       {2, "the stream goes through untouched", stream},
                                       {2, "the gradient of x", gradient},
                                       {1, "each branch is called once", calls}});

}  // namespace exercises::block_task
