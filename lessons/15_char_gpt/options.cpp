#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "evenkeel/norm/rms_norm.hpp"

namespace char_gpt {

namespace {

// A norm of your own: one more line here. (A placement: transformer/placement.hpp.)
const std::map<std::string, ek::MakeNorm>& norms() {
  static const std::map<std::string, ek::MakeNorm> all = {
      {"layer", {}},  // the model's LayerNorm: with a bias where the model has biases
      {"rms", [](ek::Index n) { return ek::RmsNorm(n); }},
  };
  return all;
}

const std::map<std::string, ek::Positions>& positions() {
  static const std::map<std::string, ek::Positions> all = {
      {"none", ek::Positions::none},
      {"learned", ek::Positions::learned},
      {"sinusoidal", ek::Positions::sinusoidal},
      {"rotary", ek::Positions::rotary},
  };
  return all;
}

template <class Named>
std::vector<std::string> names_of(const std::map<std::string, Named>& all) {
  std::vector<std::string> names;
  for (const auto& [name, what] : all) names.push_back(name);
  return names;
}

// Calls visit(name, field) for everything that decides the run.
template <class Some, class Visit>
void each(Some& o, Visit visit) {
  visit("text", o.text);
  visit("model", o.model);
  visit("layers", o.layers);
  visit("heads", o.heads);
  visit("width", o.width);
  visit("context", o.context);
  visit("batch", o.batch);
  visit("iters", o.iters);
  visit("lr", o.learning_rate);
  visit("min-lr", o.min_learning_rate);
  visit("warmup", o.warmup);
  visit("weight-decay", o.weight_decay);
  visit("dropout", o.dropout);
  visit("placement", o.placement);
  visit("norm", o.norm);
  visit("positions", o.positions);
}

template <class Number>
void read(const std::string& name, const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    ek::fail("resume", fmt::format("the checkpoint's {} is no number: '{}'", name, text));
  }
}

void read(const std::string&, const std::string& text, std::string& word) {
  word = text;
}

}  // namespace

void Options::settle() {
  if (placement == "own") placement = model == "bert" ? "post" : "pre";
  // BERT's own are learned ones, with which it learns little here: see the page.
  warmup = std::min(warmup, iters - 1);  // a short run is all rise
  if (positions == "own") positions = model == "gpt" ? "learned" : "rotary";
}

void Options::make_quick() {
  layers = std::min<ek::Index>(layers, 2);
  if (width > 64) {
    width = 64;
    heads = std::min<ek::Index>(heads, 4);
  }
  context = std::min<ek::Index>(context, 32);
  iters = std::min<ek::Index>(iters, 500);
  warmup = std::min<ek::Index>(warmup, 50);
  eval_every = std::min<ek::Index>(eval_every, 100);
  sample = std::min<ek::Index>(sample, 200);
}

std::map<std::string, std::string> notes_of(const Options& options) {
  std::map<std::string, std::string> notes;
  each(options, [&](const char* name, const auto& value) {
    notes[name] =
        fmt::format("{}", value);  // a double in the shortest form that reads back as it is
  });
  return notes;
}

void take_notes(Options& options, const std::map<std::string, std::string>& notes) {
  each(options, [&](const char* name, auto& value) {
    const auto note = notes.find(name);
    if (note == notes.end()) {
      ek::fail("resume",
               fmt::format("the file is no checkpoint of this lesson: no '{}' in it", name));
    }
    read(name, note->second, value);
  });
}

void add_to(ek::lesson::Lesson& lesson, Options& o) {
  std::vector<std::string> placement_names = {"own"}, position_names = names_of(positions());
  for (const ek::Placement& p : ek::all_placements) placement_names.emplace_back(p.name);
  position_names.emplace_back("own");
  lesson.option("text", o.text, "any UTF-8 text file to learn from; without it Moby-Dick")
      .option("model", o.model, {"gpt", "llama", "bert"},
              "GPT-2's or LLaMA's parts, or BERT's, which finds hidden characters")
      .option("layers", o.layers, 1, "transformer blocks")
      .option("heads", o.heads, 1, "attention heads; they divide the width")
      .option("width", o.width, 1, "features of a token")
      .option("context", o.context, 1, "characters that the model sees")
      .option("batch", o.batch, 1, "sequences in a step")
      .option("iters", o.iters, 1, "steps")
      .option("lr", o.learning_rate, "the highest learning rate")
      .option("min-lr", o.min_learning_rate, "where the cosine ends")
      .option("warmup", o.warmup, 0, "steps in which the learning rate rises")
      .option("weight-decay", o.weight_decay, 0.0, "AdamW's, of matrices")
      .option("dropout", o.dropout, 0.0, "share of the activations that is dropped, below 1")
      .option("placement", o.placement, placement_names,
              "where the norm goes; own: post for bert, else pre")
      .option("norm", o.norm, names_of(norms()), "which norm")
      .option("positions", o.positions, position_names,
              "how a token tells where it is; own: learned for gpt, else rotary")
      .option("eval-every", o.eval_every, 1, "steps between two looks at the validation text")
      .option("resume", o.resume, "go on from this checkpoint, with its options and its text")
      .option("save", o.save, "write a checkpoint to this file at the end")
      .option("sample", o.sample, 0, "characters to write at the end; bert writes none");
}

std::string to_string(const Options& o) {
  static const std::map<std::string, std::string> titles = {
      {"gpt", "GPT"}, {"llama", "LLaMA"}, {"bert", "BERT"}};
  return fmt::format(
      "{}, {} layers, {} heads, width {}, context {}, placement {}, norm {}, positions {}, {} "
      "steps "
      "of {} sequences",
      titles.at(o.model), o.layers, o.heads, o.width, o.context, o.placement, o.norm, o.positions,
      o.iters, o.batch);
}

namespace {

ek::TransformerOptions parts_of(const Options& o, ek::Index vocabulary) {
  if (o.model == "llama") return ek::llama_options(vocabulary, o.width);
  if (o.model == "bert") return ek::bert_options(vocabulary);
  return {};  // GPT-2's without biases
}

}  // namespace

ek::TransformerOptions model_options(const Options& o, ek::Index vocabulary, std::uint64_t seed) {
  ek::TransformerOptions options = parts_of(o, vocabulary);
  options.vocabulary = vocabulary;
  options.context = o.context;
  options.width = o.width;
  options.layers = o.layers;
  options.heads = o.heads;
  options.dropout = {.p = o.dropout, .seed = seed};
  options.placement = ek::placement_named(o.placement);
  options.norm = norms().at(o.norm);
  options.positions = positions().at(o.positions);
  return options;
}

}  // namespace char_gpt
