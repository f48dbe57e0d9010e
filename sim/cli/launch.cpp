#include "sim/cli/launch.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/config/problem.hpp"

namespace fleetcast::cli {
namespace {

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? -1 : std::atoi(text);
}

}  // namespace

Launch launch() {
  // mpirun of Open MPI says both; srun has its own words beside PMIx.
  if (const int size = number_in("OMPI_COMM_WORLD_SIZE"); size > 0)
    return {number_in("OMPI_COMM_WORLD_RANK"), size};
  if (const int rank = number_in("PMIX_RANK"); rank >= 0)
    return {rank, std::max(1, number_in("SLURM_NTASKS"))};
  return {};
}

void become_rank(int argc, const char* const* argv) {
  std::error_code ignored;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::string program = (self.parent_path() / "fleetcast-mpi").string();
  std::vector<char*> arguments;
  for (int i = 0; i < argc; ++i) arguments.push_back(const_cast<char*>(argv[i]));
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw config::ConfigError(
      {{"command line", 1, 1, "sweep",
        "was started by an MPI job, and '" + program +
            "' is not there: build where Open MPI is installed, or use --shard"}});
}

}  // namespace fleetcast::cli
