#pragma once

// Predicted against measured kernels: GEMMs, attention, memory-bound kernels, collectives; each
// priced by the functions that price training steps.

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/validation/chip_shelf.hpp"
#include "sim/validation/kernel_table.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

struct ValidatedKernel {
  std::string id;   ///< "H100-SXM5-80GB bf16 1x128x6144"
  std::string gpu;  ///< as the table calls it
  std::vector<std::pair<std::string, std::variant<std::string, double>>> columns;  ///< its own
  std::string source;
  Seconds measured{}, predicted{};
  double error = 0;  ///< predicted / measured - 1
};

struct KernelValidation {
  std::string grouping;  ///< what groups are made of: "GPU and format"
  std::vector<ValidatedKernel> rows;
  std::vector<SkippedRow> skipped;
  ErrorSummary all;
  std::vector<ErrorSummary> by_group;
  std::vector<ErrorSummary> by_subset;  ///< rows large enough to matter: "seq >= 1024"
  std::vector<ErrorSummary> by_source;  ///< groups that several measured: they differ
};

/// GEMMs at the clock that a row's source implies, others as tables are measured: in bursts. A row
/// that names something we have no model for is skipped, with its reason. Throws:
/// config::ConfigError for a broken file of configs/.
KernelValidation validate_gemms(const std::vector<GemmRow>& rows,
                                Engine engine = Engine::kAnalytic);
KernelValidation validate_attention(const std::vector<AttentionRow>& rows,
                                    Engine engine = Engine::kAnalytic);
KernelValidation validate_memory(const std::vector<MemoryRow>& rows,
                                 Engine engine = Engine::kAnalytic);
KernelValidation validate_collectives(const std::vector<CollectiveRow>& rows);

/// Collects rows while they are priced, and sums them up by group and subset.
class KernelTally {
 public:
  explicit KernelTally(std::string grouping) { out_.grouping = std::move(grouping); }
  void skip(std::string id, std::string reason);
  /// Works the error out. An empty `subset` or `measurer` is none.
  void add(ValidatedKernel row, const std::string& group, const std::string& subset,
           const std::string& measurer = {});
  KernelValidation finish();

 private:
  using Errors = std::vector<std::pair<std::string, std::vector<double>>>;
  KernelValidation out_;
  std::vector<double> all_;
  Errors groups_, subsets_;
  std::map<std::string, Errors> sources_;  ///< of each group
};

}  // namespace fleetcast
