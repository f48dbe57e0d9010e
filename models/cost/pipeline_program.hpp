#pragma once

// A schedule's slots over all stages, laid out on one tape in an order in which they can be played.

#include <vector>

#include "models/cost/schedule.hpp"

namespace fleetcast {

/// It depends on the shape only, so one program prices many costs; and where the order has a steady
/// middle, on the number of micro-batches only by what does not fill a period.
struct PipelineProgram {
  /// Periods it holds, at most: enough for the last to wait for nothing but whole ones.
  static constexpr int kPeriods = 3;

  /// One slot. Where it looks back is counted from its own place on the tape, so that a period may
  /// be appended again and again. Place 0 holds the start of time.
  struct Step {
    int stage;   ///< this many places before (negative): the slot before it on its stage
    int awaits;  ///< likewise: what it waits for; the same where that is nothing else
    int cost;    ///< (stage * chunks + chunk) * 4 + pass
  };
  const Schedule* schedule = nullptr;
  PipelineShape shape{};  ///< shortened to `periods` periods
  bool deadlocked = false;
  int periods = 0;     ///< whole periods of the steady middle on every stage; 0: none
  int lag = 0;         ///< periods that a slot's dependency lies back, at most
  int body_begin = 0;  ///< steps of the last of these periods: played again for more
  int body_end = 0;
  std::vector<Step> steps;          ///< that of place i is steps[i - 1]
  std::vector<int> first, last;     ///< [stage]: places of its first and last slot
  std::vector<int> first_of_chunk;  ///< [stage * chunks + chunk]: place of its first forward
  std::vector<int> last_of_chunk;   ///< [stage * chunks + chunk]: place of its last backward
  std::vector<int> virtual_stage;   ///< [stage * chunks + chunk]
};

/// The caller's; one a thread. Grows to the largest pipeline compiled and then allocates no more.
/// A slot's number is its place in its stage's order * stages + stage.
struct CompileWorkspace {
  std::vector<Slot> slots;       ///< of one stage
  std::vector<int> count;        ///< [stage]: slots
  std::vector<int> cost;         ///< [slot]: as Step::cost
  std::vector<int> micro_batch;  ///< [slot]
  std::vector<int> number;       ///< [(virtual stage, micro-batch, backward)]: slot
  std::vector<int> awaits;       ///< [slot]: slot that it waits for; -1: none
  std::vector<int> depth;        ///< [slot]: slots that run in a row up to it; 0: it never runs
  std::vector<int> period;       ///< [slot]: 0 in the prologue, then from 1
  std::vector<int> cursor;
  std::vector<int> place;  ///< [slot]: on the tape
};

/// Whole periods on every stage, and the micro-batches of one.
Steady common_steady(const Schedule& schedule, PipelineShape shape);

/// Requires: schedule.admits(shape).
void compile(const Schedule& schedule, PipelineShape shape, CompileWorkspace& workspace,
             PipelineProgram& program);

}  // namespace fleetcast
