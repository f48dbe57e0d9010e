#pragma once

// Which layers a change of the network leaves as they are.

#include "sim/step/lower.hpp"

namespace fleetcast {

/// Whether layers of this plan exchange at the same price on both networks: their groups lie alike
/// and cross the same links. Requires: plan.zero < 3, so that layers gather no weights.
bool layers_send_alike(const Plan& plan, const Network& a, const Network& b);

}  // namespace fleetcast
