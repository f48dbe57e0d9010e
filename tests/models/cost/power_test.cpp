#include "models/cost/power.hpp"

#include "models/cost/money.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

Gpu toy_gpu() {
  Gpu gpu;
  gpu.tdp = Watts{1000};
  gpu.idle = Watts{100};
  return gpu;
}

PowerSpec toy_power() {
  return {.node_overhead = Watts{30}, .network = Watts{20}, .activity = 0.5, .pue = 2.0};
}

TEST_CASE("a GPU draws idle power at rest and its activity's share of TDP at work", "[power]") {
  CHECK(gpu_power(toy_gpu(), toy_power(), 0.0) == Watts{100});
  CHECK(gpu_power(toy_gpu(), toy_power(), 1.0) == Watts{500});
  CHECK(gpu_power(toy_gpu(), toy_power(), 0.25) == Watts{200});
}

TEST_CASE("no share of time is below none or above all", "[power]") {
  CHECK(gpu_power(toy_gpu(), toy_power(), -1.0) == Watts{100});
  CHECK(gpu_power(toy_gpu(), toy_power(), 1.5) == Watts{500});
}

TEST_CASE("computing never draws less than resting", "[power]") {
  PowerSpec power = toy_power();
  power.activity = 0.05;
  CHECK(gpu_power(toy_gpu(), power, 1.0) == Watts{100});
}

TEST_CASE("a facility is GPUs, nodes and network times PUE", "[power]") {
  // 2 x (10 x 500 + 10 x 50), and two spares more: 2 x (2 x 100 + 2 x 50).
  CHECK(facility_power(toy_gpu(), toy_power(), {.working = 10, .spare = 0, .busy = 1.0}) ==
        Watts{11000});
  CHECK(facility_power(toy_gpu(), toy_power(), {.working = 10, .spare = 2, .busy = 1.0}) ==
        Watts{11600});
}

TEST_CASE("prices are taken in the middle of their range", "[money]") {
  const PriceSpec price{.purchase_low = Dollars{10},
                        .purchase_high = Dollars{30},
                        .rental_low = DollarsPerSecond{1},
                        .rental_high = DollarsPerSecond{2}};
  CHECK(purchase_middle(price) == Dollars{20});
  CHECK(rental_middle(price) == DollarsPerSecond{1.5});
}

TEST_CASE("a purchase wears off in proportion to its use", "[money]") {
  CHECK(written_off(Dollars{100}, Seconds{1}, Seconds{4}) == Dollars{25});
  CHECK(written_off(Dollars{100}, Seconds{1}, Seconds{}) == Dollars{100});
}

}  // namespace
}  // namespace fleetcast
