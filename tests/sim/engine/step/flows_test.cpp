#include "sim/engine/step/flows.hpp"

#include <map>

#include "sim/engine/event/kernel.hpp"
#include "tests/catch.hpp"

namespace fleetcast::step {
namespace {

constexpr int kRail = 1, kSpine = 2;

/// Ends of exchanges by token.
struct Ended : Receiver {
  void arrived(Seconds at, std::uint64_t token) override { end[token] = at.base(); }
  std::map<std::uint64_t, double> end;
};

/// Blocks of one rank on three tiers: nvlink of 2 GPUs, rail of 4, spine.
struct Toy {
  explicit Toy(int blocks, std::array<double, kMaxTiers> over = {1, 1, 1, 1, 1, 1},
               std::array<double, kMaxTiers> tenants = {})
      : grid{.stages = 1, .columns = blocks},
        network(three_tiers()),
        links(grid, network, over, tenants) {}

  static Network three_tiers() {
    Network out;
    out.tiers = 3;
    out.link[0].gpus = 2;
    out.link[1].gpus = 4;
    return out;
  }
  /// One that keeps the link of a tier busy for `share` of `seconds`, after `latency`.
  int route(int tier, double seconds, double latency = 0, double share = 1) {
    Stretch stretch{.latency = Seconds{latency}, .transfer = Seconds{seconds}};
    stretch.busy[static_cast<std::size_t>(tier)] = Seconds{seconds * share};
    traffic.routes.push_back(
        {static_cast<int>(traffic.stretches.size()), 1, Seconds{seconds + latency}, Party::kBlock});
    traffic.stretches.push_back(stretch);
    return static_cast<int>(traffic.routes.size()) - 1;
  }
  struct Send {
    double at = 0;
    int route = 0;
    Ends ends;
    double scale = 1;
  };
  std::map<std::uint64_t, double> play(const std::vector<Send>& sends) {
    event::Kernel kernel;
    Ended ended;
    Flows flows(kernel.agenda(), links, traffic, grid);
    Settling settling(flows);
    flows.deliver_to(ended);
    kernel.agenda().add(kFlows, flows);
    kernel.agenda().add(kSettling, settling);
    for (std::size_t i = 0; i < sends.size(); ++i)
      flows.send(Seconds{sends[i].at}, sends[i].route, sends[i].scale, sends[i].ends, i);
    kernel.run();
    delay = flows.delay();
    return ended.end;
  }

  Grid grid;
  Network network;
  Links links;
  StepTraffic traffic;
  std::array<Seconds, kMaxTiers> delay{};
};

Ends transfer(int from, int to) { return {Ends::kTransfer, from, to}; }
Ends exchange(int block) { return {Ends::kExchange, block, block}; }

TEST_CASE("an exchange alone takes its latency and its transfer", "[step]") {
  Toy toy(2);
  const int route = toy.route(kRail, 10, 2);
  CHECK(toy.play({{0, route, transfer(0, 1)}, {100, route, exchange(0), 0.5}}) ==
        std::map<std::uint64_t, double>{{0, 12}, {1, 106}});
}

TEST_CASE("two transfers out of one rail link take twice as long, and in and out do not meet",
          "[step]") {
  Toy toy(3);
  const int route = toy.route(kRail, 10);
  auto end = toy.play({{0, route, transfer(0, 1)}, {0, route, transfer(0, 2)}});
  CHECK(end == std::map<std::uint64_t, double>{{0, 20}, {1, 20}});
  CHECK(toy.delay[kRail] == Seconds{20});
  end = toy.play({{0, route, transfer(0, 1)}, {0, route, transfer(1, 0)}});
  CHECK(end == std::map<std::uint64_t, double>{{0, 10}, {1, 10}});
}

TEST_CASE("who comes later shares what is left to do, to the second", "[step]") {
  Toy toy(3);
  const int route = toy.route(kRail, 10);
  // 4 s alone, then both at half speed: the first has 6 left, 12 s; then the second alone for 4.
  CHECK(toy.play({{0, route, transfer(0, 1)}, {4, route, transfer(0, 2)}}) ==
        std::map<std::uint64_t, double>{{0, 16}, {1, 20}});
}

TEST_CASE("latency takes no link", "[step]") {
  Toy toy(3);
  const int slow_start = toy.route(kRail, 10, 10), route = toy.route(kRail, 10);
  CHECK(toy.play({{0, route, transfer(0, 1)}, {0, slow_start, transfer(0, 2)}}) ==
        std::map<std::uint64_t, double>{{0, 10}, {1, 20}});
}

TEST_CASE("a tenant on the rail gets a fair share, and no more than it asks for", "[step]") {
  Toy greedy(2, {1, 1, 1, 1, 1, 1}, {0, 1.0, 0, 0, 0, 0});
  CHECK(greedy.play({{0, greedy.route(kRail, 10), transfer(0, 1)}}).at(0) == Approx(20));
  Toy modest(2, {1, 1, 1, 1, 1, 1}, {0, 0.2, 0, 0, 0, 0});
  CHECK(modest.play({{0, modest.route(kRail, 10), transfer(0, 1)}}).at(0) == Approx(12.5));
  // It takes a fifth of the wire; bytes that fill half of it do not meet it.
  CHECK(modest.play({{0, modest.route(kRail, 10, 0, 0.5), transfer(0, 1)}}).at(0) == Approx(10));
}

TEST_CASE(
    "four ranks below a spine oversubscribed by four get the priced speed together, one alone "
    "its own line rate",
    "[step]") {
  const std::array<double, kMaxTiers> over{1, 1, 4, 1, 1, 1};
  Toy toy(8, over);
  const int route = toy.route(kSpine, 12);
  std::vector<Toy::Send> all;
  for (int i = 0; i < 4; ++i) all.push_back({0, route, transfer(i, 4 + i)});
  for (const auto& [token, end] : toy.play(all)) CHECK(end == Approx(12));
  CHECK(toy.play({all[0]}).at(0) == Approx(3));
  // Two of them: half of the four's uplinks each.
  for (const auto& [token, end] : toy.play({all[0], all[1]})) CHECK(end == Approx(6));
}

TEST_CASE("exchanges of several stretches hand their links on in between", "[step]") {
  Toy toy(2);
  Stretch first{.transfer = Seconds{4}}, second{.latency = Seconds{1}, .transfer = Seconds{4}};
  first.busy[0] = Seconds{4};
  second.busy[kRail] = Seconds{4};
  toy.traffic.stretches = {first, second};
  toy.traffic.routes = {{0, 2, Seconds{9}, Party::kBlock}};
  const int rail = toy.route(kRail, 5);
  // On the rail for 5 s before the exchange comes to it at 5.
  CHECK(toy.play({{0, 0, exchange(0)}, {0, rail, transfer(0, 1)}}) ==
        std::map<std::uint64_t, double>{{0, 9}, {1, 5}});
}

TEST_CASE("an exchange of all columns goes at the speed of its slowest member", "[step]") {
  Toy toy(3);
  const int route = toy.route(kRail, 10);
  // Block 0 also sends to nobody in the group: its out link is shared.
  CHECK(toy.play({{0, route, {Ends::kExchange, 0, 1}}, {0, route, transfer(0, 2)}}) ==
        std::map<std::uint64_t, double>{{0, 20}, {1, 20}});
}

}  // namespace
}  // namespace fleetcast::step
