#pragma once

// A folder for one test of sweeps, with a small scenario in it.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fleetcast::tests {

class SweepFolder {
 public:
  SweepFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fleetcast-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    file("small.yaml",
         "name: small\n"
         "model: llama3-8b\n"
         "systems: [h100-80gb-sxm]\n"
         "precisions: [bf16]\n"
         "gpus: 64\n"
         "training: {seq_len: 8192, global_batch: 128, tokens: 1T}\n"
         "plan: {tp: 2, cp: 1, pp: 1}\n");
  }
  SweepFolder(const SweepFolder&) = delete;
  SweepFolder& operator=(const SweepFolder&) = delete;
  ~SweepFolder() { std::filesystem::remove_all(path_); }

  /// The path of a file with this text.
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A sweep over the small scenario: what comes before the axes, then 6 x 4 points of which the
/// filter leaves 20.
inline const std::string kSmallSweep =
    "name: small\n"
    "scenario: small.yaml\n"
    "objective: estimate\n"
    "axes:\n"
    "  - {path: gpu.hbm_bandwidth, range: {from: 2 TB/s, to: 4.5 TB/s, step: 500 GB/s}}\n"
    "  - {path: plan.tp, values: [1, 2, 4, 8]}\n"
    "where: [\"plan.tp < 8 or gpu.hbm_bandwidth > '3.6 TB/s'\"]\n";

}  // namespace fleetcast::tests
