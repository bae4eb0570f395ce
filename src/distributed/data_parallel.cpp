#include "evenkeel/distributed/data_parallel.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "evenkeel/core/tape.hpp"

namespace evenkeel {

namespace {

constexpr std::size_t bucket_size = 1'000'000;

std::span<Scalar> entries_of(Matrix& m) {
  return {m.memptr(), m.n_elem};
}

}  // namespace

DataParallel::DataParallel(Communicator& all, Module& model, std::vector<Parameter*> trained)
    : all_(all), trained_(std::move(trained)) {
  for (Parameter* p : model.parameters()) all_.broadcast("the parameters", entries_of(p->value));
  for (Parameter* p : trained_) all_.broadcast("the trained parameters", entries_of(p->value));
  for (const NamedBuffer& b : model.named_buffers()) {
    all_.broadcast("the buffers", entries_of(*b.buffer));
  }
}

double DataParallel::backward(Var loss, Index samples) {
  const double n = static_cast<double>(samples);
  const double mine = samples == 0 ? 0 : static_cast<double>(loss.value()[0]);
  double sums[] = {n * mine, n};
  all_.sum("the losses and their samples", std::span<double>(sums));
  if (!(sums[1] > 0)) fail("data_parallel", "no process has a sample");
  const Matrix seed(1, 1, arma::fill::value(static_cast<Scalar>(n / sums[1])));
  loss.tape().backward(loss, seed);
  add_up_gradients();
  return sums[0] / sums[1];
}

void DataParallel::add_up_gradients() {
  if (all_.size() == 1) return;
  for (std::size_t first = 0, last = 0; first < trained_.size(); first = last) {
    std::size_t entries = 0;
    do entries += trained_[last++]->value.n_elem;
    while (last < trained_.size() && entries + trained_[last]->value.n_elem <= bucket_size);
    add_up(std::span(trained_).subspan(first, last - first));
  }
}

// Of each parameter, in how many processes it has a gradient, then their sum.
void DataParallel::add_up(std::span<Parameter* const> some) {
  bucket_.clear();
  for (const Parameter* p : some) {
    bucket_.push_back(p->has_gradient ? 1 : 0);
    const std::size_t at = bucket_.size();
    bucket_.resize(at + p->value.n_elem);
    if (p->has_gradient) {
      std::copy(p->gradient.begin(), p->gradient.end(), bucket_.begin() + std::ptrdiff_t(at));
    }
  }
  all_.sum("the gradients", std::span(bucket_));
  const Scalar* at = bucket_.data();
  for (Parameter* p : some) {
    p->has_gradient = *at++ > 0;
    if (p->has_gradient) {
      p->gradient.set_size(p->value.n_rows, p->value.n_cols);
      std::copy(at, at + p->gradient.n_elem, p->gradient.begin());
    }
    at += p->value.n_elem;
  }
}

Matrix share_of(const Communicator& all, const Matrix& x) {
  const auto [first, last] = all.share().of(x.n_cols);
  return first == last ? Matrix(x.n_rows, 0) : Matrix(x.cols(first, last - 1));
}

}  // namespace evenkeel
