#include "sim/validation/validate.hpp"

#include <array>

#include "tests/catch.hpp"
#include "tests/sim/validation/rows.hpp"

namespace fleetcast {
namespace {

Validation of_texts(const std::vector<std::string>& texts) {
  std::vector<config::MeasurementFile> files;
  for (const std::string& text : texts) files.push_back(measurements(text));
  return validate(files);
}

TEST_CASE("errors are summed up as anyone would", "[validation]") {
  constexpr std::array errors{0.1, -0.05, 0.2, -0.15};
  const ErrorSummary sum = summarise("some", errors);
  CHECK(sum.group == "some");
  CHECK(sum.count == 4);
  CHECK(sum.mape == Approx(0.125));
  CHECK(sum.bias == Approx(0.025));
  CHECK(sum.within_10pct == 0.5);
  CHECK(sum.max_abs_error == 0.2);
}

TEST_CASE("no rows have no error", "[validation]") {
  const ErrorSummary none = summarise("none", {});
  CHECK((none.count == 0 && none.mape == 0 && none.bias == 0 && none.within_10pct == 0));
  const Validation v = of_texts({"models: {}\nmeasurements: []\n"});
  CHECK((v.rows.empty() && v.skipped.empty() && v.all.count == 0));
  CHECK((v.ratio_p10 == 1 && v.ratio_p90 == 1));
}

TEST_CASE("a row's error is predicted over measured, less one", "[validation]") {
  const Validation v = of_texts({RowText().text()});
  REQUIRE(v.rows.size() == 1);
  const ValidatedRow& row = v.rows.front();
  CHECK(row.measured_s == 2);
  CHECK(row.error == Approx(row.predicted_s / 2 - 1));
  CHECK(row.breakdown.total().base() == Approx(row.predicted_s));
  CHECK((row.precision == "bf16" && row.system == "h100-80gb-sxm" && row.gpus == 16));
  CHECK(row.measured_gib == 0);
  CHECK(row.predicted_gib > 1);
  CHECK(v.ratio_p10 == Approx(2 / row.predicted_s));
  CHECK(v.ratio_p90 == v.ratio_p10);
  const double ratio = row.measured_s / row.predicted_s;
  const bool inside = ratio >= row.interval.p10 && ratio <= row.interval.p90;
  CHECK(v.interval_coverage == (inside ? 1.0 : 0.0));
}

TEST_CASE("rows that cannot be are skipped, and every row is one or the other", "[validation]") {
  const Validation v = of_texts(
      {RowText().text(), RowText{.plan = "tp: 5, dp: 1"}.text(), RowText{.plan = "tp: 16"}.text(),
       RowText{.plan = "pp: 2, vp: 40"}.text(), RowText{.model = "mixtral-8x7b"}.text()});
  CHECK(v.rows.size() == 3);  // 16 ranks of 8 key/value heads hold copies
  REQUIRE(v.skipped.size() == 2);
  CHECK(v.skipped[0].reason == "tp x cp x pp x dp = 5 is not the 16 GPUs it states");
  CHECK(v.skipped[1].reason == "pp x vp = 80 chunks, but only 32 layers");
  CHECK(v.all.count == 3);
  REQUIRE(v.by_kind.size() == 2);
  CHECK((v.by_kind[0].group == "MoE" && v.by_kind[0].count == 1));
  CHECK((v.by_kind[1].group == "dense" && v.by_kind[1].count == 2));
}

TEST_CASE("a row that needs more memory than there is is predicted all the same", "[validation]") {
  const Validation v = of_texts({RowText{.model = "llama3.1-405b", .plan = "tp: 8"}.text()});
  REQUIRE(v.rows.size() == 1);
  CHECK_FALSE(v.rows.front().fits);
  CHECK(v.rows.front().predicted_s > 0);
}

TEST_CASE("rows are priced alike alone and in company", "[validation]") {
  const std::string first = RowText().text(),
                    second = RowText{.model = "mixtral-8x7b", .plan = "tp: 2, ep: 8"}.text();
  const Validation both = of_texts({first, second, first});
  CHECK(both.rows[0].predicted_s == both.rows[2].predicted_s);
  CHECK(both.rows[1].predicted_s == of_texts({second}).rows[0].predicted_s);
}

}  // namespace
}  // namespace fleetcast
