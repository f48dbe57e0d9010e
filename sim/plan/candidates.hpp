#pragma once

// The plans of one layer shape that can run and may be good enough, each with its floors. What a
// search prices.

#include <vector>

#include "sim/plan/estimate.hpp"
#include "sim/plan/fitting.hpp"
#include "sim/plan/objective.hpp"
#include "sim/plan/shortlist.hpp"

namespace fleetcast {

/// One search on one fleet. Outlives its collectors.
struct SearchProblem {
  const config::Scenario* scenario = nullptr;
  const System* system = nullptr;
  Space space;
  std::vector<const Objective*> objectives;
  FleetUse fleet;

  [[nodiscard]] int gpus() const { return static_cast<int>(fleet.working); }
  /// Objectives of a plan whose step takes this; plans whose batch was moved within its tolerance
  /// compare by the scenario's.
  [[nodiscard]] Scored score(const Plan& plan, const Precision* precision, StepUse step) const;
};

/// A layer shape in a precision, with floors of every plan it is part of.
struct Shape {
  Scored floors;
  Misfit misfit;  ///< of all its plans
};

struct Refused {
  const MisfitReason* reason = nullptr;
  long count = 0;
  Misfit example;  ///< the one that misses least
};

/// Plans by what became of them.
struct Tally {
  std::vector<Refused> refused;

  void refuse(const Misfit& misfit, long count);
  void add(const Tally& other);
};

/// Plans of the space that a layer shape stands for.
long plans_of_shape(const SearchProblem& problem, const Plan& shape);

/// One a thread.
class Collector {
 public:
  explicit Collector(const SearchProblem& problem) : problem_(problem) {}

  /// The shape's own work is a floor: no bubbles, nothing recomputed or exchanged between replicas.
  Shape price_shape(const Plan& shape, const Precision& precision);
  /// Appends plans that fit in memory and are not hopeless, with floors.
  void collect(const Shape& shape, const Shortlist& best, std::vector<Scored>& out, Tally& tally);
  /// Plays the plan's schedule. Requires: a collected plan.
  Scored price(const Scored& candidate);

 private:
  void start(const Precision& precision);
  void collect_pipeline(Plan plan, const Shortlist& best, std::vector<Scored>& out, Tally& tally);
  [[nodiscard]] Scored floors_of(const Plan& plan);

  const SearchProblem& problem_;
  Pricing pricing_;
  PlanWorkspace workspace_;
  ActivationTable activations_;
  OpList ops_;  ///< scratch
  Fitting fitting_;
};

}  // namespace fleetcast
