#include "sim/validation/validate.hpp"

#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"

namespace fleetcast::cli {
namespace {

/// All files, or the problems of all of them.
std::vector<config::MeasurementFile> load_all(const std::vector<std::string>& paths) {
  std::vector<config::MeasurementFile> files;
  std::vector<config::Problem> problems;
  for (const std::string& path : paths) {
    try {
      files.push_back(config::load_measurements(path));
    } catch (const config::ConfigError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  return files;
}

}  // namespace

int run_validate(const Arguments& arguments) {
  const std::vector<config::MeasurementFile> files =
      load_all(arguments.files.empty() ? default_measurements() : arguments.files);
  write(arguments, validate(files));
  return kFine;
}

}  // namespace fleetcast::cli
