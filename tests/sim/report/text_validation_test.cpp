#include <sstream>

#include "sim/report/record.hpp"
#include "sim/report/text.hpp"
#include "tests/catch.hpp"
#include "tests/sim/validation/toy_validation.hpp"

namespace fleetcast::report {
namespace {

ValidationReport toy_report() {
  return {toy_validation(
              {{"a", -0.05}, {"b", 0.15, "toy-b", "toy 2b", "toy 2", {{Cost::kBubble, 0.25}}}}),
          {{"old cables", {"a"}, "?"}},
          false};
}

TEST_CASE("validation answers first, then by group, then the worst rows", "[report]") {
  CHECK(to_text(toy_report(), {}) ==
        R"(2 rows: mean absolute error 10.0 %, bias +5.0 %, 50 % within 10 %

  system  rows    MAPE     bias  within   worst
                                   10 %
  toy-a      1   5.0 %   -5.0 %   100 %   5.0 %
  toy-b      1  15.0 %  +15.0 %     0 %  15.0 %

  system and  rows    MAPE     bias  within   worst
  precision                            10 %
  toy-a bf16     1   5.0 %   -5.0 %   100 %   5.0 %
  toy-b bf16     1  15.0 %  +15.0 %     0 %  15.0 %

  kind   rows    MAPE    bias  within   worst
                                 10 %
  dense     2  10.0 %  +5.0 %    50 %  15.0 %

  model   rows    MAPE     bias  within   worst
                                   10 %
  toy 1b     1   5.0 %   -5.0 %   100 %   5.0 %
  toy 2b     1  15.0 %  +15.0 %     0 %  15.0 %

  stack  rows    MAPE     bias  within   worst
                                  10 %
  toy 1     1   5.0 %   -5.0 %   100 %   5.0 %
  toy 2     1  15.0 %  +15.0 %     0 %  15.0 %

  worst  measured    error  likely cause
  rows          s
  b          10.0  +15.0 %  pipeline stages waiting for each other, 25 % of our
                            step: our largest cost beside compute
  a          10.0   -5.0 %  known gap: old cables
)");
}

TEST_CASE("all rows are listed on request alone", "[report]") {
  ValidationReport report = toy_report();
  CHECK(to_text(report, {}).find("predicted") == std::string::npos);
  report.all_rows = true;
  CHECK(to_text(report, {}).ends_with(R"(
  row  measured  predicted    error
              s          s
  a        10.0       9.50   -5.0 %
  b        10.0       11.5  +15.0 %
)"));
}

TEST_CASE("the twelve worst rows are shown, and the widest ids fit 80 columns", "[report]") {
  std::vector<ToyRow> rows;
  for (int i = 0; i < 20; ++i)
    rows.push_back({"mlperf_v51_nvidia_tyche_ngpu512_ngc25_09_nemo_llama31_8b-" +
                        std::string(40, 'x') + std::to_string(i),
                    0.01 * i});
  const ValidationReport report{toy_validation(rows), {}, true};
  const std::string text = to_text(report, {});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() <= 80);
  }
  const std::string worst =
      text.substr(text.find("worst rows"), text.find("  row ") - text.find("worst rows"));
  CHECK(worst.find("+19.0 %") < worst.find("+8.0 %"));
  CHECK(worst.find("+8.0 %") != std::string::npos);
  CHECK(worst.find("+7.0 %") == std::string::npos);
}

TEST_CASE("a validation without rows says so", "[report]") {
  ValidationReport nothing;
  nothing.validation.skipped.push_back({"row", "no such chip"});
  CHECK(to_text(nothing, {}) ==
        "No row could be compared\n\n  skipped  because\n  row      no such chip\n");
}

TEST_CASE("JSON has every row and all groups", "[report]") {
  const Record record = record_of(toy_report());
  const auto& entries = std::get<Entries>(record.value);
  std::string keys;
  for (const Entry& entry : entries) keys += entry.key + " ";
  CHECK(
      keys ==
      "rows skipped mape bias within_10pct max_abs_error count memory interval_coverage ratio_p10 "
      "ratio_p90 by_system by_precision by_kind by_model by_stack ");
  CHECK(rows_of(toy_report()).size() == 2);
}

}  // namespace
}  // namespace fleetcast::report
