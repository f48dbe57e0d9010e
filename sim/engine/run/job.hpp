#pragma once

// A training run over months as events: what the job is, what happens to it, and where its time
// went. Time is counted in whole microseconds, so that parts add up to the whole exactly.

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/hardware/reliability.hpp"
#include "sim/engine/observer.hpp"

namespace fleetcast {

using Ticks = std::int64_t;
inline constexpr Seconds kTick{1e-6};
inline Ticks ticks_of(Seconds time) { return std::llround(time / kTick); }
inline Seconds seconds_of(Ticks ticks) { return double(ticks) * kTick; }

/// A cause of interruptions, as the job sees it.
struct JobComponent {
  std::string name;
  PerSecond rate{};       ///< of the whole job; mean of the first year where shape is not 1
  double replaced = 0.0;  ///< share that takes nodes out of service
  Seconds repair{};       ///< until they are back
  int nodes = 1;          ///< that go out of service together
  double shape = 1.0;     ///< of a Weibull hazard over the fleet's age
};
inline constexpr int kUnlimited = std::numeric_limits<int>::max();

/// Requires: at least one step and node; replicas <= nodes or nodes hold several whole ones.
struct JobSpec {
  std::int64_t steps = 1;
  Seconds step_time{};
  std::int64_t checkpoint_steps = 1;  ///< from one checkpoint to the next
  Seconds checkpoint{};               ///< training stands still
  Seconds upload{};                   ///< afterwards, until the checkpoint counts
  Seconds detection{};                ///< of a failure; nothing more fails meanwhile
  Seconds restart{};                  ///< behind detection; may fail itself
  Seconds maintenance_every{};        ///< 0: none; waits for the next checkpoint
  Seconds maintenance{};
  int nodes = 1;
  int spares = kUnlimited;  ///< nodes held ready
  int replicas = 1;         ///< data parallel
  bool elastic = false;     ///< goes on with fewer replicas where spares are used up
  Seconds give_up{std::numeric_limits<double>::infinity()};  ///< a run this long is not finished
  std::vector<JobComponent> components;                      ///< at most kMostComponents
};

/// Where the time of a run goes.
enum class JobPart : std::uint8_t {
  kTraining,    ///< work that is in the model
  kShrunk,      ///< what that work took longer for lack of replicas
  kCheckpoint,  ///< standing still for checkpoints
  kLost,        ///< work done again, or never saved
  kDetection,
  kRestart,
  kWaiting,  ///< for a node
  kMaintenance,
};
inline constexpr std::size_t kJobParts = 8;
std::string_view key_of(JobPart part);
std::string_view meaning_of(JobPart part);

/// Plain bytes: goes through pipes between processes.
struct JobOutcome {
  std::array<Ticks, kJobParts> part{};                         ///< adds up to the run's length
  std::array<std::uint32_t, kMostComponents> interruptions{};  ///< as JobSpec::components
  std::uint32_t checkpoints = 0, maintenances = 0, resizes = 0;
  std::uint32_t replaced_nodes = 0;
  std::uint32_t most_nodes_out = 0;  ///< of service at the same time
  std::uint64_t events = 0;
  bool is_finished = false;

  [[nodiscard]] Ticks operator[](JobPart p) const { return part[static_cast<std::size_t>(p)]; }
  [[nodiscard]] Ticks& operator[](JobPart p) { return part[static_cast<std::size_t>(p)]; }
  [[nodiscard]] Ticks total() const { return std::accumulate(part.begin(), part.end(), Ticks{0}); }

  friend bool operator==(const JobOutcome&, const JobOutcome&) = default;
};

/// What interrupts the job next, on a clock that runs while it can fail: training, checkpointing
/// and restarting, slower where replicas are missing.
struct JobFailure {
  Seconds at{};  ///< infinity: nothing fails any more
  std::uint32_t component = 0;
  bool is_replaced = false;  ///< takes its nodes out of service
};
class JobFailures {
 public:
  JobFailures() = default;
  JobFailures(const JobFailures&) = delete;
  JobFailures& operator=(const JobFailures&) = delete;
  virtual ~JobFailures() = default;
  [[nodiscard]] virtual JobFailure next() const = 0;
  /// The next one has happened.
  virtual void advance() = 0;
};

/// One run. `observer` may be null: states as spans, failures as instants, nodes out of service as
/// a counter, all on process 0.
JobOutcome simulate_job(const JobSpec& spec, JobFailures& failures, Observer* observer = nullptr);

/// Run `run` of `seed`, whose failures depend on nothing else; a component's on no other one's.
JobOutcome simulate_job(const JobSpec& spec, std::uint64_t seed, std::uint64_t run,
                        Observer* observer = nullptr);

}  // namespace fleetcast
