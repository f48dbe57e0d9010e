#pragma once

// What a claimed fleet would have to reach, beside what we forecast and what has been measured.

#include <string>
#include <vector>

#include "sim/plan/fleet.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

/// Our own fleet for one recipe on the claimed system.
struct ClaimAnswer {
  const Precision* precision = nullptr;
  double gpus = 0, p10_gpus = 0, p90_gpus = 0;
  double mfu_bf16 = 0;  ///< of our plan, over the bf16 peak
  Watts power{};        ///< of the facility, all GPUs
};

/// Published runs of such models on the claimed system, beside what the claim needs.
struct ClaimEvidence {
  const Precision* precision = nullptr;
  int rows = 0;
  int reached = 0;                       ///< of them, what the claim needs of each GPU, or more
  double low = 0, median = 0, high = 0;  ///< bf16 MFU
  std::string nearest, source;           ///< the run whose MFU is nearest to what is needed
  double nearest_mfu = 0;
};

struct ClaimCheck {
  std::string system;  ///< as the claim names it
  double gpus = 0;
  Watts power{};
  FlopsPerSecond needed{};  ///< per GPU, all the time, to end by the deadline
  double mfu_bf16 = 0;      ///< that over the bf16 peak
  double mfu_fp8 = 0;       ///< over the fp8 peak; 0 without fp8
  std::vector<ClaimAnswer> answers;
  const Precision* nearest = nullptr;  ///< recipe whose fleet is nearest to the claimed one
  bool within = false;                 ///< its p10 to p90 range covers the claim
  int measured_rows = 0;               ///< published MoE runs on this system
  double measured_low = 0, measured_median = 0, measured_high = 0;  ///< their bf16 MFU
  std::vector<ClaimEvidence> evidence;  ///< the same by recipe of the scenario that has any
};

/// One check a claim of the scenario whose system is among its systems. `published`: what was
/// measured on those (measured_rows).
std::vector<ClaimCheck> check_claims(const config::Scenario& scenario, const FleetAnswer& answer,
                                     std::span<const ValidatedRow> published);

}  // namespace fleetcast
