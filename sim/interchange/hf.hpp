#pragma once

// A Hugging Face config.json as a model of configs/llms.

#include <string>
#include <vector>

#include "models/workload/transformer.hpp"
#include "sim/config/tree.hpp"
#include "sim/interchange/hf_families.hpp"

namespace fleetcast::interchange {

struct ImportedModel {
  Transformer model;
  SmallTensors small;                 ///< the family's, and what the file adds
  std::vector<std::string> left_out;  ///< "rope_scaling: what it is", of what is not modelled
  std::vector<std::string> not_read;  ///< all other keys of the file
};

/// JSON is YAML, so that every problem has its line and column.
/// Throws: config::ConfigError with all problems.
ImportedModel import_hf(const config::Tree& config_json);

/// Every parameter of the published checkpoint but those of multi-token prediction.
double published_parameters(const ImportedModel& imported);
/// Those of multi-token prediction, with the embedding and output table that its checkpoint
/// repeats.
double published_mtp_parameters(const ImportedModel& imported);

/// The model as a file of configs/llms; `file` is where it came from.
std::string to_yaml(const ImportedModel& imported, const std::string& file);

}  // namespace fleetcast::interchange
