#include "sim/sweep/cell.hpp"

#include <algorithm>
#include <array>

namespace fleetcast::sweep {
namespace {

constexpr std::array<std::string_view, 4> kNames{"INTEGER", "REAL", "TEXT", "BOOLEAN"};

}  // namespace

std::string_view name_of(CellType type) { return kNames[static_cast<std::size_t>(type)]; }

CellType type_named(std::string_view name) {
  return static_cast<CellType>(std::find(kNames.begin(), kNames.end(), name) - kNames.begin());
}

}  // namespace fleetcast::sweep
