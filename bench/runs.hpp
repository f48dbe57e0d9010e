#pragma once

// 90 days of 16,384 GPUs: an interruption every three hours, a checkpoint every eight minutes.

#include <cstdint>

namespace fleetcast::bench {

/// As events under SystemC's clock. Returns the simulated seconds of all runs.
double simulate_runs(std::uint64_t runs);
/// The same segments and failures in a loop that adds up seconds, and knows nothing else.
double loop_runs(std::uint64_t runs);

}  // namespace fleetcast::bench
