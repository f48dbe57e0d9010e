#pragma once

// The commands: each loads, computes, hands the result to a writer and returns its exit code.

#include "sim/cli/arguments.hpp"
#include "sim/report/result.hpp"
#include "sim/sweep/run.hpp"

namespace fleetcast::cli {

inline constexpr int kFine = 0;
inline constexpr int kRegression = 1;
inline constexpr int kWrongInput = 2;
inline constexpr int kInfeasible = 3;
inline constexpr int kInterrupted = 130;
inline constexpr int kOurFault = 70;

int run_estimate(const Arguments& arguments);
int run_search(const Arguments& arguments);
int run_plan(const Arguments& arguments);
int run_report(const Arguments& arguments);
int run_explain(const Arguments& arguments);
int run_simulate(const Arguments& arguments);
int run_sweep(const Arguments& arguments);
/// The same, computed by others than this process's threads: by the ranks of an MPI job.
using SweepRunner = sweep::PointId (*)(const sweep::Inputs& inputs, const sweep::PointSet& missing,
                                       sweep::Store& store, const sweep::RunOptions& options,
                                       const std::atomic<int>& stop);
int run_sweep_by(const Arguments& arguments, SweepRunner runner);
/// Exits with kRegression where the second result is worse, or other than the first.
int run_compare(const Arguments& arguments);
int run_merge(const Arguments& arguments);
int run_export(const Arguments& arguments);
int run_import(const Arguments& arguments);
int run_validate(const Arguments& arguments);
int run_calibrate(const Arguments& arguments);
int run_list(const Arguments& arguments);
int run_show(const Arguments& arguments);
int run_completion(const Arguments& arguments);
int run_man(const Arguments& arguments);

/// What may stand in the files of configs/, by folder.
report::Listing keys_of_files();

}  // namespace fleetcast::cli
