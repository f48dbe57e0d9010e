#include "sim/config/echo.hpp"

#include <string>
#include <vector>

#include "models/hardware/cluster.hpp"
#include "models/hardware/gpu.hpp"
#include "tests/catch.hpp"
#include "tests/sim/config/toy_specs.hpp"

namespace fleetcast::config {
namespace {

toy::Chip full_chip() {
  toy::Chip chip;
  chip.name = "don't: \"quote\" [me] #1\n\\";
  chip.bandwidth = BytesPerSecond{3.35e12};
  chip.tdp = Watts{1.0 / 3.0};
  chip.pue = 1.1 + 0.1;
  chip.cores = 7;
  chip.sold = true;
  chip.age = 90.0 * kDay;
  chip.extra = toy::Limits{2};
  chip.limits = toy::Limits{3};
  chip.ratios = {0.1, 1.0 / 3.0};
  chip.links = {{"rail", BytesPerSecond{50e9}}, {"null", BytesPerSecond{1}}};
  chip.schedule = &toy::kInterleaved;
  return chip;
}

template <class Spec>
Spec through_yaml(const Spec& spec) {
  return load<Spec>(parse_text("echo.yaml", to_yaml(spec))).value;
}

TEST_CASE("YAML of a spec reads to an equal spec", "[echo]") {
  const toy::Chip chip = full_chip();
  const toy::Chip back = through_yaml(chip);
  CHECK(detail::echo_spec(back) == detail::echo_spec(chip));
  CHECK(back.name == chip.name);
  CHECK(back.tdp == chip.tdp);
  CHECK(back.pue == chip.pue);
  CHECK(back.ratios == chip.ratios);
  CHECK(back.links.at(1).name == "null");
  CHECK(back.schedule == chip.schedule);
}

TEST_CASE("what is unset is left out and stays unset", "[echo]") {
  toy::Chip chip;
  chip.bandwidth = BytesPerSecond{1};
  const std::string text = to_yaml(chip);
  CHECK(text ==
        "name: \"\"\n"
        "hbm_bandwidth: 1 B/s\n"
        "tdp: 0 W\n"
        "pue: 1.5\n"
        "sms: 1\n"
        "cores: 4\n"
        "sold: false\n"
        "ratios: []\n"
        "links: []\n"
        "schedule: gpipe\n");
  const toy::Chip back = through_yaml(chip);
  CHECK(!back.age.has_value());
  CHECK(!back.extra.has_value());
}

TEST_CASE("awkward texts survive", "[echo]") {
  for (const std::string name :
       {"",   " ",  "~",   "null", "true", "010",    "a: b", "a #b", "- a", "'",
        "\"", "\\", "{a}", "a,b",  "\t",   "a\r\nb", "é",    "x ",   "@",   "%a",
        "&a", "*a", "!a",  "|",    ">",    "?",      "a:",   "1e3",  "\x01"}) {
    toy::Chip chip = full_chip();
    chip.name = name;
    CHECK(through_yaml(chip).name == name);
  }
}

TEST_CASE("lines name every value with its meaning and source", "[echo]") {
  const auto loaded = load<toy::Chip>(parse_text(
      "t.yaml",
      "name: toy\nhbm_bandwidth: {value: 3.35 TB/s, source: aic}\nratios: [0.5]\n"
      "links: [{name: rail, bandwidth: {value: 400 Gb/s, source: smi, assumption: true}}]\n"));
  std::vector<std::string> lines;
  for (const EchoLine& line : echo_lines(loaded.value, loaded.sources)) {
    lines.push_back(line.path + " = " + line.value + " (" + line.meaning + ") " + line.source +
                    (line.assumption ? " assumed" : ""));
  }
  CHECK(lines == std::vector<std::string>{
                     "name = toy (as users call it) ",
                     "hbm_bandwidth = 3.35 TB/s (peak, before any efficiency) aic",
                     "tdp = 0 W (power limit) ",
                     "pue = 1.5 (facility power over IT power) ",
                     "sms = 1 (multiprocessors) ",
                     "cores = 4 (of the host) ",
                     "sold = false (on the market) ",
                     "ratios.0 = 0.5 (shares) ",
                     "links.rail.name = rail (of the link) ",
                     "links.rail.bandwidth = 50 GB/s (one direction) smi assumed",
                     "schedule = gpipe (pipeline schedule) ",
                 });
}

TEST_CASE("sources survive the way through YAML", "[echo]") {
  const std::string text =
      "name: toy\n"
      "hbm_bandwidth: {value: 3.35 TB/s, source: aic, note: \"a, b\"}\n"
      "tdp: {value: 700 W, assumption: true}\n"
      "pue: 1.5\n"
      "sms: 1\n"
      "cores: 4\n"
      "sold: false\n"
      "ratios: {value: [0.5, 1], source: smi}\n"
      "links:\n"
      "  - name: rail\n"
      "    bandwidth: {value: 50 GB/s, source: aic}\n"
      "schedule: gpipe\n";
  const auto loaded = load<toy::Chip>(parse_text("t.yaml", text));
  CHECK(to_yaml(loaded.value, loaded.sources) == text);
}

TEST_CASE("hardware specs survive the way through YAML", "[echo]") {
  Gpu gpu;
  gpu.name = gpu.vendor = gpu.architecture = gpu.launch = gpu.kernels = "toy";
  gpu.peak.bf16 = FlopsPerSecond{989.4e12};
  gpu.sm_count = 132;
  gpu.l2 = Bytes{50.0 * 1024 * 1024};
  gpu.memory = Bytes{80e9};
  gpu.memory_usable = 79.65 * kGiB;
  gpu.hbm_bandwidth = BytesPerSecond{3.35e12};
  gpu.tdp = Watts{700};
  CHECK(detail::echo_spec(through_yaml(gpu)) == detail::echo_spec(gpu));
  CHECK(to_yaml(gpu).find("memory_usable: 79.65 GiB\n") != std::string::npos);

  Cluster cluster;
  cluster.name = cluster.gpu = cluster.form = "toy";
  cluster.node_gpus = cluster.order_gpus = 8;
  cluster.tiers.push_back({.name = "rail", .bandwidth = BytesPerSecond{50e9}, .fabric = "ib"});
  cluster.reliability.interruptions = PerSecond{0.17 / (365.25 * 86400)};
  CHECK(detail::echo_spec(through_yaml(cluster)) == detail::echo_spec(cluster));
  CHECK(to_yaml(cluster).find("interruptions: 0.17 /year\n") != std::string::npos);
}

}  // namespace
}  // namespace fleetcast::config
