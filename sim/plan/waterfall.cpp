#include "sim/plan/waterfall.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "sim/config/echo.hpp"
#include "sim/plan/estimate.hpp"
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

/// Every set of some changes, each behind those it contains.
std::vector<ChangeSet> subsets_of(ChangeSet some) {
  std::vector<ChangeSet> out{0};
  while (out.back() != some) out.push_back((out.back() - some) & some);
  return out;
}

/// Every set of some changes, neighbours one change apart; of the last change most often.
std::vector<ChangeSet> neighbours_of(ChangeSet some) {
  std::vector<ChangeSet> out{0};
  while (some != 0) {
    const ChangeSet next = std::bit_floor(some);
    some ^= next;
    for (std::size_t i = out.size(); i-- > 0;) out.push_back(out[i] | next);
  }
  return out;
}

/// Sizes mixtures, each once. Mixtures of the same kernels share what is known of kernels and
/// memory; where a change is known to be for the worse, so is the fleet, and the plan of the better
/// mixture may do as well.
class Corners {
 public:
  Corners(const config::Scenario& scenario, const Setup& from, const Setup& to,
          const std::vector<const Change*>& list, const WaterfallOptions& options)
      : scenario_(scenario),
        from_(from),
        to_(to),
        list_(list),
        options_(options),
        sized_(std::size_t{1} << list.size()),
        workers_(threads_or_all(options.threads)) {
    order();
    for (ChangeSet chosen = 0; chosen < sized_.size(); ++chosen)
      same_.push_back(first_like(chosen));
    networks_ = neighbours_of(changes_that(Reprices::kExchanges));
    for (const ChangeSet kernels : subsets_of(changes_that(Reprices::kKernels)))
      if (same_[kernels] == kernels) families_.push_back(kernels);
    alike_ = subsets_of((changes_that(Reprices::kLaunches) | changes_that(Reprices::kNothing)) &
                        ~equal_);
  }

  std::vector<double> size() {
    // Networks one after another learn from each other, families don't: more chains than threads
    // would learn the same again.
    const std::size_t chains =
        std::clamp<std::size_t>(workers_.size() / families_.size(), 1, networks_.size());
    in_parallel(workers_, families_.size() * chains, [&](PlanWorkspace& workspace, std::size_t i) {
      const std::size_t chain = i % chains, all = networks_.size();
      const std::span networks(networks_.begin() + chain * all / chains,
                               networks_.begin() + (chain + 1) * all / chains);
      size_family(families_[i / chains], networks, workspace);
    });
    std::vector<double> out;
    for (ChangeSet chosen = 0; chosen < sized_.size(); ++chosen)
      out.push_back(gpus_of(same_[chosen]));
    return out;
  }

 private:
  /// Which changes are known to be for the better or the worse, which for the better, and which for
  /// neither.
  void order() {
    for (std::size_t i = 0; i < list_.size(); ++i) {
      const auto as_good = list_[i]->as_good;
      const ChangeSet bit = ChangeSet{1} << i;
      if (as_good == nullptr) continue;
      const bool gains = as_good(to_, from_), loses = as_good(from_, to_);
      if (gains && loses) equal_ |= bit;
      if (gains && !loses) better_ |= bit;
      if (gains != loses) ordered_ |= bit;
    }
  }

  [[nodiscard]] bool is_stopped() const {
    return options_.stop != nullptr && options_.stop->load() != 0;
  }

  [[nodiscard]] ChangeSet changes_that(Reprices what) const {
    ChangeSet out = 0;
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (list_[i]->reprices == what) out |= ChangeSet{1} << i;
    return out;
  }

  [[nodiscard]] Setup mixture(ChangeSet chosen) const {
    return combine(from_, to_, set_of(chosen, list_));
  }

  /// Mixtures of the same kernels on some networks, each going on from what is known of the last.
  void size_family(ChangeSet kernels, std::span<const ChangeSet> networks,
                   PlanWorkspace& workspace) {
    std::deque<Setup> setups;  // of the best on each network
    std::optional<FleetSizer> sizer;
    for (const ChangeSet network : networks) {
      if (is_stopped()) return;
      const Setup& best = setups.emplace_back(mixture(kernels | network | better_));
      if (sizer)
        sizer->connect(best.system);
      else
        sizer.emplace(scenario_, best.system, *best.precision, workspace);
      size_alike(kernels | network, *sizer, workspace);
      sizer->use(best.system);
    }
  }

