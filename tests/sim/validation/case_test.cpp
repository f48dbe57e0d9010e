#include "sim/validation/case.hpp"

#include "models/cost/schedule.hpp"
#include "tests/catch.hpp"
#include "tests/sim/validation/rows.hpp"

namespace fleetcast {
namespace {

using Stages = std::vector<std::string>;

std::string skipped(const RowText& row) { return OneCase(row).made.skipped; }

TEST_CASE("a row becomes a plan on a system", "[validation]") {
  const OneCase one({.plan = "tp: 2, pp: 4, vp: 2, sequence_parallel: false, recompute: full"});
  const Case& c = one.made;
  CHECK(c.skipped.empty());
  CHECK(c.notes.empty());
  CHECK((c.plan.tp == 2 && c.plan.pp == 4 && c.plan.vp == 2 && c.plan.dp == 2));
  CHECK(c.plan.micro_batches == 32);
  CHECK(c.plan.schedule == &kInterleaved);
  CHECK((c.plan.recompute.full && !c.plan.sequence_parallel));
  CHECK(c.plan.zero == 1);
  CHECK(c.pricing.precision == &kBf16);
  CHECK(c.pricing.job.seq_len == 4096);
  CHECK(c.pricing.job.global_batch == 64);
  CHECK(c.model->layers == 32);
  CHECK(c.stack->release == "26.06");
}

TEST_CASE("a row with a wrong value is skipped alone, and says which", "[validation]") {
  const config::MeasurementFile file = measurements(
      "models: {odd: {layers: 2}}\n"
      "measurements:\n"
      "  - {id: a, model: llama3-8b, system: h100-80gb-sxm, gpus: 8, seq_len: 10, global_batch: "
      ".nan,\n"
      "     measured: {step_time_s: 1}}\n"
      "  - {id: b, model: odd, system: h100-80gb-sxm, gpus: 8, seq_len: 10, global_batch: 8,\n"
      "     zero_stage: 3, measured: {step_time_s: 1}}\n"
      "  - {id: c, model: llama3-8b, seq_len: 10, global_batch: 8, tp: 2, dp: 4,\n"
      "     measured: {step_time_s: 1}}\n"
      "  - {id: d, model: llama3-8b, gpus: 8, seq_len: 10, global_batch: 1e12,\n"
      "     measured: {step_time_s: 1}}\n");
  REQUIRE(file.rows.size() == 4);
  CHECK(file.rows[0].problem.starts_with("global_batch: "));
  CHECK(file.rows[1].problem.empty());
  CHECK(file.rows[1].knobs.at("zero_stage") == "3");
  CHECK(!file.bad_models.at("odd").empty());
  CHECK(file.rows[2].gpus == 8);  // tp x dp, where it is not said
  CHECK(file.rows[3].problem.starts_with("global_batch: "));
}

TEST_CASE("a row may hold its model itself", "[validation]") {
  const config::MeasurementFile file = measurements(
      "measurements:\n"
      "  - {id: own, model: {layers: 2, hidden: 8, ffn_hidden: 32, heads: 2, kv_heads: 2, vocab: "
      "10,\n"
      "     gated: false}, gpus: 8, seq_len: 10, global_batch: 8, measured: {step_time_s: 1}}\n");
  REQUIRE(file.rows.size() == 1);
  CHECK(file.models.at(file.rows[0].model).hidden == 8);
}

TEST_CASE("what is not known is skipped with its reason", "[validation]") {
  CHECK(skipped({.system = "h900"}) == "system \"h900\" is not in configs/clusters");
  CHECK(skipped({.model = "llama9"}) ==
        "model \"llama9\" is neither in this file nor in configs/llms");
  CHECK(skipped({.precision = "ternary"}) == "precision \"ternary\" is not known");
  CHECK(skipped({.precision = "mxfp8"}) == "NVIDIA H100 SXM 80 GB has no mxfp8");
}

TEST_CASE("a row without a measured time is skipped", "[validation]") {
  std::string text = RowText().text();
  text.replace(text.find("{step_time_s: 2}"), 16, "{tflops: 400}");
  const config::MeasurementFile file = measurements(text);
  SystemShelf shelf;
  CHECK(make_case(file.rows.front(), file, shelf).skipped ==
        "states no measured step_time_s, and no memory");
}

TEST_CASE("degrees that do not multiply to the GPUs are skipped", "[validation]") {
  CHECK(skipped({.plan = "tp: 2, pp: 2, dp: 3"}) ==
        "tp x cp x pp x dp = 12 is not the 16 GPUs it states");
  CHECK(skipped({.plan = "tp: 3"}) == "tp x cp x pp x dp = 15 is not the 16 GPUs it states");
  CHECK(skipped({.plan = "tp: 2, pp: 2, dp: 4"}).empty());
}

TEST_CASE("models of the file come before those of configs/", "[validation]") {
  const RowText row{.models =
                        "{llama3-8b: {layers: 7, hidden: 128, ffn_hidden: 512, heads: 2, "
                        "kv_heads: 2, vocab: 256, gated: false}}"};
  CHECK(OneCase(row).made.model->layers == 7);
}

TEST_CASE("a stack not known falls back, and says to what", "[validation]") {
  const OneCase later({.stack = "megatron-bridge 99.12"});
  CHECK(later.made.skipped.empty());
  CHECK(later.made.stack->name == "megatron-bridge");
  CHECK(later.notes("megatron-bridge 99.12 is not known"));
  const OneCase other({.stack = "abacus 1"});
  CHECK(other.made.skipped.empty());
  CHECK(other.notes("abacus"));
}

TEST_CASE("words for a precision stand for a recipe, which is noted", "[validation]") {
  const auto recipe = [](const char* words) {
    const OneCase one({.precision = words});
    CHECK(one.notes(words));
    return one.made.pricing.precision->key;
  };
  CHECK(recipe("fp8") == "fp8-delayed");
  CHECK(recipe("fp8 tensorwise") == "fp8-current");
  CHECK(recipe("fp8 blocks") == "fp8-blockwise");
  CHECK_FALSE(OneCase({.precision = "fp8-current"}).notes("precision"));
}

TEST_CASE("a row's own network replaces that of its system", "[validation]") {
  const auto outer = [](const char* more) {
    const OneCase one({.more = more});
    return one.made.pricing.system->cluster.tiers;
  };
  const std::vector<Tier> usual = outer("");
  const std::vector<Tier> slow =
      outer(", network: {scale_out_per_gpu: 25 GB/s, pod_gpus: 64, pod_oversubscription: 7}");
  REQUIRE(slow.size() == usual.size());
  CHECK(slow.front().bandwidth == usual.front().bandwidth);
  CHECK(slow[1].bandwidth == BytesPerSecond{25e9});
  CHECK(slow[1].gpus == 64);
  CHECK(slow.back().bandwidth == BytesPerSecond{25e9});
  CHECK(slow.back().oversubscription == 7);
}

TEST_CASE("a shelf keeps systems with different networks apart", "[validation]") {
  SystemShelf shelf;
  config::RowNetwork own;
  own.scale_out_per_gpu = BytesPerSecond{1e9};
  const System& usual = shelf.find("h200", {});
  CHECK(&shelf.find("h200", {}) == &usual);
  CHECK(&shelf.find("h200", own) != &usual);
  CHECK(shelf.find("h200", own).network.link[1].bandwidth == BytesPerSecond{1e9});
}

TEST_CASE("sharding of weights is ZeRO 3, within its group", "[validation]") {
  const OneCase all({.plan = "fsdp: true"});
  CHECK((all.made.plan.zero == 3 && all.made.plan.shard_group == 0));
  const OneCase group({.plan = "fsdp: true, fsdp_shard_size: 8"});
  CHECK(group.made.plan.shard_group == 8);
  CHECK(OneCase({.plan = "fsdp: \"ZeRO-2\""}).made.plan.zero == 2);
}

TEST_CASE("what a row does not say of recompute its stack does", "[validation]") {
  const OneCase modules(
      {.plan = "recompute: selective, recompute_modules: [mlp, layernorm, soup]"});
  CHECK(modules.made.plan.recompute.modules == (kMlpModule | kLayerNorm));
  CHECK(modules.notes("recompute module \"soup\" is not known"));
  const OneCase old({.stack = "deepspeed-zero3 2021", .plan = "tp: 1"});
  if (old.made.stack->recompute != "none") CHECK(old.notes("recompute not stated"));
}

TEST_CASE("an interleaved schedule without chunks gets as many as usual, noted", "[validation]") {
  const OneCase one({.plan = "pp: 2", .more = ", knobs: {schedule: interleaved}"});
  CHECK(one.made.plan.vp == 8);
  CHECK(one.made.plan.schedule == &kInterleaved);
  CHECK(one.notes("virtual pipeline not stated, 8 assumed"));
  const OneCase dual({.plan = "pp: 2", .more = ", knobs: {schedule: DualPipe}"});
  CHECK((dual.made.plan.schedule == &kDualPipeV && dual.made.plan.vp == 2));
  CHECK(dual.notes("DualPipe"));
}

TEST_CASE("a layout cut by hand is followed, letter by letter", "[validation]") {
  const OneCase one({.plan = "pp: 2", .more = ", knobs: {pp_layout: \"Et*10|t*22L\"}"});
  REQUIRE(one.made.plan.layout != nullptr);
  const std::vector<ChunkLayers>& cut = *one.made.plan.layout;
  REQUIRE(cut.size() == 2);
  CHECK(cut[0].of(LayerKind::kDense) == 10);
  CHECK(cut[0].of(LayerKind::kEmbedding) == 1);
  CHECK(cut[1].of(LayerKind::kDense) == 22);
  CHECK(cut[1].of(LayerKind::kLogits) == 1);
}

TEST_CASE("a layout of other stages or layers is noted and cut evenly", "[validation]") {
  for (const char* layout : {"Et*16|t*16L", "Et*8|t*8|t*8|t*7L", "nonsense"}) {
    const OneCase one(
        {.plan = "pp: 4", .more = std::string(", knobs: {pp_layout: \"") + layout + "\"}"});
    CHECK(one.made.skipped.empty());
    CHECK(one.made.plan.layout == nullptr);
    CHECK(one.notes("is not the model's layers in pp x vp stages, cut evenly"));
  }
}

TEST_CASE("layouts repeat letters and groups", "[validation]") {
  using config::parse_pipeline_layout;
  CHECK(parse_pipeline_layout("Et|t|tL") == Stages{"Et", "t", "tL"});
  CHECK(parse_pipeline_layout("Et*3|(tt|)*2tmL") == Stages{"Ettt", "tt", "tt", "tmL"});
  CHECK(parse_pipeline_layout("((t|)*2t|)*2L") == Stages{"t", "t", "t", "t", "t", "t", "L"});
  CHECK(parse_pipeline_layout("t*0L") == Stages{"L"});
}

TEST_CASE("nonsense is no layout, and none takes the memory of a machine", "[validation]") {
  using config::parse_pipeline_layout;
  for (const char* text : {"(t", "t)", "Et**2", "Ext", "t * 2", "*3", "((((", "t*-1"}) {
    INFO(text);
    CHECK(parse_pipeline_layout(text).empty());
  }
  CHECK(parse_pipeline_layout("t*99999999999").size() <= 1);
  CHECK(parse_pipeline_layout("((((t*99999)*99999)*99999)*99999)").size() <= 1);
  CHECK(parse_pipeline_layout(std::string(3000, '(') + "t" + std::string(3000, ')')).size() <= 1);
}

}  // namespace
}  // namespace fleetcast
