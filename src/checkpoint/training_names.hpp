#pragma once
// What a training run adds to a file: tensors that begin with "optimizer.", and texts.

namespace evenkeel::checkpoint::training {

inline constexpr const char* version = "evenkeel.training";
inline constexpr const char* this_version = "1";
inline constexpr const char* precision = "precision";  // "F64" or "F32"
inline constexpr const char* iteration = "iteration";
inline constexpr const char* rule = "optimizer.rule";  // "adamw"
inline constexpr const char* rate = "optimizer.learning_rate";
inline constexpr const char* steps = "optimizer.steps";
inline constexpr const char* steps_of = "optimizer.steps.";  // + parameter
inline constexpr const char* random_of_module = "random.module.";
inline constexpr const char* random_of_run = "random.run.";
inline constexpr const char* note = "note.";

inline constexpr const char* optimizer = "optimizer.";  // what its tensors begin with
inline constexpr const char* first = "optimizer.first.";
inline constexpr const char* second = "optimizer.second.";

}  // namespace evenkeel::checkpoint::training
