#include "sim/run/interval.hpp"

#include <cmath>

#include "tests/catch.hpp"

using namespace fleetcast;

namespace {

/// Dense rows within e^-0.03 to e^0.03, mixtures of experts within e^-0.1 to e^0.2.
ErrorModel errors() {
  ErrorModel out;
  out.dense = {std::exp(-0.03), std::exp(0.03)};
  out.moe = {std::exp(-0.1), std::exp(0.2)};
  out.new_system = 0.04;
  out.new_stack = 0.02;
  out.borrowed_kernels = 0.1;
  out.scale = 0.05;
  out.systems = {"known"};
  out.stacks = {"old"};
  out.largest_gpus = 1024;
  return out;
}

Footing covered() { return footing_of(errors(), false, "known", "old", true, 1024); }

}  // namespace

TEST_CASE("where published runs cover a forecast its interval is that of unseen models", "[run]") {
  const ErrorInterval dense = interval_of(errors(), covered());
  CHECK(dense.p10 == Approx(std::exp(-0.03)));
  CHECK(dense.p90 == Approx(std::exp(0.03)));
  Footing moe = covered();
  moe.is_moe = true;
  CHECK(interval_of(errors(), moe).p90 == Approx(std::exp(0.2)));
  CHECK(doubts_of(errors(), covered()).empty());
}

TEST_CASE("an interval widens in quadrature where nothing was validated", "[run]") {
  const Footing elsewhere = footing_of(errors(), false, "new", "old", true, 8);
  CHECK(interval_of(errors(), elsewhere).p90 == Approx(std::exp(0.05)));  // 3, 4, 5
  CHECK(doubts_of(errors(), elsewhere) ==
        std::vector<std::string>{"no published run on this system"});
  const Footing larger = footing_of(errors(), false, "known", "old", true, 4096);
  CHECK(interval_of(errors(), larger).p10 == Approx(std::exp(-std::hypot(0.03, 2 * 0.05))));
  CHECK(doubts_of(errors(), larger).size() == 1);
  const Footing nothing = footing_of(errors(), false, "new", "new", false, 8);
  CHECK(doubts_of(errors(), nothing).size() == 3);
}
