#include "sim/engine/step/fair_share.hpp"

#include <random>

#include "tests/catch.hpp"

namespace fleetcast::step {
namespace {

TEST_CASE("flows on one link share it alike", "[step]") {
  FairShare share;
  const auto link = share.add_link(1.0);
  for (int i = 0; i < 4; ++i) share.add_flow(std::vector<Use>{{link, 1.0}}, 1.0);
  for (const double speed : share.solve()) CHECK(speed == 0.25);
}

TEST_CASE("what a flow leaves of a link goes to the others", "[step]") {
  // The textbook's three links in a row: a long flow over both, one on each, the second link wider.
  FairShare share;
  const auto narrow = share.add_link(1.0), wide = share.add_link(2.0);
  share.add_flow(std::vector<Use>{{narrow, 1.0}, {wide, 1.0}}, 10.0);
  share.add_flow(std::vector<Use>{{narrow, 1.0}}, 10.0);
  share.add_flow(std::vector<Use>{{wide, 1.0}}, 10.0);
  const std::span<const double> speeds = share.solve();
  CHECK(speeds[0] == 0.5);
  CHECK(speeds[1] == 0.5);
  CHECK(speeds[2] == 1.5);
}

TEST_CASE("a flow that wants less than its share leaves the rest", "[step]") {
  FairShare share;
  const auto link = share.add_link(1.0);
  share.add_flow(std::vector<Use>{{link, 1.0}}, 0.2);
  share.add_flow(std::vector<Use>{{link, 1.0}}, 1.0);
  const std::span<const double> speeds = share.solve();
  CHECK(speeds[0] == 0.2);
  CHECK(speeds[1] == Approx(0.8));
}

TEST_CASE("flows whose bytes fill less of a wire than they take time need not slow each other",
          "[step]") {
  FairShare share;
  const auto link = share.add_link(1.0);
  share.add_flow(std::vector<Use>{{link, 0.5}}, 1.0);
  share.add_flow(std::vector<Use>{{link, 0.5}}, 1.0);
  for (const double speed : share.solve()) CHECK(speed == 1.0);
}

TEST_CASE("no link carries more than it can, and no flow could go faster alone", "[step]") {
  std::mt19937 random(1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int trial = 0; trial < 500; ++trial) {
    FairShare share;
    std::vector<double> capacity;
    for (int i = 1 + below(6); i > 0; --i) {
      capacity.push_back(0.5 + below(4));
      share.add_link(capacity.back());
    }
    std::vector<std::vector<Use>> flows;
    std::vector<double> most;
    for (int i = 1 + below(8); i > 0; --i) {
      std::vector<Use> uses;
      for (int l = 0; l < static_cast<int>(capacity.size()); ++l)
        if (uses.empty() || below(2) == 0) uses.push_back({l, 0.25 * (1 + below(4))});
      most.push_back(0.25 * (1 + below(8)));
      share.add_flow(uses, most.back());
      flows.push_back(uses);
    }
    const std::span<const double> speeds = share.solve();
    std::vector<double> used(capacity.size(), 0.0);
    for (std::size_t f = 0; f < flows.size(); ++f)
      for (const Use& use : flows[f])
        used[static_cast<std::size_t>(use.link)] += speeds[f] * use.share;
    for (std::size_t l = 0; l < capacity.size(); ++l) REQUIRE(used[l] <= capacity[l] * (1 + 1e-12));
    // Each flow has what it wants, or a link of its that is full.
    for (std::size_t f = 0; f < flows.size(); ++f) {
      bool bound = speeds[f] >= most[f] * (1 - 1e-12);
      for (const Use& use : flows[f]) {
        const auto l = static_cast<std::size_t>(use.link);
        bound = bound || used[l] >= capacity[l] * (1 - 1e-9);
      }
      REQUIRE(bound);
    }
  }
}

}  // namespace
}  // namespace fleetcast::step
