#pragma once

// What a software stack does: everything below the plan that changes how fast it runs.

#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"

namespace fleetcast {

/// Of memory handed out, what PyTorch's caching allocator holds beyond it: reserved is allocated /
/// 0.94 in 43 measured runs (SimuMax).
inline constexpr double kHeldBack = 1.0 / 0.94 - 1.0;

struct Stack {
  std::string name;     ///< "megatron-bridge"
  std::string release;  ///< "26.06"; releases of one name sort as version numbers
  std::string note;
  std::vector<std::string> cited_as;    ///< words of a source that mean this stack and release
  std::string attention = "flash3";     ///< attention kernel: unfused, flash2, flash3 (cuDNN class)
  std::string dispatcher = "alltoall";  ///< of expert parallelism: alltoall, deepep, hybridep
  bool fused_kernels = true;            ///< norms, rotary, SwiGLU, cross-entropy in one kernel each
  bool fused_loss = false;              ///< cross-entropy leaves its gradient where logits were
  bool fused_permute = true;            ///< MoE token permutation fused with casts
  double dispatch_bytes = 2;            ///< bytes of an element sent to its expert
  double activation_bytes = 2;          ///< of an element kept as input of an activation function
  bool grouped_gemm = true;             ///< experts in one kernel
  bool fused_experts = false;           ///< grouped GEMMs activate and quantise what they put out
  double calls_per_expert_gemm = 0;     ///< CPU work beside an expert's GEMM, in kernel launches
  bool token_counts_on_host = false;    ///< CPU waits for how many tokens each expert gets
  double expert_imbalance =
      1;  ///< tokens of the busiest expert rank, which all wait for, over mean
  std::string cuda_graphs = "none";  ///< captured: none, full, or some of attn, mlp, moe_router
  bool fp8_params = false;           ///< weights kept and gathered in fp8 where the recipe is fp8
  std::string recompute = "none";  ///< what a run of this stack recomputes unless it says otherwise
  bool tp_overlap = false;         ///< tensor-parallel collectives chunked under GEMMs
  double scatter_sms = 0;    ///< SMs that chunked sums take from their GEMM; 0: they ride a ring
  bool fp8_scatter = false;  ///< and their sums sent in fp8, where it has a scale a tensor
  bool scatter_gather_p2p = false;  ///< without sequence parallelism: ranks send a shard of the
                                    ///< activations each to the next stage, which gathers them
  bool ep_overlap = false;  ///< expert all-to-all of one micro-batch under another's compute
  bool overlap_grad_reduce = true;
  bool overlap_param_gather = true;
  bool distributed_optimizer = true;
  double grad_bytes = 4;         ///< bytes of a gradient on the wire and in the buffer
  double optimizer_bytes = 12;   ///< master weight and two moments, bytes a parameter
  double low_grad_bytes = 0;     ///< of a gradient as computed, kept beside a wider main gradient
  double step_grad_bytes = 0;    ///< fp32 copy of a shard's narrow gradients, during the step only
  bool gathers_masters = false;  ///< FSDP casts the sharded master weights: no others are kept
  bool dropout = false;          ///< masks are kept, a byte an element
  bool compiled = false;         ///< drops outputs that no backward pass reads
  double loss_bytes = 6;  ///< at the peak of the loss, of each logit: in bf16, and softmax in fp32
  double loss_bytes_tp = 0;            ///< where tensor ranks share the vocabulary; 0: the same
  Bytes bucket_buffers{};              ///< of gradients and weights on their way
  double allocator_share = kHeldBack;  ///< held by the allocator beyond what it hands out
  bool keeps_gathered = false;         ///< inputs gathered from a sequence shard are kept whole
  double wgrad_deferral_limit = 0;  ///< weight gradients of the logits, of so many micro-batches,
                                    ///< wait for the pipeline's end in dense models
  double stage_tensors = 0;    ///< a pipeline stage holds this many more boundary tensors in flight
  double live_parameters = 0;  ///< FSDP gathers at most so many parameters at once; 0: two layers
  std::string reports = "allocated";  ///< as peak memory: allocated, reserved, device (nvidia-smi)
  double chunks = 1;  ///< virtual pipeline chunks of a run that states none, where layers allow
  Seconds host_per_kernel{};        ///< CPU time to launch one kernel without CUDA graphs
  Seconds gap_per_kernel{};         ///< idle GPU time between two kernels
  Seconds step_overhead{};          ///< per step: data loading, logging, gradient-norm sync
  double ep_overlap_exposed = 1.0;  ///< share of an overlapped expert exchange that stays visible

