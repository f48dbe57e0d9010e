#include <charconv>
#include <filesystem>
#include <optional>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/commands/export.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/stop.hpp"
#include "sim/cli/subject.hpp"
#include "sim/interchange/chakra_export.hpp"
#include "sim/plan/chosen_plan.hpp"
#include "sim/plan/pricing.hpp"
#include "sim/report/number.hpp"

namespace fleetcast::cli {
namespace {

namespace chakra = interchange::chakra;
namespace fs = std::filesystem;

constexpr std::size_t kAtOnce = std::size_t{1} << 20U;  ///< bytes
constexpr const char* kSchemaVersion = "0.0.4";

[[noreturn]] void refuse(const char* key, const std::string& what) {
  throw config::ConfigError({{"command line", 1, 1, key, what}});
}

std::optional<int> number_in(std::string_view text) {
  int out = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && stop == text.data() + text.size() ? std::optional{out}
                                                                   : std::nullopt;
}

/// Ranks that --ranks names, in order.
std::vector<int> ranks_of(const std::string& text, const chakra::Exporter& exporter, int stages) {
  std::vector<int> out;
  if (text.empty() || text == "stages") {
    for (int s = 0; s < stages; ++s) out.push_back(exporter.first_rank_of(s));
  } else if (text == "all") {
    for (int r = 0; r < exporter.ranks(); ++r) out.push_back(r);
  } else {
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      const std::optional<int> rank = number_in(word);
      if (!rank || *rank < 0 || *rank >= exporter.ranks())
        refuse("--ranks", quoted(word) + " is neither stages nor all nor a rank from 0 to " +
                              std::to_string(exporter.ranks() - 1));
      out.push_back(*rank);
    }
  }
  return out;
}

/// What of a step is written, and how much that was.
struct Written {
  std::uint64_t nodes = 0, bytes = 0;
};

chakra::Metadata metadata_of(const report::Subject& subject, const Estimate& estimated, int rank) {
  return {.version = kSchemaVersion,
          .texts = {{"written_by", program_version()},
                    {"scenario", subject.scenario},
                    {"model", subject.model},
                    {"system", subject.system}},
          .numbers = {{"rank", rank},
                      {"ranks", estimated.plan.gpus()},
                      {"step_time_s", estimated.timeline.step_time.base()}}};
}

void write_rank(chakra::Exporter& exporter, int rank, const chakra::Metadata& metadata,
                const std::string& path, Written& sum) {
  Output output(path, "--out");
  std::string text;
  const auto flush = [&] {
    sum.bytes += text.size();
    output.add(text);
    text.clear();
  };
  append(metadata, text);
  exporter.write(rank, [&](const chakra::Node& node) {
    append(node, text);
    ++sum.nodes;
    if (text.size() >= kAtOnce) flush();
  });
  flush();
  output.finish();
}

std::string account_of(const fs::path& base, std::size_t files, const Written& sum,
                       const Estimate& estimated, const report::Style& style) {
  const std::string name = base.string();
  return report::headline(report::whole(double(files)) + " of " +
                              report::whole(estimated.plan.gpus()) +
                              " ranks: " + report::whole(double(sum.nodes)) + " nodes, " +
                              report::bytes(Bytes{double(sum.bytes)}) + "; a step takes " +
                              report::duration(estimated.timeline.step_time),
                          style) +
         "  --workload-configuration=" + name + "\n  --comm-group-configuration=" + name +
         ".groups.json\n";
}

}  // namespace

int export_chakra(Arguments arguments) {
  arguments.scenario = arguments.files.back();
  if (arguments.out.empty()) refuse("--out", "is missing: the folder for the traces");
  const config::Scenario scenario = load_scenario(arguments);
  const ChosenPlan chosen = chosen_plan(scenario);
  const auto cannot = [](const std::string& why) {
    complain("fleetcast: the plan cannot run: " + why);
    return kInfeasible;
  };
  if (!chosen.why_none.empty()) return cannot(chosen.why_none);
  const System& system = scenario.systems.front().system;
  const Pricing pricing =
      pricing_of(scenario, system, *scenario.spec.precisions.front(), chosen.plan.global_batch());
  PlanWorkspace w;
  const Estimate estimated =
      estimate(pricing, chosen.plan, run_of(scenario, system, chosen.plan), w);
  if (!estimated.misfit.fits()) return cannot(report::misfit_text(estimated.misfit));

  chakra::Exporter exporter({&pricing, &w.step, &estimated.timeline, &w.engine});
  const std::vector<int> ranks = ranks_of(arguments.ranks, exporter, chosen.plan.pp);
  std::error_code error;
  fs::create_directories(arguments.out, error);
  if (error)
    refuse("--out", fleetcast::quoted(arguments.out) + " cannot be a folder: " + error.message());
  fs::path name = fs::path(arguments.scenario).filename();
  if (name.extension() == ".yaml" || name.extension() == ".yml") name = name.stem();
  const fs::path base = fs::path(arguments.out) / name;
  const StopSignals stop;
  Written sum;
  for (const int rank : ranks) {
    if (StopSignals::signal() != 0) return StopSignals::exit_code();
    write_rank(exporter, rank, metadata_of(subject_of(scenario, 0), estimated, rank),
               base.string() + "." + std::to_string(rank) + ".et", sum);
  }
  Output groups(base.string() + ".groups.json", "--out");
  groups.add(exporter.groups().json());
  groups.finish();
  print(arguments, account_of(base, ranks.size(), sum, estimated, style_of(arguments)));
  return kFine;
}

}  // namespace fleetcast::cli
