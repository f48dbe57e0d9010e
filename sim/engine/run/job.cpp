#include "sim/engine/run/job.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "sim/engine/event/kernel.hpp"
#include "sim/engine/run/failures.hpp"

namespace fleetcast {
namespace {

/// Who events are for, first what goes first at the same time: a checkpoint is whole before the
/// failure.
enum Actor : std::uint32_t { kJob, kRepair, kCalendar, kPatience };
enum What : std::uint32_t { kEnd, kFailure };

constexpr Track kStates{0, 0};

/// Steps since some checkpoint and the time they took.
struct Work {
  std::int64_t steps = 0;
  Ticks training = 0, shrunk = 0;
};

bool can_fail(JobPart state) {
  return state == JobPart::kTraining || state == JobPart::kCheckpoint || state == JobPart::kRestart;
}

class Job final : public event::Process {
 public:
  Job(const JobSpec& spec, JobFailures& failures, Observer* observer, event::Agenda& agenda)
      : spec_(spec), failures_(failures), observer_(observer), agenda_(agenda) {}

  void start() {
    agenda_.add(0, *this);
    if (observer_ != nullptr) {
      observer_->name_process(kStates.process, "job");
      observer_->name_track(kStates, "state");
    }
    if (spec_.maintenance_every > Seconds{}) post_later(spec_.maintenance_every, kCalendar);
    if (std::isfinite(spec_.give_up.base())) post_later(spec_.give_up, kPatience);
    train();
  }

  void handle(const event::Event& event) override {
    now_ = event.actor() == kJob ? due_ : ticks_of(event.at);
    switch (event.actor()) {
      case kJob: return event.what() == kFailure ? fail() : go_on();
      case kRepair: return take_back(static_cast<int>(event.what()));
      case kCalendar: return plan_maintenance();
      default: return give_up();
    }
  }

  JobOutcome outcome;

 private:
  // States.

  void enter(JobPart state, Ticks length) {
    leave();
    state_ = state;
    due_ = now_ + length;
    if (!can_fail(state)) return post(due_, kJob, kEnd);
    const double wait =
        std::floor(std::max(0.0, (failures_.next().at / kTick - exposed_) / speed()) + 0.5);
    const bool fails = wait < double(length);
    if (fails) due_ = now_ + static_cast<Ticks>(wait);
    post(due_, kJob, fails ? kFailure : kEnd);
  }

  void leave() {
    const Ticks length = now_ - entered_;
    if (state_ == JobPart::kTraining) {
      const Ticks useful = full_speed() ? length : std::llround(double(length) * speed());
      unsaved_.training += useful;
      unsaved_.shrunk += length - useful;
    } else {
      outcome[state_] += length;
    }
    if (can_fail(state_)) exposed_ += double(length) * speed();
    if (observer_ != nullptr && length > 0)
      observer_->span(kStates, key_of(state_), key_of(state_), seconds_of(entered_),
                      seconds_of(length));
    entered_ = now_;
  }

  void go_on() {
    switch (state_) {
      case JobPart::kTraining: return begin_checkpoint();
      case JobPart::kCheckpoint: return end_checkpoint();
      case JobPart::kRestart: return train();
      default: return recover();
    }
  }

  void train() {
    segment_ = std::min(spec_.checkpoint_steps, spec_.steps - done_);
    enter(JobPart::kTraining, std::llround(double(segment_) * (spec_.step_time / kTick) / speed()));
  }

  /// What is to follow that must not lose an upload waits for its end, standing still.
  void begin_checkpoint() {
    done_ += segment_;
    unsaved_.steps += segment_;
    settles_ = done_ == spec_.steps || is_maintenance_due_ || can_grow();
    const Ticks still_uploading = std::max<Ticks>(0, durable_at_ - now_);
    enter(JobPart::kCheckpoint, still_uploading + checkpoint_ + (settles_ ? upload_ : 0));
  }

  void end_checkpoint() {
    leave();
    ++outcome.checkpoints;
    commit();
    uploading_ = unsaved_;
    unsaved_ = {};
    durable_at_ = settles_ ? now_ : now_ + upload_;
    commit();
    if (done_ == spec_.steps) return finish();
    if (!settles_) return train();
    if (!is_maintenance_due_) return recover();
    is_maintenance_due_ = false;
    ++outcome.maintenances;
    enter(JobPart::kMaintenance, ticks_of(spec_.maintenance));
  }

  /// On whatever nodes there are.
  void recover() {
    const std::int64_t taken = std::min<std::int64_t>(spec_.nodes - up_, spares_);
    up_ += static_cast<int>(taken);
    spares_ -= taken;
    const int possible = replicas_on(up_);
    if (possible < spec_.replicas && (!spec_.elastic || possible == 0)) return wait();
    leave();
    if (possible != replicas_) ++outcome.resizes;
    replicas_ = possible;
    enter(JobPart::kRestart, ticks_of(spec_.restart));
  }

