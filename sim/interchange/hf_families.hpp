#pragma once

// Families of models by `model_type` of a Hugging Face config.json: which keys hold their sizes and
// which tensors they have beside their matrices.

#include <array>
#include <string_view>

namespace fleetcast::interchange {

/// Tensors that are no matrix. Every family has norms, of a layer and one at the end.
struct SmallTensors {
  double norms = 2;          ///< of a layer, as wide as the model
  bool norm_biases = false;  ///< also of the last norm
  bool qk_norms = false;     ///< one for queries and one for keys, a head wide
  bool qkv_biases = false;
  bool out_bias = false;  ///< of attention
  bool sinks = false;     ///< one a query head
  bool mlp_biases = false;
  bool router_bias = false;
  bool shared_gate = false;  ///< of shared experts, as wide as the model
  bool output_bias = false;
};

/// Keys of a mixture of experts; empty where the family has no such thing.
struct ExpertKeys {
  std::string_view experts, ffn, shared, shared_ffn, first_dense, every;
};

/// What a config.json may leave out because the family's class knows it; 0: nothing to fall back
/// on.
struct FamilyDefaults {
  bool tied_embeddings = false;
  double heads = 0, kv_heads = 0, head_dim = 0, vocab = 0;
};

struct Family {
  std::string_view key;
  std::string_view name;
  std::string_view activation = "swiglu";  ///< ends in "glu" where gated
  SmallTensors small = {};
  ExpertKeys experts = {};
  bool is_latent = false;   ///< multi-head latent attention
  double window_every = 0;  ///< one layer in this many has a sliding window; 0: no layer has one
  FamilyDefaults defaults = {};
  std::string_view nested = {};  ///< the key that holds the language model of a multimodal one

  [[nodiscard]] bool is_gated() const { return activation.ends_with("glu"); }
};

inline constexpr ExpertKeys kMixtralExperts{
    "num_local_experts", "intermediate_size", "", "", "", ""};
inline constexpr ExpertKeys kQwen2Experts{
    "num_experts",        "moe_intermediate_size", "", "shared_expert_intermediate_size", "",
    "decoder_sparse_step"};
inline constexpr ExpertKeys kQwen3Experts{"num_experts",        "moe_intermediate_size", "", "", "",
                                          "decoder_sparse_step"};
inline constexpr ExpertKeys kDeepSeekExperts{"n_routed_experts",      "moe_intermediate_size",
                                             "n_shared_experts",      "moe_intermediate_size",
                                             "first_k_dense_replace", "moe_layer_freq"};
inline constexpr SmallTensors kGptOssTensors{
    .qkv_biases = true, .out_bias = true, .sinks = true, .mlp_biases = true, .router_bias = true};
inline constexpr SmallTensors kPhiTensors{.norms = 1,
                                          .norm_biases = true,
                                          .qkv_biases = true,
                                          .out_bias = true,
                                          .mlp_biases = true,
                                          .output_bias = true};
inline constexpr SmallTensors kGemma3Tensors{.norms = 4, .qk_norms = true};
/// Five layers in six have a window.
inline constexpr double kGemma3Window = 6.0 / 5.0;
inline constexpr FamilyDefaults kGemma3Defaults{true, 8, 4, 256, 262208};

/// Sources: the classes of huggingface/transformers of the same names.
inline constexpr std::array<Family, 16> kFamilies{{
    {.key = "llama", .name = "Llama"},
    {.key = "mistral", .name = "Mistral", .window_every = 1},
    {.key = "mixtral", .name = "Mixtral", .experts = kMixtralExperts, .window_every = 1},
    {.key = "qwen2", .name = "Qwen2", .small = {.qkv_biases = true}},
    {.key = "qwen2_moe",
     .name = "Qwen2 MoE",
     .small = {.qkv_biases = true, .shared_gate = true},
     .experts = kQwen2Experts},
    {.key = "qwen3", .name = "Qwen3", .small = {.qk_norms = true}, .defaults = {.head_dim = 128}},
    {.key = "qwen3_moe",
     .name = "Qwen3 MoE",
     .small = {.qk_norms = true},
     .experts = kQwen3Experts},
    {.key = "deepseek_v2", .name = "DeepSeek-V2", .experts = kDeepSeekExperts, .is_latent = true},
    {.key = "deepseek_v3",
     .name = "DeepSeek-V3",
     .small = {.router_bias = true},
     .experts = kDeepSeekExperts,
     .is_latent = true},
    {.key = "gpt_oss",
     .name = "gpt-oss",
     .small = kGptOssTensors,
     .experts = kMixtralExperts,
     .window_every = 2,
     .defaults = {.head_dim = 64}},
    {.key = "gemma",
     .name = "Gemma",
     .activation = "geglu",
     .defaults = {.tied_embeddings = true, .head_dim = 256}},
    {.key = "gemma2",
     .name = "Gemma 2",
     .activation = "geglu",
     .small = {.norms = 4},
     .window_every = 2,
     .defaults = {.tied_embeddings = true, .head_dim = 256}},
    {.key = "gemma3_text",
     .name = "Gemma 3",
     .activation = "geglu",
     .small = kGemma3Tensors,
     .window_every = kGemma3Window,
     .defaults = kGemma3Defaults},
    {.key = "gemma3",
     .name = "Gemma 3",
     .activation = "geglu",
     .small = kGemma3Tensors,
     .window_every = kGemma3Window,
     .defaults = kGemma3Defaults,
     .nested = "text_config"},
    {.key = "phi3", .name = "Phi-3", .window_every = 1},
    {.key = "phi", .name = "Phi", .activation = "gelu", .small = kPhiTensors},
}};

}  // namespace fleetcast::interchange