  /// The fused kernels are written for formats with block scales (cuDNN front end, MXFP8).
  [[nodiscard]] bool fuses_experts(bool block_scales) const {
    return fused_experts && block_scales;
  }
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<Stack> {
  static constexpr auto value = std::tuple{
      required("name", &Stack::name, "software, without its release"),
      required("release", &Stack::release, "version or year"),
      optional("note", &Stack::note, "what is known and what is assumed"),
      optional("cited_as", &Stack::cited_as,
               "words of a source that mean this stack, where a row names none"),
      optional("attention", &Stack::attention, "attention kernel: unfused, flash2, flash3"),
      optional("dispatcher", &Stack::dispatcher, "expert dispatch: alltoall, deepep, hybridep"),
      optional("fused_kernels", &Stack::fused_kernels, "norms, rotary, SwiGLU, loss fused"),
      optional("fused_loss", &Stack::fused_loss,
               "cross-entropy leaves its gradient where logits were (Transformer Engine, Liger)"),
      optional("fused_permute", &Stack::fused_permute, "MoE permutation fused"),
      optional("dispatch_bytes", &Stack::dispatch_bytes, "bytes of an element sent to its expert",
               between(0.5, 4)),
      optional("activation_bytes", &Stack::activation_bytes,
               "bytes of an element kept as input of an activation function", between(0.5, 4)),
      optional("grouped_gemm", &Stack::grouped_gemm, "experts in one kernel"),
      optional("fused_experts", &Stack::fused_experts,
               "grouped GEMMs activate and quantise what they put out"),
      optional("calls_per_expert_gemm", &Stack::calls_per_expert_gemm,
               "CPU work beside an expert's GEMM, in kernel launches", between(0, 1000)),
      optional("token_counts_on_host", &Stack::token_counts_on_host,
               "the CPU waits for how many tokens each expert gets"),
      optional("expert_imbalance", &Stack::expert_imbalance,
               "tokens of the busiest expert rank over the mean", between(1, 100)),
      optional("cuda_graphs", &Stack::cuda_graphs,
               "captured: none, full, or some of attn, mlp, moe_router"),
      optional("fp8_params", &Stack::fp8_params, "weights kept and gathered in fp8"),
      optional("recompute", &Stack::recompute, "recomputed unless the plan says otherwise"),
      optional("tp_overlap", &Stack::tp_overlap, "tensor-parallel collectives under GEMMs"),
      optional("scatter_sms", &Stack::scatter_sms,
               "SMs that overlapped tensor-parallel sums in chunks take from their GEMM; 0: a ring",
               between(0, 64)),
      optional("fp8_scatter", &Stack::fp8_scatter,
               "overlapped tensor-parallel sums are sent in fp8, where it has a scale a tensor"),
      optional("scatter_gather_p2p", &Stack::scatter_gather_p2p,
               "tensor ranks send shards of the activations to the next stage, which gathers them"),
      optional("ep_overlap", &Stack::ep_overlap, "expert all-to-all under compute"),
      optional("overlap_grad_reduce", &Stack::overlap_grad_reduce, "under the backward pass"),
      optional("overlap_param_gather", &Stack::overlap_param_gather, "under the forward pass"),
      optional("distributed_optimizer", &Stack::distributed_optimizer, "ZeRO-1"),
      optional("grad_bytes", &Stack::grad_bytes, "bytes of a gradient", between(1, 4)),
      optional("optimizer_bytes", &Stack::optimizer_bytes, "optimizer bytes a parameter",
               between(0, 16)),
      optional("low_grad_bytes", &Stack::low_grad_bytes,
               "of a gradient as computed, kept beside a wider main gradient", between(0, 4)),
      optional("step_grad_bytes", &Stack::step_grad_bytes,
               "fp32 copy of a shard's narrow gradients during the optimizer step", between(0, 4)),
      optional("gathers_masters", &Stack::gathers_masters,
               "FSDP keeps no weights beside the sharded masters"),
      optional("dropout", &Stack::dropout, "dropout masks are kept"),
      optional("compiled", &Stack::compiled, "outputs that no backward pass reads are dropped"),
      optional("loss_bytes", &Stack::loss_bytes, "of each logit at the peak of the loss",
               between(0, 64)),
      optional("loss_bytes_tp", &Stack::loss_bytes_tp,
               "the same where tensor ranks share the vocabulary; 0: no other", between(0, 64)),
      optional("bucket_buffers", &Stack::bucket_buffers,
               "gradients and weights on their way to other ranks", kNonNegative),
      optional("allocator_share", &Stack::allocator_share,
               "held by the allocator beyond what it hands out", kRatio),
      optional("keeps_gathered", &Stack::keeps_gathered,
               "inputs gathered from a sequence shard are kept whole"),
      optional("wgrad_deferral_limit", &Stack::wgrad_deferral_limit,
               "micro-batches whose weight gradients of the logits wait for the pipeline's end, in "
               "dense models",
               kNonNegative),
      optional("stage_tensors", &Stack::stage_tensors,
               "boundary tensors a pipeline stage holds for each micro-batch in flight",
               between(0, 8)),
      optional("live_parameters", &Stack::live_parameters,
               "most parameters FSDP gathers at once; 0: two layers", kNonNegative),
      optional("reports", &Stack::reports, "as peak memory: allocated, reserved or device"),
      optional("chunks", &Stack::chunks, "virtual pipeline chunks unless a run says otherwise",
               between(1, 64)),
      optional("host_per_kernel", &Stack::host_per_kernel, "CPU time to launch a kernel",
               kNonNegative),
      optional("gap_per_kernel", &Stack::gap_per_kernel, "idle GPU time between kernels",
               kNonNegative),
      optional("step_overhead", &Stack::step_overhead, "per step: data, logging, synchronisation",
               kNonNegative),
      optional("ep_overlap_exposed", &Stack::ep_overlap_exposed,
               "share of an overlapped expert exchange that stays visible", kRatio),
  };
};
}  // namespace fleetcast::fields
