#include "sim/sweep/merge.hpp"

#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/results.hpp"
#include "sim/report/number.hpp"

namespace fleetcast::cli {

int run_merge(const Arguments& arguments) {
  return with_results(arguments.out, "--out", [&] {
    const sweep::Merged merged = sweep::merge(arguments.files, arguments.out);
    const auto count = [](sweep::PointId points) { return report::whole(double(points)); };
    std::string text =
        count(merged.there) + " of " + count(merged.wanted) + " points are in " + arguments.out;
    if (merged.twice > 0) text += "; " + count(merged.twice) + " were there twice";
    text += "\n";
    constexpr std::size_t kMostRuns = 8;
    if (merged.there < merged.wanted)
      text += "Missing: " + sweep::runs_text(merged.missing, kMostRuns) +
              "\nThe sweep with --out " + arguments.out + " computes those alone\n";
    print(arguments, text);
    return kFine;
  });
}

}  // namespace fleetcast::cli
