#include "models/workload/transformer.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

bool whole(double x) { return x == std::floor(x); }

double matrices(const Transformer& m) { return m.gated ? 3.0 : 2.0; }

/// Weights of an MLP of this width; biases only where the model has them.
double mlp_parameters(const Transformer& m, double width) {
  const double up = m.gated ? 2.0 * width : width;
  return matrices(m) * m.hidden * width + (m.biases ? up + m.hidden : 0.0);
}

double attention_weights(const Transformer& m) {
  if (m.is_latent()) {
    const LatentAttention& a = *m.mla;
    const double qk = a.qk_nope_head_dim + a.qk_rope_head_dim;
    const double query = a.q_lora_rank > 0 ? m.hidden * a.q_lora_rank + a.q_lora_rank * m.heads * qk
                                           : m.hidden * m.heads * qk;
    const double keys_values = m.hidden * (a.kv_lora_rank + a.qk_rope_head_dim) +
                               a.kv_lora_rank * m.heads * (a.qk_nope_head_dim + a.v_head_dim);
    return query + keys_values + m.heads * a.v_head_dim * m.hidden;
  }
  const double head = m.head_size();
  return m.hidden * head * (2.0 * m.heads + 2.0 * m.kv_heads);
}

/// Norm weights and biases of one layer, everything but GEMM weights.
double small_parameters(const Transformer& m) {
  double count = 2.0 * m.hidden * (m.biases ? 2.0 : 1.0);
  if (m.is_latent()) count += m.mla->q_lora_rank + m.mla->kv_lora_rank;
  if (m.biases) count += m.head_size() * (m.heads + 2.0 * m.kv_heads) + m.hidden;
  return count;
}

/// FLOPs of attention scores, forward, for one token of a sequence.
double score_flops(const Transformer& m, double seq_len, bool causal_halved) {
  double per_key = 4.0 * m.heads * m.head_size();
  if (m.is_latent()) {
    const LatentAttention& a = *m.mla;
    per_key = 2.0 * m.heads * (a.qk_nope_head_dim + a.qk_rope_head_dim + a.v_head_dim);
  }
  const double all_keys = causal_halved ? 0.5 * seq_len : seq_len;
  if (m.sliding_window <= 0.0) return per_key * all_keys * m.layers;
  const double windowed_layers = std::floor(m.layers / m.sliding_window_every);
  const double windowed_keys = std::min(all_keys, m.sliding_window);
  return per_key * (windowed_keys * windowed_layers + all_keys * (m.layers - windowed_layers));
}

}  // namespace

double Transformer::moe_layers() const {
  if (!is_moe()) return 0.0;
  return std::floor((layers - first_dense_layers) / moe_every);
}

bool LayerPattern::is_moe(int index) const {
  if (!moe || index < first_dense_layers) return false;
  // The last layer of each period holds the experts: dense, MoE, dense, MoE, ...
  const double place = index - first_dense_layers + 1.0;
  return std::fmod(place, moe_every) == 0.0;
}

ParameterCount count_parameters(const Transformer& m) {
  ParameterCount p;
  p.embedding = m.hidden * (m.vocab + m.learned_positions);
  p.output = m.tied_embeddings ? 0.0 : m.hidden * m.vocab;
  p.attention_layer = attention_weights(m) + small_parameters(m);
  p.dense_mlp = mlp_parameters(m, m.ffn_hidden);
  p.router = m.is_moe() ? m.hidden * m.experts +
                              m.shared_experts * mlp_parameters(m, m.shared_expert_ffn_hidden)
                        : 0.0;
  p.expert = m.is_moe() ? mlp_parameters(m, m.moe_ffn_hidden) : 0.0;
  const double final_norm = m.hidden * (m.biases ? 2.0 : 1.0);
  const double moe_layer = p.router + m.experts * p.expert;
  // One MTP module is a layer like the last, a projection of two concatenated states, three norms.
  const double module = p.attention_layer + (m.is_moe() ? moe_layer : p.dense_mlp) +
                        2.0 * m.hidden * m.hidden + 3.0 * m.hidden;
  p.mtp = m.mtp_layers * module;
  const double shared = p.output + final_norm + m.layers * p.attention_layer +
                        m.dense_layers() * p.dense_mlp + m.moe_layers() * p.router;
  p.total = p.embedding + shared + m.moe_layers() * m.experts * p.expert;
  p.active = shared + m.moe_layers() * m.top_k * p.expert + (m.tied_embeddings ? p.embedding : 0.0);
  return p;
}

Flops training_flops_per_token(const Transformer& m, double seq_len, FlopConvention convention) {
  const double attention = attention_weights(m);
  const double dense = matrices(m) * m.hidden * m.ffn_hidden;
  const double expert_layer =
      m.is_moe() ? m.hidden * m.experts + matrices(m) * m.hidden *
                                              (m.top_k * m.moe_ffn_hidden +
                                               m.shared_experts * m.shared_expert_ffn_hidden)
                 : 0.0;
  const double logits = convention.logits ? m.hidden * m.vocab : 0.0;
  double weights =
      m.layers * attention + m.dense_layers() * dense + m.moe_layers() * expert_layer + logits;
  double scores = score_flops(m, seq_len, convention.causal_halved);
  if (convention.mtp && m.mtp_layers > 0.0) {
    weights += m.mtp_layers * (attention + (m.is_moe() ? expert_layer : dense) +
                               2.0 * m.hidden * m.hidden + logits);
    scores *= 1.0 + m.mtp_layers / m.layers;
  }
  return Flops{3.0 * (2.0 * weights + scores)};
}

std::vector<SpecProblem> check(const Transformer& m) {
  std::vector<SpecProblem> out;
  const auto need = [&](bool ok, const char* key, const char* what) {
    if (!ok) out.push_back({key, what});
  };
  need(whole(m.layers), "layers", "must be a whole number");
  need(m.layers <= 30'000, "layers", "must be at most 30,000");  // ChunkLayers counts in 16 bits
  need(whole(m.hidden), "hidden", "must be a whole number");
  need(whole(m.heads), "heads", "must be a whole number");
  need(whole(m.vocab), "vocab", "must be a whole number");
  need(m.kv_heads > 0 && std::fmod(m.heads, m.kv_heads) == 0.0, "kv_heads", "must divide heads");
  need(m.head_dim > 0 || std::fmod(m.hidden, m.heads) == 0.0, "heads",
       "must divide hidden, or head_dim must be given");
  need(m.attention == "mha" || m.attention == "mla" || m.attention == "gqa" || m.attention == "mqa",
       "attention", "must be mha, gqa, mqa or mla");
  need((m.attention == "mla") == m.is_latent(), "mla",
       "goes with attention: mla, and only with it");
  need(m.first_dense_layers <= m.layers, "first_dense_layers", "must not exceed layers");
  need(m.is_moe() || m.ffn_hidden > 0, "ffn_hidden", "must be positive for a dense model");
  if (!m.is_moe()) return out;
  need(m.top_k >= 1 && m.top_k <= m.experts, "top_k", "must be between 1 and experts");
  need(m.moe_ffn_hidden > 0, "moe_ffn_hidden", "must be positive for an MoE model");
  need(m.shared_experts == 0 || m.shared_expert_ffn_hidden > 0, "shared_expert_ffn_hidden",
       "must be positive when there are shared experts");
  return out;
}

}  // namespace fleetcast
