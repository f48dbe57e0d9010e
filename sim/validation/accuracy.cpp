#include "sim/validation/accuracy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/library.hpp"

namespace fleetcast {
namespace {

/// A mean over fewer rows moves with any of them.
constexpr int kFewestRows = 5;

struct AcceptedAccuracy {
  std::vector<GroupAccuracy> groups;
};

GroupAccuracy accuracy_of(const ErrorSummary& s) {
  return {s.group, s.count, s.mape, s.bias, s.within_10pct};
}

const GroupAccuracy* find(std::span<const GroupAccuracy> groups, const std::string& name) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const GroupAccuracy& g) { return g.group == name; });
  return found == groups.end() ? nullptr : &*found;
}

}  // namespace
}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<AcceptedAccuracy> {
  static constexpr auto value = std::tuple{
      required("groups", &AcceptedAccuracy::groups, "accuracy that was accepted, by group"),
  };
};
}  // namespace fleetcast::fields

namespace fleetcast {

std::vector<GroupAccuracy> accuracy_of(const Validation& validation) {
  std::vector<GroupAccuracy> out{accuracy_of(validation.all)};
  for (const ErrorSummary& kind : validation.by_kind) out.push_back(accuracy_of(kind));
  for (const ErrorSummary& system : validation.by_system)
    if (system.count >= kFewestRows) out.push_back(accuracy_of(system));
  return out;
}

std::string to_yaml(std::span<const GroupAccuracy> groups) {
  std::string out =
      "# Accuracy that was accepted: the gate refuses a mean absolute error (MAPE) that grows by "
      "more than\n# half a point. Written by `make accuracy-update`.\ngroups:\n";
  for (const GroupAccuracy& g : groups)
    out += fmt::format(
        "  - {{group: {}, rows: {}, mape: {:.2f} %, bias: {:.2f} %, within_10pct: {:.2f} %}}\n",
        g.group, g.rows, 100.0 * g.mape, 100.0 * g.bias, 100.0 * g.within_10pct);
  return out;
}

std::vector<GroupAccuracy> load_accuracy(const std::string& path) {
  return config::load<AcceptedAccuracy>(path).value.groups;
}

bool AccuracyChange::is_worse() const {
  // The file keeps hundredths of a point: half of one is rounding.
  constexpr double kRounding = 0.00005;
  return rows_then > 0 && rows_now > 0 && mape_now > mape_then + kAccuracyTolerance + kRounding;
}

std::vector<AccuracyChange> compare(std::span<const GroupAccuracy> then,
                                    std::span<const GroupAccuracy> now) {
  std::vector<AccuracyChange> out;
  for (const GroupAccuracy& g : now) {
    const GroupAccuracy* before = find(then, g.group);
    out.push_back({g.group, before == nullptr ? 0 : before->rows, g.rows,
                   before == nullptr ? 0.0 : before->mape, g.mape});
  }
  for (const GroupAccuracy& g : then)
    if (find(now, g.group) == nullptr) out.push_back({g.group, g.rows, 0, g.mape, 0.0});
  return out;
}

}  // namespace fleetcast
