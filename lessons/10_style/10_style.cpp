// 10 Style: what InstanceNorm takes from a picture, and what AdaIN gives it.
//
//   InstanceNorm(a·x + b) = InstanceNorm(x)                     a > 0, for each channel
//   AdaIN(x, s) = σ(s)·InstanceNorm(x) + mean(s)
// Photographs of 128×128, red, green and blue from 0 to 1.

#include "evenkeel/data/picture.hpp"
#include "evenkeel/norm/instance_norm.hpp"
#include "lab.hpp"

using namespace evenkeel;
using namespace evenkeel::lesson;

namespace {

const Quantity lost{"lost", "contrast a", "share of the contrast that stays lost"};
const std::vector<Choice> told = {{"yes", 1e-6, 9}, {"no", -1, 1e-6}};  // from x
const std::vector<Choice> told_by_sign = {{"yes", -1, 1e-6}, {"no", 1e-6, 9}};
const Styles channels = {
    {"r", "red", colour::none}, {"g", "green", colour::layer}, {"b", "blue", colour::batch}};

/// Mean and standard deviation of each channel, channels × 2.
Matrix moments(const Picture& p) {
  const Matrix by_channel = arma::reshape(p.x, p.image.positions(), p.image.channels);
  return arma::join_cols(arma::mean(by_channel), arma::stddev(by_channel, 1)).t();
}

/// a·x + b, with an a and a b for each channel.
Picture in_light(const Picture& p, const Matrix& a, const Matrix& b) {
  Tape tape;
  return {scale_shift(tape.constant(p.x), tape.constant(a), tape.constant(b)).value(), p.image};
}

Picture normalized(const Picture& p, double eps = 0) {
  Tape tape;
  return {instance_norm(tape.constant(p.x), p.image.channels, {}, eps).value(), p.image};
}

Picture adain(const Picture& content, const Picture& style) {
  return in_light(normalized(content), moments(style).col(1), moments(style).col(0));
}

/// What a screen shows: values from `black` to `white`, those outside cut off.
Chart panel(std::string title, const Picture& p, double black = 0, double white = 1) {
  const Index n = p.image.positions();
  Grid pixels{p.image.width, p.image.height, {}, {}, {}, {}};
  for (Index i = 0; i < n; ++i) {
    Colour colour;
    for (Index c = 0; c < 3; ++c) {
      const double share = std::clamp((p.x(c * n + i) - black) / (white - black), 0.0, 1.0);
      colour.rgb = 256 * colour.rgb + static_cast<std::uint32_t>(std::lround(255 * share));
    }
    pixels.colours.push_back(colour);
  }
  return Chart(std::move(title)).cells(pixels);
}

double largest(const Matrix& difference) {
  return arma::abs(difference).max();
}

/// Exact but for rounding, which grows with |x|/σ.
Band zero(const Picture& p, const std::string& because = "theory 0") {
  const double cancelled = std::max(1.0, largest(p.x) / moments(p).col(1).min());
  return between(0, 200 * machine_epsilon * cancelled, because, Digits::significant(2));
}

void in_every_light(Lesson& lesson, const Picture& x, double a, double b) {
  const Matrix one(3, 1, arma::fill::ones), first = normalized(x).x;
  const Picture pale = in_light(x, a * one, b * one), negative = in_light(x, -one, one);
  const Picture red = in_light(x, "0.8; 0.25; 0.2", "0.2; 0; 0.05");
  const Picture saved{arma::round(255 * pale.x) / 255, x.image};  // in 256 levels, as in a file
  const auto off = [&](const Picture& p) { return largest(normalized(p).x - first); };
  lesson.claim("InstanceNorm, pale − plain", {off(pale)}, zero(pale));
  lesson.claim("InstanceNorm, red lamp − plain", {off(red)}, zero(red));
  lesson.claim("InstanceNorm, negative + plain", {largest(normalized(negative).x + first)},
               zero(x));
  const double most = 2 / 510.0 / moments(pale).col(1).min();
  lesson.claim("the same of pale, saved", {off(saved)}, between(0, most, "½ level, mean too"));
  Figure figure("InstanceNorm gives one picture in three lights, its negative for the negative",
                fmt::format("a = {}, b = {}; below: InstanceNorm, from −2.5 to 2.5", a, b), 4);
  figure.add(panel("as it is", x)).add(panel("pale: a x + b", pale));
  figure.add(panel("under a red lamp", red)).add(panel("negative: 1 − x", negative));
  for (const Picture& lit : {x, pale, red, negative})
    figure.add(panel("InstanceNorm", normalized(lit), -2.5, 2.5));
  lesson.chart(figure.panel_size(240, 270), "lights");
}

void with_eps(Lesson& lesson, const std::string& name, const Picture& x, double eps) {
  const Matrix one(3, 1, arma::fill::ones), full = moments(normalized(x, eps)).col(1);
  const Matrix variance = arma::square(moments(x).col(1));
  Record record;
  double off = 0;
  for (double a = 0.001; a < 1.1; a *= std::pow(10.0, 0.1)) {
    const Matrix left = moments(normalized(in_light(x, a * one, 0 * one), eps)).col(1) / full;
    const Matrix theory = arma::sqrt((variance + eps) / (variance + eps / (a * a)));
    off = std::max(off, largest(left - theory));
    for (Index c : {0, 1, 2}) record.add(lost, channels[c].name, a, 1 - left(c));
  }
  lesson.claim("contrast left by eps − theory", {off}, zero(x, "√((σ² + ε)/(σ² + ε/a²))"));
  Chart chart = chart_of(record, lost, channels, Line::first, Axis::linear);
  chart.theory("5 %", {0.001, 1}, {0.05, 0.05}).title =
      fmt::format("With eps = {} InstanceNorm loses low contrasts", eps);
  chart.subtitle = name + ": InstanceNorm of a·x beside that of x";
  lesson.chart(chart.x_axis(lost.x, Axis::log), "contrast_loss");
}

void with_style(Lesson& lesson, const Picture& content, const Picture& style,
                const std::map<std::string, Picture>& pictures) {
  const Picture mixed = adain(content, style), back = adain(mixed, content);
  lesson.claim("μ and σ after AdaIN − the style's", {largest(moments(mixed) - moments(style))},
               zero(content));
  lesson.claim("AdaIN back − the picture", {largest(back.x - content.x)},
               zero(mixed, "nothing lost"));
  Figure figure("AdaIN puts each picture in the light of another",
                "rows: the content; columns: whose mean and σ of red, green and blue it gets", 3);
  for (const auto& [name, x] : pictures) {
    for (const auto& [light, s] : pictures)
      figure.add(panel(name == light ? name : name + " in the light of " + light, adain(x, s)));
  }
  lesson.chart(figure.panel_size(330, 360), "styles");
}

}  // namespace

