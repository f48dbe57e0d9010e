#include <algorithm>

#include "sim/validation/kernels.hpp"

namespace fleetcast {
namespace {

void append(std::vector<std::pair<std::string, std::vector<double>>>& to, const std::string& key,
            double error) {
  auto place = std::find_if(to.begin(), to.end(), [&](const auto& g) { return g.first == key; });
  if (place == to.end()) place = to.insert(place, {key, {}});
  place->second.push_back(error);
}

}  // namespace

void KernelTally::skip(std::string id, std::string reason) {
  out_.skipped.push_back({std::move(id), std::move(reason)});
}

void KernelTally::add(ValidatedKernel row, const std::string& group, const std::string& subset,
                      const std::string& measurer) {
  row.error = row.predicted / row.measured - 1.0;
  all_.push_back(row.error);
  append(groups_, group, row.error);
  if (!measurer.empty()) append(sources_[group], group + ", " + measurer, row.error);
  if (!subset.empty()) append(subsets_, subset, row.error);
  out_.rows.push_back(std::move(row));
}

KernelValidation KernelTally::finish() {
  out_.all = summarise("all", all_);
  std::sort(groups_.begin(), groups_.end());
  for (const auto& [name, errors] : groups_) out_.by_group.push_back(summarise(name, errors));
  for (const auto& [name, errors] : subsets_) out_.by_subset.push_back(summarise(name, errors));
  for (auto& [group, by] : sources_) {
    if (by.size() < 2) continue;
    std::sort(by.begin(), by.end());
    for (const auto& [name, errors] : by) out_.by_source.push_back(summarise(name, errors));
  }
  return std::move(out_);
}

}  // namespace fleetcast
