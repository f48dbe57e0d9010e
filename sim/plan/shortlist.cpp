#include "sim/plan/shortlist.hpp"

#include <algorithm>

namespace fleetcast {
namespace {

bool same_layout(const Scored& a, const Scored& b) {
  const auto sizes = [](const Plan& p) {
    return std::array{p.tp, p.cp, p.pp, p.vp, p.ep, p.etp, p.dp, p.micro_batch};
  };
  return a.precision == b.precision && sizes(a.plan) == sizes(b.plan);
}

bool before(const Scored& a, const Scored& b) { return a.value[0] < b.value[0]; }

}  // namespace

/// At least as good in all objectives.
bool Shortlist::covers(const Scored& better, const Scored& worse) const {
  for (std::size_t i = 0; i < objectives_; ++i)
    if (better.value[i] > worse.value[i]) return false;
  return true;
}

bool Shortlist::hopeless(const Scored& floors) const {
  if (objectives_ > 1)
    return std::any_of(ranked_.begin(), ranked_.end(),
                       [&](const Scored& s) { return covers(s, floors); });
  return ranked_.size() == keep_ && floors.value[0] > ranked_.back().value[0];
}

void Shortlist::add(const Scored& scored) {
  if (objectives_ == 1) return add_by_layout(scored);
  if (hopeless(scored)) return;
  std::erase_if(ranked_, [&](const Scored& s) { return covers(scored, s); });
  ranked_.insert(std::upper_bound(ranked_.begin(), ranked_.end(), scored, before), scored);
}

void Shortlist::add_by_layout(const Scored& scored) {
  const auto same = std::find_if(ranked_.begin(), ranked_.end(),
                                 [&](const Scored& s) { return same_layout(s, scored); });
  if (same != ranked_.end()) {
    if (!before(scored, *same)) return;
    ranked_.erase(same);
  }
  ranked_.insert(std::upper_bound(ranked_.begin(), ranked_.end(), scored, before), scored);
  if (ranked_.size() > keep_) ranked_.pop_back();
}

}  // namespace fleetcast
