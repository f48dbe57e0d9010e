// What a claim needs, beside what was measured.

#include "sim/validation/claim.hpp"

#include "tests/catch.hpp"
#include "tests/sim/plan/exhaustive.hpp"

namespace fleetcast {
namespace {

ValidatedRow row_of(const char* id, const char* precision, double mfu) {
  ValidatedRow out;
  out.id = id;
  out.source = std::string("source of ") + id;
  out.system = "h100-80gb-sxm";
  out.precision = precision;
  out.measured_mfu = mfu;
  return out;
}

TEST_CASE("a claim is held against published runs in each recipe, the nearest by name",
          "[validation]") {
  const config::Scenario s = exhaustive::scenario(
      {"claims=[{system: h100-80gb-sxm, gpus: 16}]", "precisions=[bf16, fp8-delayed, mxfp8]"});
  const double needed = check_claims(s, {}, {}).front().mfu_bf16;
  // 6 FLOPs a weight and token, and some of attention: 100 M tokens in an hour on 16 GPUs.
  CHECK(needed == Approx(6 * 7.5e9 * 1e8 / 3600 / 16 / 989.4e12).epsilon(0.15));
  const std::vector<ValidatedRow> rows{
      row_of("slow", "bf16", 0.5 * needed),
      row_of("fast", "bf16", 1.2 * needed),
      row_of("near", "bf16", 0.9 * needed),
      row_of("other", "fp8-delayed", 0.7 * needed),
  };
  const std::vector<ClaimEvidence> evidence = check_claims(s, {}, rows).front().evidence;
  REQUIRE(evidence.size() == 2);  // no run in mxfp8
  CHECK(evidence[0].precision->key == "bf16");
  CHECK(evidence[0].rows == 3);
  CHECK(evidence[0].reached == 1);
  CHECK(evidence[0].low == Approx(0.5 * needed));
  CHECK(evidence[0].median == Approx(0.9 * needed));
  CHECK(evidence[0].high == Approx(1.2 * needed));
  CHECK(evidence[0].nearest == "near");
  CHECK(evidence[0].source == "source of near");
  CHECK(evidence[1].rows == 1);
  CHECK(evidence[1].reached == 0);
}

}  // namespace
}  // namespace fleetcast
