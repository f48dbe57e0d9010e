#pragma once

// What a sweep asks of each point: one row each.

#include <span>
#include <string>
#include <string_view>

#include "sim/plan/fleet.hpp"
#include "sim/plan/search.hpp"
#include "sim/sweep/resolver.hpp"

namespace fleetcast::sweep {

/// What came of one point. Requires, for what is pointed to: the Bench that made it did not go on.
struct Outcome {
  std::string_view status;             ///< "ok", or the key of the reason
  std::string text;                    ///< why not
  const Estimate* estimate = nullptr;  ///< of the plan, or of the best one; null: none
  const SearchCounts* search = nullptr;
  const Fleet* fleet = nullptr;
  std::string_view system, precision;  ///< file and recipe that the estimate is of
  bool has_run = false;                ///< the scenario says how many tokens there are
};

inline constexpr std::string_view kOk = "ok";

/// A thread's memory between points.
struct Bench {
  explicit Bench(const Inputs& inputs) : resolver(inputs) {}

  Resolver resolver;
  PlanWorkspace workspace;
  std::uint64_t generation = 0;  ///< of what the workspace holds prices of
  double seq_len = 0;
  const Precision* precision = nullptr;
  Estimate estimate;
  SearchResult search;
  FleetAnswer fleets;
};

struct Goal {
  std::string_view key;
  std::string_view meaning;
  /// What the scenario lacks for it; an empty key: nothing.
  SpecProblem (*lacks)(const config::ScenarioSpec& spec);
  /// Of the point that the bench's resolver is at, whose scenario has no problem.
  Outcome (*ask)(Bench& bench);
  std::string_view best_column;  ///< the best point is the one with most or least of it
  bool most_is_best = true;
};

std::span<const Goal* const> goals();
/// Null when it is none.
const Goal* find_goal(std::string_view key);

/// The outcome at a point. What cannot be is an outcome as well.
Outcome outcome_at(const Goal& goal, PointId point, Bench& bench);

}  // namespace fleetcast::sweep
