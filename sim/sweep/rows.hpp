#pragma once

// Results as plain values: what a thread or another process hands to the one that writes.

#include <string>
#include <string_view>
#include <vector>

#include "sim/sweep/columns.hpp"
#include "sim/sweep/grid.hpp"
#include "sim/sweep/hash.hpp"

namespace fleetcast::sweep {

struct Row {
  PointId point = 0;
  Hash hash{};
  std::vector<Cell> cells;  ///< as columns_of(inputs.axes)

  friend bool operator==(const Row&, const Row&) = default;
};

/// Points a thread is given at once, and their results.
using Points = std::vector<PointId>;
using Rows = std::vector<Row>;

/// Row of what came of the point that the bench is at.
Row row_of(const Inputs& inputs, const Bench& bench, PointId point, const Outcome& outcome);

/// Rows as bytes, for one that runs elsewhere: same machine architecture, same program.
std::string bytes_of(const Rows& rows);
/// Throws: std::runtime_error for bytes that bytes_of() does not write.
Rows rows_from(std::string_view bytes);

}  // namespace fleetcast::sweep
