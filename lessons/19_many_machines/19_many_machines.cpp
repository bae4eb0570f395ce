#include "digits_task.hpp"
#include "evenkeel/data/fashion.hpp"
#include "evenkeel/models/resnet.hpp"
#include "evenkeel/norm/batch_norm.hpp"
#include "lab.hpp"
#include "shards.hpp"
using namespace evenkeel;
using namespace evenkeel::lesson;
namespace {
const Quantity cnn{"cnn_error", "samples a process", "CNN: test error, %"};
const Quantity own{"cnn_own", "samples a process", "own: error, %"};
Index data = 0, convs = 1, epochs = 10; double rate = 0.05;
void run(const std::string& norm, std::uint64_t seed, Record& record) {
  Split sets = data == 0 ? split_digits(seed) : fashion();
  if (data) standardize(sets, Standardized::of_all);
  for (Index size : {2, 4, 8, 16, 32}) {
    if (size > 2 && norm == "group") continue;
    Random random(seed);
    const MakeImageNorm make = [&](ImageShape s) { return OnEachProcess(by_name(all_norms(), norm).make(s), size); };
    std::vector<Index> w = {8,16,32,64}; w.resize(convs); ResNet net({.in = sets.train.image, .widths = w, .blocks_per_stage=1, .conv = {.norm = make}}, random);
    const Recipe recipe{.batch = 32, .epochs = epochs, .rate = rate};
    record.add(cnn, norm, size, error_percent(train(net, sets, recipe, seed).back().test));
    net.train();
    record.add(own, norm, size, error_percent(net, sets.test, 32));
  }
}
}
int main(int argc, char* argv[]) {
  std::vector<std::string> names = {"batch", "group"};
  Lesson lesson("19_many_machines", "x");
  lesson.option("norm", names, feature_norm_names(), "which norms, separated by commas").option("data",data,0,"d").option("convs",convs,1,"d").option("epochs",epochs,1,"d").option("rate",rate,"d").seeds(8,2);
  return lesson.run(argc, argv, [&] {
    lesson.setting("x");
    Record record = lesson.over_seeds(names, [&](auto& norm, auto seed, Record& r) { run(norm, seed, r); });
    print_table(record, cnn, choose(all_norms(), names), Line::mean);
    print_table(record, own, choose(all_norms(), names), Line::mean);
  });
}
