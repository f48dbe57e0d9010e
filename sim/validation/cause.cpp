#include "sim/validation/cause.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <vector>

namespace fleetcast {
namespace {

// Assumptions about what counts as evidence; they decide wording alone, never a prediction.
constexpr int kFewestRows = 3;          ///< others of a group that must agree
constexpr double kExplained = 0.5;      ///< of the row's error, by the others' mean error
constexpr int kFewestCorrelated = 8;    ///< rows for a correlation
constexpr double kCorrelated = 0.5;     ///< Pearson's r, at least
constexpr double kNotableShare = 0.05;  ///< of a step

bool is_compute(Cost cost) {
  return cost == Cost::kGemm || cost == Cost::kAttention || cost == Cost::kMemoryBound;
}

double share_of(const ValidatedRow& row, Cost cost) {
  const double total = row.breakdown.total().base();
  return total > 0 ? row.breakdown[cost].base() / total : 0.0;
}

/// Sums over some numbers.
struct Moments {
  int count = 0;
  double sum = 0, squares = 0;

  void add(double x) { ++count, sum += x, squares += x * x; }
  [[nodiscard]] double mean() const { return count > 0 ? sum / count : 0.0; }
  [[nodiscard]] double deviation() const {
    return count > 0 ? std::sqrt(std::max(0.0, squares / count - mean() * mean())) : 0.0;
  }
};

/// The grouping whose other rows are off most alike: same sign, half the row's error or more, and
/// further from nothing than from each other.
std::optional<LikelyCause> shared_error(const ValidatedRow& row, const Validation& validation) {
  std::optional<LikelyCause> best;
  double best_mean = kExplained * std::abs(row.error);
  for (const Grouping& by : groupings()) {
    const std::string group = by.group_of(row);
    Moments others;
    for (const ValidatedRow& other : validation.rows)
      if (&other != &row && by.group_of(other) == group) others.add(other.error);
    const double mean = others.mean() * (row.error < 0 ? -1.0 : 1.0);
    if (others.count < kFewestRows || mean < best_mean || mean < others.deviation()) continue;
    best_mean = mean;
    best = {Evidence::kGroup,
            fmt::format("{}: the other {} rows of {} are off by {:+.0f} % on average", by.title,
                        others.count, group, 100.0 * others.mean())};
  }
  return best;
}

/// Pearson's r between a cost's share and the error, over the rows of one system.
struct Relation {
  Moments share, error;
  double products = 0;

  void add(double x, double y) { share.add(x), error.add(y), products += x * y; }
  [[nodiscard]] double r() const {
    const double spread = share.deviation() * error.deviation();
    if (share.count < kFewestCorrelated || spread <= 0) return 0.0;
    return (products / share.count - share.mean() * error.mean()) / spread;
  }
};

std::optional<LikelyCause> correlated_cost(const ValidatedRow& row, const Validation& validation) {
  std::optional<LikelyCause> best;
  double best_r = kCorrelated;
  for (int i = 0; i < kCostCount; ++i) {
    const auto cost = static_cast<Cost>(i);
    if (is_compute(cost) || share_of(row, cost) < kNotableShare) continue;
    Relation relation;
    for (const ValidatedRow& other : validation.rows)
      if (&other != &row && other.system == row.system && other.is_moe == row.is_moe)
        relation.add(share_of(other, cost), other.error);
    const double r = relation.r() * (row.error < 0 ? -1.0 : 1.0);
    if (r < best_r || share_of(row, cost) < relation.share.mean()) continue;
    best_r = r;
    best = {
        Evidence::kCorrelation,
        fmt::format("{}, {:.0f} % of our step: errors grow with it over {} rows of {}, r {:.1f}",
                    meaning_of(cost), 100.0 * share_of(row, cost), relation.share.count, row.system,
                    r)};
  }
  return best;
}

/// A cost of a few percent explains no error of a quarter: it must be half the error or more.
LikelyCause largest_cost(const ValidatedRow& row) {
  const double enough = std::max(kNotableShare, kExplained * std::abs(row.error));
  Cost largest = Cost::kGemm;
  double compute = 0.0;
  for (int i = 0; i < kCostCount; ++i) {
    const auto cost = static_cast<Cost>(i);
    if (is_compute(cost)) compute += share_of(row, cost);
    if (is_compute(cost) || share_of(row, cost) < enough) continue;
    if (is_compute(largest) || share_of(row, cost) > share_of(row, largest)) largest = cost;
  }
  if (is_compute(largest))
    return {Evidence::kShare,
            fmt::format("compute, {:.0f} % of our step: no other cost is large", 100.0 * compute)};
  return {Evidence::kShare, fmt::format("{}, {:.0f} % of our step: our largest cost beside compute",
                                        meaning_of(largest), 100.0 * share_of(row, largest))};
}

}  // namespace

LikelyCause likely_cause(const ValidatedRow& row, const Validation& validation,
                         std::span<const KnownGap> gaps) {
  if (const KnownGap* gap = gap_of(row, gaps); gap != nullptr)
    return {Evidence::kKnownGap, "known gap: " + gap->title};
  if (auto cause = shared_error(row, validation)) return *cause;
  if (auto cause = correlated_cost(row, validation)) return *cause;
  return largest_cost(row);
}

}  // namespace fleetcast
