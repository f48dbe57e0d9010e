#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "models/base/nearest.hpp"
#include "sim/calibration/calibrate_steps.hpp"
#include "sim/calibration/fit_collectives.hpp"
#include "sim/calibration/fit_implementations.hpp"
#include "sim/calibration/fit_kernels.hpp"
#include "sim/calibration/fit_microarchitecture.hpp"
#include "sim/calibration/measured.hpp"
#include "sim/calibration/refine_kernels.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/problem.hpp"
#include "sim/report/calibration.hpp"

namespace fleetcast::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& key, const std::string& what) {
  throw config::ConfigError({{"command line", 1, 1, key, what}});
}

/// Into the folder of --out, whole or not at all.
void save(const Arguments& arguments, const fs::path& name, const std::string& text) {
  const fs::path path = fs::path(arguments.out) / name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error)
    refuse("--out", fleetcast::quoted(arguments.out) + " cannot be a folder: " + error.message());
  Arguments file = arguments;
  file.output = path.string();
  print(file, text);
}

std::vector<fit::FittedChip> fit_all(const fit::KernelTables& tables) {
  std::vector<fit::FittedChip> out;
  const auto add = [&](std::vector<fit::FittedChip> files) {
    out.insert(out.end(), files.begin(), files.end());
  };
  const bool kernels = !tables.attention.empty() || !tables.memory.empty();
  if (kernels || !tables.gemm.empty()) add(fit::fit_kernels(tables, today()));
  if (kernels) add(fit::fit_implementations(tables, today()));
  if (!tables.gemm.empty()) add(fit::fit_microarchitectures(tables, today()));
  if (!tables.collectives.empty()) add(fit::fit_collectives(tables.collectives, today()));
  return out;
}

std::string steps_text(const fit::StepCalibration& c) {
  std::string out = "calibration\n" + c.file.provenance;
  for (const fit::Fitted& f : fit::kFitted)
    out += std::string("  ") + f.key + " " + std::to_string(c.file.steps.*f.member) + "\n";
  for (const std::string& skipped : c.skipped) out += "  skipped " + skipped + "\n";
  return out;
}

/// The project's own files, from the public tables that they are fitted to.
int fit_anew(const Arguments& arguments, const fit::Measured& measured) {
  std::string text;
  for (const fit::FittedChip& chip : fit_all(measured.tables)) {
    save(arguments, chip.file + ".yaml", chip.yaml);
    text += chip.file + "\n" + chip.quality + "\n";
  }
  if (!measured.steps.empty()) {
    SystemShelf shelf(config::sort_overrides(arguments.sets));
    const fit::StepCalibration steps =
        fit::calibrate_steps(measured.steps, shelf.calibration(), shelf, today());
    save(arguments, "calibration.yaml", fit::yaml_of(steps));
    text += steps_text(steps);
  }
  print({}, text);
  return kFine;
}

/// Files under a name of their own while this lives, as an overlay of configs/.
class Staged {
 public:
  explicit Staged(const std::vector<fit::RefinedSubject>& subjects) : folder_(new_folder()) {
    for (const fit::RefinedSubject& subject : subjects)
      for (const fit::NewFile& file : subject.files) {
        fs::create_directories((folder_ / file.name).parent_path());
        std::ofstream out(folder_ / file.name, std::ios::binary);
        if (!(out << file.text).flush()) refuse("TMPDIR", "is full or cannot be written");
      }
    if (!fs::is_empty(folder_)) config::overlay_configs(folder_.string());
  }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged() {
    std::error_code error;
    fs::remove_all(folder_, error);
  }

 private:
  static fs::path new_folder() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "fleetcast-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) refuse("TMPDIR", "is no folder to write to");
    return name;
  }

  fs::path folder_;
};

/// Steps are priced with the kernels and links as they were just moved: what those explain, the
/// global numbers must not explain again.
void refine_by_steps(const Arguments& arguments, const fit::Measured& measured,
                     fit::Refinement& all) {
  SystemShelf shelf(config::sort_overrides(arguments.sets));
  {
    const Staged staged(all.subjects);  // all that rows name is read here, before the long part
    const fit::MeasuredSteps steps(measured.steps, shelf);
  }
  const fit::StepCalibration steps =
      fit::refine_steps(measured.steps, shelf.calibration(), shelf, today());
  for (const std::string& skipped : steps.skipped)  // "id: reason"
    ++all.skipped["training steps" + skipped.substr(skipped.find(": "))];
  if (steps.rows > 0) all.subjects.push_back(fit::subject_of(steps, shelf.calibration()));
}

void add(fit::Refinement from, fit::Refinement& to) {
  for (fit::RefinedSubject& subject : from.subjects) to.subjects.push_back(std::move(subject));
  to.skipped.merge(from.skipped);
  to.hint += from.hint;
}

/// Why nothing can be written: a problem for each kind of row.
[[noreturn]] void refuse_all(const fit::Refinement& all) {
  std::vector<config::Problem> problems;
  for (const auto& [reason, count] : all.skipped)
    problems.push_back({"command line", 1, 1, "MEASURED",
                        std::to_string(count) + (count == 1 ? " row" : " rows") +
                            " that cannot be used, of " + reason});
  if (!all.hint.empty()) problems.push_back({"command line", 1, 1, "MEASURED", all.hint});
  if (problems.empty()) refuse("MEASURED", "no file holds a row");
  throw config::ConfigError(std::move(problems));
}

int refine(const Arguments& arguments, const fit::Measured& measured) {
  fit::Refinement all = fit::refine_kernels(measured.tables, today());
  add(fit::refine_collectives(measured.tables.collectives, today()), all);
  if (!measured.steps.empty()) refine_by_steps(arguments, measured, all);
  if (all.subjects.empty()) refuse_all(all);
  for (const fit::RefinedSubject& subject : all.subjects)
    for (const fit::NewFile& file : subject.files) save(arguments, file.name, file.text);
  if (arguments.format == Format::kTable)
    print(arguments, report::calibration_text(all, arguments.out, style_of(arguments)));
  else
    write(arguments, report::calibration_listing(all));
  return kFine;
}

}  // namespace

int run_calibrate(const Arguments& arguments) {
  const config::Overrides overrides = config::sort_overrides(arguments.sets);
  if (!overrides.scenario.empty())
    refuse("--set", overrides.scenario.front() + ": rows have no scenario");
  const fit::Measured measured = fit::read_measured(arguments.files, arguments.anew);
  if (!arguments.sets.empty() && measured.steps.empty())
    refuse("--set", "changes what training steps are priced with, and there are none");
  for (const std::string& problem : measured.problems) complain(problem);
  if (!measured.problems.empty()) return kWrongInput;
  return arguments.anew ? fit_anew(arguments, measured) : refine(arguments, measured);
}

}  // namespace fleetcast::cli
