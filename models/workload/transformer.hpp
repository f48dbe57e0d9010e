#pragma once

// A decoder-only transformer: dense or mixture of experts, with multi-head, grouped-query,
// multi-query or multi-head latent attention. Keys are those of public configurations.

#include <optional>
#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

/// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434).
struct LatentAttention {
  double q_lora_rank = 0;  ///< 0: queries are not compressed
  double kv_lora_rank = 0;
  double qk_nope_head_dim = 0;
  double qk_rope_head_dim = 0;
  double v_head_dim = 0;
};

/// How many layers of which kind stand where; all that cutting them into stages looks at.
struct LayerPattern {
  double layers = 0;
  double first_dense_layers = 0;
  double moe_every = 1;
  double mtp_layers = 0;
  bool moe = false;

  /// Whether layer `index` (from 0) holds experts.
  [[nodiscard]] bool is_moe(int index) const;

  friend bool operator==(const LayerPattern&, const LayerPattern&) = default;
};

struct Transformer {
  std::string name;
  double layers = 0;
  double hidden = 0;
  double ffn_hidden = 0;  ///< of dense layers
  double heads = 0;
  double kv_heads = 0;
  double head_dim = 0;  ///< 0: hidden / heads
  double vocab = 0;
  bool gated = false;             ///< SwiGLU-like: three matrices instead of two
  std::string activation;         ///< for the record: swiglu, geglu, squared_relu, gelu
  std::string attention = "mha";  ///< mha (any number of kv_heads) or mla
  std::optional<LatentAttention> mla;
  bool tied_embeddings = false;     ///< one matrix for input and output
  double learned_positions = 0;     ///< rows of a learned position table; 0: rotary or none
  bool biases = false;              ///< GPT-style biases on every linear and norm
  double sliding_window = 0;        ///< keys a windowed layer sees; 0: none
  double sliding_window_every = 1;  ///< one layer in this many is windowed
  double experts = 0;               ///< routed experts; 0: dense
  double top_k = 0;
  double moe_ffn_hidden = 0;
  double shared_experts = 0;
  double shared_expert_ffn_hidden = 0;
  double first_dense_layers = 0;  ///< dense layers before the first MoE layer
  double moe_every = 1;           ///< one layer in this many is MoE (2: alternating)
  double expert_group_limit = 0;  ///< device groups a token's experts may lie in; 0: any
  double mtp_layers = 0;          ///< multi-token-prediction modules trained along

  [[nodiscard]] bool is_moe() const { return experts > 0; }
  [[nodiscard]] bool is_latent() const { return mla.has_value(); }
  [[nodiscard]] double head_size() const { return head_dim > 0 ? head_dim : hidden / heads; }
  [[nodiscard]] double moe_layers() const;
  [[nodiscard]] double dense_layers() const { return layers - moe_layers(); }
  /// Whether layer `index` (from 0) holds experts.
  [[nodiscard]] bool layer_is_moe(int index) const { return pattern().is_moe(index); }
  [[nodiscard]] LayerPattern pattern() const {
    return {layers, first_dense_layers, moe_every, mtp_layers, is_moe()};
  }
};

/// Parameters by place, as counts.
struct ParameterCount {
  double embedding = 0;        ///< input table and learned positions
  double output = 0;           ///< 0 when tied
  double attention_layer = 0;  ///< attention and both norms of one layer
  double dense_mlp = 0;        ///< MLP of one dense layer
  double router = 0;           ///< of one MoE layer, shared experts included
  double expert = 0;           ///< one routed expert
  double mtp = 0;              ///< all multi-token-prediction modules
  double total = 0;
  double active = 0;  ///< a token's forward pass touches these (embedding look-up excluded)
};

/// Requires: a transformer that `check` accepts.
ParameterCount count_parameters(const Transformer& model);

/// How a source counts model FLOPs. MFU of two sources compares only under one convention.
struct FlopConvention {
  bool causal_halved = true;  ///< attention over the triangle, not the square
  bool logits = true;         ///< output projection counted
  bool mtp = true;
};

