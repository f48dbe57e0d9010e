// Published memory figures of every kind, predicted, on rows small enough to count by hand.

#include "sim/validation/memory_rows.hpp"

#include "sim/validation/validate.hpp"
#include "tests/catch.hpp"
#include "tests/sim/validation/rows.hpp"

namespace fleetcast {
namespace {

constexpr double kGibibyte = 1024.0 * 1024 * 1024;

/// Sizes of Korthikanti et al. 2022, with a word of the source that means their stack.
std::string row(const std::string& more, const std::string& measured) {
  return "models: {}\nmeasurements:\n  - {id: row, source: Korthikanti, task: memory, system: "
         "a100-80gb-sxm, seq_len: 2048, model: {name: GPT 22B, layers: 48, hidden: 6144, "
         "ffn_hidden: 24576, heads: 64, kv_heads: 64, vocab: 51200, gated: false}, " +
         more + ", measured: {" + measured + "}}\n";
}

Validation of(const std::string& text) { return validate(std::vector{measurements(text)}); }

const ValidatedMemory& only(const Validation& v) {
  REQUIRE(v.skipped.empty());
  REQUIRE(v.memory.rows.size() == 1);
  return v.memory.rows.front();
}

TEST_CASE("weights, gradients and optimizer are 18 bytes a parameter of the layers",
          "[validation]") {
  const Validation v = of(row("micro_batch: 4, tp: 8", "parameters_plus_optimizer_gib: 45.56"));
  const double parameters = 48 * (12.0 * 6144 * 6144 + 2 * 6144) / 8;
  CHECK(only(v).kind == FigureKind::kPart);
  CHECK(only(v).predicted == Approx(18 * parameters / kGibibyte));
  CHECK(only(v).error == Approx(only(v).predicted / 45.56 - 1));
  CHECK(v.memory.parts_mape == Approx(std::abs(only(v).error)));
  CHECK(v.rows.empty());  // no step time, nothing to compare
}

// Their equations 2 and 5: s b h (10 + 24 / t + 5 a s / (h t)) and 34 s b h / t.
TEST_CASE("activations under two settings of one row are two figures", "[validation]") {
  const Validation v = of(row("micro_batch: 4, tp: 8",
                              "activations_gib_no_sp_no_recompute: 59.25, "
                              "activations_gib_sp_plus_selective: 9.56"));
  REQUIRE(v.memory.rows.size() == 2);
  const double sbh = 2048.0 * 4 * 6144;
  CHECK(v.memory.rows[0].predicted ==
        Approx(48 * sbh * (10 + 24.0 / 8 + 5.0 * 64 * 2048 / 6144 / 8) / kGibibyte));
  CHECK(v.memory.rows[1].predicted == Approx(48 * sbh * 34 / 8 / kGibibyte));
}

TEST_CASE("a percentage is of what tensor parallelism alone keeps, whatever the batch",
          "[validation]") {
  const Validation v = of(row("tp: 8", "activation_pct_full_recompute: 7.64"));
  CHECK(only(v).kind == FigureKind::kPercent);
  CHECK(only(v).predicted == Approx(100 * 2 / (10 + 24.0 / 8 + 5.0 * 64 * 2048 / 6144 / 8)));
}

TEST_CASE("a model called by name is the one that another row holds whole", "[validation]") {
  std::string text = row("micro_batch: 4, tp: 8", "activations_gib: 9");
  text +=
      "  - {id: other, source: Korthikanti, system: a100-80gb-sxm, seq_len: 2048, tp: 8, model: "
      "{name: GPT 22B}, measured: {activation_pct_selective: 49}}\n";
  const Validation v = of(text);
  CHECK(v.skipped.empty());
  CHECK(v.memory.rows.size() == 2);
}

TEST_CASE("a peak is what its key or its stack says: tensors, the allocator's, the driver's",
          "[validation]") {
  const auto peak = [](const std::string& more, const std::string& measured) {
    return only(of(row("micro_batch: 1, tp: 8, recompute: full" + more, measured))).predicted;
  };
  const double allocated = peak("", "memory_gib_peak: 40");
  CHECK(peak("", "memory_gib_allocated: 40") == allocated);
  CHECK(peak("", "memory_gib_reserved: 40") == Approx(allocated * (1 + kHeldBack)));
  CHECK(peak(", notes: read with nvidia-smi", "memory_gib_peak: 40") >
        allocated * (1 + kHeldBack) + 1.5);
  const Validation v = of(row("micro_batch: 1, tp: 8", "memory_gb_peak: 40"));
  CHECK(only(v).measured == Approx(40e9 / kGibibyte));
  CHECK(v.memory.peaks == 1);
  CHECK(v.memory.peak_mape == Approx(std::abs(only(v).error)));
}

TEST_CASE("a run that did not fit is told so, or not", "[validation]") {
  const Validation big = of(row("gpus: 1, global_batch: 1, tp: 1", "oom: true"));
  CHECK(big.skipped.empty());
  CHECK((big.memory.did_not_fit == 1 && big.memory.told == 1));
  const Validation small = of(row("gpus: 8, global_batch: 1, tp: 8, recompute: full", "oom: true"));
  CHECK((small.memory.did_not_fit == 1 && small.memory.told == 0));
  REQUIRE(small.memory.fits.size() == 1);
  CHECK(small.memory.fits[0].needed_gib < small.memory.fits[0].usable_gib);
}

TEST_CASE("FSDP without a micro-batch has as many as stages; others have one sequence",
          "[validation]") {
  const auto micro_batch = [](const std::string& more) {
    const config::MeasurementFile file =
        measurements(row("gpus: 16, global_batch: 64, tp: 2, " + more, "memory_gib_peak: 9"));
    SystemShelf shelf;
    return make_case(file.rows.front(), file, shelf).plan.micro_batch;
  };
  CHECK(micro_batch("pp: 2, dp: 4, fsdp: FSDP2") == 64 / 4 / 2);
  CHECK(micro_batch("pp: 1, dp: 8, fsdp: FSDP2") == 64 / 8);
  CHECK(micro_batch("pp: 2, dp: 4") == 1);
}

TEST_CASE("a figure that is not known, or not determined, is skipped and says why",
          "[validation]") {
  const auto reason = [](const std::string& more, const std::string& measured) {
    const Validation v = of(row(more, measured));
    REQUIRE(v.skipped.size() == 1);
    CHECK(v.memory.rows.empty());
    return v.skipped.front().reason;
  };
  CHECK(reason("micro_batch: 1, tp: 8", "memory_gb_saved: 4") ==
        "measured.memory_gb_saved is no memory figure that is known");
  CHECK(reason("tp: 8", "memory_gib_peak: 4") == "states neither micro_batch nor global_batch");
  CHECK(reason("tp: 8, gpus: 8, global_batch: 8", "loss: 4") ==
        "states no measured step_time_s, and no memory");
  CHECK(reason("tp: 8, gpus: 8, micro_batch: 1", "memory_gib_peak: -4")
            .starts_with("measured.memory_gib_peak: "));
  CHECK(reason("tp: 8, micro_batch: 1", "memory_gib_peak: lots")
            .starts_with("measured.memory_gib_peak: "));
}

TEST_CASE("keys are read word by word", "[validation]") {
  CHECK_FALSE(meaning_of_figure("memory_gb_baseline"));
  CHECK_FALSE(meaning_of_figure("activation_pct"));
  CHECK(meaning_of_figure("memory_gib")->kind == FigureKind::kPeak);
  CHECK(meaning_of_figure("memory_gib_reserved")->peak == Peak::kReserved);
  const FigureMeaning total = *meaning_of_figure("total_gb");
  CHECK((total.weights && total.gradients && total.optimizer && total.activations));
  const FigureMeaning two = *meaning_of_figure("weights_plus_grads_gb");
  CHECK((two.weights && two.gradients && !two.optimizer && !two.activations));
  const FigureMeaning master = *meaning_of_figure("optimizer_plus_master_gb");
  CHECK((!master.weights && !master.gradients && master.optimizer));
  CHECK_FALSE(meaning_of_figure("activations_gb")->setting);
  const FigureMeaning sp = *meaning_of_figure("activation_pct_sequence_parallel_plus_selective");
  CHECK(sp.setting->sequence_parallel);
  CHECK(sp.setting->recompute == find_recompute("selective")->value);
  CHECK_FALSE(meaning_of_figure("activations_gib_no_sp_no_recompute")->setting->sequence_parallel);
}

}  // namespace
}  // namespace fleetcast
