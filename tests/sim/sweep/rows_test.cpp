#include "sim/sweep/rows.hpp"

#include <nlohmann/json.hpp>

#include "sim/config/fixed_plan.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/report/json.hpp"
#include "sim/sweep/run.hpp"
#include "tests/catch.hpp"
#include "tests/sim/sweep/folder.hpp"

namespace fleetcast::sweep {
namespace {

using tests::SweepFolder;

const std::string kHead = "name: s\nscenario: small.yaml\nobjective: ";

/// Rows of all points of a sweep of the small scenario.
struct Swept {
  std::vector<Column> columns;
  Rows rows;

  Swept(const std::string& text, const std::vector<std::string>& sets = {}) {
    const SweepFolder folder;
    const Inputs inputs = prepare(folder.file("s.yaml", text), sets);
    columns = columns_of(inputs.axes);
    Bench bench(inputs);
    Points points(inputs.grid.size());
    for (PointId point = 0; point < points.size(); ++point) points[point] = point;
    const std::atomic<int> never{0};
    rows = evaluate(inputs, *find_goal(inputs.file.spec.objective), points, bench, never);
  }

  [[nodiscard]] Cell at(std::size_t row, const std::string& key) const {
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].key == key) return rows.at(row).cells[i];
    FAIL("no column " << key);
    return {};
  }
  [[nodiscard]] double number(std::size_t row, const std::string& key) const {
    const Cell cell = at(row, key);
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return double(*whole);
    return std::get<double>(cell);
  }
};

TEST_CASE("rows survive the way to another process", "[sweep]") {
  const Swept swept(kHead + "estimate\naxes:\n  - {path: plan.tp, values: [1, 2, 64, 128]}\n");
  const std::string bytes = bytes_of(swept.rows);
  CHECK(rows_from(bytes) == swept.rows);
  CHECK(rows_from("").empty());
  CHECK_THROWS_AS(rows_from(std::string_view(bytes).substr(0, bytes.size() - 1)),
                  std::runtime_error);
}

/// Flattened: "run_days".
void flatten(const nlohmann::json& json, const std::string& path,
             std::vector<std::pair<std::string, nlohmann::json>>& out) {
  if (!json.is_object()) out.emplace_back(path, json);
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.items())
    flatten(value, path.empty() ? key : path + "_" + key, out);
}

TEST_CASE("a row has the keys and the values of the estimate's JSON", "[sweep]") {
  const Swept swept(kHead +
                    "estimate\naxes:\n  - {path: plan.tp, values: [1, 2, 4]}\n"
                    "  - {path: gpu.hbm_bandwidth, values: [2 TB/s, 3.35 TB/s]}\n");
  const SweepFolder folder;
  const config::Scenario s = config::load_scenario(
      folder.path("small.yaml"), std::vector<std::string>{"plan.tp=4", "gpu.hbm_bandwidth=2 TB/s"});
  const System& system = s.systems.front().system;
  const config::FixedPlan fixed = config::fixed_plan(s);
  const Pricing pricing = pricing_of(s, system, *s.spec.precisions.front(), fixed.global_batch);
  PlanWorkspace workspace;
  report::EstimateResult result{{.system = "h100-80gb-sxm", .tokens = 1e12}, {}, {}};
  result.estimate = estimate(pricing, fixed.plan, run_of(s, system, fixed.plan), workspace);
  std::vector<std::pair<std::string, nlohmann::json>> flat;
  flatten(nlohmann::json::parse(report::to_json(report::record_of(result))), "", flat);
  // What a sweep says otherwise: status for fits, gpus for plan.gpus, `sweep` for the names.
  const std::vector<std::string> elsewhere{"fits", "plan_gpus", "scenario", "model", "stack"};
  std::size_t compared = 0;
  for (const auto& [key, value] : flat) {
    INFO(key);
    if (std::find(elsewhere.begin(), elsewhere.end(), key) != elsewhere.end()) continue;
    ++compared;
    if (value.is_number())
      CHECK(swept.number(4, key) == value.get<double>());
    else if (value.is_boolean())
      CHECK(swept.number(4, key) == double(value.get<bool>()));
    else
      CHECK(swept.at(4, key) == Cell(value.get<std::string>()));
  }
  CHECK(compared > 60);
}

