#include "models/parallel/plan.hpp"

#include "models/workload/op.hpp"

namespace fleetcast {
namespace {

constexpr std::array<RecomputeName, 15> kNames{{
    {"none", "everything is kept", {false, kNoModule, 0}},
    {"selective", "core attention again (Korthikanti et al. 2022)", {false, kCoreAttention, 0}},
    {"full", "whole layers again, only their input is kept", {true, kNoModule, 0}},
    {"per_op",
     "all but core attention and every other product (torchtitan)",
     {false, kNoModule, 0, true}},
    {"save_qkv_proj",
     "all but query, key and value projections (JAX)",
     {false, kNoModule, 0, false, kKeepQkv}},
    {"save_qkv_out_proj",
     "all but query, key, value and output projections (JAX)",
     {false, kNoModule, 0, false, kKeepQkv | kKeepProjection}},
    {"core_attn", "core attention", {false, kCoreAttention, 0}},
    {"layernorm", "norms", {false, kLayerNorm, 0}},
    {"mla_up_proj", "up projections of latent attention", {false, kMlaUpProjection, 0}},
    {"mlp", "dense MLPs", {false, kMlpModule, 0}},
    {"moe_act", "activation functions", {false, kActivationModule, 0}},
    {"moe", "whole MoE blocks", {false, kMoeModule, 0}},
    {"shared_experts", "shared experts", {false, kSharedExpert, 0}},
    {"attn", "whole attention blocks", {false, kAttentionModule, 0}},
    {"mlp+norm", "dense MLPs and norms", {false, kMlpModule | kLayerNorm, 0}},
}};

GroupPlace walk(std::span<const int> radices, std::size_t position) {
  GroupPlace out;
  for (std::size_t i = 0; i < position; ++i) out.stride *= radices[i];
  out.size = radices[position];
  return out;
}

}  // namespace

std::span<const RecomputeName> recompute_names() { return kNames; }

const RecomputeName* find_recompute(std::string_view key) {
  for (const RecomputeName& name : kNames)
    if (name.key == key) return &name;
  return nullptr;
}

GroupPlace place(Group group, const Plan& p) {
  const std::array dense{p.tp, p.cp, p.dp, p.pp};
  const std::array expert{p.etp, p.ep, p.expert_dp(), p.pp};
  switch (group) {
    case Group::kTensor: return walk(dense, 0);
    case Group::kContext: return walk(dense, 1);
    case Group::kData: return {p.cp * p.dp, p.tp};  // gradients are summed over context ranks too
    case Group::kPipeline: return walk(dense, 3);
    case Group::kExpertTensor: return walk(expert, 0);
    case Group::kExpert: return walk(expert, 1);
    case Group::kExpertData: return walk(expert, 2);
  }
  return {};
}

}  // namespace fleetcast
