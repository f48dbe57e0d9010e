#pragma once

// `fleetcast calibrate`: the present curves of chips and links moved to what a user measured, as
// files for a folder of --configs. What no row tells of stays as it is.

#include <map>
#include <string>
#include <vector>

#include "sim/calibration/fit_kernels.hpp"
#include "sim/calibration/refine_section.hpp"

namespace fleetcast::fit {

struct NewFile {
  std::string name;  ///< below the folder: "kernels/h200.yaml"
  std::string text;
};

/// A chip or a fabric with rows.
struct RefinedSubject {
  std::string name;  ///< "h200-sxm", "fabric nvlink4"
  std::vector<RefinedSection> sections;
  std::string note;  ///< what else the files change; may be empty
  std::vector<NewFile> files;
};

struct Refinement {
  std::vector<RefinedSubject> subjects;
  std::map<std::string, int> skipped;  ///< rows by reason
  std::string hint;                    ///< what would make them usable; may be empty
};

/// Files of every chip that has rows. A chip that borrows another's curves gets curves of its own,
/// so that the other keeps its. Requires: GPUs that gpu_named knows. Same rows, same files.
Refinement refine_kernels(const KernelTables& tables, const std::string& date);

/// Files of every fabric that rows can be placed on.
Refinement refine_collectives(const std::vector<CollectiveRow>& rows, const std::string& date);

/// "GEMM bf16: 25 rows, error 6.1 % before, 2.3 % after;", a line each.
std::string account_of(const std::vector<RefinedSection>& sections);

}  // namespace fleetcast::fit
