#pragma once

// A sweep over the ranks of an MPI job: rank 0 hands out blocks to whoever asks and is the only one
// that writes; the others compute. Point-to-point messages alone, as a collective would wait for
// the dead: a block that is held too long goes to another rank, the first answer counts, and what
// no rank is left for rank 0 computes itself.

#include "sim/sweep/run.hpp"

namespace fleetcast::mpi {

/// The job, from MPI_Init to its end.
class Job {
 public:
  Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() = default;

  /// Rank 0: as sweep::run. Requires: as sweep::run.
  sweep::PointId write(const sweep::Inputs& inputs, const sweep::PointSet& missing,
                       sweep::Store& store, const sweep::RunOptions& options,
                       const std::atomic<int>& stop);
  /// All others: computes what rank 0 hands out, until that has no more or is silent.
  void serve(const sweep::Inputs& inputs);

  /// Ends the process: by MPI_Finalize, or without where a dead rank would keep it waiting.
  [[noreturn]] void end(int code) const;

 private:
  bool is_whole_ = true;  ///< all ranks were heard of to the end
};

}  // namespace fleetcast::mpi
