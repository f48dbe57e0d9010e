#include "sim/report/json.hpp"

#include <limits>

#include "tests/catch.hpp"
#include "tests/sim/report/results.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("numbers are numbers, and never NaN", "[report]") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(to_json(Entries{{"a", 1.0}, {"b", 0.5}, {"c", infinity}, {"d", "x"}, {"e", true}}) ==
        "{\n  \"a\": 1,\n  \"b\": 0.5,\n  \"c\": null,\n  \"d\": \"x\",\n  \"e\": true\n}\n");
  CHECK(to_json(Entries{{"a", "\xFF"}}) == "{\n  \"a\": \"\xEF\xBF\xBD\"\n}\n");
  CHECK(to_json(Records{}) == "[]\n");
}

TEST_CASE("an estimate has the keys of the contract", "[report]") {
  CHECK(to_json(record_of(toy_estimate())) == R"({
  "scenario": "toy",
  "model": "Toy 1B",
  "system": "toy-system",
  "precision": "bf16",
  "stack": "toy 1",
  "gpus": 4000,
  "fleet_gpus": 4000,
  "fits": true,
  "step_time_s": 2,
  "p10_step_time_s": 1.5,
  "p90_step_time_s": 2.5,
  "tokens_per_s_per_gpu": 1024,
  "model_tflops_per_gpu": 400,
  "mfu": 0.412,
  "mfu_bf16": 0.412,
  "memory_gib": {
    "total": 4.5,
    "usable": 8,
    "weights": 3,
    "gradients": 1,
    "optimizer": 0,
    "activations": 0,
    "working": 0,
    "buffers": 0.5,
    "fragmentation": 0
  },
  "breakdown_s": {
    "gemm": 1.5,
    "attention": 0,
    "memory_bound": 0,
    "quantize": 0,
    "recompute": 0,
    "host": 0,
    "interference": 0,
    "tp_exposed": 0,
    "cp_exposed": 0,
    "ep_exposed": 0,
    "pp_exposed": 0,
    "dp_exposed": 0,
    "bubble": 0.5,
    "optimizer": 0,
    "straggler": 0,
    "overhead": 0
  },
  "plan": {
    "tp": 2,
    "cp": 1,
    "pp": 2,
    "vp": 1,
    "ep": 1,
    "etp": 1,
    "dp": 1000,
    "micro_batch": 1,
    "micro_batches": 8,
    "global_batch": 8000,
    "zero": 1,
    "shard_group": 0,
    "recompute": "none",
    "schedule": "1f1b",
    "sequence_parallel": true,
    "ep_overlap": false,
    "gpus": 4000
  },
  "run": {
    "days": 88.2,
    "p10_days": 80,
    "p90_days": 95,
    "steps": 1586914,
    "goodput": 0.97,
    "interruptions": 12,
    "interruption_mean_s": 10800,
    "checkpoint_interval_s": 600,
    "gpu_hours": 8400000,
    "energy_mwh": 24600,
    "power_mw": 15.2,
    "cost_usd": 20000000,
    "cost_low_usd": 15000000,
    "cost_high_usd": 25000000,
    "capital_usd": 412000000,
    "owned_cost_usd": 22500000,
    "electricity_usd": 2000000,
    "carbon_t": 9840
  }
}
)");
}

