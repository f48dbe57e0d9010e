#include "sim/interchange/hf.hpp"

namespace fleetcast::interchange {
namespace {

double biases_of_mlp(const Transformer& m, double width) {
  return (m.gated ? 2.0 : 1.0) * width + m.hidden;
}

double biases_of_qkv(const Transformer& m) {
  if (m.is_latent()) return m.mla->q_lora_rank + m.mla->kv_lora_rank + m.mla->qk_rope_head_dim;
  return m.head_size() * (m.heads + 2.0 * m.kv_heads);
}

/// Of one layer, beside what count_parameters() counts without biases: matrices and two norms.
double small_of_layer(const Transformer& m, const SmallTensors& small) {
  double count = (small.norms * (small.norm_biases ? 2.0 : 1.0) - 2.0) * m.hidden;
  if (small.qk_norms) count += 2.0 * m.head_size();
  if (small.qkv_biases) count += biases_of_qkv(m);
  if (small.out_bias) count += m.hidden;
  if (small.sinks) count += m.heads;
  return count;
}

double small_of_moe(const Transformer& m, const SmallTensors& small) {
  double count = 0.0;
  if (small.router_bias) count += m.experts;
  if (small.shared_gate) count += m.hidden;
  if (small.mlp_biases)
    count += m.experts * biases_of_mlp(m, m.moe_ffn_hidden) +
             m.shared_experts * biases_of_mlp(m, m.shared_expert_ffn_hidden);
  return count;
}

ParameterCount matrices_and_norms(Transformer model) {
  model.biases = false;
  return count_parameters(model);
}

}  // namespace

double published_parameters(const ImportedModel& imported) {
  const Transformer& m = imported.model;
  const SmallTensors& small = imported.small;
  double count = matrices_and_norms(m).total + m.layers * small_of_layer(m, small) +
                 m.moe_layers() * small_of_moe(m, small);
  if (small.mlp_biases) count += m.dense_layers() * biases_of_mlp(m, m.ffn_hidden);
  if (small.norm_biases) count += m.hidden;
  if (small.output_bias) count += m.vocab;
  return count;
}

double published_mtp_parameters(const ImportedModel& imported) {
  const Transformer& m = imported.model;
  const double small = small_of_layer(m, imported.small) + small_of_moe(m, imported.small);
  return matrices_and_norms(m).mtp + m.mtp_layers * (small + 2.0 * m.vocab * m.hidden);
}

}  // namespace fleetcast::interchange
