// `fleetcast simulate` as a shell runs it.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

namespace fleetcast::tests {
namespace {

constexpr const char* kStep = "simulate llama3.1-405b-16k-h100 --scale step ";

nlohmann::json answer(const Shell& shell, const std::string& line) {
  const Result result = shell.run(line + " --format json");
  INFO(result.err);
  REQUIRE(result.code == 0);
  return nlohmann::json::parse(result.out);
}

TEST_CASE("a simulated step answers first, then says why it is not what formulas say", "[cli]") {
  const Shell shell;
  const Result result = shell.run(kStep);
  REQUIRE(result.code == 0);
  CHECK(result.out.starts_with("6."));
  CHECK(result.out.find("than formulas say") != std::string::npos);
  CHECK(result.out.find("Because of ") != std::string::npos);
  CHECK(result.out.find("No step is shorter than") != std::string::npos);
}

TEST_CASE("with links not shared a simulated step is the estimated one", "[cli]") {
  const Shell shell;
  const auto step = answer(shell, std::string(kStep) + "--set simulation.contention=false");
  const auto estimate = answer(shell, "estimate llama3.1-405b-16k-h100");
  CHECK(step["step_time_s"].get<double>() ==
        Approx(estimate["step_time_s"].get<double>()).epsilon(1e-9));
  CHECK(step["analytic_step_time_s"] == estimate["step_time_s"]);
  double sum = 0;
  for (const auto& [key, part] : step["breakdown_s"].items()) sum += part.get<double>();
  CHECK(sum == Approx(step["step_time_s"].get<double>()));
}

TEST_CASE("in full a step has every rank, and noise always plays it so", "[cli]") {
  const Shell shell;
  CHECK(answer(shell, kStep)["ranks_played"] == 128);
  CHECK(answer(shell, std::string(kStep) + "--full")["ranks_played"] == 16384);
  const auto slow = answer(shell, std::string(kStep) + "--set simulation.slow_nodes=1");
  CHECK(slow["ranks_played"] == 16384);
  CHECK(slow["folded"] == false);
}

TEST_CASE("a scenario without a plan is simulated with the one that is found for it", "[cli]") {
  const Shell shell;
  const auto step = answer(shell,
                           "simulate gpt-moe-1.8t-90-days --scale step --system gb200-nvl72 "
                           "--precision mxfp8");
  // As many as the plan uses of the 28 racks that are bought.
  CHECK(step["gpus"] <= 28 * 72);
  CHECK(step["gpus"] > 27 * 72);
}

TEST_CASE("a timeline is valid JSON, and an impossible file of one is named", "[cli]") {
  const Shell shell;
  const auto file = std::filesystem::temp_directory_path() / "fleetcast-simulate-test.json";
  const Result result = shell.run(std::string(kStep) + "--trace " + file.string());
  REQUIRE(result.code == 0);
  std::ifstream in(file);
  const auto trace = nlohmann::json::parse(in);
  CHECK(trace["traceEvents"].size() > 10000);
  std::filesystem::remove(file);
  const Result refused = shell.run(std::string(kStep) + "--trace /nowhere/step.json");
  CHECK(refused.code == 2);
  CHECK(refused.err.find("/nowhere/step.json") != std::string::npos);
}

TEST_CASE("a collective is played message by message", "[cli]") {
  const Shell shell;
  const auto ring = answer(shell, std::string(kStep) + "--collective all_reduce:1GB:512:ring");
  CHECK(ring["messages"] == 2 * 511 * 512);
  CHECK(ring["time_s"].get<double>() ==
        Approx(ring["analytic_time_s"].get<double>()).epsilon(1e-3));
}

TEST_CASE("what cannot be simulated exits 2 or 3 and says why, all at once", "[cli]") {
  const Shell shell;
  const auto refused = [&](const std::string& line, int code) {
    const Result result = shell.run(line);
    CHECK(result.code == code);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK(refused("simulate llama3.1-405b-16k-h100 --scale stp", 2)
            .starts_with(
                "command line:1:1: --scale: \"stp\" is not known here; did you mean \"step\"? "));
  CHECK(refused(std::string(kStep) + "--collective all_reduc:1XB:1", 2) ==
        "command line:1:1: --collective: \"all_reduc\" is not known here; did you mean "
        "\"all_reduce\"? known: all_gather, reduce_scatter, all_reduce, all_to_all, send_recv\n"
        "command line:1:1: --collective: \"XB\" is not a unit of size; did you mean \"B\"? units: "
        "B, kB, MB, GB, TB, PB, EB, KiB, MiB, GiB, TiB, b, kb, Mb, Gb, Tb\n"
        "command line:1:1: --collective: ranks must be a whole number from 2 to 1,048,576, is "
        "\"1\"\n");
  CHECK(refused(std::string(kStep) + "--set simulation.tenants='[{tier: rial, share: 0.5}]'", 2)
            .find("\"rial\" is no tier of the cluster; did you mean \"rail\"?") !=
        std::string::npos);
  CHECK(refused(std::string(kStep) + "--set simulation.slow_nodes=1.5", 2)
            .find("must be a whole number") != std::string::npos);
  CHECK(refused(std::string(kStep) + "--set plan.tp=1 --set plan.dp=1024 --set plan.pp=16", 3)
            .starts_with("fleetcast: the plan cannot run: "));
}

TEST_CASE("a trace named .gz is compressed, and holds the same", "[cli]") {
  const Shell shell;
  const std::string line = "simulate gpt3-175b-64-a100 --scale step --trace ";
  CHECK(shell.run(line + "t.json").code == 0);
  CHECK(shell.run(line + "t.json.gz").code == 0);
  CHECK(shell.shell("gzip -dc t.json.gz | cmp - t.json").code == 0);
  CHECK(text_of(shell.path("t.json.gz")).size() * 5 < text_of(shell.path("t.json")).size());
}

}  // namespace
}  // namespace fleetcast::tests
