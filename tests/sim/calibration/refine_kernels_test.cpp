#include "sim/calibration/refine_kernels.hpp"

#include <cmath>

#include "models/cost/kernel.hpp"
#include "sim/calibration/collective_samples.hpp"
#include "sim/config/library.hpp"
#include "sim/validation/gemm_price.hpp"
#include "tests/catch.hpp"

// Rows are made from curves that are off the present ones by a known factor; a refinement has to
// find that factor again.

namespace fleetcast::fit {
namespace {

const std::string kKit = "measured with bench/device/measure.py 2026-01-02";

template <class Spec>
Spec named(std::string_view folder, const std::string& name) {
  return config::load<Spec>(config::path_of(folder, {name, {}})).value;
}
template <class Spec>
Spec parsed(const NewFile& file) {
  return config::load<Spec>(config::parse_text(file.name, file.text)).value;
}

/// The lines from "  <key>:" on, as long as they are deeper.
std::string block(const std::string& text, const std::string& key) {
  const auto from = text.find("\n  " + key + ":\n");
  std::size_t end = from + 1;
  do end = text.find('\n', end + 1);
  while (text.compare(end, 5, "\n    ") == 0);
  return text.substr(from, end - from);
}

constexpr GemmShape kShapes[]{
    {8192, 8192, 8192, 1},  {4096, 4096, 4096, 1},  {8192, 1024, 8192, 1}, {8192, 28672, 8192, 1},
    {2048, 16384, 4096, 1}, {16384, 2048, 8192, 1}, {1024, 8192, 8192, 1}, {4096, 14336, 4096, 1},
    {512, 4096, 4096, 1},   {128, 4096, 14336, 1},  {4096, 6144, 4096, 1}, {8192, 8192, 1024, 1}};

/// A dozen GEMMs as that chip would run them.
std::vector<GemmRow> gemms(const std::string& label, const std::string& dtype, const Gpu& gpu,
                           const KernelCurves& curves, const std::string& mode = "burst") {
  const Chip chip = make_chip(gpu, curves);
  const Clock clock = mode == "burst" ? Clock::kBurst : Clock::kSustained;
  std::vector<GemmRow> rows;
  for (const GemmShape& shape : kShapes)
    rows.push_back({label, dtype, shape,
                    gemm_time(shape, find_label(dtype)->dtype, chip, {.clock = clock}),
                    kKit + "; " + mode + " fwd NT; 3 runs"});
  return rows;
}

TEST_CASE("a dozen GEMMs tell that a chip's matrix units are a tenth slower", "[calibration]") {
  const Gpu gpu = named<Gpu>("gpus", "h200-sxm");
  const KernelCurves present = named<KernelCurves>("kernels", "h200");
  KernelCurves truth = present;
  truth.gemm.bf16.efficiency *= 0.9;
  const Refinement all =
      refine_kernels({.gemm = gemms("H200-SXM", "bf16", gpu, truth)}, "2026-01-02");
  REQUIRE(all.subjects.size() == 1);
  const RefinedSubject& h200 = all.subjects.front();
  CHECK(h200.name == "h200-sxm");
  REQUIRE(h200.files.size() == 1);  // no other chip's
  CHECK(h200.files.front().name == "kernels/h200.yaml");
  REQUIRE(h200.sections.size() == 1);
  CHECK(h200.sections.front().rows == 12);
  CHECK(h200.sections.front().before > 4.0);
  CHECK(h200.sections.front().after < 0.5);
  CHECK(h200.sections.front().moved.starts_with("efficiency 0.8285 -> 0.7"));
  const auto found = parsed<KernelCurves>(h200.files.front());
  CHECK(found.gemm.bf16.efficiency == Approx(truth.gemm.bf16.efficiency).epsilon(0.01));
  const Chip true_chip = make_chip(gpu, truth), found_chip = make_chip(gpu, found);
  for (const GemmShape unseen : {GemmShape{3072, 12288, 12288, 1}, GemmShape{32768, 4096, 2048, 1},
                                 GemmShape{1024, 1024, 1024, 1}})
    for (const Clock clock : {Clock::kBurst, Clock::kSustained})
      CHECK(gemm_time(unseen, Dtype::kBf16, found_chip, {.clock = clock}) /
                gemm_time(unseen, Dtype::kBf16, true_chip, {.clock = clock}) ==
            Approx(1.0).epsilon(0.01));
}

TEST_CASE("what no row tells of is written as it was, to the digit", "[calibration]") {
  const KernelCurves present = named<KernelCurves>("kernels", "h200");
  KernelCurves truth = present;
  truth.gemm.bf16.efficiency *= 0.9;
  const Gpu gpu = named<Gpu>("gpus", "h200-sxm");
  const Refinement all =
      refine_kernels({.gemm = gemms("H200-SXM", "bf16", gpu, truth)}, "2026-01-02");
  const std::string& text = all.subjects.front().files.front().text;
  const std::string before = yaml_of(present);
  for (const char* key : {"fp8", "fp8_block", "flash2", "flash3", "norm", "quantize"})
    CHECK(block(text, key) == block(before, key));
  CHECK(block(text, "bf16") != block(before, "bf16"));
  const auto found = parsed<KernelCurves>(all.subjects.front().files.front());
  CHECK(found.sustained == present.sustained);
  CHECK(found.provenance.find("moved on 2026-01-02 by `fleetcast calibrate` from the curves of "
                              "kernels/h200 to rows of H200-SXM;") == 0);
  CHECK(found.provenance.find("GEMM bf16: 12 rows, error ") != std::string::npos);
  CHECK(found.provenance.find("kept as they were: GEMM fp8, ") != std::string::npos);
  CHECK(found.provenance.find(kKit) != std::string::npos);
}

TEST_CASE("rows that the curves predict move nothing", "[calibration]") {
  const KernelCurves present = named<KernelCurves>("kernels", "h200");
  const Gpu gpu = named<Gpu>("gpus", "h200-sxm");
  const Refinement all =
      refine_kernels({.gemm = gemms("H200-SXM", "bf16", gpu, present)}, "2026-01-02");
  CHECK(all.subjects.front().sections.front().moved == "nothing");
}

TEST_CASE("one row moves less than a dozen that say the same", "[calibration]") {
  const Gpu gpu = named<Gpu>("gpus", "h200-sxm");
  KernelCurves truth = named<KernelCurves>("kernels", "h200");
  const double present = truth.gemm.bf16.efficiency;
  truth.gemm.bf16.efficiency *= 0.7;
  const auto efficiency = [&](const std::vector<GemmRow>& rows) {
    const Refinement all = refine_kernels({.gemm = rows}, "2026-01-02");
    return parsed<KernelCurves>(all.subjects.front().files.front()).gemm.bf16.efficiency;
  };
  const std::vector<GemmRow> rows = gemms("H200-SXM", "bf16", gpu, truth);
  const double by_one = efficiency({rows.front()}), by_all = efficiency(rows);
  CHECK(by_one < present);
  CHECK(by_all < by_one);
  CHECK(by_all == Approx(0.7 * present).epsilon(0.02));
}

TEST_CASE("rows at the settled clock tell what lasting load costs", "[calibration]") {
  const Gpu gpu = named<Gpu>("gpus", "h200-sxm");
  KernelCurves truth = named<KernelCurves>("kernels", "h200");
  truth.gemm.bf16.efficiency *= 0.95;
  truth.sustained = 0.8;
  KernelTables tables{.gemm = gemms("H200-SXM", "bf16", gpu, truth)};
  for (const GemmRow& row : gemms("H200-SXM", "bf16", gpu, truth, "sustained"))
    tables.gemm.push_back(row);
  const Refinement all = refine_kernels(tables, "2026-01-02");
  const auto found = parsed<KernelCurves>(all.subjects.front().files.front());
  CHECK(found.sustained == Approx(0.8).epsilon(0.01));
  CHECK(found.gemm.bf16.efficiency == Approx(truth.gemm.bf16.efficiency).epsilon(0.01));
}

TEST_CASE("a chip with another's curves gets its own, and the other keeps its", "[calibration]") {
  for (const auto& [label, name] : {std::pair{"H100-PCIe", "h100-pcie"}, {"MI300X", "mi300x"}}) {
    const Gpu gpu = named<Gpu>("gpus", name);
    KernelCurves truth = named<KernelCurves>("kernels", "h100");
    truth.gemm.bf16.efficiency *= 0.8;
    const Refinement all = refine_kernels({.gemm = gemms(label, "bf16", gpu, truth)}, "2026-01-02");
    const std::vector<NewFile>& files = all.subjects.front().files;
    REQUIRE(files.size() == 2);
    CHECK(files[0].name == "kernels/" + std::string(name) + ".yaml");
    CHECK(files[1].name == "gpus/" + std::string(name) + ".yaml");
    CHECK(parsed<KernelCurves>(files[0]).gemm.bf16.efficiency ==
          Approx(truth.gemm.bf16.efficiency).epsilon(0.01));
    const Gpu own = parsed<Gpu>(files[1]);
    CHECK(own.kernels == name);
    CHECK(own.kernels_measured);
    CHECK(own.peak.bf16 == gpu.peak.bf16);
  }
}

TEST_CASE("attention rows move the class of their backend and their direction", "[calibration]") {
  const Gpu gpu = named<Gpu>("gpus", "h200-sxm");
  const KernelCurves present = named<KernelCurves>("kernels", "h200");
  KernelCurves truth = present;
  truth.attention.flash3.backward.efficiency_128 *= 0.9;
  const Chip chip = make_chip(gpu, truth);
  KernelTables tables;
  for (const double keys : {2048.0, 4096.0, 8192.0, 16384.0})
    for (const double heads : {16.0, 32.0, 64.0}) {
      const AttentionShape shape{.batch = 2,
                                 .heads = heads,
                                 .kv_heads = 8,
                                 .head_dim = 128,
                                 .value_dim = 128,
                                 .queries = keys,
                                 .keys = keys};
      const Seconds time =
          attention_time(shape, Pass::kBackward, AttentionKernel::kFlash3, chip, Clock::kBurst);
      tables.attention.push_back(
          {"H200-SXM", "bf16", "bwd", shape, time, kKit + "; backend=cudnn; burst; 3 runs"});
      tables.attention.push_back(
          {"H200-SXM", "bf16", "bwd", shape, time, kKit + "; backend=efficient; burst; 3 runs"});
    }
  const Refinement all = refine_kernels(tables, "2026-01-02");
  REQUIRE(all.subjects.front().sections.size() == 1);
  CHECK(all.subjects.front().sections.front().name == "attention flash3 backward");
  REQUIRE(all.skipped.size() == 1);
  CHECK(all.skipped.begin()->second == 12);  // of a backend that training does not run
  const auto found = parsed<KernelCurves>(all.subjects.front().files.front());
  const AttentionPass& pass = found.attention.flash3.backward;
  CHECK(pass.efficiency_128 ==
        Approx(truth.attention.flash3.backward.efficiency_128).epsilon(0.02));
  CHECK(pass.efficiency_64 / present.attention.flash3.backward.efficiency_64 ==
        Approx(0.9).epsilon(0.02));  // other head sizes keep their place beside it
  CHECK(found.attention.flash3.forward.efficiency_128 ==
        present.attention.flash3.forward.efficiency_128);
  CHECK(found.attention.flash2.backward.efficiency_128 ==
        present.attention.flash2.backward.efficiency_128);
}

TEST_CASE("a chip whose best attention is FlashAttention-2 keeps one curve", "[calibration]") {
  const KernelCurves present = named<KernelCurves>("kernels", "a100");
  const AttentionShape shape{.batch = 4,
                             .heads = 32,
                             .kv_heads = 32,
                             .head_dim = 128,
                             .value_dim = 128,
                             .queries = 4096,
                             .keys = 4096};
  const Chip chip = make_chip(named<Gpu>("gpus", "a100-sxm4-80gb"), present);
  const Seconds time =
      attention_time(shape, Pass::kForward, AttentionKernel::kFlash2, chip, Clock::kBurst);
  const AttentionRow row{"A100-SXM4-80GB",
                         "bf16",
                         "fwd",
                         shape,
                         time * 1.2,
                         kKit + "; backend=flash_attn; burst; 3 runs"};
  const Refinement all = refine_kernels({.attention = {row, row, row}}, "2026-01-02");
  const auto found = parsed<KernelCurves>(all.subjects.front().files.front());
  CHECK(found.attention.flash2.forward.efficiency_128 <
        present.attention.flash2.forward.efficiency_128);
  CHECK(found.attention.flash3.forward.efficiency_128 ==
        found.attention.flash2.forward.efficiency_128);
}

TEST_CASE("memory-bound rows move their kind, several eager kernels are no kernel",
          "[calibration]") {
  const Gpu gpu = named<Gpu>("gpus", "h200-sxm");
  KernelTables tables;
  for (const double bytes : {1e8, 3e8, 1e9, 3e9})
    for (const char* op : {"residual_add", "silu_mul"})
      tables.memory.push_back({"H200-SXM", op, "bf16", "fwd", 8192, 4096, Bytes{bytes},
                               Seconds{4e-6 + bytes / (0.7 * gpu.hbm_bandwidth.base())}, 0.0,
                               kKit + "; backend=pytorch; 3 runs"});
  const Refinement all = refine_kernels(tables, "2026-01-02");
  REQUIRE(all.subjects.front().sections.size() == 1);
  CHECK(all.subjects.front().sections.front().name == "memory-bound copy");
  const auto found = parsed<KernelCurves>(all.subjects.front().files.front());
  CHECK(found.memory.copy.efficiency == Approx(0.7).epsilon(0.01));
  REQUIRE(all.skipped.size() == 1);
  CHECK(all.skipped.begin()->first ==
        "silu_mul in eager PyTorch: several kernels, which training stacks fuse (measure.py "
        "--compile)");
}

TEST_CASE("rows that tell of no section are counted by reason", "[calibration]") {
  const auto row = [](const char* gpu, const char* dtype) {
    return GemmRow{gpu, dtype, {1024, 1024, 1024, 1}, Seconds{1e-5}, kKit};
  };
  const Refinement all =
      refine_kernels({.gemm = {row("H200-SXM", "int8"), row("H200-SXM", "int8"),
                               row("A100-SXM4-80GB", "fp8"), row("H200-SXM", "fp8_dynq")}},
                     "2026-01-02");
  CHECK(all.subjects.empty());
  const std::map<std::string, int> expected{
      {"dtype int8, which is not a GEMM format known here", 2},
      {"dtype fp8, which NVIDIA A100 SXM4 80 GB does not run", 1},
      {"dtype fp8_dynq: an inference engine's quantising GEMM (calibrate --anew)", 1}};
  CHECK(all.skipped == expected);
}

TEST_CASE("collectives move their operation on their fabric", "[calibration]") {
  Fabrics truth = load_fabrics();
  const Fabric present = truth.at("nvlink4");
  truth.at("nvlink4").all_gather.efficiency *= 0.85;
  std::vector<CollectiveRow> rows;
  for (int power = 16; power <= 33; ++power) {
    CollectiveRow row{"H100-SXM5", "all_gather",          8,
                      1,           "NVLink4 450GB/s/dir", Bytes{std::pow(2.0, power)},
                      Seconds{1},  "nccl-tests log"};
    const MeasuredCollective measured = measured_collective(row);
    const CollectiveSample sample = sample_of(row, measured, truth);
    row.time = predict(row, measured, sample.group, sample.network);
    rows.push_back(row);
  }
  rows.push_back({"H100-PCIe", "all_reduce", 4, 1, "PCIe 5.0 x16", Bytes{1e6}, Seconds{1e-3}, ""});
  const Refinement all = refine_collectives(rows, "2026-01-02");
  REQUIRE(all.subjects.size() == 1);
  CHECK(all.subjects.front().name == "fabric nvlink4");
  const auto found = parsed<Fabric>(all.subjects.front().files.front());
  CHECK(found.all_gather.efficiency == Approx(0.85 * present.all_gather.efficiency).epsilon(0.01));
  CHECK(found.all_reduce.efficiency == present.all_reduce.efficiency);
  CHECK(found.in_network_reduction_gain == present.in_network_reduction_gain);
  REQUIRE(all.skipped.size() == 1);
  CHECK(all.skipped.begin()->first ==
        "collectives of H100-PCIe, link \"PCIe 5.0 x16\": no fabric of configs/fabrics is like "
        "PCIe 5.0 x16");
  CHECK(all.hint.find("NVLink3, NVLink4") != std::string::npos);
}

}  // namespace
}  // namespace fleetcast::fit
