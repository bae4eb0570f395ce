#include "variants.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace evenkeel::audit {

namespace {

using Dimensions = std::vector<std::size_t>;

Dimensions from(std::size_t first, std::size_t rank) {
  Dimensions dimensions(rank - std::min(first, rank));
  std::iota(dimensions.begin(), dimensions.end(), first);
  return dimensions;
}

Dimensions all_but_channels(std::size_t rank) {
  Dimensions dimensions = from(0, rank);
  std::erase(dimensions, 1);
  return dimensions;
}

Shape squeezed(Shape shape) {
  std::erase(shape, 1);
  return shape;
}

// The trailing dimensions of x that a parameter has, if it has them.
std::optional<Dimensions> trailing(const Shape& parameter, const Shape& x) {
  for (std::size_t first = x.size(); first-- > 0;) {
    const Shape tail(x.begin() + static_cast<std::ptrdiff_t>(first), x.end());
    const bool same = squeezed(tail) == squeezed(parameter);
    const bool flat = parameter.size() == 1 && parameter[0] == size_of(tail);
    if (parameter == tail || ((same || flat) && parameter.size() <= x.size())) {
      return from(first, x.size());
    }
  }
  return {};
}

std::optional<Dimensions> channels(const Shape& parameter, const Shape& x) {
  if (x.size() < 2 || size_of(parameter) != x[1] || squeezed(parameter).size() > 1) return {};
  return Dimensions{1};
}

// Any dimension that is as long.
Dimensions somewhere(const Shape& parameter, const Shape& x) {
  for (std::size_t d = x.size(); d-- > 0;) {
    if (x[d] == size_of(parameter)) return {d};
  }
  return {};
}

// Collects the variants of one file.
class Variants {
 public:
  explicit Variants(const Evidence& evidence)
      : evidence_(evidence), x_(evidence.x().shape), rank_(x_.size()) {
    gamma_ = evidence.find("gamma");
    beta_ = evidence.find("beta");
    running_ = evidence.find("running_mean") || evidence.find("running_mean_before");
  }

  std::vector<Variant> collect() {
    for (const Norm norm : {Norm::layer_norm, Norm::rms_norm, Norm::batch_norm, Norm::instance_norm,
                            Norm::group_norm}) {
      if (may_be_meant(norm)) add_right(norm);
    }
    right_ = all_.size();
    add_other_groups();
    add_other_axes();
    return all_;
  }

 private:
  // --- what is meant -----------------------------------------------------------------------------

  bool may_be_meant(Norm norm) const {
    if (evidence_.norm != Norm::unknown) return norm == evidence_.norm;
    if (evidence_.num_groups) return norm == Norm::group_norm;
    const bool by_channel = norm != Norm::layer_norm && norm != Norm::rms_norm;
    if (running_) return norm == Norm::batch_norm || norm == Norm::instance_norm;
    const bool has_beta = beta_ && std::ranges::any_of(beta_->values, [](double b) { return b; });
    if (norm == Norm::rms_norm && has_beta) return false;
    return !by_channel ||
           ((!gamma_ || channels(gamma_->shape, x_)) && (!beta_ || channels(beta_->shape, x_)));
  }

  void add(Norm norm, Cut cut, const std::optional<Dimensions>& parameters,
           std::vector<std::string> mistakes = {}) {
    // Tiles of one number: whoever has not declared such a norm does not mean it.
    const bool told = evidence_.num_groups || evidence_.norm != Norm::unknown;
    if (!told && essence(cut, x_).axes.empty() && size_of(x_) > 1) return;
    Variant variant{norm, std::move(cut), {}, {}, std::move(mistakes)};
    if (gamma_) variant.gamma_along = along(gamma_->shape, norm, parameters);
    if (beta_) variant.beta_along = along(beta_->shape, norm, parameters);
    for (const Variant& other : all_) {
      const bool same = essence(other.cut, x_) == essence(variant.cut, x_) &&
                        other.gamma_along == variant.gamma_along &&
                        other.beta_along == variant.beta_along;
      // An earlier one says all of it; RMSNorm alone is another formula on the same tiles.
      if (same && (other.norm == Norm::rms_norm) == (norm == Norm::rms_norm)) return;
    }
    all_.push_back(std::move(variant));
  }

  Dimensions along(const Shape& parameter, Norm norm,
                   const std::optional<Dimensions>& wanted) const {
    if (wanted) {
      std::size_t size = 1;
      for (const std::size_t d : *wanted) size *= x_[d];
      if (size == size_of(parameter)) return *wanted;
    }
    return parameter_along(parameter, norm, x_);
  }

