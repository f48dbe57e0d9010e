#pragma once

// Published memory figures, each predicted, and runs that did not fit.

#include <span>
#include <string>
#include <vector>

#include "sim/step/memory.hpp"
#include "sim/validation/case.hpp"
#include "sim/validation/memory_figure.hpp"

namespace fleetcast {

struct ValidatedMemory {
  std::string id;
  std::string what;  ///< the figure's key
  FigureKind kind = FigureKind::kPeak;
  double measured = 0, predicted = 0;  ///< GiB, or percent
  double error = 0;                    ///< predicted / measured - 1
  std::vector<std::string> notes;
};

/// A run that did or did not fit its GPU, and whether that is what we say.
struct ValidatedFit {
  std::string id;
  bool ran = true;
  double needed_gib = 0, usable_gib = 0;
  [[nodiscard]] bool told() const { return ran == (needed_gib <= usable_gib); }
};

struct MemoryValidation {
  std::vector<ValidatedMemory> rows;
  std::vector<ValidatedFit> fits;  ///< of rows with memory figures or without a measured step
  double peak_mape = 0;            ///< 0 where no row states a peak
  double parts_mape = 0;           ///< of parts and percentages
  int peaks = 0, parts = 0;
  int did_not_fit = 0, told = 0;  ///< runs that ran out of memory, and those told so
};

/// Adds a row's figures and whether it fits. Returns why there is nothing to add, or "".
/// Requires: a case that can be priced; `programs` is of this case.
std::string add_memory(const Case& c, ProgramCache& programs, MemoryValidation& out);

/// Fills the sums.
void sum_up(MemoryValidation& out);

}  // namespace fleetcast
