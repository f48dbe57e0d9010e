#include "sim/config/scenario.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sim/config/echo.hpp"
#include "sim/config/fixed_plan.hpp"
#include "tests/catch.hpp"

namespace fleetcast::config {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

/// A scenario file named "s.yaml" in messages: tests run in a folder of their own.
class Folder {
 public:
  Folder() : before_(fs::current_path()) {
    path_ = fs::temp_directory_path() / ("fleetcast-scenario-" + std::to_string(::getpid()));
    fs::create_directories(path_);
    fs::current_path(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    fs::current_path(before_);
    fs::remove_all(path_);
  }

 private:
  fs::path before_, path_;
};

const std::string kSmall =
    "name: small\n"
    "model: llama3-8b\n"
    "systems: [h100-80gb-sxm]\n"
    "training: {seq_len: 8192, global_batch: 128}\n";

Scenario load_text(const std::string& text, const Texts& sets = {}) {
  const Folder folder;
  std::ofstream("s.yaml") << text;
  return load_scenario("s.yaml", sets);
}

std::string refusal(const std::string& text, const Texts& sets = {}) {
  try {
    load_text(text, sets);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a scenario brings everything it names", "[scenario]") {
  const Scenario scenario = load_text(kSmall + "gpus: 64\nplan: {tp: 2, schedule: gpipe}\n");
  CHECK(scenario.model.layers == 32);
  REQUIRE(scenario.systems.size() == 1);
  CHECK(scenario.systems[0].system.cluster.node_gpus == 8);
  CHECK(scenario.spec.precisions == std::vector<const Precision*>{&kBf16});
  CHECK(scenario.spec.plan.tp == 2);
  CHECK(scenario.spec.plan.schedule == &kGpipe);
  CHECK_FALSE(scenario.spec.plan.pp.has_value());
  CHECK(scenario.stack.name == "megatron-bridge");
  CHECK(scenario.stack_note.empty());
}

TEST_CASE("overrides reach the scenario and every file that it names", "[scenario]") {
  const Scenario s = load_text(
      kSmall, {"training.tokens=13T", "model.layers=2", "gpu.tdp=1 kW", "cluster.power.pue=1.5",
               "stack.step_overhead=1 s", "economy.electricity=0.1 USD/kWh"});
  CHECK(s.spec.training.tokens == 13e12);
  CHECK(s.model.layers == 2);
  CHECK(s.systems[0].system.gpu.tdp == Watts{1000});
  CHECK(s.systems[0].system.cluster.power.pue == 1.5);
  CHECK(s.stack.step_overhead == Seconds{1});
  CHECK(s.spec.economy.electricity.base() == Approx(0.1 / 3.6e6));
}

TEST_CASE("problems of all files and overrides come at once", "[scenario]") {
  const std::string text =
      "name: bad\n"
      "modl: llama3-8b\n"
      "model: lama3-8b\n"
      "systems: [h100-80gb-sxn, h200]\n"
      "precisions: [bf61]\n"
      "training: {seq_len: 8192.5, global_batch: -1, tokens: nan}\n"
      "deadline: 90\n"
      "plan: {tp: 0, recompute: ful}\n";
  const std::string what = refusal(text, {"gpu.tdp=7", "cluster.nod_gpus=8", "tokens"});
  const auto has = [&](const std::string& line) {
    INFO(line << "\nin\n" << what);
    CHECK(what.find(line) != std::string::npos);
  };
  has("--set:1:1: \"tokens\" is not path=value\n");
  has("--set:1:1: cluster.nod_gpus: is not a key here; did you mean \"node_gpus\"? keys: ");
  has("--set:1:1: gpu.tdp: \"7\" needs a unit, such as \"7 W\"\n");
  has("s.yaml:2:1: modl: is not a key here; did you mean \"model\"? keys: name, question, ");
  has("s.yaml:3:8: model: \"lama3-8b\" is not in configs/llms; did you mean \"llama3-8b\"? "
      "known: ");
  has("s.yaml:4:11: systems.0: \"h100-80gb-sxn\" is not in configs/clusters; did you mean "
      "\"h100-80gb-sxm\"? known: ");
  has("s.yaml:5:14: precisions.0: \"bf61\" is not known here; did you mean \"bf16\"? known: "
      "bf16, ");
  has("s.yaml:6:21: training.seq_len: must be a whole number, is 8192.5\n");
  has("s.yaml:6:43: training.global_batch: must be between 1 and 1e+06, is -1\n");
  has("s.yaml:6:55: training.tokens: \"nan\" is not a number such as");
  has("s.yaml:7:11: deadline: \"90\" needs a unit, such as \"90 min\"\n");
  has("s.yaml:8:12: plan.tp: must be between 1 and 4096, is 0\n");
  has("s.yaml:8:26: plan.recompute: \"ful\" is not known here; did you mean \"full\"? known: "
      "none, ");
}

TEST_CASE("a plan must multiply to the fleet", "[scenario]") {
  CHECK(refusal(kSmall + "gpus: 64\nplan: {tp: 2, cp: 1, pp: 1, dp: 16}\n") ==
        "s.yaml:6:7: plan: tp x cp x pp x dp = 2 x 1 x 1 x 16 = 32, the scenario has 64 GPUs");
  CHECK(refusal(kSmall + "gpus: 64\nplan: {tp: 8, pp: 3}\n") ==
        "s.yaml:6:7: plan: tp x pp = 8 x 3 = 24 does not divide the 64 GPUs of the scenario");
  CHECK(refusal(kSmall + "plan: {tp: 4096, pp: 1024, dp: 128}\n") ==
        "s.yaml:5:7: plan: tp x pp x dp = 4096 x 1024 x 128 = 536,870,912 is beyond 100,000,000 "
        "GPUs");
}

TEST_CASE("absurd numbers are refused", "[scenario]") {
  CHECK(refusal(kSmall + "gpus: 1e9\n") == "s.yaml:5:7: gpus: must be between 0 and 1e+08, is 1e9");
  CHECK(refusal(kSmall, {"training.tokens=1e19"}) ==
        "--set:1:1: training.tokens: must be between 0 and 1e+18, is 1e19");
  CHECK(refusal(kSmall + "systems: []\n").find("is given twice") != std::string::npos);
  CHECK(refusal(kSmall, {"systems=[]"}) == "--set:1:1: systems: must name at least one");
  CHECK(refusal(kSmall + "plan: {recompute_num_layers: 2}\n") ==
        "s.yaml:5:30: plan.recompute_num_layers: needs recompute: full");
}

TEST_CASE("what a plan leaves out is one, or follows", "[scenario]") {
  const FixedPlan open = fixed_plan(load_text(kSmall));
  CHECK((open.plan.gpus() == 1 && open.plan.micro_batches == 128));
  CHECK(open.plan.schedule == &kOneFOneB);

  const FixedPlan plan = fixed_plan(load_text(
      kSmall +
      "gpus: 64\nplan: {tp: 2, pp: 4, vp: 2, micro_batch: 2, recompute_modules: [mlp]}\n"));
  CHECK(plan.plan.dp == 8);
  CHECK(plan.plan.micro_batches == 8);
  CHECK(plan.plan.schedule == &kInterleaved);
  CHECK(plan.plan.zero == 1);
  CHECK(plan.plan.recompute == find_recompute("mlp")->value);
}

TEST_CASE("the batch moves to what the plan divides, within its tolerance", "[scenario]") {
  CHECK(batch_near(100, 30, 0.1) == 90);
  CHECK(batch_near(100, 30, 0.09) == 100);
  CHECK(batch_near(100, 25, 0) == 100);
  CHECK(batch_near(10, 64, 0.5) == 10);
}

TEST_CASE("a fleet that the fixed sizes cannot fill is refused", "[scenario]") {
  const Scenario scenario = load_text(kSmall + "gpus: 64\nplan: {dp: 16}\n");
  try {
    fixed_plan(scenario);
    FAIL("no error");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()) ==
          "s.yaml:6:7: plan: tp x cp x pp x dp = 1 x 1 x 1 x 16 = 16, the scenario has 64 GPUs");
  }
}

TEST_CASE("every scenario of configs/ loads and survives a round trip", "[scenario][contract]") {
  const std::vector<std::string> names = names_in("scenarios");
  CHECK(names.size() >= 5);
  for (const std::string& name : names) {
    INFO(name);
    const Scenario scenario = load_scenario(scenario_path(name));
    CHECK_FALSE(scenario.spec.question.empty());
    CHECK(scenario.stack_note.empty());
    const std::string yaml = to_yaml(scenario.spec);
    Reader reader;
    const ScenarioSpec again = read<ScenarioSpec>(parse_text("again", yaml).root(), reader);
    CHECK(reader.problems.empty());
    CHECK(to_yaml(again) == yaml);
  }
}

}  // namespace
}  // namespace fleetcast::config
