#include "sim/engine/chip/run.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "sim/engine/chip/gpu_module.hpp"
#include "sim/engine/chip/stream_grid.hpp"

namespace fleetcast::chip {
namespace {

constexpr Seconds kForever{std::numeric_limits<double>::infinity()};
constexpr std::uint64_t kAll = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Outcome run(const ChipSpec& spec, std::span<const Running> kernels, const Conditions& conditions) {
  if (conditions.systemc) return run_in_systemc(spec, kernels, conditions);
  event::Agenda agenda;
  Channel hbm(spec.hbm, spec.made.hbm_latency);
  Governor governor(spec, conditions.clock);
  SmArray sms(spec, hbm, governor, agenda, 0);
  for (const Running& kernel : kernels) sms.launch(kernel, conditions.warm);
  agenda.run(kForever, kAll);
  return sms.outcome();
}

int sms_of(const ChipSpec& spec, const Conditions& conditions) {
  return conditions.beside.rate > BytesPerSecond{} ? spec.sms - conditions.beside.sms : spec.sms;
}

Outcome run(const ChipSpec& spec, Grid& grid, const Conditions& conditions) {
  const Running own{&grid, sms_of(spec, conditions), false};
  if (own.sms == spec.sms) return run(spec, std::span(&own, 1), conditions);
  StreamGrid link(conditions.beside.rate, conditions.beside.sms);
  const std::array<Running, 2> both{own, {&link, conditions.beside.sms, true}};
  return run(spec, both, conditions);
}

double clock_after(const ChipSpec& spec, const Outcome& first, Repeats repeats) {
  const double left = std::exp(-(first.time * repeats.before / spec.made.power_window));
  return first.sustained + (1.0 - first.sustained) * left;
}

}  // namespace fleetcast::chip
