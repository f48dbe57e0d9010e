#include "sim/report/direction.hpp"

#include <algorithm>
#include <array>

namespace fleetcast::report {
namespace {

struct Row {
  std::string_view pattern;
  Worse worse;
};

constexpr std::array kRows{
    Row{"elapsed_s", Worse::kNever},
    Row{"hash", Worse::kNever},
    Row{"fleet_gpus", Worse::kMore},
    Row{"measured_*", Worse::kChange},
    Row{"deadline_s", Worse::kChange},
    Row{"checkpoint_interval_s", Worse::kChange},
    Row{"clock_resolution_s", Worse::kChange},
    Row{"memory_gib.usable*", Worse::kChange},
    Row{"memory_gib_usable", Worse::kChange},
    Row{"usable_gib", Worse::kChange},
    Row{"interruption_mean_s", Worse::kLess},
    Row{"*_per_s", Worse::kLess},
    Row{"*_per_s_per_gpu", Worse::kLess},
    Row{"model_tflops_per_gpu", Worse::kLess},
    Row{"mfu", Worse::kLess},
    Row{"mfu_*", Worse::kLess},
    Row{"goodput", Worse::kLess},
    Row{"goodput.*", Worse::kLess},
    Row{"within_*", Worse::kLess},
    Row{"*_s", Worse::kMore},
    Row{"*_us", Worse::kMore},
    Row{"*_s.*", Worse::kMore},
    Row{"days", Worse::kMore},
    Row{"days.*", Worse::kMore},
    Row{"*_days", Worse::kMore},
    Row{"*_days.*", Worse::kMore},
    Row{"gpu_hours", Worse::kMore},
    Row{"interruptions", Worse::kMore},
    Row{"*_usd", Worse::kMore},
    Row{"energy_*", Worse::kMore},
    Row{"power_*", Worse::kMore},
    Row{"carbon_t", Worse::kMore},
    Row{"*_gib", Worse::kMore},
    Row{"memory_gib.*", Worse::kMore},
    Row{"breakdown_s_*", Worse::kMore},
    Row{"memory_gib_*", Worse::kMore},
    Row{"mape", Worse::kMore},
    Row{"*_mape", Worse::kMore},
    Row{"max_abs_error", Worse::kMore},
};

}  // namespace

bool matches(std::string_view path, std::string_view pattern) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() != '*')
    return !path.empty() && path.front() == pattern.front() &&
           matches(path.substr(1), pattern.substr(1));
  if (matches(path, pattern.substr(1))) return true;
  return !path.empty() && path.front() != '.' && matches(path.substr(1), pattern);
}

bool ends_in(std::string_view path, std::string_view pattern) {
  while (!matches(path, pattern)) {
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos) return false;
    path.remove_prefix(dot + 1);
  }
  return true;
}

Worse worse_of(std::string_view path) {
  const auto row = std::find_if(kRows.begin(), kRows.end(),
                                [&](const Row& r) { return ends_in(path, r.pattern); });
  return row == kRows.end() ? Worse::kChange : row->worse;
}

}  // namespace fleetcast::report
