#pragma once

// All SMs of a GPU, played by events: SMs in the same state are one actor, and an event is the end
// of a group of k-steps.

#include <array>
#include <vector>

#include "sim/engine/chip/channel.hpp"
#include "sim/engine/chip/governor.hpp"
#include "sim/engine/chip/grid.hpp"
#include "sim/engine/chip/l2_cache.hpp"
#include "sim/engine/chip/outcome.hpp"
#include "sim/engine/event/agenda.hpp"

namespace fleetcast::chip {

/// A kernel and the SMs that it may use.
struct Running {
  Grid* grid = nullptr;
  int sms = 0;
  bool background = false;  ///< what is left of it when the others have ended does not count
};

class SmArray final : public event::Process {
 public:
  /// Gets the events of process `number`. Requires: references outlive it.
  SmArray(const ChipSpec& spec, MemoryPort& hbm, Governor& governor, event::Agenda& agenda,
          std::uint32_t number);

  /// Starts a kernel at once, on SMs of its own. `warm`: L2 holds what the same kernel, run before,
  /// has left. Requires: all kernels' SMs together are no more than the chip's.
  void launch(const Running& kernel, bool warm);
  /// What the kernel came to that was launched first. Requires: nothing is left to happen.
  [[nodiscard]] Outcome outcome() const;

  void handle(const event::Event& event) override;

 private:
  struct Kernel {
    Running running;
    std::uint32_t first_panel = 0;
    Seconds end{};
    Outcome sums;  ///< causes are sums over SMs
  };
  /// Two groups of steps at most are on their way or computed on (double buffering).
  struct Actor {
    std::uint32_t kernel = 0;
    bool waits = true;  ///< for its begin
    int asked = 0;      ///< groups that have not ended
    Batch batch;
    Bytes missed{};                ///< from HBM, of all its SMs, in one step
    double group = 0.0;            ///< steps of one group
    double left = 0.0;             ///< steps not asked for
    double hidden = 0.0;           ///< share of the fill, by the tile before
    Seconds loaded{};              ///< when the last operands asked for have come
    Seconds computed{};            ///< when the last group asked for has ended
    std::array<Seconds, 2> end{};  ///< of the groups asked for
    std::array<double, 2> steps{}, clock{};
  };

  std::uint32_t take_actor();
  bool next_tiles(std::uint32_t kernel, int& sms, Seconds at, double hidden);
  void begin(Actor& actor, Seconds now);
  void ask(Actor& actor, Seconds now, double steps);
  void group_ended(Actor& actor, std::uint32_t index, Seconds now);
  void tile_ended(std::uint32_t index, Seconds now);
  Seconds store(const Actor& actor, Seconds now);
  Seconds compute(const Batch& batch, double steps, Outcome& sums) const;
  Bytes use(const Kernel& kernel, const std::vector<Panel>& panels);
  void warm_up(const Kernel& kernel);

  const ChipSpec& spec_;
  MemoryPort& hbm_;
  Governor& governor_;
  event::Agenda& agenda_;
  std::uint32_t number_;
  Channel l2_channel_;
  L2Cache l2_;
  std::vector<Kernel> kernels_;
  std::vector<Actor> actors_;
  std::vector<std::uint32_t> free_;
  int foreground_ = 0;  ///< actors of kernels that are waited for
};

}  // namespace fleetcast::chip
