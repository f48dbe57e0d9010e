#pragma once

// What a user asks: a model, systems, a training job, perhaps a plan, a deadline, prices.

#include <optional>
#include <string>
#include <vector>

#include "models/cost/schedule.hpp"
#include "models/parallel/plan.hpp"
#include "models/workload/precision.hpp"
#include "sim/config/library.hpp"

namespace fleetcast::config {

struct TrainingSpec {
  double seq_len = 0;
  double global_batch = 0;      ///< sequences a step
  double batch_tolerance = 0;   ///< share the global batch may move so that plans divide it
  double tokens = 0;            ///< of the whole run; 0: one step only
};

/// What is fixed stays, what is left out is searched (or 1 in `estimate`).
struct PlanSpec {
  std::optional<int> tp, cp, pp, vp, ep, etp, dp, micro_batch, zero, shard_group;
  std::optional<bool> sequence_parallel, ep_overlap;
  std::optional<std::string> recompute;          ///< none, selective, full
  std::vector<std::string> recompute_modules;
  std::optional<int> recompute_num_layers;
  const Schedule* schedule = nullptr;
};

/// What a run costs beside GPUs. Defaults are assumptions with their sources in the field list.
struct EconomySpec {
  DollarsPerJoule electricity{0.078 / 3.6e6};
  GramsPerJoule carbon{400.0 / 3.6e6};
  Seconds lifetime{4.0 * 365.0 * 86400.0};  ///< purchase is written off over this
};

struct ScenarioSpec {
  std::string name;
  std::string question;
  std::string model;                ///< file of configs/llms, or a path
  std::vector<std::string> systems; ///< files of configs/clusters
  std::vector<const Precision*> precisions;
  double gpus = 0;                  ///< estimate, search: the fleet; 0: what the plan needs
  std::string stack;                ///< "name release"; empty: the newest
  TrainingSpec training;
  PlanSpec plan;
  Seconds deadline{};               ///< plan: the run must end within it
  EconomySpec economy;
};

/// A scenario with everything it names.
struct Scenario {
  ScenarioSpec spec;
  Transformer model;
  Stack stack;
  std::string stack_note;
  std::vector<LoadedSystem> systems;  ///< as spec.systems
  Sources sources;                    ///< of the scenario's own numbers
  Overrides overrides;
};

/// Throws: ConfigError with all problems of all files.
Scenario load_scenario(const std::string& path, std::span<const std::string> sets = {});

}  // namespace fleetcast::config
