#pragma once

// What a row of results shows: point, hash, axes, status, then outputs. An output is one row of the
// table in columns.cpp; the store, the exports and the list of keys come from it.

#include <functional>
#include <vector>

#include "sim/sweep/cell.hpp"
#include "sim/sweep/goal.hpp"

namespace fleetcast::sweep {

/// Changes when columns do, or what they mean.
inline constexpr int kSchemaVersion = 1;

struct Output {
  Column column;
  std::function<Cell(const Outcome&)> get;
};

/// Keys are those of the JSON of `estimate`, nested ones joined by "_".
const std::vector<Output>& outputs();

/// All columns of the rows of a sweep over these axes but the first two, `point` and `hash`.
std::vector<Column> columns_of(const std::vector<Axis>& axes);

}  // namespace fleetcast::sweep
