#include "sim/step/network_alike.hpp"

#include <algorithm>
#include <array>

namespace fleetcast {
namespace {

/// Whose ranks exchange within a layer.
constexpr std::array kGroupsOfLayers{Group::kTensor, Group::kContext, Group::kExpertTensor,
                                     Group::kExpert};

}  // namespace

bool layers_send_alike(const Plan& plan, const Network& a, const Network& b) {
  const int alike = tiers_alike(a, b);
  return std::all_of(kGroupsOfLayers.begin(), kGroupsOfLayers.end(), [&](Group group) {
    const NetworkGroup ranks = group_of(group, plan, a);
    return ranks.ranks < 2 ||
           (ranks == group_of(group, plan, b) && outermost_tier(ranks, a) < alike);
  });
}

}  // namespace fleetcast
