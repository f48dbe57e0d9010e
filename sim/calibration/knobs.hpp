#pragma once

// Searching a spec's numbers: which members are free, where they start, between which bounds.

#include <variant>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/base/units.hpp"
#include "sim/calibration/minimise.hpp"

namespace fleetcast::fit {

/// One free member, counted in `unit` base units: microseconds are 1e-6.
template <class Spec>
struct Knob {
  std::variant<double Spec::*, Seconds Spec::*, Bytes Spec::*, BytesPerSecond Spec::*> member;
  Parameter range;
  double unit = 1.0;
};

template <class Spec>
void turn(Spec& spec, const Knob<Spec>& knob, double to) {
  std::visit(
      [&](auto member) {
        using Member = std::remove_cvref_t<decltype(spec.*member)>;
        spec.*member = Member{to * knob.unit};
      },
      knob.member);
}

/// Where the knob stands, in its unit.
template <class Spec>
double standing(const Spec& spec, const Knob<Spec>& knob) {
  return std::visit(
      [&](auto member) {
        const auto& value = spec.*member;
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, double>)
          return value / knob.unit;
        else
          return value.base() / knob.unit;
      },
      knob.member);
}

template <class Spec>
Spec turned(Spec spec, const std::vector<Knob<Spec>>& knobs, const std::vector<double>& x) {
  for (std::size_t i = 0; i < knobs.size(); ++i) turn(spec, knobs[i], x[i]);
  return spec;
}

/// The spec with the least error, all else as in `spec`.
template <class Spec, class Error>
Spec search(const Spec& spec, const std::vector<Knob<Spec>>& knobs, const Error& error) {
  std::vector<Parameter> parameters;
  for (const auto& knob : knobs) parameters.push_back(knob.range);
  return turned(spec, knobs, minimise(parameters, [&](const std::vector<double>& x) {
                  return error(turned(spec, knobs, x));
                }));
}

}  // namespace fleetcast::fit
