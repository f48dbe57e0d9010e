#include "sim/report/text.hpp"

#include <sstream>

#include "tests/catch.hpp"
#include "tests/sim/report/results.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("an estimate answers first, then says why", "[report]") {
  CHECK(to_text(toy_estimate(), {}) ==
        R"(2.00 s a step on 4,000 Toy 8 GB: 88 days for 13 T tokens, MFU 41 %
Toy 1B in bf16, toy 1, 8,000 sequences of 1,024 tokens a step
Eight in ten such forecasts hold within 1.50 s to 2.50 s a step

Where the step goes, seconds
  gemm    1.500   75.0 %  matrix products
  bubble  0.500   25.0 %  pipeline stages waiting for each other
  step    2.000  100.0 %  of the busiest stage

Memory of the fullest GPU, GiB
  weights        3.0  weights, low-precision copies included
  gradients      1.0  gradients
  optimizer      0.0  optimizer states and master weights
  activations    0.0  activations kept for the backward pass
  working        0.0  alive within one layer
  buffers        0.5  context, workspaces, communication
  fragmentation  0.0  lost in the allocator
  total          4.5  of 8.0 usable

Plan
  tensor-model-parallel-size    2
  pipeline-model-parallel-size  2
  data-parallel-size            1,000
  micro-batch-size              1, 8 a step
  global-batch-size             8,000
  ZeRO                          1
  recompute                     none
  sequence-parallel             yes
  schedule                      1f1b

Run
  time       88 days (p10 80 days, p90 95 days)
  steps      1,586,914
  goodput    97 %, an interruption every 3 h, a checkpoint every 10 min
  GPU-hours  8.4 M
  power      15.2 MW
  energy     24.6 GWh
  cost       $15.0 M to $25.0 M rented; $412 M to buy, $22.5 M of it and of
             electricity for this run
  carbon     9,840 t CO2
)");
}

TEST_CASE("a plan that cannot run says by how much, and what would help", "[report]") {
  const std::string text = to_text(toy_misfit(), {});
  CHECK(text.substr(0, text.find('\n')) ==
        "Cannot run on 4,000 Toy 8 GB: needs 13.5 GiB a GPU, 8.0 GiB are usable");
  CHECK(text.find("Where the step goes") == std::string::npos);
  CHECK(text.ends_with("\nWhat would make it fit\n  pp 4, dp 500  4,000 GPUs  6.8 GiB a GPU\n"));
}

TEST_CASE("a listing is aligned, numbers to the right", "[report]") {
  CHECK(to_text(toy_listing(), {}) ==
        "  gpu     memory  new\n"
        "              gb\n"
        "  a, \"b\"      80  yes\n"
        "  c          0.5\n"
        "\n"
        "  source\n"
        "  src     a page\n");
}

TEST_CASE("long texts wrap inside their column", "[report]") {
  const std::string words = "one two three four five six seven eight nine ten eleven twelve";
  const std::string text = render({{"key"}, {"meaning"}}, {{"a", words}}, {.width = 30});
  CHECK(text ==
        "  key  meaning\n"
        "  a    one two three four five\n"
        "       six seven eight nine\n"
        "       ten eleven twelve\n");
}

TEST_CASE("no line is wider than a terminal", "[report]") {
  FleetReport report{"How many?", kDay * 90.0, {}, {}};
  for (int i = 0; i < 4; ++i) {
    report.subjects.push_back(toy_subject());
    report.answer.fleets.push_back({.precision = &kBf16,
                                    .feasible = i != 2,
                                    .why_not = "no such format",
                                    .gpus = 123456,
                                    .p10_gpus = 100000,
                                    .p90_gpus = 140000,
                                    .estimate = toy_estimate().estimate});
  }
  report.answer.tokens = {{6.5e12, kDay * 90.0, {1, 2, 0, 4}}, {13e12, kDay * 90.0, {1, 2, 0, 4}}};
  SearchReport search{toy_subject(), 4000, {"bf16"}, {}};
  search.result.ranked.assign(3, toy_estimate().estimate);
  search.result.objectives = {&kStepTime};
  search.result.use.assign(3, {1.5});
  search.result.counts.refused = {{"memory", 12345, toy_misfit().estimate.misfit}};
  for (const std::string& text :
       {to_text(toy_estimate(), {}), to_text(report, {}), to_text(search, {})}) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("memory figures are a table below their averages", "[report]") {
  MemoryValidation memory;
  CHECK(to_text(memory, {}).empty());
  memory.rows = {{"one", "memory_gib_peak", FigureKind::kPeak, 40, 50, 0.25, {}},
                 {"two", "activation_pct_full", FigureKind::kPercent, 50, 49, -0.02, {}}};
  memory.fits = {{"big", false, 90, 80}, {"small", false, 70, 80}, {"ran", true, 70, 80}};
  sum_up(memory);
  const std::string text = to_text(memory, {});
  CHECK(text.find("Memory in GiB: 1 peaks, mean absolute error 25.0 %; 1 parts") == 1);
  CHECK(text.substr(text.find("\n\n") + 2) ==
        "  row    memory               measured  predicted    error\n"
        "  one    memory_gib_peak          40.0       50.0  +25.0 %\n"
        "  two    activation_pct_full    50.0 %     49.0 %   -2.0 %\n"
        "  big    did not fit            > 80.0       90.0     told\n"
        "  small  did not fit            > 80.0       70.0   missed\n");
}

TEST_CASE("color is for terminals only", "[report]") {
  CHECK(bold("x", {}) == "x");
  CHECK(bold("x", {.color = true}) == "\x1b[1mx\x1b[0m");
}

}  // namespace
}  // namespace fleetcast::report
