#pragma once

// Runs the program itself, in a folder of its own, so that messages name files as they were given.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace fleetcast::tests {

namespace fs = std::filesystem;

inline std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// A scenario with a plan that 64 GPUs run.
inline const std::string kSmall =
    "name: small\n"
    "model: llama3-8b\n"
    "systems: [h100-80gb-sxm]\n"
    "gpus: 64\n"
    "training: {seq_len: 8192, global_batch: 128, tokens: 1T}\n"
    "plan: {tp: 2, cp: 2}\n";

struct Result {
  int code = 0;
  std::string out, err;
};

class Shell {
 public:
  Shell() {
    folder_ = fs::temp_directory_path() / ("fleetcast-cli-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell() { fs::remove_all(folder_); }

  void file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return folder_ / name; }

  /// `line` follows the program's name.
  [[nodiscard]] Result run(const std::string& line) const {
    return shell("'" FLEETCAST_PROGRAM "' " + line);
  }

  [[nodiscard]] Result shell(const std::string& line) const {
    const std::string command =
        "cd '" + folder_.string() + "' && { " + line + "\n} > .out 2> .err < /dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            text_of(folder_ / ".out"), text_of(folder_ / ".err")};
  }

 private:
  fs::path folder_;
};

}  // namespace fleetcast::tests
