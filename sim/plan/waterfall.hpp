#pragma once

// Why one fleet is smaller than another: what each difference between two systems is worth, with
// the best plan searched anew for every mixture of the two. Shares are Shapley values (L. Shapley,
// A value for n-person games, 1953): the mean over all orders in which the changes can be made, so
// that no order is preferred and the shares add up to the whole.

#include <atomic>
#include <functional>
#include <vector>

#include "sim/config/scenario.hpp"
#include "sim/plan/change.hpp"

namespace fleetcast {

struct ChangeShare {
  const Change* change = nullptr;
  double factor = 1;  ///< its share of the ratio: all of them multiply to it
  double gpus = 0;    ///< its share of the difference: all of them add up to it; less is better
  double alone = 1;   ///< GPUs with this change alone, over those of `from`
  double last = 1;    ///< GPUs of `to`, over those of `to` without this change
};

struct Waterfall {
  Setup from, to;
  double from_gpus = 0, to_gpus = 0;  ///< 0: none meets the deadline
  std::vector<double> corners;        ///< GPUs of each mixture, by ChangeSet; 0: none
  std::vector<ChangeShare> shares;    ///< of the changes that differ, as changes()
  std::vector<std::vector<const Change*>> infeasible;  ///< mixtures that no fleet trains in time

  [[nodiscard]] bool is_complete() const { return infeasible.empty(); }
  [[nodiscard]] double ratio() const { return to_gpus / from_gpus; }
};

struct WaterfallOptions {
  unsigned threads = 0;                    ///< 0: as many as the machine has; results are the same
  const std::atomic<int>* stop = nullptr;  ///< not 0: give up
  std::function<void(std::size_t done, std::size_t all)> progress;
};

/// Of `values`, one for each set of `players` players: each one's Shapley value.
/// Requires: 2^players values.
std::vector<double> shapley(const std::vector<double>& values, std::size_t players);

/// Requires: a deadline and tokens in the scenario, whose own systems are not looked at; as
/// combine. Without shares where a mixture has no fleet, or it was stopped.
Waterfall explain_fleets(const config::Scenario& scenario, const Setup& from, const Setup& to,
                         const WaterfallOptions& options = {});

}  // namespace fleetcast