int main(int argc, char* argv[]) {
  std::string content = "chelsea", style = "coffee";
  double contrast = 0.4, brightness = 0.5, eps = 1e-5;
  Lesson lesson("10_style", "what InstanceNorm takes from a picture, and what AdaIN gives it");
  lesson.option("content", content, "the picture: chelsea, coffee, rocket or a file.ppm")
      .option("style", style, "whose colours it gets: the same")
      .option("contrast", contrast, "a in a·x + b")
      .option("brightness", brightness, "b in a·x + b")
      .option("eps", eps, "of the norm, where its effect is measured")
      .ask({"InstanceNorm, pale − plain", "Afterwards, can you still tell the pale one?", told})
      .ask({"InstanceNorm, red lamp − plain", "And the one under the red lamp?", told})
      .ask({"InstanceNorm, negative + plain", "And the negative?", told_by_sign});
  return lesson.run(argc, argv, [&] {
    lesson.setting(fmt::format("{} in the light of {}, eps {}", content, style, eps));
    std::map<std::string, Picture> all;
    for (const std::string& name : picture_names()) all[name] = picture(name);
    for (const std::string& name : {content, style})
      all[name] = name.ends_with(".ppm") ? read_ppm(name) : picture(name);
    in_every_light(lesson, all[content], contrast, brightness);
    with_eps(lesson, content, all[content], eps);
    with_style(lesson, all[content], all[style], all);
    lesson.file("mixed.ppm", to_ppm(adain(all[content], all[style])));
    lesson.try_next("lessons/run 10 --content rocket --style chelsea");
  });
}
