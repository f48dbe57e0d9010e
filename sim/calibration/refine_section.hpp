#pragma once

// One section of a file of curves moved to what rows say, no further than they tell.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "models/base/fields.hpp"
#include "sim/calibration/knobs.hpp"
#include "sim/calibration/write_curves.hpp"

namespace fleetcast::fit {

/// A section before and after; errors are means over its rows in percent, each row counted as in
/// the fit: small kernels less.
struct RefinedSection {
  std::string name;  ///< "GEMM bf16"
  int rows = 0;
  double before = 0, after = 0;
  std::string moved;  ///< "efficiency 0.8285 -> 0.7461", of the numbers that moved most
};

/// Scatter of one measurement around any curve, mean |log error|. Assumed: twice what curves with
/// hundreds of rows leave (configs/kernels: 4 to 8 %), because rows of one table err together.
inline constexpr double kScatter = 0.1;

/// How much less curves are believed that are a relative's, or another format's. Assumed; what
/// borrowing does to training steps: errors.borrowed_kernels of configs/calibration.yaml.
inline constexpr double kBorrowed = 3.0;

/// The knobs where `spec` has them; a knob's start is what it usually stands at, its spread a share
/// of that. `widen` is how much less the present numbers are believed.
template <class Spec>
std::vector<Parameter> priors_of(const Spec& spec, const std::vector<Knob<Spec>>& knobs,
                                 double widen) {
  std::vector<Parameter> out;
  for (const Knob<Spec>& knob : knobs) {
    const double now = standing(spec, knob);
    const Parameter& range = knob.range;
    out.push_back({now, std::min(range.low, now), std::max(range.high, now),
                   widen * range.spread * std::max(now, range.start)});
  }
  return out;
}

/// "efficiency 0.8285 -> 0.7461": the knob's member, before and after; "" where that reads the
/// same.
template <class Spec>
std::string move_text(const Spec& before, const Spec& after, const Knob<Spec>& knob) {
  std::string out;
  fields::for_each<Spec>([&](const auto& field) {
    using Member = decltype(field.member);
    if constexpr (std::is_constructible_v<decltype(knob.member), Member>) {
      const auto* member = std::get_if<Member>(&knob.member);
      if (member == nullptr || *member != field.member) return;
      const std::string from = text_of(before.*field.member), to = text_of(after.*field.member);
      if (from != to) out = std::string(field.key) + " " + from + " -> " + to;
    }
  });
  return out;
}

/// The two knobs that moved most, counted in their spreads.
template <class Spec>
std::string moves_text(const Spec& before, const Spec& after,
                       const std::vector<Knob<Spec>>& knobs) {
  const std::vector<Parameter> priors = priors_of(before, knobs, 1.0);
  std::vector<std::pair<double, std::string>> moves;
  for (std::size_t i = 0; i < knobs.size(); ++i) {
    const double way = std::abs(standing(after, knobs[i]) - priors[i].start) / priors[i].spread;
    const std::string text = move_text(before, after, knobs[i]);
    if (!text.empty()) moves.emplace_back(-way, text);
  }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(2, moves.size()); ++i)
    out += (out.empty() ? "" : ", ") + moves[i].second;
  return out.empty() ? "nothing" : out;
}

/// Moves `spec` and says how far. `score_of(spec)` is the Score over the section's rows.
/// Requires: a row.
template <class Spec, class ScoreOf>
RefinedSection refine_section(std::string name, Spec& spec, const std::vector<Knob<Spec>>& knobs,
                              double widen, const ScoreOf& score_of) {
  const Spec before = spec;
  const Score start = score_of(before);
  const auto error = [&](const std::vector<double>& x) {
    return score_of(turned(before, knobs, x)).log_error();
  };
  const double doubt = kScatter / start.weight();
  spec = turned(before, knobs, refine(priors_of(before, knobs, widen), error, doubt));
  return {std::move(name), start.count(), start.mape(), score_of(spec).mape(),
          moves_text(before, spec, knobs)};
}

}  // namespace fleetcast::fit
