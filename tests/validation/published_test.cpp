// Every published measurement of configs/measurements, predicted. What is promised is checked here;
// what is known to be wrong is asserted to be wrong, and explained in results/deviations.md.

#include <algorithm>
#include <cmath>
#include <string_view>

#include "sim/validation/deviation.hpp"
#include "sim/validation/peer.hpp"
#include "sim/validation/validate.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

const Validation& published() {
  static const Validation all = [] {
    std::vector<config::MeasurementFile> files;
    for (const std::string& path : default_measurements())
      files.push_back(config::load_measurements(path));
    return validate(files);
  }();
  return all;
}

double error_of(std::string_view id) {
  for (const ValidatedRow& row : published().rows)
    if (row.id == id) return row.error;
  FAIL("no row \"" << id << "\"");
  return 0;
}

TEST_CASE("published steps are predicted within 10 % on average", "[validation]") {
  CHECK(published().all.count >= 260);
  CHECK(published().all.mape <= 0.10);
  CHECK(published().all.within_10pct >= 0.70);
  CHECK(std::abs(published().all.bias) <= 0.06);
}

TEST_CASE("no system is predicted worse than 14 % on average", "[validation]") {
  CHECK(published().by_system.size() >= 5);
  for (const ErrorSummary& system : published().by_system) {
    INFO(system.group << ", " << system.count << " rows");
    CHECK(system.mape <= 0.14);
  }
}

TEST_CASE("dense models and mixtures of experts are both predicted", "[validation]") {
  for (const ErrorSummary& kind : published().by_kind) {
    INFO(kind.group << ", " << kind.count << " rows");
    CHECK(kind.mape <= 0.14);
  }
}

TEST_CASE("at most one published row in twenty is skipped", "[validation]") {
  const auto skipped = static_cast<double>(published().skipped.size());
  for (const SkippedRow& row : published().skipped) CHECK_FALSE(row.reason.empty());
  CHECK(skipped <= 0.05 * (skipped + published().all.count));
}

TEST_CASE("every part that a known gap names stands in the id of a row", "[validation]") {
  for (const KnownGap& gap : load_known_gaps())
    for (const std::string& part : gap.rows) {
      INFO(gap.title << ": " << part);
      CHECK_FALSE(rows_of_gap({gap.title, {part}, {}}, published()).empty());
    }
}

TEST_CASE("peers are compared on rows that they published, each prediction on one",
          "[validation]") {
  std::vector<config::MeasurementFile> files;
  for (const std::string& path : default_measurements())
    files.push_back(config::load_measurements(path));
  for (const std::string& path : peer_measurements())
    files.push_back(config::load_measurements(path));
  const Validation all = validate(files);
  const std::vector<PeerComparison> peers = compare_peers(load_peers(), all);
  CHECK(peers.size() >= 3);
  for (const PeerComparison& p : peers) {
    INFO(p.peer.name << ", " << p.peer.about);
    CHECK(p.ours.count <= p.peer.published_rows);
    CHECK((p.peer.rows.empty() || p.ours.count > 0));
    for (const PeerPrediction& prediction : p.peer.predictions)
      CHECK(std::count_if(p.rows.begin(), p.rows.end(),
                          [&](const ValidatedRow* row) { return row->id == prediction.row; }) == 1);
  }
}

TEST_CASE("forecasts carry 80 % intervals that hold four in five published rows", "[validation]") {
  CHECK(published().interval_coverage >= 0.75);
  CHECK(published().interval_coverage <= 0.90);  // rows were seen by the fit, intervals were not
}

TEST_CASE("published memory is predicted: peaks within 6 % on average, parts within 2 %",
          "[validation]") {
  const MemoryValidation& memory = published().memory;
  CHECK(memory.peaks >= 55);
  CHECK(memory.parts >= 30);
  CHECK(memory.peak_mape <= 0.06);
  CHECK(memory.parts_mape <= 0.02);
}

TEST_CASE("nearly all runs that ran are told to fit, and most that did not are told so",
          "[validation]") {
  const auto misfits = std::count_if(published().rows.begin(), published().rows.end(),
                                     [](const ValidatedRow& row) { return !row.fits; });
  CHECK(misfits <= 12);
  for (const ValidatedFit& fit : published().memory.fits)
    if (fit.ran) {
      INFO(fit.id);
      CHECK(fit.told());
    }
  CHECK(published().memory.did_not_fit == 3);
  CHECK(published().memory.told == 2);  // the third needs 59 of 79 GiB as we count
}

// Known gaps: a step predicted this much shorter than measured. When one closes, move it out of
// here.

TEST_CASE("gap: ZeRO-3 of 2021 on 175B ran without the overlap we play", "[validation][gap]") {
  CHECK(error_of("sc21_table2_zero3_175b_1536") < -0.5);
  CHECK(error_of("sc21_table2_zero3_530b_1120") < -0.3);
}

TEST_CASE("gap: Qwen3 30B on 16 H100 is more than 30 % too fast in release 25.11",
          "[validation][gap]") {
  CHECK(error_of("mb-25.11-qwen3_30b-h100-16g-fp8-current") < -0.3);
  CHECK(std::abs(error_of("mb-26.02-qwen3_30b-h100-16g-fp8-current")) < 0.2);
}

TEST_CASE("gap: one reading of BLOOM's is above that of the same run with twice the micro-batch",
          "[validation][gap]") {
  for (const ValidatedMemory& row : published().memory.rows)
    if (row.id == "bloomprequel_l84h13824a64_n384_tp8pp6dp8_mbs2_gbs2048_fp16")
      CHECK(row.error < -0.3);
}

TEST_CASE("gap: no more than a few rows are further off than a quarter", "[validation][gap]") {
  const auto far = std::count_if(published().rows.begin(), published().rows.end(),
                                 [](const ValidatedRow& r) { return std::abs(r.error) > 0.25; });
  CHECK(far <= 8);
  CHECK(far >= 3);
}

}  // namespace
}  // namespace fleetcast
