#pragma once

// A measurement file of one row, written out, read back and made a case of.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sim/validation/case.hpp"

namespace fleetcast {

inline config::MeasurementFile measurements(const std::string& text) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() /
                                     ("fleetcast-rows-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << text;
  config::MeasurementFile out = config::load_measurements(path.string());
  std::filesystem::remove(path);
  return out;
}

/// A row of 16 GPUs; what is given replaces or adds lines.
struct RowText {
  std::string system = "h100-80gb-sxm", model = "llama3-8b", stack = "megatron-bridge 26.06",
              precision = "bf16", plan = "tp: 2, pp: 2", more, models = "{}";

  [[nodiscard]] std::string text() const {
    return "models: " + models +
           "\nmeasurements:\n  - {id: row, source: nobody, system: " + system +
           ", model: " + model + ", stack: \"" + stack + "\", precision: \"" + precision +
           "\", gpus: 16, seq_len: 4096, global_batch: 64, micro_batch: 1, " + plan + more +
           ", measured: {step_time_s: 2}}\n";
  }
};

/// The case of the file's only row, and what it points to.
struct OneCase {
  config::MeasurementFile file;
  SystemShelf shelf;
  Case made;

  explicit OneCase(const RowText& row) : file(measurements(row.text())) {
    made = make_case(file.rows.front(), file, shelf);
  }
  OneCase(const OneCase&) = delete;
  OneCase& operator=(const OneCase&) = delete;
  [[nodiscard]] bool notes(const std::string& words) const {
    for (const std::string& note : made.notes)
      if (note.find(words) != std::string::npos) return true;
    return false;
  }
};

}  // namespace fleetcast
