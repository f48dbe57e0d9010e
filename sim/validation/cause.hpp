#pragma once

// What a row's error most likely comes from, told from other rows and from where we see its time.
// Evidence, not proof: every text says what it rests on.

#include <span>
#include <string>

#include "sim/validation/deviation.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

/// Strongest first.
enum class Evidence : unsigned char {
  kKnownGap,     ///< a gap of configs/known_gaps.yaml names the row
  kGroup,        ///< other rows of its stack, model, ... are off alike
  kCorrelation,  ///< over its system's rows the error grows with a cost that is large here
  kShare,        ///< nothing but its own largest cost beside compute
};

struct LikelyCause {
  Evidence evidence = Evidence::kShare;
  std::string text;
};

/// Requires: `row` is one of the validation's.
LikelyCause likely_cause(const ValidatedRow& row, const Validation& validation,
                         std::span<const KnownGap> gaps);

}  // namespace fleetcast
