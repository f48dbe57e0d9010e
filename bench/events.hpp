#pragma once

// The event loop with nothing to do but go on: each actor's event brings about its next one after
// a pseudo-random delay of up to 1 us.

#include <cstdint>

namespace fleetcast::bench {

/// Under SystemC's clock. Returns how many events were handled: `events`, or a few more.
std::uint64_t run_agenda(std::uint32_t actors, std::uint64_t events);
/// The same on a std::priority_queue with a virtual call an event, and no clock.
std::uint64_t run_priority_queue(std::uint32_t actors, std::uint64_t events);

}  // namespace fleetcast::bench
