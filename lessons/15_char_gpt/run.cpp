// The options and checkpoints of lesson 15.

#include <nlohmann/json.hpp>

#include "char_gpt.hpp"
#include "evenkeel/checkpoint/checkpoint.hpp"
#include "evenkeel/data/files.hpp"

namespace evenkeel::lesson {

// What decides a run, bit by bit, with its seed: kept in a checkpoint.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Options, text, model, layers, heads, width, context, batch,
                                   iters, warmup, learning_rate, min_learning_rate, weight_decay,
                                   dropout, placement, positions, norm)

namespace {

const std::vector<std::string> position_names = {"none", "learned", "sinusoidal", "rotary", "own"};

std::string note(const std::filesystem::path& file, const std::string& name) {
  const Metadata notes = read_notes(file);
  if (notes.contains(name)) return notes.at(name);
  fail("resume", fmt::format("{} is no checkpoint of this lesson: no '{}'", file.string(), name));
}

// The vocabulary, and how long the text is: another edition of a book differs in one of them.
std::string characters_of(const Text& text) {
  Tokens all(text.vocabulary.size());
  std::iota(all.begin(), all.end(), Index{0});
  return fmt::format("{} {}", text.train.size() + text.validation.size(),
                     text.vocabulary.decode(all));
}

TransformerOptions model_options(Communicator& all, const Options& o, Index vocabulary,
                                 std::uint64_t seed) {
  TransformerOptions options;  // GPT-2's without biases
  if (o.model == "llama") options = llama_options(vocabulary, o.width);
  if (o.model == "bert") options = bert_options(vocabulary);
  options.vocabulary = vocabulary;
  options.context = o.context;
  options.width = o.width;
  options.layers = o.layers;
  options.heads = o.heads;
  options.dropout = {.p = o.dropout, .seed = seed};
  options.placement = placement_named(o.placement);
  options.positions =
      Positions(std::ranges::find(position_names, o.positions) - position_names.begin());
  options.norm = {};  // LayerNorm, with a bias where the model has biases
  if (o.norm != "layer")
    options.norm = [&all, o](Index n) { return norm_over(all, o.norm)({n, 1, 1}); };
  return options;
}

}  // namespace

void add_to(Lesson& lesson, Options& o) {
  std::vector<std::string> placements = {"own"}, norms = feature_norm_names();
  for (const Placement& p : all_placements) placements.emplace_back(p.name);
  std::erase(norms, "none");
  lesson.option("text", o.text, "any UTF-8 text file to learn from; without it Moby-Dick")
      .option("model", o.model, {"gpt", "llama", "bert"}, "GPT-2's parts, LLaMA's or BERT's")
      .option("layers", o.layers, 1, "transformer blocks")
      .option("heads", o.heads, 1, "attention heads; they divide the width")
      .option("width", o.width, 1, "features of a token")
      .option("context", o.context, 1, "characters that the model sees")
      .option("batch", o.batch, 1, "sequences in a step")
      .option("iters", o.iters, 1, "steps")
      .option("lr", o.learning_rate, "the highest learning rate")
      .option("warmup", o.warmup, 0, "steps in which the learning rate rises")
      .option("dropout", o.dropout, 0.0, "share of the activations that is dropped, below 1")
      .option("placement", o.placement, placements, "of the norm; own: post for bert, else pre")
      .option("norm", o.norm, norms, "which norm")
      .option("positions", o.positions, position_names, "own: learned for gpt, else rotary")
      .option("eval-every", o.eval_every, 1, "steps between two looks at the validation text")
      .option("resume", o.resume, "go on from this checkpoint, with its options and its text")
      .option("save", o.save, "write a checkpoint to this file at the end")
      .option("sample", o.sample, 0, "characters to write at the end; bert writes none");
}

Options settled(Options o, bool quick) {
  if (quick) {
    o.layers = std::min<Index>(o.layers, 2);
    o.width = std::min<Index>(o.width, 64);
    o.context = std::min<Index>(o.context, 32);
    o.iters = std::min<Index>(o.iters, 500);
    o.warmup = std::min<Index>(o.warmup, 50);
  }
  o.warmup = std::min(o.warmup, o.iters - 1);  // a short run is all rise
  if (o.placement == "own") o.placement = o.model == "bert" ? "post" : "pre";
  // BERT's own are learned ones, with which it learns little here: see the page.
  if (o.positions == "own") o.positions = o.model == "gpt" ? "learned" : "rotary";
  return o;
}

std::string to_text(const Options& options) {
  return nlohmann::json(options).dump();
}

std::uint64_t options_of(const std::filesystem::path& file, Options& options) {
  const Options now = options;
  nlohmann::json::parse(note(file, "options")).get_to(options);
  if (!now.text.empty()) options.text = now.text;  // --text says where it is now
  return std::stoull(note(file, "seed"));
}

Run::Run(Communicator& processes, const Options& o, std::uint64_t s)
    : all(processes),
      options(o),
      seed(s),
      text(load_text(
          o.text.empty() ? data_file("moby_dick/moby_dick.txt") : std::filesystem::path(o.text),
          o.context)),
      vocabulary(text.vocabulary.size() + (o.model == "bert" ? 1 : 0)),
      random(seed),
      model(model_options(all, o, vocabulary, seed), random),
      optimizer(decay_matrices_only(model, o.weight_decay),
                {.learning_rate = o.learning_rate, .beta1 = 0.9, .beta2 = 0.99}) {}

void Run::save(const std::filesystem::path& file) {
  if (!all.is_first()) return;
  const Metadata notes = {{"options", to_text(options)},
                          {"seed", std::to_string(seed)},
                          {"losses", nlohmann::json(losses).dump()},
                          {"characters", characters_of(text)}};
  save_training(file, model, optimizer, {optimizer.steps(), {{"batches", &random}}, notes});
}

void Run::load(const std::filesystem::path& file) {
  if (note(file, "characters") != characters_of(text))
    fail("resume", "the checkpoint was made with another text");
  const auto seen = nlohmann::json::parse(note(file, "losses")).get<decltype(losses)>();
  TrainingState state{0, {{"batches", &random}}, {}};
  load_training(file, model, optimizer, state);
  losses = seen;
}

}  // namespace evenkeel::lesson
