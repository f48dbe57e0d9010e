#include "sim/calibration/fit_pass.hpp"

#include "sim/calibration/write_curves.hpp"
#include "tests/catch.hpp"

namespace fleetcast::fit {
namespace {

/// 100 SMs, 1 PFLOP/s, 1 TB/s.
ShelvedChip toy() {
  ShelvedChip out;
  out.gpu.sm_count = 100;
  out.gpu.peak.bf16 = FlopsPerSecond{1e15};
  out.gpu.hbm_bandwidth = BytesPerSecond{1e12};
  out.gpu.l2 = Bytes{1e6};
  out.chip = make_chip(out.gpu, {});
  return out;
}

TEST_CASE("a memory-bound kernel's launch and bandwidth are found again", "[calibration]") {
  const ShelvedChip chip = toy();
  std::vector<MemorySample> rows;
  for (const double bytes : {1e6, 1e7, 1e8, 1e9}) {
    MemoryRow row;
    row.rows = 1;
    row.bytes = Bytes{bytes};
    row.time = Seconds{7e-6 + bytes / 0.6e12};
    rows.push_back({row, &chip});
  }
  const Fitted<MemoryPass> fit = fit_memory_pass(rows);
  CHECK(fit.all.mape() < 1.0);
  CHECK(fit.curve.launch.base() == Approx(7e-6).epsilon(0.05));
  CHECK(fit.curve.efficiency == Approx(0.6).epsilon(0.02));
}

TEST_CASE("an attention curve is found again where it made the times", "[calibration]") {
  const ShelvedChip chip = toy();
  const AttentionPass truth{.launch = Seconds{10e-6},
                            .efficiency_64 = 0.4,
                            .efficiency_128 = 0.5,
                            .efficiency_256 = 0.5,
                            .efficiency_mla = 0.5,
                            .overhead_keys = 300,
                            .memory_efficiency = 0.8};
  std::vector<AttentionSample> rows;
  for (const double keys : {512.0, 1024.0, 2048.0, 4096.0, 8192.0}) {
    AttentionRow row;
    row.dtype = "bf16";
    row.direction = "fwd";
    row.shape = {.batch = 8,
                 .heads = 32,
                 .kv_heads = 32,
                 .head_dim = 128,
                 .value_dim = 128,
                 .queries = keys,
                 .keys = keys};
    row.time = predict(row, truth, chip.chip, chip.gpu.peak.bf16);
    rows.push_back({row, &chip});
  }
  const Fitted<AttentionPass> fit = fit_pass(rows, Surroundings::kAlone);
  CHECK(fit.judged.count() == 4);
  CHECK(fit.judged.mape() < 3.0);
  CHECK(fit.curve.efficiency_64 == Approx(0.8 * fit.curve.efficiency_128));  // not measured
}

TEST_CASE("curves are written with units, without what says nothing", "[calibration]") {
  Implementations all;
  all.name = "toy";
  all.provenance = "none";
  all.memory.push_back({"a b c", "2 rows", {.launch = Seconds{3e-6}, .efficiency = 0.5}});
  CHECK(yaml_of(all) ==
        "name: \"toy\"\nprovenance: \"none\"\nmemory:\n  - name: \"a b c\"\n    fit: \"2 "
        "rows\"\n    pass:\n      launch: 3 us\n      efficiency: 0.5\n");
}

}  // namespace
}  // namespace fleetcast::fit
