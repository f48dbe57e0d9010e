#pragma once

// What carries the ranks' exchanges: our links, or another model of a network in their place.

#include <cstdint>

#include "models/base/quantity.hpp"

namespace fleetcast::step {

/// Numbers of processes on the agenda: at one time, transfers end before ranks go on, and speeds
/// are set when all that begins and ends then has done so.
enum ProcessNumber : std::uint32_t { kFlows = 0, kRanks = 1, kOutages = 2, kSettling = 3 };

/// Where an exchange goes.
struct Ends {
  enum Kind : std::uint8_t { kExchange, kTransfer };
  Kind kind = kExchange;
  int first = 0;  ///< block; of a transfer: the sender
  int last =
      0;  ///< of an exchange: all blocks [first, last] take part; of a transfer: the receiver
};

/// Whoever waits for an exchange.
class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual void arrived(Seconds at, std::uint64_t token) = 0;
};

class Carrier {
 public:
  virtual ~Carrier() = default;
  /// An exchange that begins at `at` and takes `scale` times its price if alone; the receiver hears
  /// of its end. Requires: at >= now; scale > 0.
  virtual void send(Seconds at, int route, double scale, Ends ends, std::uint64_t token) = 0;
};

}  // namespace fleetcast::step
