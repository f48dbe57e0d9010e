#pragma once

// Conditions over the values of a point: `plan.tp * plan.pp <= 64 and precisions != "fp8-delayed"`.
//
//   condition := both ("or" both)*        both    := negated ("and" negated)*
//   negated   := "not" negated | compared compared := sum (("<" | "<=" | ">" | ">=" | "==" | "!=")
//                                                     sum)?
//   sum       := product (("+" | "-") product)*   product := sign (("*" | "/" | "%") sign)*
//   sign      := "-" sign | number | "text" | path | "(" condition ")"
//
// A path is an axis, or a field of the scenario that is the same for all points. Quantities count
// in base units; text beside an axis is read as a value of it, so gpu.tdp >= "700 W" is meant.
// Text is only == or != to text. A condition is true where it is not 0.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/config/problem.hpp"
#include "sim/sweep/cell.hpp"

namespace fleetcast::sweep {

/// What filters may name.
struct Names {
  struct AxisName {
    std::string path;
    const std::vector<Cell>* cells = nullptr;
    /// Text as a value of the axis; null: it is none.
    std::function<Cell(const std::string&)> read;
  };
  std::vector<AxisName> axes;
  /// A field that no axis moves; null: not there, or unset.
  std::function<Cell(std::string_view path)> fixed;
};

class Filter {
 public:
  struct Node;

  /// Throws: FilterError.
  Filter(std::string_view text, const Names& names);
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  /// `values` by axis.
  [[nodiscard]] bool admits(std::span<const std::uint32_t> values) const;

 private:
  std::unique_ptr<Node> root_;
};

struct FilterError {
  std::size_t offset = 0;  ///< in the text
  std::string what;
};

}  // namespace fleetcast::sweep
