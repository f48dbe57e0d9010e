#pragma once

// Results of several runs of one sweep in one file.

#include <string>
#include <vector>

#include "sim/sweep/store.hpp"

namespace fleetcast::sweep {

struct Merged {
  PointId wanted = 0;
  PointId there = 0;
  PointId twice = 0;  ///< points that several files have; the first one's stay
  PointSet missing;
};

/// Adds the rows of all files to the one at `out`, which may have some already. Takes none, and
/// makes no file, unless all are of one definition. Throws: StoreError.
Merged merge(const std::vector<std::string>& files, const std::string& out);

/// "0-4, 7, 9-12": at most `most` of such runs, then how many more there are.
std::string runs_text(const PointSet& points, std::size_t most);

}  // namespace fleetcast::sweep
