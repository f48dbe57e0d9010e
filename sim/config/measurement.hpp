#pragma once

// Published training measurements: architectures by name, and rows of what was run and measured.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/workload/transformer.hpp"
#include "sim/config/problem.hpp"
#include "sim/config/tree.hpp"

namespace fleetcast::config {

/// A scale-out network that a row states itself.
struct RowNetwork {
  std::optional<BytesPerSecond> scale_out_per_gpu;
  double pod_gpus = 0;
  double pod_oversubscription = 1;
};

/// A memory figure, as its key calls it: "activations_gib_sp_plus_selective". GiB, or percent where
/// the key says pct.
struct MemoryFigure {
  std::string key;
  double value = 0;
};

/// One row, as its source states it; texts are not interpreted yet.
struct Measurement {
  Place at;
  std::string id, source, system, model, stack, precision, recompute, fsdp;
  double gpus = 0, seq_len = 0, global_batch = 0, micro_batch = 0;  ///< 0: not stated
  double tp = 1, pp = 1, cp = 1, ep = 1, etp = 1;
  std::optional<double> vp, dp;
  double fsdp_shard_size = 0;
  std::optional<bool> sequence_parallel;
  std::vector<std::string> recompute_modules;
  std::map<std::string, std::string> knobs;
  RowNetwork network;
  double step_time_s = 0;            ///< measured
  double memory_gib = 0;             ///< measured peak; 0: not stated
  std::vector<MemoryFigure> memory;  ///< all memory figures, that peak included
  bool out_of_memory = false;        ///< it did not fit
  std::string flops_convention, notes;
  std::string problem;  ///< why the row cannot be used, when its file is fine otherwise
};

struct MeasurementFile {
  std::string path;
  std::map<std::string, Transformer> models;
  std::map<std::string, std::string> bad_models;  ///< what is wrong with them
  std::vector<Measurement> rows;
};

/// A row's own `model` may be a name alone, of a model that another row or configs/llms has whole.
/// A row or model with missing or wrong values is kept with what is wrong; a row's keys that are
/// not known count as knobs. Throws: ConfigError when the file is no list of measurements.
MeasurementFile load_measurements(const std::string& path);

/// "Et*4|(t*4|)*14tmL": E embedding, t layer, m multi-token-prediction module, L logits and loss,
/// '|' between stages; a letter or a group in parentheses may be repeated. Empty: not understood.
std::vector<std::string> parse_pipeline_layout(const std::string& text);

}  // namespace fleetcast::config
