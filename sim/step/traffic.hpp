#pragma once

// What a priced step puts on the network, for engines whose links are shared: each exchange as
// stretches of latency and of busy links, as long alone as its price.

#include <array>
#include <vector>

#include "sim/step/lower.hpp"

namespace fleetcast {

/// Ranks that meet in an exchange, as far as engines tell them apart.
enum class Party : std::uint8_t {
  kBlock,    ///< tensor-, context- and expert-parallel ranks that lie side by side
  kColumns,  ///< all data-parallel ranks of a stage
};

/// One exchange: stretches [first, first + count) of the traffic, one after the other.
struct Route {
  int first = 0, count = 0;
  Seconds total{};
  Party party = Party::kBlock;
};

/// All of a step's exchanges.
struct StepTraffic {
  static constexpr int kNone = -1;
  static constexpr int kCodes = 2 * OpList::kCapacity + kStateShardCount;

  std::vector<Stretch> stretches;
  std::vector<Route> routes;
  /// [layer kind][place_of(Task::exchange)]: index of a route.
  std::array<std::array<std::int16_t, kCodes>, kLayerKindCount> of_task{};
  std::array<int, kLayerKindCount> reduce{}, gather{};  ///< of one layer's states
  int hop = kNone;
  int block_ranks = 1;  ///< ranks side by side that exchange in every layer: tp, cp, ep
  int columns = 1;      ///< such blocks of one stage

  /// Requires: a task that sends something.
  static std::size_t place_of(std::int16_t exchange) {
    return static_cast<std::size_t>(
        exchange >= kShardExchange ? exchange - kShardExchange + 2 * OpList::kCapacity : exchange);
  }
  [[nodiscard]] int route_of(std::size_t kind, const Task& task) const {
    return task.exchange < 0 ? kNone : of_task[kind][place_of(task.exchange)];
  }
};

/// Requires: `step` lowered from this pricing and plan.
StepTraffic traffic_of(const Pricing& pricing, const Step& step);

}  // namespace fleetcast
