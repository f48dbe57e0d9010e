// `fleetcast sweep` as the ranks of an MPI job. A program of its own, so that the other does not
// load MPI: `fleetcast sweep` becomes this one where mpirun or srun started it.

#include <signal.h>

#include <exception>
#include <optional>

#include "sim/cli/commands.hpp"
#include "sim/cli/launch.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/library.hpp"
#include "sim/mpi/ranks.hpp"

namespace fleetcast::mpi {
namespace {

/// The writer's job begins once its inputs and its file are found right, and the others' likewise.
std::optional<Job> job;

sweep::PointId write(const sweep::Inputs& inputs, const sweep::PointSet& missing,
                     sweep::Store& store, const sweep::RunOptions& options,
                     const std::atomic<int>& stop) {
  return job.emplace().write(inputs, missing, store, options, stop);
}

int run(int argc, const char* const* argv) {
  const cli::ParsedArguments parsed = cli::parse_arguments(argc, argv);
  if (parsed.arguments.command != "sweep")
    throw config::ConfigError(
        {{"command line", 1, 1, "", "only `sweep` runs on the ranks of an MPI job"}});
  if (parsed.arguments.configs) config::overlay_configs(*parsed.arguments.configs);
  if (cli::launch().rank == 0) return cli::run_sweep_by(parsed.arguments, write);
  const sweep::Inputs inputs = sweep::prepare(parsed.arguments.sweep, parsed.arguments.sets);
  job.emplace().serve(inputs);
  return cli::kFine;
}

/// What is wrong is said once, by rank 0.
int guarded(int argc, const char* const* argv) {
  const bool is_heard = cli::launch().rank == 0;
  try {
    return run(argc, argv);
  } catch (const config::ConfigError& error) {
    if (is_heard) cli::complain(error.what());
    return cli::kWrongInput;
  } catch (const std::exception& error) {
    cli::complain(std::string("fleetcast: ") + error.what());
    return cli::kOurFault;
  }
}

}  // namespace
}  // namespace fleetcast::mpi

int main(int argc, char** argv) {
  using namespace fleetcast;
  ::signal(SIGPIPE, SIG_IGN);
  const int code = mpi::guarded(argc, argv);
  if (mpi::job) mpi::job->end(code);
  return code;
}
