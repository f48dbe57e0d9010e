#include "sim/engine/chip/run.hpp"

#include <cmath>
#include <limits>

namespace fleetcast::chip {
namespace {

constexpr Seconds kForever{std::numeric_limits<double>::infinity()};
constexpr std::uint64_t kAll = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Outcome run(const ChipSpec& spec, std::span<const Running> kernels, const Conditions& conditions) {
  event::Agenda agenda;
  Channel hbm(spec.hbm, spec.made.hbm_latency);
  Governor governor(spec, conditions.clock);
  SmArray sms(spec, hbm, governor, agenda, 0);
  for (const Running& kernel : kernels) sms.launch(kernel, conditions.warm);
  agenda.run(kForever, kAll);
  return sms.outcome();
}

Outcome run(const ChipSpec& spec, Grid& grid, const Conditions& conditions) {
  const Running whole{&grid, spec.sms, false};
  return run(spec, std::span(&whole, 1), conditions);
}

double clock_after(const ChipSpec& spec, const Outcome& first, Repeats repeats) {
  const double left = std::exp(-(first.time * repeats.before / spec.made.power_window));
  return first.sustained + (1.0 - first.sustained) * left;
}

}  // namespace fleetcast::chip
