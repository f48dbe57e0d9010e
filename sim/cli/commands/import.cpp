#include <array>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"
#include "sim/interchange/hf.hpp"
#include "sim/interchange/megatron.hpp"

namespace fleetcast::cli {
namespace {

/// What can be read, by who writes it.
struct Kind {
  std::string_view key;
  std::string (*read)(const Arguments& arguments);
};

std::string read_hf(const Arguments& arguments) {
  const std::string& path = arguments.name;
  return interchange::to_yaml(interchange::import_hf(config::parse_file(path)), path);
}

std::string read_megatron(const Arguments& arguments) {
  if (arguments.system.empty())
    throw config::ConfigError({{"command line", 1, 1, "--system",
                                "is missing: the GPUs that it runs on, see `fleetcast list "
                                "clusters`"}});
  config::path_of("clusters", {arguments.system, {}});
  return interchange::megatron_scenario(arguments.name, config::read_document(arguments.name),
                                        arguments.system);
}

constexpr std::array<Kind, 2> kKinds{{
    {"hf", read_hf},
    {"megatron", read_megatron},
}};

}  // namespace

int run_import(const Arguments& arguments) {
  std::vector<std::string_view> known;
  for (const Kind& kind : kKinds) {
    known.push_back(kind.key);
    if (kind.key != arguments.kind) continue;
    print(arguments, kind.read(arguments));
    return kFine;
  }
  throw config::ConfigError({{"command line", 1, 1, "KIND",
                              quoted(arguments.kind) + " is not known here" +
                                  suggestion(arguments.kind, "known", known)}});
}

}  // namespace fleetcast::cli
