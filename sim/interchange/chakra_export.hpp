#pragma once

// A played step as execution traces of mlcommons/chakra, one a rank.
//
// A rank's nodes: its kernels and the exchanges it takes part in, layer by layer in the order of
// its stage's schedule; messages between stages; weights and gradients of data-parallel ranks; the
// optimizer's memory traffic; at the end what slows a step as a whole. Data dependencies are what a
// node needs; control dependencies keep streams, and the slots of the schedule, in their order.

#include <functional>
#include <map>
#include <string>

#include "sim/interchange/chakra.hpp"
#include "sim/interchange/chakra_layers.hpp"

namespace fleetcast::interchange::chakra {

/// Communicators by number, as ASTRA-sim's --comm-group-configuration lists them. Numbers are from
/// 1, for there 0 is all ranks.
class CommGroups {
 public:
  explicit CommGroups(int ranks) : ranks_(ranks) {}

  /// Of the ranks at `where` among which the rank is: a group of the rank grid, every n-th rank of
  /// one, or a part of it, the last of which may be smaller. `whole`: the group's place.
  int number_of(GroupPlace where, GroupPlace whole, int rank);
  /// Groups asked for so far: {"1": [0, 1, ...], ...}.
  [[nodiscard]] std::string json() const;

 private:
  int ranks_;
  int next_ = 1;
  std::map<std::array<int, 3>, int> first_;  ///< number, by size, stride and size of the whole
  struct Members {
    int begin = 0;
    GroupPlace where;
  };
  std::map<int, Members> used_;
};

class Exporter {
 public:
  /// Requires: what `played` points to outlives the exporter; the schedule admits the plan.
  explicit Exporter(const PlayedStep& played);

  [[nodiscard]] int ranks() const;
  /// The first rank of a pipeline stage.
  [[nodiscard]] int first_rank_of(int stage) const;
  /// Calls `sink` with each node of a rank, in an order in which they can run: ids count from 1.
  void write(int rank, const std::function<void(const Node&)>& sink);
  [[nodiscard]] const CommGroups& groups() const { return groups_; }

 private:
  PlayedStep played_;
  LayerPasses passes_;
  CommGroups groups_;
};

/// What the step waits for beside its ranks' work: compute slowed by gradients and weights on their
/// way, on all stages.
Seconds slowed_by_states(const PlayedStep& played);

}  // namespace fleetcast::interchange::chakra
