#include "sim/validation/knobs.hpp"

#include "tests/catch.hpp"
#include "tests/sim/validation/rows.hpp"

namespace fleetcast {
namespace {

struct Knobs : OneCase {
  explicit Knobs(const std::string& knobs) : OneCase({.more = ", knobs: {" + knobs + "}"}) {}
  [[nodiscard]] const Stack& stack() const { return *made.stack; }
};

TEST_CASE("unknown knobs are listed and do no harm", "[validation]") {
  const Knobs one("flux_capacitor: true, tp_comm_overlap: true, colour: blue");
  CHECK(one.made.skipped.empty());
  CHECK(one.made.unknown_knobs == std::vector<std::string>{"colour", "flux_capacitor"});
}

TEST_CASE("switches are set either way, whatever the stack does by itself", "[validation]") {
  CHECK(Knobs("tp_comm_overlap: true").stack().tp_overlap);
  CHECK_FALSE(Knobs("tp_comm_overlap: false").stack().tp_overlap);
  CHECK(Knobs("overlap_grad_reduce: 1").stack().overlap_grad_reduce);
  CHECK_FALSE(Knobs("overlap_param_gather: 0").stack().overlap_param_gather);
  CHECK(Knobs("moe_grouped_gemm: enabled").stack().grouped_gemm);
  CHECK(Knobs("fp8_params: True").stack().fp8_params);
  CHECK(Knobs("ep_comm_overlap: true").made.plan.ep_overlap);
}

TEST_CASE("put-off gradients have the limit stated, all for 0, and none for nonsense",
          "[validation]") {
  const auto limit = [](const char* knobs) { return Knobs(knobs).stack().wgrad_deferral_limit; };
  CHECK(limit("defer_embedding_wgrad: true, wgrad_deferral_limit: 50") == 50);
  CHECK(limit("defer_embedding_wgrad: true, wgrad_deferral_limit: 0") >= 1e9);
  CHECK(limit("defer_embedding_wgrad: false, wgrad_deferral_limit: 50") == 0);
  const Knobs odd("defer_embedding_wgrad: true, wgrad_deferral_limit: -5, attention: magic");
  CHECK(odd.stack().wgrad_deferral_limit == 22);
  CHECK(odd.made.unknown_knobs ==
        std::vector<std::string>{"attention magic", "wgrad_deferral_limit -5"});
}

TEST_CASE("CUDA graphs capture what they name, or everything", "[validation]") {
  CHECK(Knobs("cuda_graphs: none").stack().cuda_graphs == "none");
  CHECK(Knobs("cuda_graphs: full_iteration").stack().cuda_graphs == "full");
  CHECK(Knobs("full_cuda_graph: true").stack().cuda_graphs == "full");
  CHECK(Knobs("cuda_graphs: attn moe_router").stack().cuda_graphs == "attn moe_router");
}

TEST_CASE("a graph of the whole step keeps token counts on the GPU", "[validation]") {
  const Stack whole = Knobs("cuda_graphs: full_iteration").stack();
  CHECK((whole.fused_experts && !whole.token_counts_on_host));
  const Stack padded = Knobs("cuda_graphs: full_iteration, moe_token_drop: true").stack();
  CHECK((!padded.fused_experts && !padded.token_counts_on_host));
  const Stack part = Knobs("cuda_graphs: attn").stack();
  CHECK((!part.fused_experts && part.token_counts_on_host));
}

TEST_CASE("bytes of gradients and optimizer states follow their knobs", "[validation]") {
  CHECK(Knobs("grad_reduce: fp32").stack().grad_bytes == 4.0);
  CHECK(Knobs("fp32_grad_accumulation: true").stack().grad_bytes == 4.0);
  CHECK(Knobs("optimizer_states: bf16 moments").stack().optimizer_bytes == 8.0);
}

TEST_CASE("ZeRO stages are taken as stated, nonsense is not", "[validation]") {
  CHECK(Knobs("zero_stage: 2").made.plan.zero == 2);
  CHECK(Knobs("zero_stage: 7").made.plan.zero == Knobs("note: none").made.plan.zero);
  CHECK(Knobs("distributed_optimizer: false").made.plan.zero == 0);
}

TEST_CASE("experts padded to a capacity keep the host out of the way", "[validation]") {
  CHECK(Knobs("note: none").stack().token_counts_on_host);
  const Stack padded = Knobs("moe_token_drop: true").stack();
  CHECK((!padded.token_counts_on_host && !padded.fused_permute));
  CHECK(padded.expert_imbalance == 1.0);
  CHECK(Knobs("moe_dispatcher: deepep").stack().dispatcher == "deepep");
}

TEST_CASE("tokens are uneven unless a run forces balance", "[validation]") {
  CHECK(Knobs("note: none").stack().expert_imbalance > 1.0);
  CHECK(Knobs("moe_force_balance: false").stack().expert_imbalance > 1.0);
  CHECK(Knobs("moe_force_balance: true").stack().expert_imbalance == 1.0);
}

}  // namespace
}  // namespace fleetcast
