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
  double global_batch = 0;     ///< sequences a step
  double batch_tolerance = 0;  ///< share the global batch may move so that plans divide it
  double tokens = 0;           ///< of the whole run; 0: one step only
};

/// What is fixed stays, what is left out is searched (or 1 in `estimate`).
struct PlanSpec {
  std::optional<int> tp, cp, pp, vp, ep, etp, dp, micro_batch, zero, shard_group;
  std::optional<bool> sequence_parallel, ep_overlap;
  std::optional<std::string> recompute;  ///< none, selective, full
  std::vector<std::string> recompute_modules;
  std::optional<int> recompute_num_layers;
  const Schedule* schedule = nullptr;
};

/// Candidates of a search, dimension by dimension, in place of those it would take by itself.
struct SpaceSpec {
  std::vector<int> tp, cp, pp, vp, ep, etp, micro_batch, zero, shard_group;
  std::vector<bool> sequence_parallel;
  std::vector<const Schedule*> schedule;
  double idle = 0;  ///< share of the fleet that a plan may leave idle
};

/// What somebody says such a run takes; checked against our own answer.
struct ClaimSpec {
  std::string system;  ///< one of the scenario's
  double gpus = 0;
  Watts power{};  ///< of the whole; 0: not stated
};

/// What a run costs beside GPUs. Defaults are assumptions with their sources in the field list.
struct EconomySpec {
  DollarsPerJoule electricity{0.078 / 3.6e6};
  GramsPerJoule carbon{400.0 / 3.6e6};
  Seconds lifetime{4.0 * 365.0 * 86400.0};  ///< purchase is written off over this
};

/// Others on the links of a tier.
struct TenantSpec {
  std::string tier;  ///< of the cluster
  double share = 0;  ///< of each link that they ask for
};

/// What `simulate --scale step` plays beside the plan. Nothing is unequal unless asked for.
struct SimulationSpec {
  bool contention = true;
  double kernel_jitter = 0;
  double speed_spread = 0;
  double expert_skew = 0;
  double slow_nodes = 0;
  double slow_by = 1.3;
  PerSecond link_flaps{};
  Seconds flap_time{30.0};
  std::vector<TenantSpec> tenants;
};

/// How the run goes on behind failures, as far as it is the user's choice; of `simulate --scale
/// run`.
struct RecoverySpec {
  std::optional<int> spares;      ///< nodes held ready; unset: as many as it takes
  bool elastic = false;           ///< without one, trains on with fewer replicas
  Seconds checkpoint_interval{};  ///< of training; 0: the optimum
};

struct ScenarioSpec {
  std::string name;
  std::string question;
  std::string model;                 ///< file of configs/llms, or a path
  std::vector<std::string> systems;  ///< files of configs/clusters
  std::vector<const Precision*> precisions;
  double gpus = 0;    ///< estimate, search: the fleet; 0: what the plan needs
  std::string stack;  ///< "name release"; empty: the newest
  TrainingSpec training;
  PlanSpec plan;
  SpaceSpec space;
  Seconds deadline{};              ///< plan: the run must end within it
  std::vector<Seconds> deadlines;  ///< plan: others, to compare with
  EconomySpec economy;
  RecoverySpec recovery;
  std::vector<ClaimSpec> claims;
  SimulationSpec simulation;
};

/// A scenario with everything it names.
struct Scenario {
  ScenarioSpec spec;
  Transformer model;
  Stack stack;
  std::string stack_note;
  CalibrationFile calibration;
  std::vector<LoadedSystem> systems;  ///< as spec.systems
  Sources sources;                    ///< of the scenario's own numbers
  SourceTexts source_texts;
  Overrides overrides;
  Place plan_at;  ///< where problems of the plan are reported
};

inline constexpr const char* kEmptyList = "must name at least one";

/// Fields that are wrong by themselves, beyond their bounds: a fraction of a GPU, an unknown
/// policy.
std::vector<SpecProblem> check_fields(const ScenarioSpec& spec);
/// Fields that are wrong together: sizes of a plan that do not multiply to the GPUs.
std::vector<SpecProblem> check_together(const ScenarioSpec& spec);

/// Whether fields must suit each other already, or what comes later will make them.
enum class Together : unsigned char { kCheck, kLeave };

/// Throws: ConfigError with all problems of all files.
Scenario load_scenario(const std::string& path, std::span<const std::string> sets = {},
                       Together together = Together::kCheck);

