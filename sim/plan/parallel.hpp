#pragma once

// Independent pieces of work, shared by threads.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
#include <thread>
#include <vector>

namespace fleetcast {

/// `threads`, or for 0 as many as the machine has.
inline unsigned threads_or_all(unsigned threads) {
  return threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
}

/// Calls visit(worker, i) for each i below count, on one thread for each worker. Which worker takes
/// which piece is left to chance: what it does must depend on i alone.
template <class Workers, class Visit>
void in_parallel(Workers& workers, std::size_t count, Visit&& visit) {
  std::atomic<std::size_t> next{0};
  const auto work = [&](auto& worker) {
    for (std::size_t i = next++; i < count; i = next++) visit(worker, i);
  };
  std::vector<std::jthread> pool;
  for (std::size_t t = 1; t < std::min(workers.size(), count); ++t)
    pool.emplace_back([&, t] { work(workers[t]); });
  if (count > 0) work(workers.front());
}

}  // namespace fleetcast
