#pragma once

// Who gets how much of links that several flows want: max-min fair by weighted progressive filling
// (Bertsekas and Gallager 1992, section 6.5.2). All flows grow alike in what they take of the link
// they use most, until a link of theirs is full or they want no more. Every link's capacity holds.

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
    double weight;  ///< speed for each unit of the link it uses most
  };
  [[nodiscard]] double level_of(const Flow& flow) const;
  void decide(std::size_t flow, double level);

  std::vector<double> left_;     ///< [link] capacity not yet given out
  std::vector<double> growing_;  ///< [link] what its undecided flows take at level 1
  std::vector<Use> uses_;
  std::vector<Flow> flows_;
  std::vector<double> speed_, level_;
};

}  // namespace fleetcast::step
