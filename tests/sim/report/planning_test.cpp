#include "sim/report/planning.hpp"

#include "sim/report/text.hpp"
#include "tests/catch.hpp"
#include "tests/sim/report/results.hpp"

namespace fleetcast::report {
namespace {

/// 4,000 GPUs at 400 TFLOP/s, and another system that does with as many times fewer.
FleetReport toy_fleets(double times) {
  FleetReport out{"How many?", kDay * 90.0, {}, {}, {}};
  for (std::size_t system = 0; system < 2; ++system) {
    Fleet fleet;
    fleet.system = system;
    fleet.precision = &kBf16;
    fleet.feasible = true;
    fleet.estimate = toy_estimate().estimate;
    fleet.estimate.tokens_per_step = 8e6;
    fleet.gpus = 4000 / (system == 0 ? 1 : times);
    out.answer.fleets.push_back(fleet);
    out.subjects.push_back(toy_subject());
    out.subjects.back().system = system == 0 ? "slow" : "fast";
    out.subjects.back().system_name = system == 0 ? "Slow" : "Fast";
  }
  return out;
}

}  // namespace

TEST_CASE("a pair's peak, MFU and rest multiply to its ratio", "[report]") {
  FleetReport report = toy_fleets(5);
  Estimate& fast = report.answer.fleets[1].estimate;
  fast.mfu = 0.206;                                  // half of the other's
  fast.model_flops_per_gpu = FlopsPerSecond{16e14};  // so the peak is eight times the other's
  const std::string text = pairing_text(report, 0, 1);
  CHECK(text.starts_with("4,000 Slow, bf16 against 800 Fast, bf16: 5.00 times fewer GPUs. "));
  CHECK(text.find("is 8.00 times the bf16 peak") != std::string::npos);
  CHECK(text.find("(times 0.50)") != std::string::npos);
  CHECK(text.find("make up 1.25.") != std::string::npos);  // 8 x 0.5 x 1.25 = 5
}

TEST_CASE("a pair's costs are compared in GPU time for a token", "[report]") {
  FleetReport report = toy_fleets(2);
  Estimate& fast = report.answer.fleets[1].estimate;
  fast.plan.dp = 250;  // a fourth of the GPUs, and the same 2 s: GEMMs 1.5 s, bubble 0.5 s
  CHECK(pairing_text(report, 0, 1)
            .find("gemm divided by 4.00 (75 % of the time before, 75 % after), bubble divided by "
                  "4.00 ") != std::string::npos);
}

TEST_CASE("fleets shown are the claims' nearest, and the smallest of other systems", "[report]") {
  FleetReport report = toy_fleets(2);
  Fleet smaller = report.answer.fleets[0];
  smaller.precision = find_precision("mxfp8");
  smaller.gpus = 1000;
  report.answer.fleets.push_back(smaller);
  report.subjects.push_back(report.subjects[0]);
  CHECK(shown_fleets(report) == std::vector<std::size_t>{2, 1});
  ClaimCheck claim;
  claim.system = "slow";
  claim.nearest = &kBf16;
  report.claims = {claim};
  CHECK(shown_fleets(report) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("a report on one plan says its answer, its costs and nothing of fleets", "[report]") {
  Planning planning;
  planning.command = "fleetcast report toy --out toy.html";
  planning.version = "1";
  planning.subject = toy_subject();
  Profile profile;
  profile.sensitivities.estimate = toy_estimate().estimate;
  profile.sensitivities.time = Seconds{2};
  profile.memory = {profile.sensitivities.estimate.memory};
  profile.slots = {{0, {0, 0, SlotPass::kForward}, Seconds{0}, Seconds{0.5}},
                   {0, {0, 0, SlotPass::kBackward}, Seconds{0.5}, Seconds{2}}};
  planning.close_ups = {{toy_subject(), 4000, profile}};
  const Document document = document_of(planning);
  CHECK(document.answer.starts_with("2.00 s a step on 4,000 Toy 8 GB: "));
  std::vector<std::string> keys;
  for (const Section& section : document.sections) keys.push_back(section.key);
  CHECK(keys == std::vector<std::string>{"step", "what-if", "memory", "timeline", "evidence",
                                         "cost", "again"});
}

TEST_CASE("a ratio says which way it goes", "[report]") {
  CHECK(ratio_text(4.05) == "4.05 times fewer");
  CHECK(ratio_text(0.4) == "2.50 times more");
  CHECK(ratio_text(1.001) == "as many");
}

}  // namespace fleetcast::report
