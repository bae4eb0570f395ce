#include "mistakes.hpp"

#include <algorithm>
#include <string>

#include "evenkeel/base/error.hpp"

namespace evenkeel::audit {

namespace {

constexpr std::string_view norm = "y = γ (x − μ) / √(σ² + eps) + β";
constexpr std::string_view rms = "y = γ x / √(mean x² + eps)";
constexpr std::string_view backward = "dx = (g − mean g − x̂ mean(g x̂)) / √(σ² + eps), g = γ dy";
constexpr std::string_view running_mean = "running = (1 − momentum) running + momentum batch";
constexpr std::string_view running_var = "running_var takes in σ² n / (n − 1)";
constexpr std::string_view train = "in training, μ and σ² are those of the batch";

const std::vector<Mistake> forward_mistakes = {
    {"eps_outside_root", Seen::in_y, "eps is added to σ, behind the root", norm,
     "y = γ (x − μ) / (σ + eps) + β", "allenai/OLMo #281, codertimo/BERT-pytorch #30"},
    {"variance_n_minus_1", Seen::in_y, "the variance that normalizes is divided by n − 1",
     "σ² = Σ(x − μ)² / n", "σ² = Σ(x − μ)² / (n − 1)",
     "harvardnlp/annotated-transformer #119, #122"},
    {"rsqrt_for_sqrt", Seen::in_y,
     "x is divided by rsqrt(…), which is already one over the root: it is multiplied by the root",
     norm, "y = γ (x − μ) √(σ² + eps) + β", "mosaicml/llm-foundry #371"},
    {"wrong_axis", Seen::in_y, "mean and variance are taken over other axes than this norm's",
     "the axes of the norm that is meant", "other axes", "kyegomez/zeta #180, RubixML/ML #423"},
    {"rms_for_layer_norm", Seen::in_y,
     "this is RMSNorm where LayerNorm is meant: no mean is "
     "subtracted",
     norm, "y = γ x / √(mean x² + eps) + β", "ggml-org/llama.cpp #173, the other way round"},
    {"layer_norm_for_rms", Seen::in_y,
     "this is LayerNorm where RMSNorm is meant: the mean is "
     "subtracted",
     rms, norm, "ggml-org/llama.cpp #173"},
    {"gain_plus_one", Seen::in_y, "the gain is 1 + γ, as in Gemma, and not γ", norm,
     "y = (1 + γ) x̂ + β", "utensils/mold #1078"},
    {"gain_without_one", Seen::in_y, "the gain is γ, and Gemma's is 1 + γ", "y = (1 + γ) x̂",
     "y = γ x̂", "linkedin/Liger-Kernel #74"},
    {"statistics_of_eval", Seen::in_y,
     "normalized by the running statistics, though the layer is training", train,
     "y = γ (x − running_mean) / √(running_var + eps) + β", "pytorch/pytorch #64730 asks for it"},
    {"statistics_of_batch_in_eval", Seen::in_y,
     "normalized by the batch's own statistics, though the layer is not training",
     "y = γ (x − running_mean) / √(running_var + eps) + β", norm, "pytorch/xla #806"},
    {"padding_in_statistics", Seen::in_y, "the padding is counted in mean and variance",
     "mean and variance over the valid entries", "mean and variance over all entries",
     "pytorch/pytorch #70529, #81985"},
    {"mean_not_subtracted", Seen::in_y, "divided by σ, but the mean is not subtracted", norm,
     "y = γ x / √(σ² + eps) + β", ""},
    {"std_for_rms", Seen::in_y, "divided by σ and not by the root mean square", rms,
     "y = γ x / √(σ² + eps)", "stanford-cs336/assignment1-basics #93"},
    {"rms_for_std", Seen::in_y, "the mean is subtracted, but the root mean square divides", norm,
     "y = γ (x − μ) / √(mean x² + eps) + β", ""},
    {"eps_missing", Seen::in_y, "there is no eps", norm, "y = γ (x − μ) / σ + β", ""},
    {"eps_differs", Seen::in_y, "another eps than the file declares", norm, norm,
     "OpenNMT/CTranslate2 #951"},
    {"no_square_root", Seen::in_y, "divided by the variance, without a root", norm,
     "y = γ (x − μ) / (σ² + eps) + β", "tensorflow/tensorflow #48039"},
    {"square_for_root", Seen::in_y, "a square where the root belongs", norm,
     "y = γ (x − μ) / (σ² + eps)² + β", "jax-ml/jax #442"},
    {"root_of_std", Seen::in_y, "the root is taken twice", norm, "y = γ (x − μ) / √(σ + eps) + β",
     "stanford-cs336/assignment1-basics #93"},
    {"gamma_missing", Seen::in_y, "γ is not applied", norm, "y = x̂ + β", ""},
    {"beta_missing", Seen::in_y, "β is not added", norm, "y = γ x̂", ""},
    {"beta_before_gamma", Seen::in_y, "β is added before γ multiplies", norm, "y = γ (x̂ + β)", ""},
    {"groups_interleaved", Seen::in_y,
     "group g has every G-th channel and not the neighbours g C/G … (g + 1) C/G − 1",
     "channel c is in group c / (C/G)", "channel c is in group c mod G", "tensorflow/addons #751"},
    {"groups_differ", Seen::in_y, "another number of groups than the file declares",
     "num_groups groups", "another number", ""},
    {"cancellation", Seen::in_y,
     "the variance comes from E[x²] − E[x]², which cancels where the mean is large",
     "σ² = mean((x − μ)²), in two passes or by Welford", "σ² = mean(x²) − μ²",
     "tracel-ai/burn #5607, microsoft/onnxruntime #21935"},
    {"half_precision", Seen::in_y, "the numbers went through 16 bits on the way",
     "statistics and products in 32 bits", "in float16 or bfloat16",
     "pytorch/pytorch #66707, meta-llama/llama #1048"},
    {"not_finite", Seen::in_y, "there are NaN or infinities where the formula has numbers", norm,
     "NaN", "microsoft/onnxruntime #28463"},
    {"unexplained", Seen::in_y, "no known mistake explains these numbers", norm, "?", ""},
};

const std::vector<Mistake> running_mistakes = {
    {"running_var_biased", Seen::in_running,
     "the running variance takes in the variance divided by n", running_var,
     "running_var takes in σ²", "tenstorrent/tt-metal #55438, ml-explore/mlx #3817"},
    {"momentum_reversed", Seen::in_running, "momentum weighs the old value and not the new one",
     running_mean, "running = momentum running + (1 − momentum) batch",
     "r9y9/tacotron_pytorch #19"},
    {"running_statistics_not_updated", Seen::in_running,
     "the running statistics stay as they were, though the layer is training", running_mean,
     "running = running", "paiml/aprender #2166, microsoft/DirectML #364"},
    {"running_var_of_std", Seen::in_running, "the running variance takes in σ and not σ²",
     running_var, "running_var takes in σ", "keras-team/keras #2138 kept such an average"},
    {"momentum_differs", Seen::in_running, "another momentum than the file declares", running_mean,
     running_mean, ""},
};

const std::vector<Mistake> backward_mistakes = {
    {"dx_without_mean_term", Seen::in_dx, "dx lacks the mean of g: μ depends on x too", backward,
     "dx = (g − x̂ mean(g x̂)) / √(σ² + eps)", "facebookresearch/CrypTen #143"},
    {"dx_without_variance_term", Seen::in_dx,
     "dx lacks the term of σ: σ depends on x too, and was held constant or detached", backward,
     "dx = (g − mean g) / √(σ² + eps)", "abhiskk/ladder #2, facebookresearch/CrypTen #143"},
    {"dx_without_gamma", Seen::in_dx, "dx lacks γ: g is dy alone", backward, "g = dy",
     "denizyuret/Knet.jl #288"},
    {"dx_gamma_last", Seen::in_dx, "dx is multiplied by γ in the end, where γ varies in the mean",
     backward, "dx = γ (dy − mean dy − x̂ mean(dy x̂)) / √(σ² + eps)", ""},
    {"dx_without_rstd", Seen::in_dx, "dx is not divided by σ", backward,
     "dx = g − mean g − x̂ mean(g x̂)", ""},
    {"dx_sums_for_means", Seen::in_dx, "dx has sums where it should have means", backward,
     "dx = (g − Σ g − x̂ Σ(g x̂)) / √(σ² + eps)", "mlpack/mlpack #1923"},
    {"dx_wrong_axis", Seen::in_dx, "the means in dx are taken over other axes than those of y",
     backward, "means over other axes", "RubixML/ML #423"},
    {"dgamma_not_summed", Seen::in_dgamma, "dgamma is not summed over all that share a γ",
     "dγ = Σ dy x̂", "dγ = dy x̂, or summed in part", "pytorch/pytorch #192016"},
    {"dgamma_averaged", Seen::in_dgamma, "dgamma is a mean and not a sum", "dγ = Σ dy x̂",
     "dγ = mean(dy x̂)", "cthorey/CS231 #9"},
    {"dgamma_from_x", Seen::in_dgamma, "dgamma has x and no x̂", "dγ = Σ dy x̂", "dγ = Σ dy x", ""},
    {"dgamma_without_rstd", Seen::in_dgamma, "dgamma has x − μ and not x̂", "dγ = Σ dy x̂",
     "dγ = Σ dy (x − μ)", ""},
    {"dgamma_with_gamma", Seen::in_dgamma, "dy was multiplied by γ before dgamma was taken",
     "dγ = Σ dy x̂", "dγ = Σ γ dy x̂", "pytorch/pytorch #18233"},
    {"dgamma_dbeta_swapped", Seen::in_dgamma, "dgamma and dbeta have changed places",
     "dγ = Σ dy x̂, dβ = Σ dy", "dγ = Σ dy, dβ = Σ dy x̂", "Oneflow-Inc/oneflow #6149"},
    {"dbeta_not_summed", Seen::in_dbeta, "dbeta is not summed over all that share a β", "dβ = Σ dy",
     "dβ = dy, or summed in part", "pytorch/pytorch #192016"},
    {"dbeta_averaged", Seen::in_dbeta, "dbeta is a mean and not a sum", "dβ = Σ dy", "dβ = mean dy",
     "kvfrans/notes #5"},
    {"dbeta_from_dx", Seen::in_dbeta, "dbeta is summed from dx and not from dy", "dβ = Σ dy",
     "dβ = Σ dx", "pytorch/pytorch #2330 wonders about such a sum"},
    {"dbeta_with_gamma", Seen::in_dbeta, "dy was multiplied by γ before dbeta was taken",
     "dβ = Σ dy", "dβ = Σ γ dy", ""},
};

std::vector<Mistake> all() {
  std::vector<Mistake> table = forward_mistakes;
  table.insert(table.end(), running_mistakes.begin(), running_mistakes.end());
  table.insert(table.end(), backward_mistakes.begin(), backward_mistakes.end());
  return table;
}

}  // namespace

const std::vector<Mistake>& mistakes() {
  static const std::vector<Mistake> table = all();
  return table;
}

const Mistake& mistake(std::string_view id) {
  const auto found = std::ranges::find(mistakes(), id, &Mistake::id);
  if (found == mistakes().end()) fail("audit", "no mistake is called " + std::string(id));
  return *found;
}

}  // namespace evenkeel::audit
