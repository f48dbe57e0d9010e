#include "sim/config/measured_model.hpp"

#include "models/workload/transformer.hpp"
#include "sim/config/reader.hpp"
#include "tests/catch.hpp"

namespace fleetcast::config {
namespace {

Transformer model_of(const std::string& text) {
  Reader reader;
  reader.is_lenient = true;
  const Tree tree = parse_text("model", text);
  const Transformer out = read<Transformer>(whole_model(tree.root()), reader);
  CHECK(reader.problems.empty());
  CHECK(check(out).empty());
  return out;
}

TEST_CASE("a row's words for latent attention and dense layers are spelt out", "[config]") {
  const Transformer m = model_of(
      "{layers: 61, dense_layers: 3, hidden: 7168, ffn_hidden: 18432, heads: 128, attention: "
      "'MLA(q_lora1536,kv_lora512,qk_nope128,rope64,v128)', vocab: 129280, gated: true, experts: "
      "256, top_k: 8, moe_ffn_hidden: 2048, shared_experts: 1}");
  REQUIRE(m.is_latent());
  CHECK((m.mla->q_lora_rank == 1536 && m.mla->kv_lora_rank == 512));
  CHECK((m.mla->qk_nope_head_dim == 128 && m.mla->qk_rope_head_dim == 64));
  CHECK((m.mla->v_head_dim == 128 && m.kv_heads == 128));
  CHECK((m.first_dense_layers == 3 && m.shared_expert_ffn_hidden == 2048));
}

TEST_CASE("a mixture of experts alone needs no width of dense layers", "[config]") {
  const Transformer m = model_of(
      "{layers: 48, hidden: 2048, heads: 32, kv_heads: 4, head_dim: 128, vocab: 151936, gated: "
      "true, experts: 128, top_k: 8, moe_ffn_hidden: 768}");
  CHECK((m.ffn_hidden == 0 && m.kv_heads == 4));
}

TEST_CASE("what a model states itself is left alone", "[config]") {
  const Transformer m = model_of(
      "{layers: 2, hidden: 8, ffn_hidden: 32, heads: 4, kv_heads: 2, vocab: 16, gated: false}");
  CHECK((m.kv_heads == 2 && m.ffn_hidden == 32 && !m.is_latent()));
}

}  // namespace
}  // namespace fleetcast::config
