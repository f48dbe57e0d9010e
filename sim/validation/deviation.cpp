#include "sim/validation/deviation.hpp"

#include <algorithm>

namespace fleetcast {
namespace {

struct KnownGaps {
  std::vector<KnownGap> gaps;
};

}  // namespace
}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<KnownGaps> {
  static constexpr auto value = std::tuple{
      required("gaps", &KnownGaps::gaps, "known gaps between prediction and measurement"),
  };
};
}  // namespace fleetcast::fields

namespace fleetcast {

std::vector<KnownGap> load_known_gaps() {
  return config::load<KnownGaps>(config::find_configs() + "/known_gaps.yaml").value.gaps;
}

std::vector<const ValidatedRow*> rows_of_gap(const KnownGap& gap, const Validation& validation) {
  std::vector<const ValidatedRow*> out = worst_first(validation.rows);
  std::erase_if(out, [&](const ValidatedRow* row) { return !is_named(*row, gap.rows); });
  return out;
}

const KnownGap* gap_of(const ValidatedRow& row, std::span<const KnownGap> gaps) {
  const auto found = std::find_if(gaps.begin(), gaps.end(), [&](const KnownGap& gap) {
    return gap.about == "time" && is_named(row, gap.rows);
  });
  return found == gaps.end() ? nullptr : &*found;
}

}  // namespace fleetcast
