#include "sim/sweep/filter.hpp"

#include "models/base/quantity_text.hpp"
#include "tests/catch.hpp"

namespace fleetcast::sweep {
namespace {

const std::vector<Cell> kTp{std::int64_t{1}, std::int64_t{4}, std::int64_t{8}};
const std::vector<Cell> kBandwidth{2e12, 4e12};
const std::vector<Cell> kPrecision{std::string("bf16"), std::string("mxfp8")};
const std::vector<Cell> kVp{Cell{}, std::int64_t{2}};

Names names() {
  const auto bandwidth = [](const std::string& text) -> Cell {
    const auto parsed = parse_quantity<BytesPerSecond>(text);
    return parsed.ok() ? Cell{parsed.value.base()} : Cell{};
  };
  const auto word = [](const std::string& text) -> Cell { return text; };
  Names out;
  out.axes = {{"plan.tp", &kTp, {}},
              {"gpu.hbm_bandwidth", &kBandwidth, bandwidth},
              {"precisions", &kPrecision, word},
              {"cluster.tiers.scale-up.gpus", &kTp, {}},
              {"plan.vp", &kVp, {}}};
  out.fixed = [](std::string_view path) -> Cell {
    return path == "gpus" ? Cell{std::int64_t{64}} : Cell{};
  };
  return out;
}

/// At tp 4, 4 TB/s, mxfp8, 8 GPUs of the scale-up domain, vp unset.
bool holds(const std::string& text) {
  return Filter(text, names()).admits(std::vector<std::uint32_t>{1, 1, 1, 2, 0});
}

std::string refusal(const std::string& text) {
  try {
    Filter(text, names());
  } catch (const FilterError& error) {
    return std::to_string(error.offset) + ": " + error.what;
  }
  return "none";
}

TEST_CASE("arithmetic binds tighter than comparing, comparing than not, and, or", "[sweep]") {
  CHECK(holds("plan.tp == 4"));
  CHECK(holds("1 + 2 * 3 == 7"));
  CHECK(holds("(1 + 2) * 3 == 9"));
  CHECK(holds("10 - 4 - 3 == 3"));
  CHECK(holds("64 / 4 / 4 == 4"));
  CHECK(holds("-plan.tp < 0"));
  CHECK(holds("7 % plan.tp == 3"));
  CHECK(holds("1 == 2 or 1 == 1 and 2 == 2"));
  CHECK_FALSE(holds("(1 == 2 or 1 == 1) and 2 == 3"));
  CHECK(holds("not 1 == 2"));
  CHECK_FALSE(holds("not (plan.tp == 4)"));
  CHECK(holds("plan.tp <= 4 and plan.tp >= 4 and plan.tp != 5"));
  CHECK(holds("1e3 == 1000"));
  CHECK(holds("2k == 2000"));
}

TEST_CASE("a condition without a comparison is true where it is not 0", "[sweep]") {
  CHECK(holds("plan.tp - 3"));
  CHECK_FALSE(holds("plan.tp - 4"));
  CHECK_FALSE(holds("5 % 0"));
}

TEST_CASE("fields that no axis moves can be named", "[sweep]") {
  CHECK(holds("gpus % plan.tp == 0"));
  CHECK(holds("gpus == 64"));
}

TEST_CASE("a path may hold what is an operator elsewhere", "[sweep]") {
  CHECK(holds("cluster.tiers.scale-up.gpus == 8"));
}

TEST_CASE("text beside an axis is one of its values, units included", "[sweep]") {
  CHECK(holds("gpu.hbm_bandwidth > \"3 TB/s\""));
  CHECK(holds("'4000 GB/s' == gpu.hbm_bandwidth"));
  CHECK(holds("precisions == 'mxfp8'"));
  CHECK(holds("precisions != \"bf16\" and plan.tp == 4"));
  CHECK_FALSE(holds("not precisions == 'mxfp8'"));
}

TEST_CASE("what is unset meets no comparison but !=", "[sweep]") {
  CHECK_FALSE(holds("plan.vp <= 2"));
  CHECK_FALSE(holds("plan.vp > 2"));
  CHECK_FALSE(holds("plan.vp"));
  CHECK(holds("plan.vp != 2"));
}

TEST_CASE("a filter that is none says where and why", "[sweep]") {
  CHECK(refusal("plan.tp <") == "9: ends where a value is expected");
  CHECK(refusal("plan.tp == 4 5") == "13: is not expected here: \"5\"");
  CHECK(refusal("(plan.tp == 4") == "13: needs a )");
  CHECK(refusal("plan.tq == 4") ==
        "0: \"plan.tq\" is neither an axis nor a field that the scenario sets; did you mean "
        "\"plan.tp\"? axes: plan.tp, gpu.hbm_bandwidth, precisions, cluster.tiers.scale-up.gpus, "
        "plan.vp");
  CHECK(refusal("precisions < 'bf16'") == "0: is text, which is only == or != to other text");
  CHECK(refusal("precisions + 1") == "0: is text, which is only == or != to other text");
  CHECK(refusal("gpu.hbm_bandwidth > '3 W'") == "20: \"3 W\" is no value of gpu.hbm_bandwidth");
  CHECK(refusal("precisions == 'bf16") == "14: has a quote that is never closed");
  CHECK(refusal("0x10 == 16").starts_with("0: \"0x10\" is not a number"));
  CHECK(refusal("") == "0: ends where a value is expected");
  CHECK(refusal(std::string(200, '(')) == "100: is nested too deep");
}

}  // namespace
}  // namespace fleetcast::sweep
