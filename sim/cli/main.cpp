#include <signal.h>
#include <unistd.h>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <array>
#include <exception>
#include <string_view>

#include "sim/cli/commands.hpp"
#include "sim/cli/launch.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/library.hpp"
#include "sim/config/problem.hpp"

namespace fleetcast::cli {
namespace {

struct Command {
  std::string_view key;
  int (*run)(const Arguments& arguments);
};

constexpr std::array<Command, 17> kCommands{{
    {"estimate", run_estimate},
    {"search", run_search},
    {"explain", run_explain},
    {"plan", run_plan},
    {"report", run_report},
    {"simulate", run_simulate},
    {"sweep", run_sweep},
    {"merge", run_merge},
    {"export", run_export},
    {"import", run_import},
    {"compare", run_compare},
    {"validate", run_validate},
    {"calibrate", run_calibrate},
    {"list", run_list},
    {"show", run_show},
    {"completion", run_completion},
    {"man", run_man},
}};

int run(int argc, const char* const* argv) {
  const ParsedArguments parsed = parse_arguments(argc, argv);
  if (!parsed.text.empty()) {
    print({}, parsed.text);
    return kFine;
  }
  if (parsed.arguments.configs) config::overlay_configs(*parsed.arguments.configs);
  if (parsed.arguments.command == "sweep" && launch().size > 0) become_rank(argc, argv);
  for (const Command& command : kCommands)
    if (command.key == parsed.arguments.command) return command.run(parsed.arguments);
  return kOurFault;
}

void stop(int /*signal*/) { ::_exit(kInterrupted); }

/// What one fleet's sizing gave back serves the next, instead of going to the system and back: a
/// tenth of a report's time. Only the GNU library knows these.
void keep_memory() {
#ifdef M_TRIM_THRESHOLD
  constexpr int kBytes = 256 << 20;    // more than is ever given back at once
  constexpr int kOldLimit = 32 << 20;  // of glibc before 2.35
  if (::mallopt(M_MMAP_THRESHOLD, kBytes) == 0) ::mallopt(M_MMAP_THRESHOLD, kOldLimit);
  ::mallopt(M_TRIM_THRESHOLD, kBytes);
#endif
}

}  // namespace
}  // namespace fleetcast::cli

int main(int argc, char** argv) {
  using namespace fleetcast;
  cli::keep_memory();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, cli::stop);
  try {
    return cli::run(argc, argv);
  } catch (const config::ConfigError& error) {
    cli::complain(error.what());
    return cli::kWrongInput;
  } catch (const std::exception& error) {
    cli::complain(std::string("fleetcast: ") + error.what());
    return cli::kOurFault;
  }
}
