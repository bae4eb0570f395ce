#include "training.hpp"

#include "evenkeel/data/files.hpp"

namespace char_gpt {

ek::Text text_of(const Options& o) {
  const std::filesystem::path file =
      o.text.empty() ? ek::data_file("moby_dick/moby_dick.txt") : std::filesystem::path(o.text);
  return ek::load_text(file, o.context);
}

Training::Training(const Options& o, std::uint64_t s)
    : options(o),
      seed(s),
      text(text_of(o)),
      task(task_of(o, text.vocabulary)),
      random(seed),
      model(model_options(o, task->vocabulary(), s), random),
      optimizer(ek::decay_matrices_only(model, o.weight_decay),
                {.learning_rate = o.learning_rate, .beta1 = 0.9, .beta2 = 0.99}) {}

}  // namespace char_gpt
