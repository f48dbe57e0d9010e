#include "sim/validation/knobs.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace fleetcast {
namespace {

bool is_on(const std::string& text) {
  return text == "true" || text == "True" || text == "1" || text == "enabled" || text == "on";
}

bool contains(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

struct Knob {
  std::string_view key;
  void (*apply)(const std::string& value, Case& out);
};

void ignore(const std::string&, Case&) {}

/// A count, or what is wrong with it among the knobs nobody knows.
void count(const std::string& key, const std::string& value, double& to, Case& out) {
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (end == value.c_str() + value.size() && !value.empty() && number >= 0.0 && number < 1e9)
    to = number;
  else
    out.unknown_knobs.push_back(key + " " + value);
}

void attention(const std::string& value, Case& out) {
  if (value == "unfused" || value == "flash2" || value == "flash3")
    out.stack->attention = value;
  else
    out.unknown_knobs.push_back("attention " + value);
}

/// Megatron-Core's limit: 0 means all micro-batches.
void deferral_limit(const std::string& value, Case& out) {
  double& limit = out.stack->wgrad_deferral_limit;
  if (limit == 0.0) return;
  double stated = limit;
  count("wgrad_deferral_limit", value, stated, out);
  limit = stated > 0.0 ? stated : 1e9;
}

/// Full-iteration graphs launch the whole step at once, so nothing in it waits on the CPU; others
/// launch the modules they name.
void cuda_graphs(const std::string& value, Case& out) {
  std::string& scope = out.stack->cuda_graphs;
  scope = value;
  if (value == "none" || value == "0" || value == "False" || value == "false") scope = "none";
  if (contains(value, "full_iteration") || is_on(value)) scope = "full";
}

/// Experts padded to a capacity have fixed shapes, and the CPU need not know their tokens.
/// That their permutation is not fused is an assumption: layer times of such runs agree with it.
void token_drop(const std::string&, Case& out) {
  out.stack->dispatcher = "alltoall";  // Megatron-Core drops tokens with no other
  out.stack->token_counts_on_host = false;
  out.stack->fused_permute = false;
  out.stack->expert_imbalance = 1.0;
}

/// The limit of NeMo's and Megatron-Bridge's recipes, unless a row states its own.
void defer_gradients(const std::string& value, Case& out) {
  constexpr double kUsual = 22.0;
  double& limit = out.stack->wgrad_deferral_limit;
  limit = is_on(value) ? std::max(limit, kUsual) : 0.0;
}

constexpr std::array<Knob, 52> kKnobs{{
    {"tp_comm_overlap", [](const std::string& v, Case& c) { c.stack->tp_overlap = is_on(v); }},
    {"cuda_graphs", cuda_graphs},
    {"full_cuda_graph", cuda_graphs},
    {"layer_cuda_graph", cuda_graphs},
    {"mcore_cuda_graph", cuda_graphs},
    {"overlap_grad_reduce",
     [](const std::string& v, Case& c) { c.stack->overlap_grad_reduce = is_on(v); }},
    {"overlap_param_gather",
     [](const std::string& v, Case& c) { c.stack->overlap_param_gather = is_on(v); }},
    {"distributed_optimizer",
     [](const std::string& v, Case& c) { c.plan.zero = is_on(v) ? 1 : 0; }},
    {"zero_stage",
     [](const std::string& v, Case& c) {
       const int stage = std::atoi(v.c_str());
       if (c.plan.zero < 3 && stage >= 0 && stage <= 3) c.plan.zero = stage;
     }},
    {"attention", attention},
    {"defer_embedding_wgrad", defer_gradients},
    {"defer_embedding_wgrad_compute", defer_gradients},
    {"wgrad_deferral_limit", deferral_limit},
    {"dropout", [](const std::string& v, Case& c) { c.stack->dropout = is_on(v); }},
    {"fp8_buf", [](const std::string& v, Case& c) { c.stack->fp8_scatter = is_on(v); }},
    {"recipe", ignore},  // where knobs were read that the source of the row does not print
    {"moe_dispatcher", [](const std::string& v, Case& c) { c.stack->dispatcher = v; }},
    {"moe_grouped_gemm", [](const std::string& v, Case& c) { c.stack->grouped_gemm = is_on(v); }},
    {"moe_token_drop", token_drop},
    {"ep_comm_overlap", [](const std::string& v, Case& c) { c.plan.ep_overlap = is_on(v); }},
    {"fp8_params", [](const std::string& v, Case& c) { c.stack->fp8_params = is_on(v); }},
    {"fp8_param_gather", [](const std::string& v, Case& c) { c.stack->fp8_params = is_on(v); }},
    {"fp32_grad_accumulation",
     [](const std::string& v, Case& c) {
       if (is_on(v)) c.stack->grad_bytes = 4.0;
     }},
    {"grad_reduce",
     [](const std::string& v, Case& c) {
       if (contains(v, "fp32")) c.stack->grad_bytes = 4.0;
     }},
    {"recompute_num_layers",
     [](const std::string& v, Case& c) { c.plan.recompute.full_layers = std::atof(v.c_str()); }},
    {"optimizer_states",
     [](const std::string& v, Case& c) {
       if (contains(v, "bf16")) c.stack->optimizer_bytes = 8.0;
     }},
    {"cpu_offload_layers",
     [](const std::string& v, Case& c) { c.plan.offload_layers = std::atoi(v.c_str()); }},
    {"torch_compile", [](const std::string& v, Case& c) { c.stack->compiled = is_on(v); }},
    {"float8_all_gather", [](const std::string& v, Case& c) { c.stack->fp8_params = is_on(v); }},
    {"async_tp", [](const std::string& v, Case& c) { c.stack->tp_overlap = is_on(v); }},
    {"schedule", ignore},   // read with the plan
    {"pp_layout", ignore},  // likewise
    {"moe_force_balance",
     [](const std::string& v, Case& c) {
       if (is_on(v)) c.stack->expert_imbalance = 1.0;
     }},
    {"fused_kernels", [](const std::string& v, Case& c) { c.stack->fused_kernels = is_on(v); }},
    {"scatter_gather_p2p",
     [](const std::string& v, Case& c) { c.stack->scatter_gather_p2p = is_on(v); }},
    // What follows names the stack, repeats the plan, or is a note.
    {"framework", ignore},
    {"note", ignore},
    {"micro_batch", ignore},
    {"model_parallel_size", ignore},
    {"model_tflop_per_sample", ignore},
    {"fp8_hybrid", ignore},
    {"fp8_recipe", ignore},
    {"fp4_recipe", ignore},
    {"tp_pp_dp_mapping", ignore},
    {"async_p2p", ignore},
    {"tensor_deallocation", ignore},
    {"asym_pp_embed", ignore},
    {"asym_pp_loss", ignore},  // the cut has short ends by itself
    // Known, small, not modelled.
    {"paged_stash", ignore},  // comes with graphs of the whole step
    {"delay_wgrad", ignore},
    {"nccl_nvls_enable", ignore},
    {"nccl_user_buffers", ignore},
}};

/// A graph of the whole step cannot hold a wait of the CPU for token counts: they stay on the GPU,
/// where only fused grouped kernels can read them.
void capture_experts(Stack& stack) {
  if (stack.cuda_graphs != "full" || !stack.token_counts_on_host) return;
  stack.token_counts_on_host = false;
  stack.fused_experts = true;
}

}  // namespace

void apply_knobs(const config::Measurement& row, Case& out) {
  for (const auto& [key, value] : row.knobs) {
    const Knob* known = nullptr;
    for (const Knob& knob : kKnobs)
      if (knob.key == key) known = &knob;
    if (known != nullptr)
      known->apply(value, out);
    else
      out.unknown_knobs.push_back(key);
  }
  capture_experts(*out.stack);
}

}  // namespace fleetcast
