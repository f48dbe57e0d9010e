#include "sim/report/compare.hpp"

#include <algorithm>

#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"
#include "sim/report/direction.hpp"

namespace fleetcast::cli {
namespace {

std::vector<report::Tolerance> tolerances_of(const Arguments& arguments) {
  std::vector<report::Tolerance> out;
  std::vector<config::Problem> problems;
  for (const std::string& text : arguments.tolerances) {
    if (const auto tolerance = report::read_tolerance(text))
      out.push_back(*tolerance);
    else
      problems.push_back({"command line", 1, 1, "--tolerance",
                          fleetcast::quoted(text) +
                              " is no tolerance: 1%, KEY=0.5%, or KEY=0.02 of the figure's unit"});
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  return out;
}

report::FigurePair figures_of_files(const std::string& before, const std::string& after) {
  const std::string old = config::read_document(before), now = config::read_document(after);
  const bool old_is_table = report::is_table(old, before),
             now_is_table = report::is_table(now, after);
  if (old_is_table != now_is_table)
    throw config::ConfigError(
        {{after, 1, 1, "",
          std::string(now_is_table ? "is CSV, but " : "is JSON, but ") + before + " is " +
              (old_is_table ? "CSV" : "JSON") + "; compare reads two of a kind"}});
  if (old_is_table) return report::figures_of_tables(old, before, now, after);
  return {report::figures_of(old, before), report::figures_of(now, after)};
}

/// A misspelt key would leave a gate at its usual tolerance.
void warn_of_unused(const std::vector<report::Tolerance>& tolerances,
                    const report::FigurePair& figures) {
  for (const report::Tolerance& tolerance : tolerances) {
    const auto is_of = [&](const report::Figure& figure) {
      return report::ends_in(figure.path, tolerance.pattern);
    };
    if (tolerance.pattern.empty() ||
        std::any_of(figures.before.begin(), figures.before.end(), is_of) ||
        std::any_of(figures.after.begin(), figures.after.end(), is_of))
      continue;
    complain("fleetcast: --tolerance: " + fleetcast::quoted(tolerance.pattern) +
             " names no figure of these results");
  }
}

}  // namespace

int run_compare(const Arguments& arguments) {
  const std::vector<report::Tolerance> tolerances = tolerances_of(arguments);
  const std::string &before = arguments.files[0], &after = arguments.files[1];
  const report::FigurePair figures = figures_of_files(before, after);
  warn_of_unused(tolerances, figures);
  report::Comparison comparison =
      report::compare_results(figures.before, figures.after, tolerances);
  if (comparison.compared == 0)
    throw config::ConfigError({{after, 1, 1, "", "has no figure in common with " + before}});
  comparison.before = before;
  comparison.after = after;
  if (!arguments.junit.empty()) {
    Output junit(arguments.junit, "--junit");
    junit.add(report::comparison_junit(comparison));
    junit.finish();
  }
  if (arguments.markdown)
    print(arguments, report::comparison_markdown(comparison));
  else
    write(arguments, comparison);
  return comparison.passes() ? kFine : kRegression;
}

}  // namespace fleetcast::cli