/// Model FLOPs (forward and backward, no recompute) to train on one token at this sequence length:
/// 6 per weight of every GEMM the token meets, plus attention scores.
Flops training_flops_per_token(const Transformer& model, double seq_len, FlopConvention convention);

/// Problems that field bounds cannot see (heads not divisible by kv_heads, top_k over experts,
/// ...): (key, what is wrong) pairs.
struct SpecProblem {
  std::string key;
  std::string what;
};
std::vector<SpecProblem> check(const Transformer& model);

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<LatentAttention> {
  static constexpr auto value = std::tuple{
      optional("q_lora_rank", &LatentAttention::q_lora_rank, "rank of compressed queries; 0: none",
               between(0, 1e6)),
      required("kv_lora_rank", &LatentAttention::kv_lora_rank, "rank of compressed keys and values",
               between(1, 1e6)),
      required("qk_nope_head_dim", &LatentAttention::qk_nope_head_dim, "per head, without rotary",
               between(1, 1e5)),
      required("qk_rope_head_dim", &LatentAttention::qk_rope_head_dim, "per head, with rotary",
               between(0, 1e5)),
      required("v_head_dim", &LatentAttention::v_head_dim, "of values, per head", between(1, 1e5)),
  };
};
template <>
struct List<Transformer> {
  static constexpr auto value = std::tuple{
      optional("name", &Transformer::name, "as users call it"),
      required("layers", &Transformer::layers, "transformer layers", between(1, 1e5)),
      required("hidden", &Transformer::hidden, "model width", between(1, 1e7)),
      required("ffn_hidden", &Transformer::ffn_hidden, "MLP width of dense layers",
               between(0, 1e8)),
      required("heads", &Transformer::heads, "query heads", between(1, 1e5)),
      required("kv_heads", &Transformer::kv_heads, "key/value heads (1: multi-query)",
               between(1, 1e5)),
      optional("head_dim", &Transformer::head_dim, "size of a head; 0: hidden / heads",
               between(0, 1e5)),
      required("vocab", &Transformer::vocab, "vocabulary, padding included", between(1, 1e8)),
      required("gated", &Transformer::gated, "gated MLP (SwiGLU, GeGLU): three matrices"),
      optional("activation", &Transformer::activation, "swiglu, geglu, gelu, squared_relu, ..."),
      optional("attention", &Transformer::attention, "mha (any kv_heads) or mla"),
      optional("mla", &Transformer::mla, "sizes of multi-head latent attention"),
      optional("tied_embeddings", &Transformer::tied_embeddings,
               "input and output share one matrix"),
      optional("learned_positions", &Transformer::learned_positions,
               "rows of a learned position table", between(0, 1e8)),
      optional("biases", &Transformer::biases, "biases on linears and norms (GPT style)"),
      optional("sliding_window", &Transformer::sliding_window, "keys a windowed layer sees; 0: all",
               between(0, 1e9)),
      optional("sliding_window_every", &Transformer::sliding_window_every,
               "one layer in this many is windowed", between(1, 1e5)),
      optional("experts", &Transformer::experts, "routed experts of an MoE layer; 0: dense",
               between(0, 1e6)),
      optional("top_k", &Transformer::top_k, "experts a token is routed to", between(0, 1e6)),
      optional("moe_ffn_hidden", &Transformer::moe_ffn_hidden, "MLP width of one expert",
               between(0, 1e8)),
      optional("shared_experts", &Transformer::shared_experts, "experts every token passes",
               between(0, 1e4)),
      optional("shared_expert_ffn_hidden", &Transformer::shared_expert_ffn_hidden,
               "MLP width of one shared expert", between(0, 1e8)),
      optional("first_dense_layers", &Transformer::first_dense_layers,
               "dense layers before the first MoE layer", between(0, 1e5)),
      optional("moe_every", &Transformer::moe_every, "one layer in this many is MoE",
               between(1, 1e5)),
      optional("expert_group_limit", &Transformer::expert_group_limit,
               "device groups a token's experts may lie in; 0: any", between(0, 1e6)),
      optional("mtp_layers", &Transformer::mtp_layers, "multi-token-prediction modules trained",
               between(0, 16)),
  };
};
}  // namespace fleetcast::fields
