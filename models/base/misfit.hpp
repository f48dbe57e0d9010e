#pragma once

// Why a plan cannot be: a value, cheap enough to make in a search loop; its text is made on
// request.

#include <string_view>

namespace fleetcast {

/// One reason a plan is refused. `text` is a fmt pattern over two numbers, needed and available.
struct MisfitReason {
  std::string_view key;   ///< machine-readable, for counting: "memory", "batch"
  std::string_view text;  ///< "needs {0:.1f} GiB a GPU, {1:.1f} GiB are usable"
};

struct Misfit {
  const MisfitReason* reason = nullptr;
  double needed = 0.0;
  double available = 0.0;

  [[nodiscard]] constexpr bool fits() const { return reason == nullptr; }
};

inline constexpr Misfit kFits{};

}  // namespace fleetcast
