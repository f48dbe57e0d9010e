#pragma once

// Execution traces of some ranks, summed up: what `import chakra` hands to the writers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/base/quantity.hpp"

namespace fleetcast::report {

/// Times are those that nodes state; nodes may run at the same time.
struct TraceSummary {
  /// Nodes that have something in common.
  struct Part {
    std::string name;
    std::uint64_t nodes = 0;
    Seconds time{};
  };
  /// Exchange of one kind between ranks of one group.
  struct Exchange {
    std::string name;   ///< ALL_REDUCE, SEND
    std::string group;  ///< "tensor", or the number of a group; empty: not said
    std::uint64_t nodes = 0;
    Bytes bytes{};  ///< that a rank puts in, summed over nodes
    Seconds time{};
  };
  struct Rank {
    std::string file;
    std::optional<std::uint32_t> rank;
    std::uint64_t nodes = 0;
    Seconds compute{}, memory{}, communication{}, critical_path{};
    Bytes sent{};             ///< put into collectives and sent
    std::vector<Part> costs;  ///< by key of `breakdown_s`, where the nodes name one
  };

  std::uint64_t nodes = 0;
  std::uint64_t messages = 0;  ///< sends whose receive is there
  Seconds critical_path{};     ///< over all ranks, with the messages between them
  std::vector<Part> types;
  std::vector<Exchange> exchanges;
  std::vector<Rank> ranks;
};

}  // namespace fleetcast::report
