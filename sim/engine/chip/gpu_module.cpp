#include "sim/engine/chip/gpu_module.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "sim/engine/event/agenda_module.hpp"
#include "sim/engine/event/kernel.hpp"

namespace fleetcast::chip {
namespace {

// Kernels last microseconds: a femtosecond resolves their loads, and 64 bits of it are 5 hours.
constexpr Seconds kResolution{1e-15};
constexpr std::uint64_t kLongest = 1U << 31;  // payloads count in 32 bits

}  // namespace

GpuModule::GpuModule(const sc_core::sc_module_name& name, const ChipSpec& spec,
                     event::Agenda& agenda, double clock)
    : sc_module(name), governor_(spec, clock), sms_(spec, *this, governor_, agenda, 0) {}

Seconds GpuModule::transfer(Seconds now, Bytes bytes) {
  asked_ += bytes.base();
  const auto end = static_cast<std::uint64_t>(std::ceil(asked_));
  Seconds done = now;
  while (address_ < end) {
    const std::uint64_t length = std::min(end - address_, kLongest);
    tlm::tlm_generic_payload load;
    load.set_read();
    load.set_address(address_);
    load.set_data_length(static_cast<unsigned>(length));
    load.set_streaming_width(static_cast<unsigned>(length));
    address_ += length;
    const sc_core::sc_time here = sc_core::sc_time_stamp();
    sc_core::sc_time delay = event::to_sc_time(now) - here;
    hbm->b_transport(load, delay);
    done = event::from_sc_time(here + delay);
  }
  return done;
}

HbmModule::HbmModule(const sc_core::sc_module_name& name, BytesPerSecond rate, Seconds latency)
    : sc_module(name), channel_(rate, latency) {
  socket.register_b_transport(this, &HbmModule::b_transport);
}

void HbmModule::b_transport(tlm::tlm_generic_payload& load, sc_core::sc_time& delay) {
  const sc_core::sc_time here = sc_core::sc_time_stamp();
  const Bytes bytes{double(load.get_data_length())};
  delay = event::to_sc_time(channel_.transfer(event::from_sc_time(here + delay), bytes)) - here;
  load.set_response_status(tlm::TLM_OK_RESPONSE);
}

Outcome run_in_systemc(const ChipSpec& spec, std::span<const Running> kernels,
                       const Conditions& conditions) {
  event::Kernel kernel(kResolution);
  GpuModule gpu("gpu", spec, kernel.agenda(), conditions.clock);
  HbmModule hbm("hbm", spec.hbm, spec.made.hbm_latency);
  gpu.hbm.bind(hbm.socket);
  for (const Running& running : kernels) gpu.sms().launch(running, conditions.warm);
  kernel.run();
  return gpu.sms().outcome();
}

}  // namespace fleetcast::chip
