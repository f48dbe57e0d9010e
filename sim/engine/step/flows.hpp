#pragma once

// Exchanges on their way over shared links. Each begins with latency, which takes no link; then its
// transfer goes at the speed that its links grant, stretch after stretch. Speeds are set anew
// whenever a transfer begins or ends on links that others use.

#include <array>
#include <deque>
#include <vector>

#include "sim/engine/event/agenda.hpp"
#include "sim/engine/step/carrier.hpp"
#include "sim/engine/step/links.hpp"

namespace fleetcast::step {

/// What sharing links added to transfers, summed over the ranks played, by their busiest tier.
using SharingDelay = std::array<Seconds, kMaxTiers>;

class Flows : public event::Process, public Carrier {
 public:
  /// Requires: all outlive the flows.
  Flows(event::Agenda& agenda, Links& links, const StepTraffic& traffic, const Grid& grid);
  /// Requires: before the first send().
  void deliver_to(Receiver& receiver) { receiver_ = &receiver; }

  void send(Seconds at, int route, double scale, Ends ends, std::uint64_t token) override;

  void handle(const event::Event& event) override;
  [[nodiscard]] const SharingDelay& delay() const { return delay_; }

  /// Sets speeds anew where a link's capacity changed. Requires: called at the agenda's now.
  void change_capacity(std::int32_t link, double capacity);
  /// Sets the speeds of all that was touched at this time.
  void settle();

 private:
  struct Flow {
    const Route* route = nullptr;
    double scale = 1.0;
    Ends ends;
    std::uint64_t token = 0;
    int stretch = 0;      ///< of the route
    bool moving = false;  ///< its transfer has begun
    std::uint32_t version = 0;
    double speed = 0, most = 1;  ///< its own, at present and alone
    Seconds left{};              ///< of the transfer, at speed 1
    Seconds begun{}, seen{};
    std::vector<Use> uses;
    std::uint64_t mark = 0;  ///< of the settling that met it
  };
  struct OnLink {
    std::vector<std::int32_t> flows;
    std::uint64_t mark = 0;
    std::int32_t number = 0;  ///< in the share being computed
  };

  void share_links();
  [[nodiscard]] const Stretch& stretch_of(const Flow& flow) const {
    return traffic_.stretches[static_cast<std::size_t>(flow.route->first + flow.stretch)];
  }
  void wait_for_latency(std::int32_t id, Seconds at);
  void begin_transfer(std::int32_t id);
  void end_transfer(std::int32_t id);
  void set_speed(std::int32_t id, double speed);
  void touch(std::int32_t id);
  void collect(std::int32_t id);
  void find_uses(Flow& flow) const;
  [[nodiscard]] double most_of(const Flow& flow) const;
  void note_delay(const Flow& flow);

  event::Agenda& agenda_;
  Links& links_;
  const StepTraffic& traffic_;
  Grid grid_;
  Receiver* receiver_ = nullptr;
  std::deque<Flow> flows_;
  std::vector<std::int32_t> idle_;
  std::vector<OnLink> on_link_;
  std::vector<std::int32_t> touched_;
  std::vector<std::int32_t> component_, component_links_;  ///< being settled
  std::vector<Use> numbered_;
  FairShare share_;
  std::uint64_t settlings_ = 0;
  bool settling_posted_ = false;
  SharingDelay delay_{};
};

/// Settles after everything else of its time.
class Settling : public event::Process {
 public:
  explicit Settling(Flows& flows) : flows_(flows) {}
  void handle(const event::Event& /*event*/) override { flows_.settle(); }

 private:
  Flows& flows_;
};

}  // namespace fleetcast::step