TEST_CASE("a plan that cannot run has its reason instead of times", "[report]") {
  const std::string text = to_json(record_of(toy_misfit()));
  CHECK(text.find("\"step_time_s\"") == std::string::npos);
  CHECK(text.find("\"run\"") == std::string::npos);
  CHECK(text.find(R"(  "fits": false,)") != std::string::npos);
  CHECK(text.find(R"(  "misfit": {
    "reason": "memory",
    "text": "needs 13.5 GiB a GPU, 8.0 GiB are usable",
    "needed": 13.5,
    "available": 8
  },
  "remedies": [
    {
      "change": "pp 4, dp 500",
      "gpus": 4000,
      "memory_gib": 6.75,)") != std::string::npos);
}

TEST_CASE("a listing is named rows and their sources", "[report]") {
  CHECK(to_json(record_of(toy_listing())) == R"({
  "gpus": [
    {
      "gpu": "a, \"b\"",
      "memory_gb": 80,
      "new": true
    },
    {
      "gpu": "c",
      "memory_gb": 0.5,
      "new": false
    }
  ],
  "sources": {
    "src": "a page"
  }
}
)");
}

TEST_CASE("a search counts its space and ranks estimates", "[report]") {
  SearchReport report{toy_subject(), 4000, {"bf16"}, {}};
  report.result.counts = {.plans = 10,
                          .priced = 3,
                          .pruned = 2,
                          .refused = {{"memory", 5, {}}},
                          .proven_optimal = true,
                          .elapsed = Seconds{0.25}};
  report.result.space = {.tp = {1, 2}, .zero = {0}, .schedule = {&kOneFOneB}};
  report.result.space.recompute = {Recompute{}};
  const std::string empty = to_json(record_of(report));
  CHECK(empty == R"({
  "space": {
    "plans": 10,
    "refused": {
      "memory": 5
    },
    "priced": 3,
    "pruned": 2,
    "proven_optimal": true,
    "elapsed_s": 0.25,
    "candidates": {
      "tp": [
        1,
        2
      ],
      "cp": [],
      "pp": [],
      "ep": [],
      "etp": [],
      "micro_batch": [],
      "zero": [
        0
      ],
      "schedule": [
        "1f1b"
      ],
      "recompute": [
        "none"
      ],
      "recompute_some_layers": false,
      "idle": 0
    }
  },
  "best": null,
  "runners_up": []
}
)");
  report.result.ranked = {toy_estimate().estimate, toy_estimate().estimate};
  const auto rows = rows_of(report);
  REQUIRE(rows.size() == 2);
  CHECK(std::get<Entries>(rows[1].value).front().key == "rank");
}

TEST_CASE("fleets have the keys of the contract, and none is null", "[report]") {
  FleetReport report{"How many?", kDay * 90.0, {toy_subject(), toy_subject()}, {}};
  Fleet fits{.precision = &kBf16,
             .feasible = true,
             .gpus = 4000,
             .p10_gpus = 3600,
             .p90_gpus = 4400,
             .estimate = toy_estimate().estimate};
  report.answer.fleets = {fits, {.precision = &kBf16, .why_not = "no such format"}};
  report.answer.tokens = {{1e12, kDay * 90.0, {400, 0}}};
  const std::string text = to_json(record_of(report));
  CHECK(text.find(R"("systems": [
    {
      "system": "toy-system",
      "precision": "bf16",
      "feasible": true,
      "gpus": 4000,
      "p10_gpus": 3600,
      "p90_gpus": 4400,
      "days": 88.2,
      "power_mw": 15.2,)") != std::string::npos);
  CHECK(text.find(R"("why_not": "no such format")") != std::string::npos);
  CHECK(text.find(R"("gpus": null)") != std::string::npos);
}

TEST_CASE("memory figures have the keys of the contract", "[report]") {
  MemoryValidation memory;
  memory.rows = {{"row", "memory_gib_peak", FigureKind::kPeak, 40, 50, 0.25, {}},
                 {"row", "activation_pct_selective", FigureKind::kPercent, 50, 49, -0.02, {}}};
  memory.fits = {{"big", false, 90, 80}, {"small", false, 70, 80}};
  sum_up(memory);
  const std::string text = to_json(record_of(memory));
  for (const char* part :
       {"\"what\": \"memory_gib_peak\"", "\"measured_gib\": 40", "\"predicted_gib\": 50",
        "\"error\": 0.25", "\"measured_pct\": 50", "\"predicted_pct\": 49", "\"peak_mape\": 0.25",
        "\"parts_mape\": 0.02", "\"did_not_fit\": {\n    \"rows\": 2,\n    \"told\": 1\n  }",
        "\"predicted_gib\": 90", "\"usable_gib\": 80"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("a validation has the keys of the contract", "[report]") {
  Validation validation;
  validation.rows.push_back({.id = "row",
                             .system = "s",
                             .measured_s = 2,
                             .predicted_s = 1,
                             .error = -0.5,
                             .measured_gib = 4,
                             .predicted_gib = 3});
  validation.skipped.push_back({"other", "no such chip"});
  validation.all = {"all", 1, 0.5, -0.5, 0, 0.5};
  const std::string text = to_json(record_of(validation));
  for (const char* part :
       {"\"rows\": [\n    {\n      \"id\": \"row\"", "\"measured_step_time_s\": 2",
        "\"predicted_step_time_s\": 1", "\"error\": -0.5", "\"measured_memory_gib\": 4",
        "\"predicted_memory_gib\": 3", "\"fits_memory\": true", "\"reason\": \"no such chip\"",
        "\"mape\": 0.5", "\"bias\": -0.5", "\"within_10pct\": 0", "\"max_abs_error\": 0.5",
        "\"count\": 1", "\"interval_coverage\"", "\"memory\": {", "\"peak_mape\": 0"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

}  // namespace
}  // namespace fleetcast::report
