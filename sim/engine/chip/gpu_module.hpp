#pragma once

// A GPU and its memory as SystemC modules: SMs, L2 and clock in one, HBM in another behind a
// TLM-2.0 socket, where a DRAM simulator may stand instead. Includes systemc and tlm: for the .cpp
// of modules only.

#include <systemc>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <tlm>

#include "sim/engine/chip/run.hpp"

namespace fleetcast::chip {

/// Loads and stores leave through `hbm` by b_transport, in order of time, each with the delay at
/// which it starts; the target returns the delay at which its bytes have come. No data is carried.
class GpuModule : public sc_core::sc_module, public MemoryPort {
 public:
  /// Requires: spec outlives it; the agenda is that of the Kernel that is alive.
  GpuModule(const sc_core::sc_module_name& name, const ChipSpec& spec, event::Agenda& agenda,
            double clock);

  tlm_utils::simple_initiator_socket<GpuModule> hbm{"hbm"};
  Seconds transfer(Seconds now, Bytes bytes) override;
  [[nodiscard]] SmArray& sms() { return sms_; }

 private:
  Governor governor_;
  SmArray sms_;
  double asked_ = 0.0;  ///< bytes so far, with fractions
  std::uint64_t address_ = 0;
};

/// HBM as a rate and a latency.
class HbmModule : public sc_core::sc_module {
 public:
  HbmModule(const sc_core::sc_module_name& name, BytesPerSecond rate, Seconds latency);

  tlm_utils::simple_target_socket<HbmModule> socket{"socket"};

 private:
  void b_transport(tlm::tlm_generic_payload& load, sc_core::sc_time& delay);
  Channel channel_;
};

/// A GPU and the default HBM, in a fresh SystemC kernel.
Outcome run_in_systemc(const ChipSpec& spec, std::span<const Running> kernels,
                       const Conditions& conditions);

}  // namespace fleetcast::chip
