#pragma once

// Who started this process: an MPI job says so in the environment, before MPI itself is started.

namespace fleetcast::cli {

struct Launch {
  int rank = 0;
  int size = 0;  ///< 0: no MPI job
};
Launch launch();

/// Becomes `fleetcast-mpi` beside this program, with the same arguments.
/// Throws: config::ConfigError where it is not there.
[[noreturn]] void become_rank(int argc, const char* const* argv);

}  // namespace fleetcast::cli
