#include <algorithm>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/results.hpp"
#include "sim/cli/stop.hpp"
#include "sim/report/number.hpp"
#include "sim/sweep/run.hpp"

namespace fleetcast::cli {
namespace {

std::string count(sweep::PointId points) { return report::whole(double(points)); }

/// As a shell takes it.
std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The command that goes on with this one; other overrides would be other inputs.
std::string again(const Arguments& arguments) {
  std::string out = "fleetcast sweep " + arguments.sweep + " --out " + arguments.out;
  if (!arguments.shard.empty()) out += " --shard " + arguments.shard;
  if (arguments.configs) out += " --configs " + shell_word(*arguments.configs);
  for (const std::string& set : arguments.sets) out += " --set " + shell_word(set);
  return out;
}

std::string best_text(const sweep::Inputs& inputs, const sweep::Goal& goal,
                      const sweep::Store::Tally& tally) {
  if (!tally.has_best) return {};
  std::string out = "Best: point " + count(tally.best) + ", " + std::string(goal.best_column) +
                    " " + report::three_digits(tally.best_value) + "\n";
  std::vector<std::uint32_t> values(inputs.axes.size());
  inputs.grid.values_at(tally.best, values);
  for (std::size_t i = 0; i < values.size(); ++i)
    out += "  " + inputs.axes[i].path + "=" + inputs.axes[i].texts[values[i]] + "\n";
  return out;
}

/// What the whole file holds now.
std::string summary(const Arguments& arguments, const sweep::Inputs& inputs,
                    const sweep::Record& record, const sweep::Store& store) {
  const sweep::Goal& goal = *sweep::find_goal(record.objective);
  const auto tally = store.tally(std::string(goal.best_column), goal.most_is_best);
  sweep::PointId there = 0, fine = 0;
  std::string refused;
  for (const auto& [status, points] : tally.by_status) {
    there += points;
    if (status == sweep::kOk)
      fine = points;
    else
      refused += (refused.empty() ? "" : ", ") + status + " " + count(points);
  }
  std::string out = count(there) + " of " + count(record.wanted.count()) + " points are in " +
                    arguments.out + ": " + count(fine) + " ok";
  if (there > fine) out += ", " + count(there - fine) + " refused (" + refused + ")";
  out += "\n" + best_text(inputs, goal, tally);
  return out + "Export: fleetcast export " + arguments.out + " --format csv -o FILE.csv\n";
}

[[noreturn]] void refuse_full(const Arguments& arguments, const sweep::StoreError& error) {
  throw config::ConfigError(
      {{"command line", 1, 1, "--out",
        "'" + arguments.out + "' cannot be written: " + error.what() +
            "; what was committed is safe: make room, then go on by " + again(arguments)}});
}

sweep::Shard shard_of(const Arguments& arguments) {
  if (arguments.shard.empty()) return {};
  if (const auto shard = sweep::shard_from(arguments.shard)) return *shard;
  throw config::ConfigError(
      {{"command line", 1, 1, "--shard",
        fleetcast::quoted(arguments.shard) + " is not k/n with 1 <= k <= n, such as 2/8"}});
}

int run_in(const Arguments& arguments, const sweep::Inputs& inputs, sweep::Shard shard,
           SweepRunner runner) {
  const sweep::Record record = sweep::record_of(inputs, program_version());
  sweep::Store store(arguments.out);
  const sweep::Opened opened = sweep::open_results(inputs, record, store);
  if (opened.dropped > 0)
    complain("fleetcast: inputs changed: " + count(opened.kept) + " results stay, " +
             count(opened.dropped) + " are computed anew");
  const StopSignals signals;
  {
    ProgressLine line("points");
    runner(inputs, opened.missing, store,
           {.threads = arguments.threads,
            .shard = shard,
            .progress = [&](const sweep::Progress& p) { line.show(p.done, p.total, p.elapsed); }},
           StopSignals::signal());
  }
  print(arguments, summary(arguments, inputs, record, store));
  if (StopSignals::signal() == 0) return kFine;
  complain("fleetcast: stopped; nothing is lost, go on by " + again(arguments));
  return StopSignals::exit_code();
}

}  // namespace

int run_sweep(const Arguments& arguments) { return run_sweep_by(arguments, sweep::run); }

int run_sweep_by(const Arguments& arguments, SweepRunner runner) {
  const sweep::Shard shard = shard_of(arguments);
  const sweep::Inputs inputs = sweep::prepare(arguments.sweep, arguments.sets);
  return with_results(arguments.out, "--out", [&] {
    try {
      return run_in(arguments, inputs, shard, runner);
    } catch (const sweep::StoreError& error) {
      if (error.is_full) refuse_full(arguments, error);
      throw;
    }
  });
}

}  // namespace fleetcast::cli
