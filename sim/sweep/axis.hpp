#pragma once

// The values of one axis: read into the setters of every spec it moves, and as cells of a column.

#include <string>
#include <vector>

#include "sim/sweep/cell.hpp"
#include "sim/sweep/hash.hpp"
#include "sim/sweep/range.hpp"
#include "sim/sweep/setter.hpp"
#include "sim/sweep/spec.hpp"

namespace fleetcast::sweep {

struct Axis {
  std::string path;
  Column column;
  bool is_number = false;
  std::vector<Cell> cells;            ///< by value
  std::vector<std::string> texts;     ///< the same, as a file would say it
  std::vector<Hash> hashes;           ///< of path and text
  config::Place at;                   ///< of the axis
  std::vector<config::Place> places;  ///< of its values; empty for a range
};

/// Name of the column of an axis: "axis_gpu_hbm_bandwidth_bytes_per_s".
std::string column_of(std::string_view path, std::string_view unit);

/// The numbers of a range, read by `number` as values of the axis' field; empty where reported.
using ReadNumber = std::function<double(const config::Node&, bool within_bounds, config::Reader&)>;
std::vector<double> numbers_of(const AxisSpec& spec, const ReadNumber& number,
                               config::Reader& reader);

/// Reads all values of `spec`. Each is kept, even one that is a problem.
template <class Root>
void add_values(const AxisSpec& spec, const config::Place& at, const Setter<Root>& setter,
                config::Reader& reader) {
  if (!spec.values.empty()) {
    for (const config::NodePtr& value : spec.values) setter.add(*value, reader);
    return;
  }
  if (!setter.is_number) return reader.report(at, "is no number: list its values");
  for (const double number : numbers_of(spec, setter.number, reader)) {
    if (setter.add_number(number)) continue;
    reader.report(at, "must be whole numbers, the range gives " + exact_number_text(number));
    return;
  }
}

/// What the rows show of an axis whose setter holds `count` values.
template <class Root>
void describe(const Setter<Root>& setter, std::size_t count, Axis& out) {
  out.column = {column_of(out.path, setter.unit), setter.type, setter.unit, setter.meaning};
  out.is_number = setter.is_number;
  for (std::size_t i = 0; i < count; ++i) {
    out.cells.push_back(setter.cell(i));
    out.texts.push_back(setter.text(i));
    out.hashes.push_back(hash_of(out.path + "=" + out.texts.back()));
  }
}

/// How many values `spec` has, where it is right.
std::size_t count_of(const AxisSpec& spec, const ReadNumber& number);

}  // namespace fleetcast::sweep
