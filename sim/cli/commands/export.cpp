#include "sim/sweep/export.hpp"

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/commands/export.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/results.hpp"
#include "sim/cli/stop.hpp"
#include "sim/cli/subject.hpp"
#include "sim/interchange/megatron.hpp"
#include "sim/plan/chosen_plan.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::size_t kAtOnce = std::size_t{1} << 20U;  ///< bytes

/// False: interrupted, or nobody reads any more.
bool write_rows(const sweep::Store& store, const sweep::ExportFormat& format, Output& output) {
  const std::vector<sweep::Column> columns = store.columns();
  std::string text;
  format.head(columns, text);
  bool goes_on = true;
  store.for_each([&](const sweep::Row& row) {
    if (!goes_on) return;
    format.line(columns, row, text);
    if (text.size() < kAtOnce) return;
    goes_on = output.add(text) && StopSignals::signal() == 0;
    text.clear();
  });
  return goes_on && output.add(text);
}

int export_megatron(Arguments arguments) {
  arguments.scenario = arguments.files.back();
  const config::Scenario scenario = load_scenario(arguments);
  require(scenario, !is_open(scenario.spec.plan), "plan",
          "sizes to export, such as {tp: 8, pp: 4}; `fleetcast search` and `plan` find them");
  print(arguments, interchange::megatron_command(scenario));
  return kFine;
}

}  // namespace

int run_export(const Arguments& arguments) {
  const bool is_chakra = arguments.files.size() == 2 && arguments.files.front() == "chakra";
  if (!is_chakra && !(arguments.out.empty() && arguments.ranks.empty()))
    throw config::ConfigError({{"command line", 1, 1, arguments.out.empty() ? "--ranks" : "--out",
                                "goes with chakra SCENARIO"}});
  if (arguments.files.size() == 2) {
    if (arguments.files.front() == "megatron") return export_megatron(arguments);
    if (is_chakra) return export_chakra(arguments);
    throw config::ConfigError(
        {{"command line", 1, 1, "", quoted(arguments.files.back()) + " is one argument too many"}});
  }
  const StopSignals signals;
  return with_results(arguments.files.front(), "DB", [&] {
    const sweep::Store store(arguments.files.front(), {.must_exist = true, .is_read_only = true});
    Output output(arguments.output);
    const bool whole =
        write_rows(store, *sweep::find_export_format(arguments.export_format), output);
    if (StopSignals::signal() != 0) return StopSignals::exit_code();
    if (whole) output.finish();
    return kFine;
  });
}

}  // namespace fleetcast::cli
