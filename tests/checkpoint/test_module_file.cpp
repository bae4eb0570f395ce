#include <cmath>

#include "evenkeel/core/tape.hpp"
#include "evenkeel/nn/embedding.hpp"
#include "support.hpp"

using namespace evenkeel_test;

namespace {

// One parameter of a form, as a student's own module may have it.
struct One final : Module {
  Parameter x;
  TensorForm form;

  explicit One(Matrix value, TensorForm how = {}) : x(std::move(value)), form(std::move(how)) {}
  void members(Members& m) override { m.parameter("x", x, form); }
};

Matrix column(const std::vector<Scalar>& entries) {
  return Matrix(entries);
}

template <class Number>
void write_one(const fs::path& path, const std::string& dtype, std::vector<std::uint64_t> shape,
               const std::vector<Number>& numbers) {
  write_tensors(path, {{{"x", dtype, std::move(shape), as_bytes(numbers)}}, {}});
}

Net trained_net() {
  Net net(Random(3));
  Tape tape;
  Random random(4);
  net(tape.constant(random.normal(2, 8)));  // moves the running statistics
  for (Parameter* p : net.parameters()) {
    p->value += random.normal(p->value.n_rows, p->value.n_cols);
  }
  return net;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)
BOOST_AUTO_TEST_SUITE(module_file)

BOOST_AUTO_TEST_CASE(round_trip) {
  const Scratch folder;
  Net net = trained_net(), other(Random(9));
  BOOST_TEST(!same(numbers_of(net), numbers_of(other)));
  save_module(folder / "net", net);
  load_module(folder / "net", other);
  BOOST_TEST(same(numbers_of(net), numbers_of(other)));
  save_module(folder / "again", other);
  BOOST_TEST(bytes_of(folder / "again") == bytes_of(folder / "net"));
}

BOOST_AUTO_TEST_CASE(the_mode_is_not_in_the_file) {
  const Scratch folder;
  Net net = trained_net(), evaluating(Random(9));
  evaluating.eval();
  save_module(folder / "net", net);
  load_module(folder / "net", evaluating);
  BOOST_TEST((!evaluating.training() && !evaluating.norm.training()));
  save_module(folder / "net", evaluating);
  load_module(folder / "net", net);
  BOOST_TEST((net.training() && net.norm.training()));
}

BOOST_AUTO_TEST_CASE(names_shapes_and_types_are_pytorchs) {
  const Scratch folder;
  Net net = trained_net();
  save_module(folder / "net", net);
  std::string found;
  for (const Tensor& t : read_tensors(folder / "net").tensors) {
    found += t.name + " " + (t.dtype == "I64" ? "I64" : "F") + " ";
    for (const std::uint64_t d : t.shape) found += std::to_string(d) + ",";
    found += "\n";
  }
  std::string count = "norm.num_batches_tracked I64 \n";
  const std::string before =
      "linear.weight F 3,2,\nlinear.bias F 3,\nnorm.weight F 3,\nnorm.bias F 3,\n"
      "out.weight F 1,3,\nout.bias F 1,\nnorm.running_mean F 3,\nnorm.running_var F 3,\n";
  BOOST_TEST(found == (sizeof(Scalar) == 8 ? before + count : count + before));
}

// 1 2 3
// 4 5 6 row by row; column by column as (columns, rows); with any dimensions of the same size.
BOOST_AUTO_TEST_CASE(forms) {
  const Scratch folder;
  const Matrix x = {{1, 2, 3}, {4, 5, 6}};
  using Shape64 = std::vector<std::uint64_t>;
  const std::vector<std::pair<TensorForm, Shape64>> forms = {
      {{}, {2, 3}},
      {{TensorForm::by_columns}, {3, 2}},
      {{.shape = {2, 1, 3, 1}}, {2, 1, 3, 1}},
      {{TensorForm::by_columns, {6}}, {6}},
  };
  for (const auto& [form, shape] : forms) {
    One one(x, form), loaded(x * 0, form);
    save_module(folder / "x", one);
    const Tensor tensor = read_tensors(folder / "x").tensors.at(0);
    BOOST_TEST((tensor.shape == shape));
    const std::vector<Scalar> rows = {1, 2, 3, 4, 5, 6}, columns = {1, 4, 2, 5, 3, 6};
    BOOST_TEST((tensor.data == as_bytes(form.layout == TensorForm::by_rows ? rows : columns)));
    load_module(folder / "x", loaded);
    BOOST_TEST(same(loaded.x.value, x));
  }
  One vector(column({1, 2, 3}));
  save_module(folder / "x", vector);
  BOOST_TEST((read_tensors(folder / "x").tensors.at(0).shape == Shape64{3}));
  One wrong(x, {.shape = {2, 2}});
  BOOST_CHECK_EXCEPTION(save_module(folder / "x", wrong), Error,
                        says("its form (2, 2) does not hold a 2×3 matrix"));
}

BOOST_AUTO_TEST_CASE(an_embedding_is_pytorchs) {
  const Scratch folder;
  Random random(1);
  Embedding embedding(5, 2, random);
  save_module(folder / "x", embedding);
  const Tensor tensor = read_tensors(folder / "x").tensors.at(0);
  BOOST_TEST((tensor.shape == std::vector<std::uint64_t>{5, 2}));
  const Matrix& w = embedding.weight.value;
  BOOST_TEST((tensor.data == as_bytes(std::vector<Scalar>(w.begin(), w.end()))));
}

// Numbers that every type holds; 1/3 and the like are rounded as a cast rounds them.
BOOST_AUTO_TEST_CASE(every_floating_type_loads) {
  const Scratch folder;
  One one(Matrix(4, 1));
  const Matrix expected = column({1, -2.5, 0.0078125, 96});
  write_one<double>(folder / "x", "F64", {4}, {1, -2.5, 0.0078125, 96});
  load_module(folder / "x", one);
  BOOST_TEST(same(one.x.value, expected));
  write_one<float>(folder / "x", "F32", {4}, {1, -2.5F, 0.0078125F, 96});
  load_module(folder / "x", one);
  BOOST_TEST(same(one.x.value, expected));
  write_one<std::uint16_t>(folder / "x", "F16", {4}, {0x3c00, 0xc100, 0x2000, 0x5600});
  load_module(folder / "x", one);
  BOOST_TEST(same(one.x.value, expected));
  write_one<std::uint16_t>(folder / "x", "BF16", {4}, {0x3f80, 0xc020, 0x3c00, 0x42c0});
  load_module(folder / "x", one);
  BOOST_TEST(same(one.x.value, expected));

  write_one<double>(folder / "x", "F64", {4}, {1.0 / 3, 1e-300, 0, -0.0});
  load_module(folder / "x", one);
  BOOST_TEST(one.x.value[0] == static_cast<Scalar>(1.0 / 3));
  BOOST_TEST(std::signbit(one.x.value[3]));
  // Half: the smallest number, the largest, infinity and none.
  write_one<std::uint16_t>(folder / "x", "F16", {4}, {0x0001, 0x7bff, 0xfc00, 0x7e00});
  load_module(folder / "x", one);
  BOOST_TEST(one.x.value[0] == static_cast<Scalar>(0x1p-24));
  BOOST_TEST(one.x.value[1] == Scalar(65504));
  BOOST_TEST(one.x.value[2] == -std::numeric_limits<Scalar>::infinity());
  BOOST_TEST(std::isnan(one.x.value[3]));
  write_one<std::int64_t>(folder / "x", "I64", {4}, {1, 2, 3, 4});
  BOOST_CHECK_EXCEPTION(load_module(folder / "x", one), Error,
                        says(R"(tensor "x": its dtype is I64, expected F64, F32, F16 or BF16)"));
}

BOOST_AUTO_TEST_CASE(what_is_missing_and_what_is_too_much_is_listed) {
  const Scratch folder;
  Net net = trained_net();
  save_module(folder / "net", net);
  TensorFile file = read_tensors(folder / "net");
  for (Tensor& t : file.tensors) {
    if (t.name == "linear.weight") t.name = "linear.wieght";
    if (t.name == "out.bias") t.name = "out.bais";
  }
  write_tensors(folder / "net", file);
  const std::vector<Matrix> before = numbers_of(net);
  BOOST_CHECK_EXCEPTION(load_module(folder / "net", net), Error,
                        says(R"(2 missing: "linear.weight", "out.bias"; )"
                             R"(2 unexpected: "linear.wieght", "out.bais")"));
  BOOST_TEST(same(numbers_of(net), before));
  One one(Matrix(1, 1));
  BOOST_CHECK_EXCEPTION(load_module(folder / "net", one), Error, says("and 3 more"));
}

// The last tensor that is read is the wrong one: those before it must not have been assigned.
BOOST_AUTO_TEST_CASE(a_wrong_shape_changes_nothing) {
  const Scratch folder;
  Net net = trained_net(), other(Random(8));
  save_module(folder / "net", net);
  TensorFile file = read_tensors(folder / "net");
  for (Tensor& t : file.tensors) {
    if (t.name == "norm.running_var") t.shape = {1, 3};
  }
  write_tensors(folder / "net", file);
  const std::vector<Matrix> before = numbers_of(other);
  BOOST_CHECK_EXCEPTION(load_module(folder / "net", other), Error,
                        says(R"(tensor "norm.running_var": its shape is (1, 3), expected (3))"));
  BOOST_TEST(same(numbers_of(other), before));

  One one(Matrix{{1, 2, 3}, {4, 5, 6}});  // as many numbers in as many dimensions
  write_one<float>(folder / "x", "F32", {3, 2}, {1, 2, 3, 4, 5, 6});
  BOOST_CHECK_EXCEPTION(load_module(folder / "x", one), Error,
                        says("its shape is (3, 2), expected (2, 3)"));
}

BOOST_AUTO_TEST_CASE(what_is_shared_is_written_once_and_read_from_either_name_or_both) {
  struct Twice final : Module {
    Parameter p{Matrix(2, 1, arma::fill::ones)};
    void members(Members& m) override {
      m.parameter("first", p);
      m.parameter("second", p);
    }
  } twice;
  const Scratch folder;
  save_module(folder / "x", twice);
  TensorFile file = read_tensors(folder / "x");
  BOOST_TEST_REQUIRE(file.tensors.size() == 1u);
  BOOST_TEST(file.tensors[0].name == "first");
  BOOST_TEST((file.metadata == Metadata{{"second", "first"}}));

  const auto loads = [&] {
    write_tensors(folder / "x", file);
    Twice loaded;
    loaded.p.value.zeros();
    load_module(folder / "x", loaded);
    BOOST_TEST(same(loaded.p.value, twice.p.value));
  };
  loads();
  file.tensors[0].name = "second";
  loads();
  file.tensors.push_back(file.tensors[0]);
  file.tensors[1].name = "first";
  loads();
  file.tensors[1].data[0] = 1;
  write_tensors(folder / "x", file);
  BOOST_CHECK_EXCEPTION(load_module(folder / "x", twice), Error, says("file's two differ"));
  file.tensors.clear();
  write_tensors(folder / "x", file);
  BOOST_CHECK_EXCEPTION(load_module(folder / "x", twice), Error,
                        says("2 missing: \"first\", \"second\""));
}

// What PyTorch before 0.4.1 and other tools write of BatchNorm.
BOOST_AUTO_TEST_CASE(a_count_may_be_missing_or_of_32_bits) {
  const Scratch folder;
  Net net = trained_net(), loaded = trained_net();
  save_module(folder / "net", net);
  TensorFile file = read_tensors(folder / "net");
  const auto is_count = [](const Tensor& t) { return t.name == "norm.num_batches_tracked"; };
  Tensor& count = *std::ranges::find_if(file.tensors, is_count);
  count.dtype = "I32";
  count.data = as_bytes(std::vector<std::int32_t>{77});
  write_tensors(folder / "x", file);
  load_module(folder / "x", loaded);
  BOOST_TEST(loaded.named_buffers()[2].buffer->at(0, 0) == Scalar(77));

  std::erase_if(file.tensors, is_count);
  write_tensors(folder / "x", file);
  const LoadReport report = load_module(folder / "x", loaded);
  BOOST_TEST(loaded.named_buffers()[2].buffer->at(0, 0) == Scalar(77));
  BOOST_TEST(to_string(report) == "8 taken; 1 missing: \"norm.num_batches_tracked\"");
  file.tensors.pop_back();
  write_tensors(folder / "x", file);
  BOOST_CHECK_EXCEPTION(load_module(folder / "x", loaded), Error, says("; 1 missing: "));
}

BOOST_AUTO_TEST_CASE(a_part_is_loaded_and_reported) {
  const Scratch folder;
  Net net = trained_net();
  save_module(folder / "net", net);
  TensorFile file = read_tensors(folder / "net");
  for (Tensor& t : file.tensors) {
    if (t.name == "out.weight") t.shape = {3, 1};  // another head
    if (t.name == "norm.bias") t.name = "norm.beta";
  }
  write_tensors(folder / "x", file);
  Net loaded(Random(99));
  const Matrix head = loaded.out.weight.value;
  BOOST_CHECK_THROW(load_module(folder / "x", loaded), Error);
  const LoadReport report = load_module(folder / "x", loaded, {.strict = false});
  BOOST_TEST(report.taken.size() == 7u);
  const auto sorted = [](std::vector<std::string> names) {
    std::ranges::sort(names);
    return names;
  };
  const std::vector<std::string> left = {"norm.beta", "out.weight"};
  const std::vector<std::string> missing = {"norm.bias", "out.weight"};
  BOOST_TEST(sorted(report.left) == left, boost::test_tools::per_element());
  BOOST_TEST(sorted(report.missing) == missing, boost::test_tools::per_element());
  BOOST_TEST(same(loaded.linear.weight.value, net.linear.weight.value));
  BOOST_TEST(same(*loaded.named_buffers()[0].buffer, *net.named_buffers()[0].buffer));
  BOOST_TEST(same(loaded.out.weight.value, head));

  One other(Matrix(2, 1));
  BOOST_CHECK_EXCEPTION(load_module(folder / "x", other, {.strict = false}), Error,
                        says("its tensors are not this model's; 1 missing: "));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
