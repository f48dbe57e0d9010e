// What bounds the kernels of a plan.

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/number.hpp"
#include "sim/report/planning.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

TextTable kernels_table(const Sensitivities& s) {
  TextTable out{"Kernels of a GPU's step, forward and backward",
                {{"kernel"},
                 {"of step", true},
                 {"FLOP/byte", true},
                 {"ridge", true},
                 {"TFLOP/s", true},
                 {"bound by"},
                 {"of that roof", true}},
                {}};
  for (const KernelRoof& k : s.kernels)
    out.rows.push_back({k.name, percent(k.time / s.estimate.timeline.step_time),
                        whole(k.intensity.base()), whole(k.ridge.base()),
                        three_digits((k.work / k.time).base() / 1e12),
                        std::string(fleetcast::key_of(k.bound)), percent(k.reached)});
  return out;
}

/// Peaks of the formats that kernels multiply in, highest first.
Records roofs_of(const CloseUp& c) {
  std::vector<double> peaks;
  for (const KernelRoof& k : c.profile.sensitivities.kernels)
    if (k.work > Flops{}) peaks.push_back((k.ridge * c.profile.hbm).base());
  std::sort(peaks.begin(), peaks.end(), std::greater<>());
  const auto same = [](double a, double b) { return b > a * (1 - 1e-6); };  // but for rounding
  peaks.erase(std::unique(peaks.begin(), peaks.end(), same), peaks.end());
  return {peaks.begin(), peaks.end()};
}

Chart roofline_chart(const CloseUp& c) {
  const Sensitivities& s = c.profile.sensitivities;
  Records points;
  for (const KernelRoof& k : s.kernels)
    if (k.work > Flops{})
      points.push_back(Entries{{"name", k.name},
                               {"intensity", k.intensity.base()},
                               {"rate", (k.work / k.time).base()},
                               {"share", k.time / s.estimate.timeline.step_time},
                               {"bound", fleetcast::key_of(k.bound)}});
  return {
      "roofline", name_of(c),
      "A point a kernel that multiplies, its area the time it takes of a step. The roofs are "
      "the data sheet's: HBM at " +
          three_digits(c.profile.hbm.base() / 1e12) +
          " TB/s to the left of the ridge, the peaks of the formats to its right. Kernels that "
          "only move bytes are in the table.",
      Entries{
          {"hbm", c.profile.hbm.base()}, {"peaks", roofs_of(c)}, {"kernels", std::move(points)}},
      kernels_table(s)};
}

}  // namespace

Section roofline_section(const Planning& planning) {
  Section out{"roofline", "What bounds the kernels", {}};
  for (const CloseUp& c : planning.close_ups)
    if (!c.profile.sensitivities.kernels.empty()) out.blocks.push_back(roofline_chart(c));
  return out;
}

}  // namespace fleetcast::report
