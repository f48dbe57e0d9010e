#pragma once

// Who gets how much of links that several flows want: max-min fair (Bertsekas and Gallager 1992,
// section 6.5.2), where a flow may use its links unequally. Every link's capacity holds.

#include <cstdint>
#include <span>
#include <vector>

namespace fleetcast::step {

/// What one flow takes of one link at full speed, of the link's capacity 1 (or more: several
/// wires).
struct Use {
  std::int32_t link = 0;
  double share = 0;  ///< above 0
};

/// Computes shares for one set of flows after the other; grows and then allocates no more.
class FairShare {
 public:
  void clear();
  /// Returns the link's number here.
  std::int32_t add_link(double capacity);
  /// `most`: its speed where no link slows it.
  /// Requires: `uses` name links of add_link, at least one.
  void add_flow(std::span<const Use> uses, double most);
  /// Speed of each flow, in the order of add_flow, until the next call. A flow slowed by a link
  /// gets no less of it than any other there that could use more.
  std::span<const double> solve();

 private:
  struct Flow {
    std::size_t first, end;
    double most;
  };
  [[nodiscard]] double limit_of(const Flow& flow) const;
  void decide(std::size_t flow, double speed);

  std::vector<double> left_;        ///< [link] capacity not yet given out
  std::vector<std::int32_t> open_;  ///< [link] flows that share it
  std::vector<Use> uses_;
  std::vector<Flow> flows_;
  std::vector<double> speed_, limit_;
};

}  // namespace fleetcast::step
