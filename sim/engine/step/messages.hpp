#pragma once

// One collective, message by message between all its ranks: each sends its part to the next one
// when it has received the last. What the step scale plays as one exchange, for who wants to see a
// slow rank or a busy link in it.

#include <vector>

#include "models/cost/collective.hpp"
#include "sim/engine/event/kernel.hpp"

namespace fleetcast::step {

/// What is unequal.
struct MessageNoise {
  std::vector<double> slowness;  ///< [rank]: its link takes so many times as long; empty: all alike
};

struct MessagesPlayed {
  Seconds time{};
  std::uint64_t messages = 0;
  bool finished = true;
};

/// Plays the rounds in turn; those alongside as one. In a round of n repetitions each rank sends n
/// messages over its link, each a share of the round's price; but for all-to-all, a rank has to
/// have received one before it sends the next. Requires: two ranks or more; as many slowness as
/// ranks, or none.
MessagesPlayed play_messages(const Rounds& rounds, const Network& network, int ranks,
                             const MessageNoise& noise = {}, const event::RunOptions& run = {});

}  // namespace fleetcast::step
