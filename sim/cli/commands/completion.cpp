#include <array>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/manual.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/problem.hpp"

namespace fleetcast::cli {
namespace {

struct Script {
  std::string_view shell;
  std::string (*write)(std::span<const ManualCommand> commands);
};
constexpr std::array<Script, 3> kScripts{
    {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}}};

}  // namespace

int run_completion(const Arguments& arguments) {
  std::vector<std::string_view> known;
  for (const Script& script : kScripts) {
    known.push_back(script.shell);
    if (script.shell != arguments.kind) continue;
    print(arguments, script.write(manual()));
    return kFine;
  }
  throw config::ConfigError({{"command line", 1, 1, "SHELL",
                              fleetcast::quoted(arguments.kind) + " is not known here" +
                                  suggestion(arguments.kind, "known", known)}});
}

}  // namespace fleetcast::cli
