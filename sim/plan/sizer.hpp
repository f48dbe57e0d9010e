#pragma once

// One system in one precision: which plan of a stated space trains so many tokens with the fewest
// GPUs by a deadline, or ends the soonest with so many GPUs.

#include "sim/plan/shape_book.hpp"

namespace fleetcast {

/// A plan and how long its run takes, failures included.
struct Sized {
  bool found = false;
  Plan plan;
  Seconds time{};
};

/// What became of the layer shapes and plans that were looked at.
struct SizerCounts {
  long shapes = 0;   ///< that another does not make needless
  long refused = 0;  ///< shapes that cannot be: indivisible, too big for memory
  long pruned = 0;   ///< shapes whose kernels alone are beyond the last answer
  long priced = 0;   ///< plans played, in all that was asked
};

class FleetSizer {
 public:
  /// Requires: as ShapeBook.
  FleetSizer(const config::Scenario& scenario, const System& system, const Precision& precision,
             PlanWorkspace& workspace)
      : system_(&system), book_(scenario, system, precision, workspace) {}
  /// Goes on from what another knows: as ShapeBook.
  FleetSizer(const FleetSizer& other, const System& slower)
      : system_(&slower), book_(other.book_, slower), last_(other.last_) {}

  /// As ShapeBook::connect: other networks.
  void connect(const System& system) {
    system_ = &system;
    book_.connect(system);
  }
  /// As ShapeBook::use: another memory, another reliability.
  void use(const System& system) {
    system_ = &system;
    book_.use(system);
  }

  /// As ShapeBook::work_in.
  void work_in(PlanWorkspace& workspace) { book_.work_in(workspace); }

  /// The fewest GPUs, of any number, that train `tokens` within `deadline`, with a plan that does.
  /// No plan of the space meets it with fewer. Requires: that it takes `at_least` so many.
  Sized fewest(double tokens, Seconds deadline, double at_least = 1);
  /// The soonest end with at most `gpus`. No plan of the space ends sooner.
  Sized soonest(double tokens, double gpus);

  [[nodiscard]] const ShapeBook& book() const { return book_; }
  [[nodiscard]] PlanWorkspace& workspace() { return book_.workspace(); }
  [[nodiscard]] SizerCounts counts() const;

 private:
  /// A plan is to keep all of them; what is found narrows one.
  struct Limits {
    double sequences = 0;  ///< of the whole run
    double more_than = 0;  ///< GPUs; so many are known not to do
    double gpus = 0;       ///< at most
    Seconds time{};        ///< at most
    bool fewest = false;   ///< narrows gpus, else time
  };
  struct Found {
    Sized best;
    std::size_t pairing = 0;
  };
  struct Range {
    int low = 1, high = 0;
  };
  /// A pairing that may keep the limits with so many replicas, or a whole shape.
  struct Open {
    double floor = 0;  ///< none of its plans is better: GPUs, or seconds without failures
    std::uint32_t shape = 0, pairing = kAll;
    int dp = 0;        ///< 0: any
    Seconds useful{};  ///< of the time limit, what is left to its work
  };
  static constexpr std::uint32_t kAll = ~std::uint32_t{0};  ///< pairings of the shape
  static bool is_worse(const Open& a, const Open& b) { return a.floor > b.floor; }

  Sized improve(Limits& limits, Found found);
  void open_shapes(const Limits& limits);
  void open_shape(std::size_t shape, const Limits& limits);
  void open(Open next, const Limits& limits);
  void push(const Open& next);
  void try_open(Limits& limits, Found& found);
  void look_at(Open open, Limits& limits, Found& found);
  void look_into(const Open& whole, const Limits& limits);
  [[nodiscard]] bool any_may_keep(const Open& whole, PairingRange pairings,
                                  const Limits& limits) const;
  [[nodiscard]] bool narrow(Open& open, const Limits& limits) const;
  [[nodiscard]] Range degrees(const Open& open, const LayerFloors& floors,
                              const Limits& limits) const;
  [[nodiscard]] double floor_of(const Open& open, const LayerFloors& floors,
                                const Limits& limits) const;
  void price(const Open& open, Limits& limits, Found& found);
  void price_plan(const Open& open, const Plan& plan, Limits& limits, Found& found);
  [[nodiscard]] bool may_keep(const Plan& plan, const Pipeline& pipeline, const LayerFloors& floors,
                              const Limits& limits) const;
  [[nodiscard]] const LayerShape& shape_of(const Open& open) const;
  [[nodiscard]] const Pipeline& pipeline_of(const Open& open) const;
  Found start_from_last(Limits& limits);
  static double most_of(const Limits& limits);
  static double shape_floor(Seconds gpu_time, Seconds useful, const Limits& limits);
  [[nodiscard]] double most_gpus() const;
  [[nodiscard]] double goodput_of(double gpus) const;
  [[nodiscard]] double straggler_for(double gpus) const;
  [[nodiscard]] Seconds useful_of(Seconds gpu_time, const Limits& limits) const;
  [[nodiscard]] Seconds run_time(const Plan& plan, Seconds step, double sequences) const;

  const System* system_;
  ShapeBook book_;
  std::vector<Open> open_;  ///< a heap, the least floor first
  std::size_t next_ = 0;    ///< of by_kernels(): those before it were opened
  double most_useful_ = 0;  ///< share of the time limit that is left to any shape's work, at most
  Found last_;              ///< of the last question that had an answer: nearly the next one's
  long priced_ = 0;
};

}  // namespace fleetcast
