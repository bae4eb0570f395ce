#include "evenkeel/images/conv.hpp"

#include "base/fail.hpp"
#include "evenkeel/kernels/kernels.hpp"
#include "images/kernels/images.hpp"

namespace evenkeel {

// Which row of x stands at entry k of the window (down) at position p of the output (across);
// in.rows(), the row after the last, where that is beyond the image.
static arma::umat rows_of_patches(ImageShape in, ImageShape out, const Window& window) {
  arma::umat rows(in.channels * window.height * window.width, out.positions());
  for (Index p = 0; p < rows.n_cols; ++p) {
    for (Index k = 0; k < rows.n_rows; ++k) {
      const Index channel = k / window.width / window.height;
      const Index ky = k / window.width % window.height, kx = k % window.width;
      const Index y = p / out.width * window.stride + ky - window.padding;  // wraps above the image
      const Index x = p % out.width * window.stride + kx - window.padding;
      const bool inside = y < in.height && x < in.width;
      rows(k, p) = inside ? (channel * in.height + y) * in.width + x : in.rows();
    }
  }
  return rows;
}

struct Conv2d final : BinaryOp {
  ImageShape in, out;
  Window window;
  Matrix padded, parts;  // scratch buffers of the kernels

  std::string_view name() const override { return "conv2d"; }

  void forward(const Matrix& x, const Matrix& w, Matrix& y) override {
    if (fast_kernels()) return kernels::conv_forward({in, out, window, padded, parts}, x, w, y);
    const arma::umat rows = rows_of_patches(in, out, window);
    y.set_size(out.rows(), x.n_cols);
    for (Index sample = 0; sample < x.n_cols; ++sample) {
      const Matrix patch = patches_of(x.col(sample), rows);
      const Matrix response = w * patch;  // channels × positions
      y.col(sample) = arma::vectorise(response, 1).t();
    }
  }

  void backward(const Matrix& x, const Matrix& w, const Matrix&, const Matrix& dy, Matrix* dx,
                Matrix* dw) override {
    if (fast_kernels()) {
      return kernels::conv_backward({in, out, window, padded, parts}, x, w, dy, dx, dw);
    }
    const arma::umat rows = rows_of_patches(in, out, window);
    if (dx) dx->set_size(x.n_rows, x.n_cols);
    if (dw) dw->zeros(w.n_rows, w.n_cols);
    for (Index sample = 0; sample < x.n_cols; ++sample) {
      const Matrix patch = patches_of(x.col(sample), rows);
      const Matrix d_response = arma::reshape(dy.col(sample), out.positions(), out.channels).t();
      const Matrix d_patch = w.t() * d_response;
      if (dw) *dw += d_response * patch.t();
      if (dx) dx->col(sample) = image_of(d_patch, rows);
    }
  }

 private:
  // x where each window stands: entries of the window × positions
  static Matrix patches_of(const Matrix& image, const arma::umat& rows) {
    const Matrix with_beyond = arma::join_cols(image, Matrix(1, 1, arma::fill::zeros));
    return arma::reshape(with_beyond.elem(arma::vectorise(rows)), rows.n_rows, rows.n_cols);
  }

  // The reverse: each row of the image, added up over the places in patches where it stands.
  Matrix image_of(const Matrix& patch, const arma::umat& rows) const {
    Matrix image(in.rows() + 1, 1, arma::fill::zeros);
    for (Index i = 0; i < patch.n_elem; ++i) image[rows[i]] += patch[i];
    return image.head_rows(in.rows());
  }
};

// --- on Vars -------------------------------------------------------------------------------------

Var conv2d(Input x, Input w, ImageShape in, Window window) {
  require_images("conv2d", x.value(), in);
  const Index taps = in.channels * window.height * window.width;
  require_shape("conv2d", "w", w.value(), {w.rows(), taps}, "channels in × window across");
  return record<Conv2d>({x, w}, [&](Conv2d& op) {
    op.in = in;
    op.out = window.output("conv2d", in, w.rows());
    op.window = window;
  });
}

}  // namespace evenkeel
