#include "sim/sweep/inputs.hpp"

#include "tests/catch.hpp"
#include "tests/sim/sweep/folder.hpp"

namespace fleetcast::sweep {
namespace {

using tests::kSmallSweep;
using tests::SweepFolder;

const std::string kHead = "name: s\nscenario: small.yaml\nobjective: estimate\naxes:\n";

/// What is wrong with a sweep of these axes, without its folder.
std::string refusal(const std::string& text) {
  const SweepFolder folder;
  const std::string path = folder.file("s.yaml", text);
  try {
    prepare(path);
  } catch (const config::ConfigError& error) {
    std::string out = error.what();
    const std::string prefix = folder.path("");
    for (auto at = out.find(prefix); at != std::string::npos; at = out.find(prefix))
      out.erase(at, prefix.size());
    return out;
  }
  return "none";
}

Inputs prepared(const std::string& axes) {
  const SweepFolder folder;
  return prepare(folder.file("s.yaml", kHead + axes));
}

TEST_CASE("values of an axis are read as the field's file would be", "[sweep]") {
  const Inputs in = prepared(
      "  - {path: cluster.tiers.rail.bandwidth, values: [100 Gb/s, 12.5 GB/s]}\n"
      "  - {path: precisions, values: [bf16, [bf16, mxfp8]]}\n"
      "  - {path: training.tokens, log: {from: 1T, to: 8T, ratio: 2}}\n"
      "  - {path: plan.sequence_parallel, values: [true, false]}\n"
      "  - {path: plan.vp, values: [~, 2]}\n");
  REQUIRE(in.axes.size() == 5);
  CHECK(in.axes[0].cells == std::vector<Cell>{12.5e9, 12.5e9});
  CHECK(in.axes[0].column.key == "axis_cluster_tiers_rail_bandwidth_bytes_per_s");
  CHECK(in.axes[0].column.unit == "B/s");
  // The same value, however it is written, is the same input.
  CHECK(in.axes[0].hashes[0] == in.axes[0].hashes[1]);
  CHECK(in.axes[1].cells == std::vector<Cell>{std::string("bf16"), std::string("[bf16, mxfp8]")});
  CHECK(in.axes[2].cells == std::vector<Cell>{1e12, 2e12, 4e12, 8e12});
  CHECK(in.axes[3].cells == std::vector<Cell>{std::int64_t{1}, std::int64_t{0}});
  CHECK(in.axes[3].column.type == CellType::kBoolean);
  CHECK(in.axes[4].cells == std::vector<Cell>{Cell{}, std::int64_t{2}});
  CHECK(in.grid.size() == 2 * 2 * 4 * 2 * 2);
}

TEST_CASE("every problem of a sweep's file is found at once", "[sweep]") {
  CHECK(refusal("name: s\nscenari: small.yaml\nobjective: estimate\naxes: []\n") ==
        "s.yaml:1:1: scenario: is missing: file of configs/scenarios, or a path\n"
        "s.yaml:2:1: scenari: is not a key here; did you mean \"scenario\"? keys: name, question, "
        "scenario, objective, sets, axes, where, sources");
  CHECK(refusal(kHead + "  - {values: [1]}\n"
                        "  - {path: gpus, values: [1], range: {from: 1, to: 2, points: 2}}\n"
                        "  - {path: gpus, range: {from: 1, to: 2}}\n"
                        "  - {path: gpus, log: {from: 1, to: 2, step: 1}}\n"
                        "  - {path: gpus, zip: [{path: gpus, values: [1]}]}\n") ==
        "s.yaml:5:5: axes.0.path: is missing: the field to vary\n"
        "s.yaml:6:5: axes.1: needs one of values, range and log\n"
        "s.yaml:7:25: axes.2.range: needs step or points, one of them\n"
        "s.yaml:8:23: axes.3.log: needs ratio or points, one of them\n"
        "s.yaml:8:46: axes.3.log: goes with range\n"
        "s.yaml:9:5: axes.4.zip: goes without path, values, range and log");
}

TEST_CASE("every bad value of every axis is found before anything runs", "[sweep]") {
  const std::string text =
      refusal(kHead +
              "  - {path: plan.tq, values: [1]}\n"
              "  - {path: plan.tp, values: [1, 0, two, 2.5]}\n"
              "  - {path: gpu.tdp, values: [700, 700 W]}\n"
              "  - {path: cluster.tiers.rial.bandwidth, values: [1 GB/s]}\n"
              "  - {path: training.seq_len, values: [4096.5]}\n"
              "  - {path: plan.recompute, values: [ful]}\n"
              "  - {path: plan.pp, range: {from: 1, to: 4, points: 3}}\n"
              "  - {path: precisions, values: [bf61, []]}\n"
              "  - {path: deadline, range: {from: 60 days, to: 90 days, step: -10 days}}\n");
  INFO(text);
  const auto has = [&](const char* line) { CHECK(text.find(line) != std::string::npos); };
  has("s.yaml:5:12: axes.0.path: \"tq\" is not a key here; did you mean \"tp\"? keys: tp, cp, ");
  has("s.yaml:6:33: plan.tp: must be between 1 and 4096, is 0\n");
  has("s.yaml:6:36: plan.tp: \"two\" is not a number");
  has("s.yaml:6:41: plan.tp: must be a whole number, is 2.5\n");
  has("s.yaml:7:30: gpu.tdp: \"700\" needs a unit, such as \"700 W\"\n");
  has("s.yaml:8:12: axes.3.path: there is no item \"rial\"; did you mean \"rail\"? items: "
      "nvlink, ");
  has("s.yaml:9:39: training.seq_len: must be a whole number, is 4096.5\n");
  has("s.yaml:10:37: plan.recompute: \"ful\" is not known here; did you mean \"full\"? known: ");
  has("s.yaml:11:12: plan.pp: must be whole numbers, the range gives 2.5\n");
  has("s.yaml:12:33: precisions.0: \"bf61\" is not known here; did you mean \"bf16\"? known: ");
  has("s.yaml:12:39: precisions: must name at least one\n");
  has("s.yaml:13:64: deadline: does not lead from `from` to `to`");
}

TEST_CASE("files that axes name must be there, with the fields that others move", "[sweep]") {
  CHECK(refusal(kHead + "  - {path: model, values: [llama3-8b, lama3-70b]}\n")
            .starts_with("s.yaml:5:39: model: \"lama3-70b\" is not in configs/llms; did you mean "
                         "\"llama3-70b\"? known: "));
  CHECK(refusal(kHead + "  - {path: systems, values: [h100-80gb-sxm, b2000]}\n")
            .starts_with("s.yaml:5:45: systems: \"b2000\" is not in configs/clusters; did you mean "
                         "\"b200\"? known: "));
}

TEST_CASE("a wrong objective hides no wrong value", "[sweep]") {
  CHECK(refusal("name: s\nscenario: small.yaml\nobjective: estimte\naxes:\n"
                "  - {path: gpus, values: [many]}\n") ==
        "s.yaml:3:12: objective: \"estimte\" is not known here; did you mean \"estimate\"? known: "
        "estimate, search, plan\n"
        "s.yaml:5:27: gpus: \"many\" is not a number such as \"12\", \"0.4\", \"40 %\" or \"13T\"");
}

TEST_CASE("a field is moved by one axis", "[sweep]") {
  CHECK(refusal(kHead + "  - {path: plan, values: [{tp: 1}, {tp: 2}]}\n"
                        "  - {path: plan.tp, values: [1, 2]}\n"
                        "  - {path: plan.pp, values: [1]}\n") ==
        "s.yaml:6:12: axes.1.path: \"plan.tp\" is moved by axis axes.0 as well\n"
        "s.yaml:7:12: axes.2.path: \"plan.pp\" is moved by axis axes.0 as well");
}

TEST_CASE("zipped axes have as many values each", "[sweep]") {
  CHECK(refusal(kHead + "  - zip:\n"
                        "      - {path: plan.pp, values: [1, 2]}\n"
                        "      - {path: plan.vp, values: [1, 2, 4]}\n") ==
        "s.yaml:7:16: axes.0.zip.1: has 3 values, the axis before it has 2: they move together");
}

TEST_CASE("what the sweep names and sets is checked where it says so", "[sweep]") {
  CHECK(refusal("name: s\nscenario: smal.yaml\nobjective: guess\naxes:\n"
                "  - {path: plan.tp, values: [1]}\n") ==
        "s.yaml:3:12: objective: \"guess\" is not known here; known: estimate, search, plan\n"
        "smal.yaml:1:1: no such file");
  CHECK(refusal("name: s\nscenario: small.yaml\nobjective: estimate\nsets: [gpus=63, plan.tp=0]\n"
                "axes:\n  - {path: plan.cp, values: [1]}\n") ==
        "s.yaml:4:17: sets.1: plan.tp: must be between 1 and 4096, is 0");
  CHECK(refusal(kHead + "  - {path: plan.tp, values: [1, 2]}\nwhere: [plan.tp < 2, plan.tp <]\n") ==
        "s.yaml:6:22: where.1: character 10: ends where a value is expected");
  CHECK(refusal(kHead + "  - {path: training.tokens, range: {from: 1, to: 1e9, step: 1}}\n") ==
        "s.yaml:5:43: training.tokens: has more than 10,000 values");
}

TEST_CASE("a grid that nobody could finish is refused", "[sweep]") {
  std::string axes;
  for (const char* path : {"training.tokens", "training.global_batch", "gpus"})
    axes += "  - {path: " + std::string(path) + ", range: {from: 1, to: 9000, step: 1}}\n";
  CHECK(refusal(kHead + axes) == "s.yaml:5:3: axes: make more than 100,000,000 points");
}

}  // namespace
}  // namespace fleetcast::sweep
