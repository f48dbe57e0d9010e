#pragma once

// What the commands on files of results share.

#include <string>

#include "sim/config/problem.hpp"
#include "sim/sweep/store.hpp"

namespace fleetcast::cli {

/// Runs `body`; what is wrong with a file of results is the user's to know.
/// Throws: config::ConfigError, placed in the command line at `key`.
template <class Body>
int with_results(const std::string& path, const char* key, Body&& body) {
  try {
    return body();
  } catch (const sweep::StoreError& error) {
    const std::string& file = error.path.empty() ? path : error.path;
    throw config::ConfigError({{"command line", 1, 1, key, "'" + file + "': " + error.what()}});
  }
}

}  // namespace fleetcast::cli
