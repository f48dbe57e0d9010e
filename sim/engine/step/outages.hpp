#pragma once

// Links out of a domain that go down and come up again while a step runs.

#include "sim/engine/event/agenda.hpp"
#include "sim/engine/step/flows.hpp"
#include "sim/engine/step/noise.hpp"

namespace fleetcast::step {

/// Outages of all links together are a Poisson process; each takes one rank's link, in both
/// directions and on all tiers but the innermost, and whoever exchanges with that rank waits.
class Outages : public event::Process {
 public:
  Outages(event::Agenda& agenda, Flows& flows, const Links& links, const Grid& grid, int tiers,
          const Noise& noise);

  void start();
  /// Nothing goes down any more.
  void end() { ended_ = true; }
  void handle(const event::Event& event) override;
  [[nodiscard]] int count() const { return count_; }

 private:
  void draw_next(Seconds now);
  void set(int block, double share_of_capacity);

  event::Agenda& agenda_;
  Flows& flows_;
  const Links& links_;
  Grid grid_;
  int tiers_;
  Seconds mean_;  ///< between outages
  Seconds time_;  ///< of one
  RandomStream draws_;
  std::vector<int> down_;         ///< [block]: outages at this time
  std::vector<double> capacity_;  ///< [tier]: of a link that is up
  int count_ = 0;
  bool ended_ = false;
};

}  // namespace fleetcast::step
