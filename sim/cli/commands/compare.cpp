#include "sim/report/compare.hpp"

#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/document.hpp"

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

}  // namespace

int run_compare(const Arguments& arguments) {
  const std::vector<report::Tolerance> tolerances = tolerances_of(arguments);
  const std::string &before = arguments.files[0], &after = arguments.files[1];
  const auto old = report::figures_of(config::read_document(before), before);
  const auto now = report::figures_of(config::read_document(after), after);
  report::Comparison comparison = report::compare_results(old, now, tolerances);
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