  /// Mixtures that differ in what prices no kernel, the best first. `sizer` is that one's.
  void size_alike(ChangeSet priced, FleetSizer& sizer, PlanWorkspace& workspace) {
    const ChangeSet launches = changes_that(Reprices::kLaunches);
    std::vector<Setup> setups(alike_.size());
    std::optional<FleetSizer> slower;  // launches
    for (std::size_t i = 0; i < alike_.size(); ++i) {
      if (is_stopped()) return;
      const ChangeSet chosen = priced | (better_ ^ alike_[i]);
      Sized& sized = sized_[chosen];
      const Setup& setup = setups[i] = mixture(chosen);
      double at_least = 1;
      if (is_like_better(chosen, alike_[i], setup, workspace, at_least)) continue;
      const bool is_slower = (alike_[i] & launches) != 0;
      if (is_slower && !slower) slower.emplace(sizer, setup.system);
      FleetSizer& own = is_slower ? *slower : sizer;
      own.use(setup.system);
      sized = own.fewest(scenario_.spec.training.tokens, scenario_.spec.deadline, at_least);
    }
    const std::scoped_lock lock(mutex_);
    done_ += alike_.size();
    if (options_.progress)
      options_.progress(done_, families_.size() * networks_.size() * alike_.size());
  }

  /// Whether a mixture takes as many GPUs as one that is better in one of the changes in `worse`.
  /// Else it takes `at_least` so many.
  bool is_like_better(ChangeSet chosen, ChangeSet worse, const Setup& setup,
                      PlanWorkspace& workspace, double& at_least) {
    const Sized* most = nullptr;
    for (std::size_t i = 0; i < list_.size(); ++i) {
      const ChangeSet bit = ChangeSet{1} << i;
      if ((worse & ordered_ & bit) == 0) continue;
      const Sized& better = sized_[chosen ^ bit];
      if (!better.found) return true;  // nor is this one
      if (most == nullptr || better.plan.gpus() > most->plan.gpus()) most = &better;
    }
    if (most == nullptr) return false;
    at_least = most->plan.gpus();
    if (!keeps_deadline(most->plan, setup, workspace)) return false;
    sized_[chosen] = *most;
    return true;
  }

  [[nodiscard]] bool keeps_deadline(const Plan& plan, const Setup& setup,
                                    PlanWorkspace& workspace) const {
    workspace.clear_layers();
    const Pricing pricing =
        pricing_of(scenario_, setup.system, *setup.precision, plan.global_batch());
    const Estimate e = estimate(pricing, plan, run_of(scenario_, setup.system, plan), workspace);
    return e.misfit.fits() && e.run.days * kDay <= scenario_.spec.deadline;
  }

  [[nodiscard]] double gpus_of(ChangeSet chosen) const {
    const Sized& sized = sized_[chosen];
    return sized.found ? fleet_for(mixture(chosen).system, sized.plan.gpus()) : 0.0;
  }

  /// What is as good both ways is no change, nor is a recipe that the chip does not run.
  [[nodiscard]] ChangeSet first_like(ChangeSet chosen) const {
    chosen &= ~equal_;
    for (std::size_t i = 0; i < list_.size(); ++i)
      if (list_[i]->key == "precision" && (chosen >> i & 1U) != 0 &&
          mixture(chosen).precision == from_.precision)
        return chosen & ~(ChangeSet{1} << i);
    return chosen;
  }

  const config::Scenario& scenario_;
  const Setup &from_, &to_;
  const std::vector<const Change*>& list_;
  const WaterfallOptions& options_;
  ChangeSet ordered_ = 0, better_ = 0;  ///< known to be better or worse; better
  ChangeSet equal_ = 0;                 ///< known to be neither
  std::vector<ChangeSet> same_;         ///< which of some sets that mean one mixture is sized
  std::vector<Sized> sized_;            ///< by set
  std::vector<PlanWorkspace> workers_;
  std::vector<ChangeSet> families_;  ///< mixtures of the same kernels, whatever the network
  std::vector<ChangeSet> networks_;
  std::vector<ChangeSet> alike_;  ///< in what prices no kernel
  std::mutex mutex_;
  std::size_t done_ = 0;
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
  out.corners = Corners(scenario, from, to, list, options).size();
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
