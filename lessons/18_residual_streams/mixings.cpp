#include "mixings.hpp"

#include "evenkeel/transformer/hyper_connection.hpp"

namespace evenkeel::lesson {

namespace {

constexpr Index streams = 4, mixings = 60;

const Quantity length{"length", "mixings", "length of four equal streams, 1 before"};
const Quantity gain{"gain", "mixings", "greatest singular value of H…H"};
const Quantity uneven{"|entry − ¼|", "mixings", "largest |entry − ¼| of H…H"};

/// For the median over seeds of what is e^(a sum of as many steps), each with this mean and sd.
Band product_near(double step, double sd, const std::string& because) {
  return [=](std::size_t n) {
    const double off = 5 * sd * std::sqrt(mixings / double(n));
    return Accepted{std::exp(step * mixings - off), std::exp(step * mixings + off), because};
  };
}

const Bands known_mixes = {
    {"growth per mixing, unconstrained", mean_near(1.094, 0.038, "theory e^0.09")},
    {"length, unconstrained", product_near(0.09, 0.27, "theory e^(60·0.09)")},
    {"gain, unconstrained", product_near(std::log(706) / 60, 0.24, "400 seeds: 706")},
    {"length, doubly stochastic", between(0.9999, 1.0001, "rows add up to 1", Digits::decimals(4))},
    {"gain, doubly stochastic",
     between(0.9999, 1.0001, "rows and columns, too", Digits::decimals(4))},
    {"|entry − ¼|, doubly stochastic", between(0, 0.01, "400 seeds: none above 0.0004")},
    {"|entry − ¼|, as made", between(0.6919, 0.6921, "theory ¾λ^60, λ = (1 − e⁻⁸)/(1 + 3e⁻⁸)")},
};

}  // namespace

const Styles& mixes() {
  static const Styles all = {{"free", "unconstrained", colour::none},
                             {"sinkhorn", "doubly stochastic", colour::layer},
                             {"made", "as made", colour::black}};
  return all;
}

void multiply(Index sinkhorn_steps, const std::string& mix, std::uint64_t seed, Record& record) {
  Random random(seed);
  Tape tape;
  const NoGrad forward_only(tape);
  const Matrix one(streams, streams, arma::fill::eye);
  Var product = tape.constant(one);
  for (Index l = 0; l <= mixings; ++l) {
    HyperConnection hyper(1, {streams, mix != "free", sinkhorn_steps});
    const Matrix h = one + Scalar(0.3) * random.normal(streams, streams);
    if (mix == "free") hyper.res.value = h;
    if (mix == "sinkhorn") hyper.res.value = arma::log(arma::abs(h));  // exp(R) = |H|
    if (l > 0) product = hyper.mixing(tape) * product;
    const Matrix& p = product.value();
    record.add(length, mix, l, arma::norm(arma::sum(p, 1)) / std::sqrt(double(streams)));
    record.add(gain, mix, l, arma::norm(p));
    record.add(uneven, mix, l, arma::abs(p - Scalar(1) / streams).max());
  }
}

void report_mixes(Lesson& lesson, const Record& record) {
  for (const Style& mix : mixes()) {
    const std::vector<double> growth = record.of(length, mix.name).each(geometric_growth);
    lesson.claim("growth per mixing", mix, {mean_of(growth)}, known_mixes);
    for (const Quantity& q : {length, gain})
      lesson.claim(q.name, mix, {median_of(record.of(q, mix.name).last())}, known_mixes);
    lesson.claim(uneven.name, mix, {quantile_of(record.of(uneven, mix.name).last(), 1)},
                 known_mixes);
  }
  Figure figure(fmt::format("{} mixings make the streams {} times as long, doubly stochastic {}",
                            mixings, lesson.claimed("length, unconstrained", Digits::decimals(0)),
                            lesson.claimed("length, doubly stochastic")),
                "four streams, median over seeds; pale: 5–95 %; dashed: theory e^(0.09·mixings)");
  Chart lengths = chart_of(record, length, mixes());
  add_theory(lengths, "", one_to(mixings), [](double l) { return std::exp(0.09 * l); });
  Chart entries = chart_of(record, uneven, mixes());
  lesson.chart(figure.add(lengths).add(entries.y_range(1e-4, 1e4)), "mixings");
}

}  // namespace evenkeel::lesson
