// One truth: an exported trace is the step that the engine played. Its nodes add up to the step's
// breakdown, and its longest path, with the messages between ranks, is the step's time.

#include "sim/config/fixed_plan.hpp"
#include "sim/interchange/chakra_export.hpp"
#include "sim/interchange/chakra_graph.hpp"
#include "sim/interchange/chakra_summary.hpp"
#include "sim/plan/pricing.hpp"
#include "tests/catch.hpp"
#include "tests/contract/random_plans.hpp"

namespace fleetcast {
namespace {

namespace chakra = interchange::chakra;
using chakra::CommGroups;
using report::TraceSummary;

constexpr double kRounding = 1e-9;
constexpr double kMicro = 1e-6;  // of the sum of a cost, in whole microseconds

/// What nodes are, rather than what comes of playing them: exposed exchange and bubbles.
constexpr std::array kOfNodes{
    Cost::kGemm, Cost::kAttention,    Cost::kMemoryBound, Cost::kQuantize,  Cost::kRecompute,
    Cost::kHost, Cost::kInterference, Cost::kOptimizer,   Cost::kStraggler, Cost::kOverhead};

struct Played {
  ProgramCache programs;
  EngineWorkspace engine;
  Step step;
  Timeline timeline;
};

void play(const Pricing& pricing, const Plan& plan, Played& out) {
  lower(pricing, plan, out.programs, out.step);
  out.timeline = play(out.step, out.engine);
}

/// The first rank of each stage, through the bytes of its file.
std::vector<chakra::Trace> exported(const Pricing& pricing, const Played& played) {
  chakra::Exporter exporter({&pricing, &played.step, &played.timeline, &played.engine});
  std::vector<chakra::Trace> out;
  std::vector<config::Problem> problems;
  for (int s = 0; s < played.step.plan.pp; ++s) {
    const int rank = exporter.first_rank_of(s);
    std::string bytes;
    append(chakra::Metadata{"0.0.4", {}, {{"rank", rank}}}, bytes);
    exporter.write(rank, [&](const chakra::Node& node) { append(node, bytes); });
    out.push_back(chakra::read_trace("step." + std::to_string(rank) + ".et", bytes, problems));
  }
  CHECK(problems.empty());
  return out;
}

/// Each rank of a group finds it under the same number.
void check_groups(const Plan& plan) {
  CommGroups groups(plan.gpus());
  std::map<int, std::vector<int>> members;
  for (int g = 0; g < kGroupCount; ++g) {
    const GroupPlace whole = place(static_cast<Group>(g), plan);
    const std::array parts{whole, GroupPlace{(whole.size + 1) / 2, whole.stride}};
    for (const GroupPlace& where : parts)
      for (int r = 0; r < plan.gpus(); ++r) members[groups.number_of(where, whole, r)].push_back(r);
  }
  std::string expected = "{";
  for (auto& [number, ranks] : members) {
    std::sort(ranks.begin(), ranks.end());
    ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
    expected += (expected.size() > 1 ? ",\n \"" : "\n \"") + std::to_string(number) + "\": [";
    for (const int rank : ranks)
      expected += (rank == ranks.front() ? "" : ", ") + std::to_string(rank);
    expected += "]";
  }
  CHECK((groups.json() == expected + "\n}\n"));
}

double stated(const TraceSummary::Rank& rank, Cost cost) {
  for (const TraceSummary::Part& part : rank.costs)
    if (part.name == key_of(cost)) return part.time.base();
  return 0;
}

/// Weight gradients of the logits that run behind the pipeline: the breakdown has of them what
/// outlasts it, the rest lies in its bubble.
double put_off(const chakra::Trace& trace) {
  for (const chakra::Node& node : trace.nodes)
    if (node.name == "weight gradients put off") return node.duration().base();
  return 0;
}

void check_sums(const chakra::Trace& trace, const TraceSummary::Rank& rank,
                const Timeline& timeline) {
  std::map<std::string, double> micros;
  for (const chakra::Node& node : trace.nodes)
    micros[node.cost] += kMicro * double(node.duration_micros);
  for (const Cost cost : kOfNodes) {
    INFO(key_of(cost));
    const double expected = timeline.breakdown[cost].base(), sum = stated(rank, cost);
    const double margin = kRounding * timeline.step_time.base();
    if (cost == Cost::kGemm) {
      CHECK(sum >= expected - margin);
      CHECK(sum - put_off(trace) <= expected + margin);
    } else {
      CHECK(sum == Approx(expected).margin(margin));
    }
    CHECK(micros[std::string(key_of(cost))] == Approx(sum).margin(kMicro));
  }
}

/// Returns how far the longest path is from the step's time, as a share of it.
double check_trace(const Pricing& pricing, const Plan& plan) {
  Played played;
  play(pricing, plan, played);
  const std::vector<chakra::Trace> traces = exported(pricing, played);
  CHECK(chakra::check(traces).empty());
  const TraceSummary summary = chakra::summary_of(traces);
  const auto busiest = static_cast<std::size_t>(played.timeline.busiest_stage);
  check_sums(traces[busiest], summary.ranks[busiest], played.timeline);
  std::uint64_t sends = 0, receives = 0;
  for (const chakra::Trace& trace : traces)
    for (const chakra::Node& node : trace.nodes) {
      sends += node.type == chakra::NodeType::kSend ? 1 : 0;
      receives += node.type == chakra::NodeType::kReceive ? 1 : 0;
    }
  if (plan.gpus() <= 1024) check_groups(plan);
  CHECK(sends == summary.messages);
  CHECK(receives == summary.messages);
  return summary.critical_path / played.timeline.step_time - 1.0;
}

TEST_CASE("traces of plans drawn at random add up to the breakdown", "[contract]") {
  contract::Draw draw(1);
  for (int i = 0; i < 60; ++i) {
    Plan plan;
    const Pricing pricing = draw.next(plan);
    INFO(draw.words(pricing, plan));
    // Buckets of gradients and weights, gaps of the CPU and what ends a layer beside sharded
    // weights are placed, not averaged as the formulas do.
    CHECK(std::abs(check_trace(pricing, plan)) < (plan.zero < 3 ? 0.02 : 0.06));
  }
}

TEST_CASE("the longest path is the step's time where no weights move beside it", "[contract]") {
  const config::Scenario s = config::load_scenario(config::scenario_path("gpt3-175b-64-a100"));
  const System& system = s.systems.front().system;
  for (const Schedule* schedule : {&kGpipe, &kOneFOneB, &kInterleaved}) {
    INFO(schedule->key);
    Plan plan{.tp = 8, .pp = 8, .micro_batches = 16, .zero = 0, .schedule = schedule};
    if (schedule->chunked) plan.vp = 2;
    const Pricing pricing = pricing_of(s, system, *s.spec.precisions.front(), plan.global_batch());
    CHECK(std::abs(check_trace(pricing, plan)) < kRounding);
  }
}

TEST_CASE("traces of every scenario with a plan add up to the breakdown", "[contract]") {
  for (const std::string& name : config::names_in("scenarios")) {
    INFO(name);
    const config::Scenario s = config::load_scenario(config::scenario_path(name));
    if (!s.spec.plan.tp) continue;
    const config::FixedPlan own = config::fixed_plan(s);
    const Pricing pricing =
        pricing_of(s, s.systems.front().system, *s.spec.precisions.front(), own.global_batch);
    CHECK(std::abs(check_trace(pricing, own.plan)) < 0.005);
  }
}

}  // namespace
}  // namespace fleetcast
