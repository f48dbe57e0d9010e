#include "sim/plan/waterfall.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <utility>

#include "sim/config/echo.hpp"
#include "sim/plan/parallel.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/plan/sizer.hpp"

namespace fleetcast {
namespace {

/// All that a forecast looks at, as text.
std::string text_of(const Setup& setup) {
  const System& s = setup.system;
  std::string out = config::to_yaml(s.cluster) + config::to_yaml(s.gpu) +
                    config::to_yaml(s.curves) + std::string(setup.precision->key);
  for (const Fabric& fabric : s.fabrics) out += config::to_yaml(fabric);
  return out;
}

std::vector<const Change*> differences(const Setup& from, const Setup& to) {
  std::vector<const Change*> out;
  const std::string before = text_of(from);
  for (const Change& change : changes()) {
    Setup changed = from;
    change.take(changed, to);
    if (text_of(changed) != before) out.push_back(&change);
  }
  return out;
}

/// Of changes of a list, as one of all changes.
ChangeSet set_of(ChangeSet chosen, const std::vector<const Change*>& list) {
  ChangeSet out = 0;
  for (std::size_t i = 0; i < list.size(); ++i)
    if ((chosen >> i & 1U) != 0) out |= ChangeSet{1} << (list[i] - changes().data());
  return out;
}

/// Sizes mixtures, each once. Those that differ only in what prices no step share what was priced.
class Corners {
 public:
  Corners(const config::Scenario& scenario, const Setup& from, const Setup& to,
          const std::vector<const Change*>& list)
      : scenario_(scenario), from_(from), to_(to), list_(list) {
    for (ChangeSet chosen = 0; chosen < ChangeSet{1} << list.size(); ++chosen)
      same_.push_back(first_like(chosen));
    ChangeSet unpriced = 0;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!list[i]->reprices) unpriced |= ChangeSet{1} << i;
    for (ChangeSet priced = 0; priced < same_.size(); ++priced) {
      if ((priced & unpriced) != 0 || same_[priced] != priced) continue;
      std::vector<ChangeSet>& alike = alike_.emplace_back();
      for (ChangeSet some = unpriced;; some = (some - 1) & unpriced) {
        alike.push_back(priced | some);
        if (some == 0) break;
      }
    }
  }

  std::vector<double> size(const WaterfallOptions& options) {
    std::vector<double> gpus(same_.size());
    std::vector<PlanWorkspace> workers(threads_or_all(options.threads));
    std::size_t done = 0;
    std::mutex mutex;
    in_parallel(workers, alike_.size(), [&](PlanWorkspace& workspace, std::size_t i) {
      if (options.stop != nullptr && options.stop->load() != 0) return;
      size_alike(alike_[i], workspace, gpus);
      const std::scoped_lock lock(mutex);
      if (options.progress) options.progress(++done, alike_.size());
    });
    for (ChangeSet chosen = 0; chosen < same_.size(); ++chosen) gpus[chosen] = gpus[same_[chosen]];
    return gpus;
  }

 private:
  [[nodiscard]] Setup mixture(ChangeSet chosen) const {
    return combine(from_, to_, set_of(chosen, list_));
  }

  /// The roomiest first: what does not fit there fits nowhere.
  void size_alike(const std::vector<ChangeSet>& alike, PlanWorkspace& workspace,
                  std::vector<double>& gpus) const {
    std::vector<std::pair<ChangeSet, Setup>> setups;
    for (const ChangeSet chosen : alike) setups.emplace_back(chosen, mixture(chosen));
    std::stable_sort(setups.begin(), setups.end(), [](const auto& a, const auto& b) {
      return a.second.system.gpu.memory_usable > b.second.system.gpu.memory_usable;
    });
    const Setup& first = setups.front().second;
    FleetSizer sizer(scenario_, first.system, *first.precision, workspace);
    for (const auto& [chosen, setup] : setups) {
      sizer.use(setup.system);
      const Sized sized = sizer.fewest(scenario_.spec.training.tokens, scenario_.spec.deadline);
      gpus[chosen] = sized.found ? fleet_for(setup.system, sized.plan.gpus()) : 0.0;
    }
  }

  /// A recipe that the chip does not run is no change.
  [[nodiscard]] ChangeSet first_like(ChangeSet chosen) const {
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (list_[i]->key == "precision" && (chosen >> i & 1U) != 0 &&
          mixture(chosen).precision == from_.precision)
        return chosen & ~(ChangeSet{1} << i);
    return chosen;
  }

  const config::Scenario& scenario_;
  const Setup &from_, &to_;
  const std::vector<const Change*>& list_;
  std::vector<ChangeSet> same_;                ///< which of two sets that mean one mixture is sized
  std::vector<std::vector<ChangeSet>> alike_;  ///< sets to size, by what they price alike
};

std::vector<ChangeShare> shares_of(const std::vector<double>& gpus,
                                   const std::vector<const Change*>& list) {
  std::vector<double> logs;
  for (const double g : gpus) logs.push_back(std::log(g));
  const std::vector<double> factors = shapley(logs, list.size());
  const std::vector<double> sums = shapley(gpus, list.size());
  std::vector<ChangeShare> out;
  const std::size_t all = gpus.size() - 1;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::size_t bit = std::size_t{1} << i;
    out.push_back({list[i], std::exp(factors[i]), sums[i], gpus[bit] / gpus[0],
                   gpus[all] / gpus[all & ~bit]});
  }
  return out;
}

}  // namespace

std::vector<double> shapley(const std::vector<double>& values, std::size_t players) {
  std::vector<double> weight(players);  // of a set of so many others: their orders, of all orders
  for (std::size_t k = 0; k < players; ++k)
    weight[k] = std::exp(std::lgamma(double(k) + 1.0) + std::lgamma(double(players - k)) -
                         std::lgamma(double(players) + 1.0));
  std::vector<double> out(players);
  for (std::size_t set = 0; set < values.size(); ++set)
    for (std::size_t i = 0; i < players; ++i) {
      const std::size_t bit = std::size_t{1} << i;
      if ((set & bit) != 0) continue;
      out[i] +=
          weight[static_cast<std::size_t>(std::popcount(set))] * (values[set | bit] - values[set]);
    }
  return out;
}

Waterfall explain_fleets(const config::Scenario& scenario, const Setup& from, const Setup& to,
                         const WaterfallOptions& options) {
  const std::vector<const Change*> list = differences(from, to);
  Waterfall out{from, to, 0, 0, {}, {}, {}};
  out.corners = Corners(scenario, from, to, list).size(options);
  out.from_gpus = out.corners.front();
  out.to_gpus = out.corners.back();
  for (ChangeSet chosen = 0; chosen < out.corners.size(); ++chosen) {
    if (out.corners[chosen] > 0) continue;
    std::vector<const Change*>& made = out.infeasible.emplace_back();
    for (std::size_t i = 0; i < list.size(); ++i)
      if ((chosen >> i & 1U) != 0) made.push_back(list[i]);
  }
  if (out.is_complete()) out.shares = shares_of(out.corners, list);
  return out;
}

}  // namespace fleetcast
