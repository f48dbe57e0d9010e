#include <map>

#include "sim/config/library.hpp"
#include "sim/validation/collective_class.hpp"
#include "sim/validation/kernels.hpp"

namespace fleetcast {
namespace {

constexpr Bytes kMebibyte{1048576.0};

/// Fabrics by file, each loaded once.
class FabricShelf {
 public:
  const Fabric* find(const std::string& name) {
    const auto [place, is_new] = fabrics_.try_emplace(name);
    if (is_new) place->second = config::load<Fabric>(config::path_of("fabrics", {name, {}})).value;
    return &place->second;
  }

 private:
  std::map<std::string, Fabric> fabrics_;
};

std::string size(double number) { return std::to_string(static_cast<long long>(number)); }

std::string id_of(const CollectiveRow& row) {
  return row.system + " " + row.collective + " " + size(row.ranks) + " ranks " + size(row.nodes) +
         " nodes " + size(row.bytes.base()) + " B";
}

std::string group_of(const CollectiveRow& row, const MeasuredCollective& measured) {
  std::string tiers = measured.tiers.front().fabric;
  if (measured.tiers.size() > 1) tiers += "+" + measured.tiers.back().fabric;
  const std::string kernel = measured.variant.empty() ? row.collective : measured.variant;
  return kernel + " " + size(row.ranks) + " ranks " + tiers;
}

ValidatedKernel validated(const CollectiveRow& row, Seconds predicted) {
  return {.id = id_of(row),
          .gpu = row.system,
          .columns = {{"collective", row.collective},
                      {"ranks", row.ranks},
                      {"nodes", row.nodes},
                      {"link", row.link},
                      {"bytes", row.bytes.base()}},
          .source = row.source,
          .measured = row.time,
          .predicted = predicted};
}

}  // namespace

KernelValidation validate_collectives(const std::vector<CollectiveRow>& rows) {
  FabricShelf shelf;
  KernelTally tally("operation, ranks, fabrics");
  for (const CollectiveRow& row : rows) {
    const MeasuredCollective measured = measured_collective(row);
    if (!measured.refusal.empty()) {
      tally.skip(id_of(row), measured.refusal);
      continue;
    }
    std::vector<const Fabric*> fabrics;
    for (const MeasuredTier& tier : measured.tiers) fabrics.push_back(shelf.find(tier.fabric));
    tally.add(validated(row, predict(row, measured, fabrics)), group_of(row, measured),
              row.bytes >= kMebibyte ? "bytes >= 1 MiB" : "bytes < 1 MiB");
  }
  return tally.finish();
}

}  // namespace fleetcast