  void add_right(Norm norm) {
    if (norm == Norm::batch_norm && rank_ >= 2) add(norm, {all_but_channels(rank_)}, Dimensions{1});
    if (norm == Norm::instance_norm && rank_ >= 3) add(norm, {from(2, rank_)}, Dimensions{1});
    if (norm == Norm::group_norm && rank_ >= 2) {
      for (std::size_t groups = 1; groups <= x_[1]; ++groups) {
        const bool wanted = !evidence_.num_groups || groups == *evidence_.num_groups;
        if (x_[1] % groups == 0 && wanted) add(norm, {from(1, rank_), groups}, Dimensions{1});
      }
    }
    if (norm == Norm::layer_norm || norm == Norm::rms_norm) add_layer_norms(norm);
  }

  // Over the dimensions that gamma has, or the last few where there is none.
  void add_layer_norms(Norm norm) {
    const Array* parameter = gamma_ ? gamma_ : beta_;
    const auto tail = parameter ? trailing(parameter->shape, x_) : std::nullopt;
    const auto channel = parameter ? channels(parameter->shape, x_) : std::nullopt;
    if (tail) add(norm, {*tail}, *tail);
    if (channel && rank_ > 2) {  // channels first, as in ConvNeXt, or over a whole sample
      add(norm, {{1}}, Dimensions{1});
      const bool whole = !tail && evidence_.norm == norm;  // undeclared, that is a GroupNorm
      if (whole) add(norm, {from(1, rank_)}, Dimensions{1});
    }
    if (parameter) return;
    for (std::size_t first = rank_; first-- > (rank_ > 1 ? 1 : 0);)
      add(norm, {from(first, rank_)}, {});
    if (rank_ > 3) add(norm, {{1}}, {});
  }

  // --- what is not -------------------------------------------------------------------------------

  void add_other_groups() {
    const bool told = evidence_.norm == Norm::group_norm || evidence_.num_groups;
    if (rank_ < 2 || !told || !may_be_meant(Norm::group_norm)) return;
    for (std::size_t groups = 1; groups <= x_[1]; ++groups) {
      if (x_[1] % groups != 0) continue;
      const Cut cut{from(1, rank_), groups};
      const bool wanted = !evidence_.num_groups || groups == *evidence_.num_groups;
      if (wanted) {
        add(Norm::group_norm, {cut.axes, groups, true}, Dimensions{1}, {"groups_interleaved"});
      } else {
        const bool is_another_norm = groups == 1 || groups == x_[1];
        add(Norm::group_norm, cut, Dimensions{1},
            {is_another_norm ? "wrong_axis" : "groups_differ"});
      }
    }
  }

  void add_other_axes() {
    for (std::size_t set = 1; set < (std::size_t{1} << rank_); ++set) {
      Dimensions axes;
      for (std::size_t d = 0; d < rank_; ++d) {
        if (set >> d & 1) axes.push_back(d);
      }
      const Cut cut{axes};
      const bool is_right = std::any_of(
          all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(right_),
          [&](const Variant& variant) { return essence(variant.cut, x_) == essence(cut, x_); });
      if (!is_right && !essence(cut, x_).axes.empty())
        add(meant_with(axes), cut, {}, {"wrong_axis"});
    }
  }

  // The declared norm; else the one that comes nearest.
  Norm meant_with(const Dimensions& axes) const {
    if (evidence_.norm != Norm::unknown) return evidence_.norm;
    if (evidence_.num_groups) return Norm::group_norm;
    if (axes[0] == 0 && may_be_meant(Norm::batch_norm)) return Norm::batch_norm;
    return may_be_meant(Norm::layer_norm) ? Norm::layer_norm : Norm::batch_norm;
  }

  const Evidence& evidence_;
  const Shape& x_;
  std::size_t rank_;
  const Array *gamma_ = nullptr, *beta_ = nullptr;
  bool running_ = false;
  std::vector<Variant> all_;
  std::size_t right_ = 0;
};

}  // namespace

std::vector<std::size_t> parameter_along(const Shape& parameter, Norm norm, const Shape& x) {
  const auto tail = trailing(parameter, x), channel = channels(parameter, x);
  const bool tail_first = norm == Norm::layer_norm || norm == Norm::rms_norm;
  if (tail && (tail_first || !channel)) return *tail;
  return channel ? *channel : somewhere(parameter, x);
}

std::vector<Variant> variants_of(const Evidence& evidence) {
  return Variants(evidence).collect();
}

}  // namespace evenkeel::audit