/// The scenario's file of a name in configs/scenarios, or of a path.
/// Throws: ConfigError with the nearest known name.
std::string scenario_path(const std::string& name_or_path);

}  // namespace fleetcast::config

namespace fleetcast::fields {
template <>
struct List<config::TrainingSpec> {
  using Spec = config::TrainingSpec;
  static constexpr auto value = std::tuple{
      required("seq_len", &Spec::seq_len, "tokens of a sequence", between(1, 1e9)),
      required("global_batch", &Spec::global_batch, "sequences of a step", between(1, 1e6)),
      optional("batch_tolerance", &Spec::batch_tolerance,
               "share the global batch may move so that plans divide it", between(0, 0.5)),
      optional("tokens", &Spec::tokens, "of the whole run; 0: one step only", between(0, 1e18)),
  };
};
template <>
struct List<config::PlanSpec> {
  using Spec = config::PlanSpec;
  static constexpr auto value = std::tuple{
      optional("tp", &Spec::tp, "tensor parallel", between(1, 4096)),
      optional("cp", &Spec::cp, "context parallel", between(1, 4096)),
      optional("pp", &Spec::pp, "pipeline parallel", between(1, 1024)),
      optional("vp", &Spec::vp, "virtual pipeline chunks of a stage", between(1, 1024)),
      optional("ep", &Spec::ep, "expert parallel", between(1, 65536)),
      optional("etp", &Spec::etp, "tensor parallel inside an expert", between(1, 4096)),
      optional("dp", &Spec::dp, "data parallel", between(1, 1e7)),
      optional("micro_batch", &Spec::micro_batch, "sequences", between(1, 65536)),
      optional("zero", &Spec::zero, "sharded states: 1 optimizer, 2 + gradients, 3 + weights",
               between(0, 3)),
      optional("shard_group", &Spec::shard_group, "ranks that share one copy of them; 0: all",
               between(0, 1e7)),
      optional("sequence_parallel", &Spec::sequence_parallel,
               "tensor-parallel ranks divide the sequence outside of the linears"),
      optional("ep_overlap", &Spec::ep_overlap,
               "expert all-to-all of one micro-batch under another's compute"),
      optional("recompute", &Spec::recompute, "activations computed again: none, selective, full"),
      optional("recompute_modules", &Spec::recompute_modules,
               "with selective: core_attn, mlp, moe, ..."),
      optional("recompute_num_layers", &Spec::recompute_num_layers,
               "with full: layers of each chunk computed again; 0: all", between(0, 1e5)),
      optional("schedule", &Spec::schedule, "pipeline schedule"),
  };
};
template <>
struct List<config::SpaceSpec> {
  using Spec = config::SpaceSpec;
  static constexpr auto value = std::tuple{
      optional("tp", &Spec::tp, "tensor parallel", between(1, 4096)),
      optional("cp", &Spec::cp, "context parallel", between(1, 4096)),
      optional("pp", &Spec::pp, "pipeline parallel", between(1, 1024)),
      optional("vp", &Spec::vp, "virtual pipeline chunks of a stage", between(1, 1024)),
      optional("ep", &Spec::ep, "expert parallel", between(1, 65536)),
      optional("etp", &Spec::etp, "tensor parallel inside an expert", between(1, 4096)),
      optional("micro_batch", &Spec::micro_batch, "sequences", between(1, 65536)),
      optional("zero", &Spec::zero, "sharded states: 1 optimizer, 3 all of them", between(0, 3)),
      optional("shard_group", &Spec::shard_group, "ranks that share one copy of them; 0: all",
               between(0, 1e7)),
      optional("sequence_parallel", &Spec::sequence_parallel,
               "tensor-parallel ranks divide the sequence outside of the linears"),
      optional("schedule", &Spec::schedule, "pipeline schedules"),
      optional("idle", &Spec::idle,
               "share of the GPUs that may stay idle where the others divide better",
               between(0, 0.5)),
  };
};
template <>
struct List<config::EconomySpec> {
  using Spec = config::EconomySpec;
  static constexpr auto value = std::tuple{
      optional("electricity", &Spec::electricity,
               "price; unset: 0.078 USD/kWh (SemiAnalysis 2024, 100,000 H100 clusters)",
               between(0, 100 / 3.6e6)),
      optional("carbon", &Spec::carbon, "of the grid; unset: 400 g/kWh, an assumption",
               between(0, 5000 / 3.6e6)),
      optional("lifetime", &Spec::lifetime,
               "purchase is written off over this; unset: 4 years, an assumption",
               between(86400, 1e10)),
  };
};
template <>
struct List<config::RecoverySpec> {
  using Spec = config::RecoverySpec;
  static constexpr auto value = std::tuple{
      optional("spares", &Spec::spares, "nodes held ready; unset: as many as it takes",
               between(0, 1e6)),
      optional("elastic", &Spec::elastic,
               "without a spare, train on with fewer data-parallel replicas instead of waiting"),
      optional("checkpoint_interval", &Spec::checkpoint_interval,
               "training between checkpoints; 0: the optimum", between(0, 1e9)),
  };
};
template <>
struct List<config::ClaimSpec> {
  using Spec = config::ClaimSpec;
  static constexpr auto value = std::tuple{
      required("system", &Spec::system, "file of configs/clusters"),
      required("gpus", &Spec::gpus, "that are said to meet the deadline", between(1, 1e8)),
      optional("power", &Spec::power, "said to be drawn by all of it", kNonNegative),
  };
};
template <>
struct List<config::TenantSpec> {
  using Spec = config::TenantSpec;
  static constexpr auto value = std::tuple{
      required("tier", &Spec::tier, "of the cluster's network, by its name"),
      required("share", &Spec::share,
               "of each link that other jobs ask for; they get no more than a fair share", kRatio),
  };
};
template <>
struct List<config::SimulationSpec> {
  using Spec = config::SimulationSpec;
  static constexpr auto value = std::tuple{
      optional("contention", &Spec::contention,
               "exchanges share links; unset: yes. no: each takes its price"),
      optional("kernel_jitter", &Spec::kernel_jitter,
               "standard deviation of a kernel's time, over its mean", between(0, 0.3)),
      optional("speed_spread", &Spec::speed_spread,
               "standard deviation of a GPU's speed, in place of the fitted straggler factor; 0: "
               "that factor",
               between(0, 0.25)),
      optional("expert_skew", &Spec::expert_skew,
               "standard deviation of a rank's tokens in one layer, over their mean",
               between(0, 2)),
      optional("slow_nodes", &Spec::slow_nodes, "nodes, drawn at random, that run slower",
               between(0, 1e6)),
      optional("slow_by", &Spec::slow_by,
               "kernels on them take so many times as long; unset: 1.3, an assumption",
               between(1, 100)),
      optional("link_flaps", &Spec::link_flaps,
               "how often a GPU's link out of its domain goes down and comes up again",
               kNonNegative),
      optional("flap_time", &Spec::flap_time, "for how long; unset: 30 s, an assumption",
               kPositive),
      optional("tenants", &Spec::tenants, "other jobs on the network's tiers"),
  };
};
template <>
struct List<config::ScenarioSpec> {
  using Spec = config::ScenarioSpec;
  static constexpr auto value = std::tuple{
      required("name", &Spec::name, "of the scenario"),
      optional("question", &Spec::question, "what it is to answer"),
      required("model", &Spec::model, "file of configs/llms, or a path"),
      required("systems", &Spec::systems, "files of configs/clusters, or paths"),
      optional("precisions", &Spec::precisions, "recipes; unset: bf16"),
      optional("gpus", &Spec::gpus, "the fleet of estimate and search; 0: what the plan needs",
               between(0, 1e8)),
      optional("stack", &Spec::stack, "software, \"name release\"; unset: the newest"),
      required("training", &Spec::training, "the job"),
      optional("plan", &Spec::plan, "parallel plan; what is left out is searched, 1 in estimate"),
      optional("space", &Spec::space, "candidates of a search, in place of those it would take"),
      optional("deadline", &Spec::deadline, "the run must end within this; 0: none",
               between(0, 1e10)),
      optional("deadlines", &Spec::deadlines, "others, to see how the fleet moves with them",
               between(1, 1e10)),
      optional("economy", &Spec::economy, "prices beside those of the GPUs"),
      optional("recovery", &Spec::recovery, "behind failures, in simulate --scale run"),
      optional("claims", &Spec::claims, "fleets said to meet the deadline, checked by `plan`"),
      optional("simulation", &Spec::simulation, "noise and neighbours of a simulated step"),
  };
};
}  // namespace fleetcast::fields