TEST_CASE("what only a combination shows is a refused row with its reason", "[sweep]") {
  const Swept swept(kHead +
                    "estimate\nsets: [plan.dp=16]\naxes:\n"
                    "  - {path: plan.tp, values: [4, 2]}\n"
                    "  - {path: model.kv_heads, values: [8, 3]}\n");
  CHECK(swept.at(0, "status") == Cell(std::string("ok")));
  CHECK(swept.at(0, "reason") == Cell{});
  CHECK(swept.at(1, "status") == Cell(std::string("model")));
  CHECK(swept.at(2, "status") == Cell(std::string("plan")));
  CHECK(swept.at(2, "reason") == Cell(std::string("tp x cp x pp x dp = 2 x 1 x 1 x 16 = 32, the "
                                                  "scenario has 64 GPUs")));
  CHECK(swept.at(2, "step_time_s") == Cell{});
  CHECK(swept.at(2, "plan_tp") == Cell{});
}

TEST_CASE("the order of points leaves no trace in their rows", "[sweep]") {
  const std::string axes =
      "estimate\naxes:\n"
      "  - {path: systems, values: [h100-80gb-sxm, gb200-nvl72]}\n"
      "  - {path: model, values: [llama3-8b, mixtral-8x7b]}\n"
      "  - {path: model.layers, values: [32, 16]}\n"
      "  - {path: stack, values: [megatron-lm 2024, megatron-bridge 26.06]}\n"
      "  - {path: cluster.tiers.0.bandwidth, values: [450 GB/s, 900 GB/s]}\n"
      "  - {path: cluster.tiers.0.fabric, values: [nvlink4, nvlink5]}\n"
      "  - {path: training.seq_len, values: [4096, 8192]}\n"
      "  - {path: precisions, values: [bf16, fp8-delayed]}\n"
      "  - {path: calibration.steps.gemm_rate, values: [0.9, 1]}\n";
  const SweepFolder folder;
  const Inputs inputs = prepare(folder.file("s.yaml", kHead + axes));
  REQUIRE(inputs.grid.size() == 512);
  const Goal& goal = *find_goal("estimate");
  Bench there(inputs), back(inputs);
  const auto row = [&](Bench& bench, PointId point) {
    const Outcome outcome = outcome_at(goal, point, bench);
    return row_of(inputs, bench, point, outcome);
  };
  Rows forward(512), backward(512);
  for (PointId point = 0; point < 512; ++point) forward[point] = row(there, point);
  for (PointId point = 512; point-- > 0;) backward[point] = row(back, point);
  CHECK(forward == backward);
  // A bench that knows nothing else, at some of them.
  for (const PointId point : {0, 77, 311, 511}) {
    Bench alone(inputs);
    CHECK(row(alone, point) == forward[point]);
  }
}

TEST_CASE("a search or a plan of each point gives that of its best", "[sweep]") {
  const Swept searched(kHead +
                       "search\nsets: [plan.tp=~, plan.cp=~, plan.pp=~]\naxes:\n"
                       "  - {path: gpus, values: [64, 0]}\n");
  CHECK(searched.at(0, "status") == Cell(std::string("ok")));
  CHECK(searched.number(0, "plan_dp") >= 1);
  CHECK(searched.number(0, "space_plans") > 1000);
  CHECK(searched.number(0, "space_proven_optimal") == 1);
  CHECK(searched.at(0, "p10_gpus") == Cell{});
  CHECK(searched.at(1, "status") == Cell(std::string("scenario")));
  const Swept planned(kHead +
                      "plan\naxes:\n"
                      "  - {path: deadline, values: [20 days, 40 days, 1 min]}\n");
  CHECK(planned.number(0, "gpus") > planned.number(1, "gpus"));
  CHECK(planned.number(0, "run_days") <= 20);
  CHECK(planned.number(0, "p10_gpus") <= planned.number(0, "gpus"));
  CHECK(planned.at(0, "system") == Cell(std::string("h100-80gb-sxm")));
  CHECK(planned.at(2, "status") == Cell(std::string("deadline")));
}

}  // namespace
}  // namespace fleetcast::sweep
