#include <array>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/interchange/hf.hpp"

namespace fleetcast::cli {
namespace {

/// What can be read, by who writes it.
struct Kind {
  std::string_view key;
  std::string (*read)(const std::string& path);
};

std::string read_hf(const std::string& path) {
  return interchange::to_yaml(interchange::import_hf(config::parse_file(path)), path);
}

constexpr std::array<Kind, 1> kKinds{{
    {"hf", read_hf},
}};

}  // namespace

int run_import(const Arguments& arguments) {
  std::vector<std::string_view> known;
  for (const Kind& kind : kKinds) {
    known.push_back(kind.key);
    if (kind.key != arguments.kind) continue;
    print(arguments, kind.read(arguments.name));
    return kFine;
  }
  throw config::ConfigError({{"command line", 1, 1, "KIND",
                              quoted(arguments.kind) + " is not known here" +
                                  suggestion(arguments.kind, "known", known)}});
}

}  // namespace fleetcast::cli
