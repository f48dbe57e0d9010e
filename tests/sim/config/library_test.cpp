#include "sim/config/library.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"

namespace fleetcast::config {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder()
      : path_(fs::temp_directory_path() / ("fleetcast-overlay-" + std::to_string(::getpid()))) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  void file(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST_CASE("an overlay's files come before those of configs, and later overlays first", "[config]") {
  const Folder folder;
  folder.file("one/fabrics/toy.yaml", "name: one\n");
  folder.file("one/fabrics/toy2.yaml", "name: one\n");
  folder.file("two/fabrics/toy.yaml", "name: two\n");
  overlay_configs(folder.path("one"));
  CHECK(path_of("fabrics", {"toy", {}}) == folder.path("one/fabrics/toy.yaml"));
  overlay_configs(folder.path("two"));
  CHECK(path_of("fabrics", {"toy", {}}) == folder.path("two/fabrics/toy.yaml"));
  CHECK(path_of("fabrics", {"toy2", {}}) == folder.path("one/fabrics/toy2.yaml"));
  CHECK(path_of("fabrics", {"nvlink4", {}}) == find_configs() + "/fabrics/nvlink4.yaml");
  const std::vector<std::string> names = names_in("fabrics");
  CHECK(has(names, "nvlink4"));
  CHECK(std::count(names.begin(), names.end(), "toy") == 1);
  CHECK(std::is_sorted(names.begin(), names.end()));
}

TEST_CASE("what is no overlay is refused", "[config]") {
  const Folder folder;
  folder.file("empty/readme.txt", "");
  CHECK_THROWS_WITH(overlay_configs("nowhere"),
                    "command line:1:1: --configs: \"nowhere\" is not a folder");
  CHECK_THROWS_WITH(
      overlay_configs(folder.path("empty")),
      "command line:1:1: --configs: \"" + folder.path("empty") +
          "\" holds none of kernels, gpus, clusters, microarchitectures, fabrics, llms, stacks, "
          "implementations, scenarios, sweeps, calibration.yaml");
}

}  // namespace
}  // namespace fleetcast::config
