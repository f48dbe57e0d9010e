#pragma once

// From point to point of a sweep: the scenario of each, of which only what moved is made anew.

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/sweep/inputs.hpp"

namespace fleetcast::sweep {

/// One a thread. Requires: the inputs outlive it.
class Resolver {
 public:
  explicit Resolver(const Inputs& inputs);

  void move_to(PointId point);

  [[nodiscard]] const config::Scenario& scenario() const { return scenario_; }
  /// Value of each axis.
  [[nodiscard]] const std::vector<std::uint32_t>& values() const { return values_; }
  /// Why the scenario cannot be, which only this combination shows.
  [[nodiscard]] const std::optional<SpecProblem>& problem() const { return problem_; }
  /// Of all that the point's result follows from.
  [[nodiscard]] Hash hash() const;
  /// Changes with the model, the stack, the calibration or a system.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  template <class Spec>
  bool apply(const MovedBy<Spec>& axes, bool all, Spec& spec) const;
  template <class Spec>
  bool follow(const std::vector<Source<Spec>>& sources, std::size_t choice, std::size_t& now,
              Spec& spec) const;
  void move_systems();
  bool move_system(std::size_t slot, const SystemSource& source, bool is_other);

  const Inputs& inputs_;
  config::Scenario scenario_;
  std::vector<std::uint32_t> values_, before_;
  bool is_first_ = true;
  std::size_t model_ = 0, stack_ = 0, systems_ = 0;  ///< sources chosen
  std::optional<SpecProblem> model_problem_, problem_;
  std::uint64_t generation_ = 0;
  mutable std::string hashed_;  ///< what hash() hashes; kept for its memory
};

}  // namespace fleetcast::sweep
