#pragma once

// Flags of Megatron-LM's pretrain_gpt.py, and of torchrun before it, for both directions.

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleetcast::interchange {

/// A model as flags say it; what equals its initial value is not written.
struct MegatronModel {
  long layers = 0, hidden = 0, ffn_hidden = 0, heads = 0;
  long kv_channels = 0;  ///< 0: hidden / heads
  bool grouped_query = false;
  long query_groups = 1;
  long vocab = 0;
  bool swiglu = false, squared_relu = false, no_biases = false, untied = false;
  std::string norm = "LayerNorm", positions = "learned_absolute";
  long experts = 0, top_k = 2, moe_ffn_hidden = 0, shared_ffn_hidden = 0;
  std::string moe_layers = "1";  ///< which layers have experts, in Python
  bool latent = false;
  long q_lora_rank = 0, kv_lora_rank = 32, qk_head_dim = 128, qk_pos_dim = 64, v_head_dim = 128;
  long mtp_layers = 0;

  friend bool operator==(const MegatronModel&, const MegatronModel&) = default;
};

struct MegatronArguments : MegatronModel {
  long nodes = 0, gpus_a_node = 0;
  long tp = 1, pp = 1, layers_a_chunk = 0, cp = 1, ep = 1;
  long chunks = 0;  ///< of a stage; read, not written: layers_a_chunk says it
  long etp = 0;     ///< 0: as tp
  bool without_embedding_layer = false, without_loss_layer = false;
  bool sequence_parallel = false, distributed_optimizer = false, fsdp = false, ep_overlap = false;
  std::string sharding = "no_shard", checkpoints = "torch_dist";
  long seq_len = 0, micro_batch = 0, global_batch = 0;
  std::string granularity, method;
  long recompute_layers = 0;
  std::vector<std::string> modules;
  bool bf16 = false, fp16 = false;
  std::string fp8_format, fp8_recipe = "delayed", fp4_format;
};

using Args = MegatronArguments;

/// A flag and what it sets: a number, a switch, a word, or words up to the next flag.
struct Flag {
  std::string_view key;
  std::variant<long Args::*, bool Args::*, std::string Args::*, std::vector<std::string> Args::*>
      member;
};

/// Those before it are torchrun's.
inline constexpr std::size_t kFirstOfProgram = 2;
/// Source: megatron/training/arguments.py of NVIDIA/Megatron-LM.
inline constexpr std::array<Flag, 56> kFlags{{
    {"--nnodes", &Args::nodes},
    {"--nproc-per-node", &Args::gpus_a_node},
    {"--tensor-model-parallel-size", &Args::tp},
    {"--pipeline-model-parallel-size", &Args::pp},
    {"--num-layers-per-virtual-pipeline-stage", &Args::layers_a_chunk},
    {"--num-virtual-stages-per-pipeline-rank", &Args::chunks},
    {"--account-for-embedding-in-pipeline-split", &Args::without_embedding_layer},
    {"--account-for-loss-in-pipeline-split", &Args::without_loss_layer},
    {"--context-parallel-size", &Args::cp},
    {"--expert-model-parallel-size", &Args::ep},
    {"--expert-tensor-parallel-size", &Args::etp},
    {"--sequence-parallel", &Args::sequence_parallel},
    {"--use-distributed-optimizer", &Args::distributed_optimizer},
    {"--use-megatron-fsdp", &Args::fsdp},
    {"--data-parallel-sharding-strategy", &Args::sharding},
    {"--ckpt-format", &Args::checkpoints},
    {"--overlap-moe-expert-parallel-comm", &Args::ep_overlap},
    {"--micro-batch-size", &Args::micro_batch},
    {"--global-batch-size", &Args::global_batch},
    {"--seq-length", &Args::seq_len},
    {"--max-position-embeddings", &Args::seq_len},
    {"--num-layers", &Args::layers},
    {"--hidden-size", &Args::hidden},
    {"--ffn-hidden-size", &Args::ffn_hidden},
    {"--num-attention-heads", &Args::heads},
    {"--kv-channels", &Args::kv_channels},
    {"--group-query-attention", &Args::grouped_query},
    {"--num-query-groups", &Args::query_groups},
    {"--vocab-size", &Args::vocab},
    {"--swiglu", &Args::swiglu},
    {"--squared-relu", &Args::squared_relu},
    {"--normalization", &Args::norm},
    {"--position-embedding-type", &Args::positions},
    {"--disable-bias-linear", &Args::no_biases},
    {"--untie-embeddings-and-output-weights", &Args::untied},
    {"--num-experts", &Args::experts},
    {"--moe-router-topk", &Args::top_k},
    {"--moe-ffn-hidden-size", &Args::moe_ffn_hidden},
    {"--moe-shared-expert-intermediate-size", &Args::shared_ffn_hidden},
    {"--moe-layer-freq", &Args::moe_layers},
    {"--multi-latent-attention", &Args::latent},
    {"--q-lora-rank", &Args::q_lora_rank},
    {"--kv-lora-rank", &Args::kv_lora_rank},
    {"--qk-head-dim", &Args::qk_head_dim},
    {"--qk-pos-emb-head-dim", &Args::qk_pos_dim},
    {"--v-head-dim", &Args::v_head_dim},
    {"--mtp-num-layers", &Args::mtp_layers},
    {"--recompute-granularity", &Args::granularity},
    {"--recompute-method", &Args::method},
    {"--recompute-num-layers", &Args::recompute_layers},
    {"--recompute-modules", &Args::modules},
    {"--bf16", &Args::bf16},
    {"--fp16", &Args::fp16},
    {"--fp8-format", &Args::fp8_format},
    {"--fp8-recipe", &Args::fp8_recipe},
    {"--fp4-format", &Args::fp4_format},
}};

/// Without these a plan would be another one: they are refused.
inline constexpr std::array<std::string_view, 6> kPlanFlagsNotRead{
    "--pipeline-model-parallel-layout",
    "--decoder-first-pipeline-num-layers",
    "--decoder-last-pipeline-num-layers",
    "--num-distributed-optimizer-instances",
    "--use-torch-fsdp2",
    "--recompute-activations"};

/// A recipe as Megatron-LM's flags have it; recipes that are left out have none.
struct MegatronPrecision {
  std::string_view key;  ///< ours
  bool fp16 = false;     ///< else bf16
  std::string_view fp8_format = "", fp8_recipe = "delayed", fp4_format = "";
};
inline constexpr std::array<MegatronPrecision, 7> kMegatronPrecisions{{
    {"bf16"},
    {"fp16", true},
    {"fp8-delayed", false, "hybrid"},
    {"fp8-current", false, "hybrid", "tensorwise"},
    {"fp8-blockwise", false, "e4m3", "blockwise"},
    {"mxfp8", false, "e4m3", "mxfp8"},
    {"nvfp4", false, "", "delayed", "e2m1"},
}};

/// Sharding of Megatron's FSDP by our ZeRO stage, from 2.
inline constexpr std::array<std::string_view, 2> kShardings{"optim_grads", "optim_grads_params"};

/// What can be computed again, by names that are ours as well.
inline constexpr std::array<std::string_view, 7> kMegatronModules{
    "core_attn", "moe_act", "layernorm", "mla_up_proj", "mlp", "moe", "shared_experts"};

}  // namespace fleetcast::interchange
