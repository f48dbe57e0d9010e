#pragma once

// The curves of configs/kernels fitted to tables of measured kernels, one file a chip.

#include <string>
#include <vector>

#include "sim/validation/kernel_table.hpp"

namespace fleetcast::fit {

/// Measured kernels of all chips; a row's gpu column says whose it is.
struct KernelTables {
  std::vector<GemmRow> gemm;
  std::vector<AttentionRow> attention;
  std::vector<MemoryRow> memory;
  std::vector<CollectiveRow> collectives;
};

struct FittedChip {
  std::string file;     ///< configs/<file>.yaml
  std::string quality;  ///< errors by kind of kernel
  std::string yaml;     ///< the whole file
};

/// Same tables, same files. Deterministic; minutes with GEMMs. What no table covers stays as in the
/// present files.
std::vector<FittedChip> fit_kernels(const KernelTables& tables, const std::string& date);

}  // namespace fleetcast::fit
