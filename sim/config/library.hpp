#pragma once

// The files of configs/, by name: clusters with their chips, kernels and fabrics; models; stacks.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/cost/calibration.hpp"
#include "models/cost/system.hpp"
#include "models/hardware/microarchitecture.hpp"
#include "models/workload/stack.hpp"
#include "models/workload/transformer.hpp"
#include "sim/config/reader.hpp"

namespace fleetcast::config {

/// Where configs/ lies: FLEETCAST_CONFIGS, else beside the program (source tree or installation).
/// Throws: ConfigError.
std::string find_configs();

/// A folder laid out like configs/ (kernels, gpus, clusters, ..., calibration.yaml) whose files are
/// taken before those of configs/, and before those of folders given earlier. A setting of the
/// whole process: the command line makes it before anything is loaded, so that what is read only
/// once (all_stacks) is read with it; `calibrate` prices steps with the kernels it has just moved.
/// Throws: ConfigError for what is no folder, or holds nothing of the kind.
void overlay_configs(const std::string& folder);

/// Overrides of `--set`, by the file they go to: "cluster.tiers.rail.bandwidth=25 GB/s" and "gpu.",
/// "kernels.", "model.", "stack.", "calibration." reach into those files, all others into the
/// scenario.
struct Overrides {
  std::vector<std::string> scenario, cluster, gpu, kernels, model, stack, calibration;
};
/// Throws: ConfigError for texts without '='.
Overrides sort_overrides(std::span<const std::string> texts);

/// Names of the files in one folder of configs/ ("clusters") and of the overlay, sorted, without
/// ".yaml".
std::vector<std::string> names_in(std::string_view folder);

/// A name as some file gives it, and where, so that errors point there.
struct Name {
  std::string text;
  Place at;
};

/// The path of a named file, or of a file given by path (with '/' or ".yaml").
/// Throws: ConfigError at `name` with the nearest known name.
std::string path_of(std::string_view folder, const Name& name);

/// A system ready for pricing, with the provenance of its numbers.
struct LoadedSystem {
  System system;
  Sources cluster_sources, gpu_sources;
  SourceTexts cluster_source_texts, gpu_source_texts;
};
LoadedSystem load_system(const Name& name, const Overrides& overrides = {});

/// A chip generation as simulations of a chip need it.
Microarchitecture load_microarchitecture(const Name& name);

Loaded<Transformer> load_model(const Name& name, const Overrides& overrides = {});

/// A stack asked for, and what stands in where the release or the name is not known.
struct LoadedStack {
  Stack stack;
  std::string note;  ///< empty, or "megatron-bridge 25.10 is not known, 25.09 stands in"
};
/// `text` is "name release", or a file's name. A release not known falls back to the nearest of
/// that name; an unknown name to the newest stack. Empty: the newest.
LoadedStack load_stack(const std::string& text, const Overrides& overrides = {});

/// configs/calibration.yaml: what training steps set, and how far they lie from predictions.
Loaded<CalibrationFile> load_calibration(const Overrides& overrides = {});

/// All stacks of configs/stacks.
const std::vector<Stack>& all_stacks();

/// "25.04.01" after "25.04" after "24.12"; years and "v5.0" compare likewise.
bool release_before(std::string_view a, std::string_view b);

}  // namespace fleetcast::config
