#pragma once

// Published architectures, and a toy small enough to count by hand.

#include <utility>

#include "models/workload/transformer.hpp"

namespace fleetcast::known {

/// Llama style: gated MLP, no biases, rotary.
inline Transformer llama(double layers, double hidden, double ffn, double heads, double kv_heads,
                         double vocab) {
  Transformer m;
  m.layers = layers;
  m.hidden = hidden;
  m.ffn_hidden = ffn;
  m.heads = heads;
  m.kv_heads = kv_heads;
  m.vocab = vocab;
  m.gated = true;
  return m;
}

inline Transformer llama2_7b() { return llama(32, 4096, 11008, 32, 32, 32000); }
inline Transformer llama3_8b() { return llama(32, 4096, 14336, 32, 8, 128256); }
inline Transformer llama3_70b() { return llama(80, 8192, 28672, 64, 8, 128256); }
inline Transformer llama31_405b() { return llama(126, 16384, 53248, 128, 8, 128256); }

/// GPT style: 4 h wide MLP, biases, learned positions, tied embeddings.
inline Transformer gpt(double layers, double hidden, double heads, double vocab, double positions) {
  Transformer m = llama(layers, hidden, 4.0 * hidden, heads, heads, vocab);
  m.gated = false;
  m.biases = true;
  m.tied_embeddings = true;
  m.learned_positions = positions;
  return m;
}

inline Transformer gpt3_175b() { return gpt(96, 12288, 96, 50257, 2048); }

inline Transformer mixtral(Transformer m) {
  m.experts = 8;
  m.top_k = 2;
  m.moe_ffn_hidden = m.ffn_hidden;
  return m;
}

inline Transformer mixtral_8x7b() { return mixtral(llama(32, 4096, 14336, 32, 8, 32000)); }
inline Transformer mixtral_8x22b() { return mixtral(llama(56, 6144, 16384, 48, 8, 32000)); }

/// With its multi-token-prediction module; arXiv:2412.19437.
inline Transformer deepseek_v3() {
  Transformer m = llama(61, 7168, 18432, 128, 128, 129280);
  m.attention = "mla";
  m.mla = LatentAttention{.q_lora_rank = 1536,
                          .kv_lora_rank = 512,
                          .qk_nope_head_dim = 128,
                          .qk_rope_head_dim = 64,
                          .v_head_dim = 128};
  m.experts = 256;
  m.top_k = 8;
  m.moe_ffn_hidden = 2048;
  m.shared_experts = 1;
  m.shared_expert_ffn_hidden = 2048;
  m.first_dense_layers = 3;
  m.mtp_layers = 1;
  return m;
}

/// Two layers of width 4, two heads of 2, MLP 8 wide, 10 words.
inline Transformer toy() { return llama(2, 4, 8, 2, 1, 10); }

}  // namespace fleetcast::known
