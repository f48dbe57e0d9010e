#include "sim/validation/deviation.hpp"

#include <algorithm>
#include <cmath>

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
  std::vector<const ValidatedRow*> out;
  for (const ValidatedRow& row : validation.rows)
    if (std::any_of(gap.rows.begin(), gap.rows.end(), [&](const std::string& part) {
          return row.id.find(part) != std::string::npos;
        }))
      out.push_back(&row);
  std::stable_sort(out.begin(), out.end(), [](const ValidatedRow* a, const ValidatedRow* b) {
    return std::abs(a->error) > std::abs(b->error);
  });
  return out;
}

}  // namespace fleetcast