  /// A repair ends it.
  void wait() {
    leave();
    state_ = JobPart::kWaiting;
  }

  // What happens to it.

  void fail() {
    const JobFailure failure = failures_.next();
    leave();
    failures_.advance();
    lose();
    const JobComponent& component = spec_.components[failure.component];
    ++outcome.interruptions[failure.component];
    if (observer_ != nullptr)
      observer_->instant(kStates, component.name, "failure", seconds_of(now_));
    if (failure.is_replaced) take_out(std::min(component.nodes, up_), component.repair);
    enter(JobPart::kDetection, ticks_of(spec_.detection));
  }

  void take_out(int nodes, Seconds repair) {
    up_ -= nodes;
    count_out(nodes);
    outcome.replaced_nodes += static_cast<std::uint32_t>(nodes);
    post_later(repair, kRepair, static_cast<std::uint32_t>(nodes));
  }

  void take_back(int nodes) {
    spares_ += nodes;
    count_out(-nodes);
    if (state_ == JobPart::kWaiting) recover();
  }

  void count_out(int more) {
    out_ += more;
    outcome.most_nodes_out = std::max(outcome.most_nodes_out, static_cast<std::uint32_t>(out_));
    if (observer_ != nullptr)
      observer_->counter(kStates.process, "nodes out of service", seconds_of(now_), out_);
  }

  void plan_maintenance() {
    is_maintenance_due_ = true;
    post_later(spec_.maintenance_every, kCalendar);
  }

  void give_up() {
    leave();
    lose();
    agenda_.stop();
  }

  void finish() {
    outcome.is_finished = true;
    agenda_.stop();
  }

  // Work.

  /// The last checkpoint counts from when its upload ends.
  void commit() {
    if (now_ < durable_at_) return;
    saved_steps_ += uploading_.steps;
    outcome[JobPart::kTraining] += uploading_.training;
    outcome[JobPart::kShrunk] += uploading_.shrunk;
    uploading_ = {};
  }

  void lose() {
    commit();
    for (const Work* work : {&uploading_, &unsaved_})
      outcome[JobPart::kLost] += work->training + work->shrunk;
    uploading_ = unsaved_ = {};
    durable_at_ = now_;
    done_ = saved_steps_;
  }

  // Nodes.

  [[nodiscard]] int replicas_on(std::int64_t nodes) const {
    return static_cast<int>(std::min<std::int64_t>(nodes, spec_.nodes) * spec_.replicas /
                            spec_.nodes);
  }
  [[nodiscard]] bool can_grow() const {
    return !full_speed() && replicas_on(up_ + spares_) > replicas_;
  }
  [[nodiscard]] bool full_speed() const { return replicas_ == spec_.replicas; }
  [[nodiscard]] double speed() const { return double(replicas_) / spec_.replicas; }

  void post(Ticks at, Actor actor, std::uint32_t what) {
    agenda_.post(seconds_of(at), 0, actor, what);
  }
  void post_later(Seconds delay, Actor actor, std::uint32_t what = 0) {
    post(now_ + ticks_of(delay), actor, what);
  }

  const JobSpec& spec_;
  JobFailures& failures_;
  Observer* observer_;
  event::Agenda& agenda_;

  Ticks now_ = 0, entered_ = 0, due_ = 0;
  const Ticks checkpoint_ = ticks_of(spec_.checkpoint), upload_ = ticks_of(spec_.upload);
  JobPart state_ = JobPart::kTraining;
  double exposed_ = 0.0;  ///< ticks in which it could fail

  std::int64_t done_ = 0, saved_steps_ = 0, segment_ = 0;
  Work unsaved_;          ///< since the last checkpoint
  Work uploading_;        ///< what the last checkpoint adds to the one before
  Ticks durable_at_ = 0;  ///< of the last checkpoint
  bool settles_ = false;  ///< the checkpoint being written is followed by more than training
  bool is_maintenance_due_ = false;

  int up_ = spec_.nodes;
  std::int64_t spares_ = spec_.spares;
  int out_ = 0;
  int replicas_ = spec_.replicas;
};

}  // namespace

JobOutcome simulate_job(const JobSpec& spec, JobFailures& failures, Observer* observer) {
  assert(spec.components.size() <= kMostComponents);
  event::Kernel kernel(kTick);
  Job job(spec, failures, observer, kernel.agenda());
  job.start();
  kernel.run();
  job.outcome.events = kernel.agenda().handled();
  return job.outcome;
}

JobOutcome simulate_job(const JobSpec& spec, std::uint64_t seed, std::uint64_t run,
                        Observer* observer) {
  RandomFailures failures(spec, seed, run);
  return simulate_job(spec, failures, observer);
}

}  // namespace fleetcast
