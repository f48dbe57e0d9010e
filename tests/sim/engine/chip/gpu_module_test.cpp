#include "sim/engine/chip/gpu_module.hpp"

#include <vector>

#include "sim/engine/chip/stream_grid.hpp"
#include "sim/engine/event/agenda_module.hpp"
#include "sim/engine/event/kernel.hpp"
#include "tests/catch.hpp"
#include "tests/sim/engine/chip/toy.hpp"

namespace fleetcast::chip {
namespace {

/// Someone else's DRAM: 1 ms for each started page of 64 bytes, one after the other.
struct PagedMemory : sc_core::sc_module {
  explicit PagedMemory(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &PagedMemory::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& load, sc_core::sc_time& delay) {
    const sc_core::sc_time asked = sc_core::sc_time_stamp() + delay;
    const unsigned pages = (load.get_data_length() + 63) / 64;
    free = std::max(free, asked) + pages * sc_core::sc_time(1, sc_core::SC_MS);
    delay = free - sc_core::sc_time_stamp();
    bytes += load.get_data_length();
    last = load.get_address() + load.get_data_length();
    load.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm_utils::simple_target_socket<PagedMemory> socket{"socket"};
  sc_core::sc_time free;
  std::uint64_t bytes = 0, last = 0;
};

TEST_CASE("another model of DRAM can stand behind the socket of a GPU", "[chip]") {
  ChipSpec spec = toy_spec(1);
  spec.port = BytesPerSecond{1e12};
  StreamGrid grid(Bytes{64.0 * 100}, 1);  // 64 steps of 100 bytes: two pages each
  event::Kernel kernel(Seconds{1e-12});
  GpuModule gpu("gpu", spec, kernel.agenda(), 1.0);
  PagedMemory memory("memory");
  gpu.hbm.bind(memory.socket);
  gpu.sms().launch({&grid, 1, false}, false);
  CHECK(kernel.run());
  CHECK(gpu.sms().outcome().time.base() == Approx(64 * 2e-3).epsilon(0.02));
  CHECK(memory.bytes == 6400);
  CHECK(memory.last == 6400);
}

TEST_CASE("the HBM that comes with a GPU is a bandwidth and a latency", "[chip]") {
  ChipSpec spec = toy_spec(1);
  spec.port = BytesPerSecond{1e12};
  spec.hbm = BytesPerSecond{100};
  spec.made.hbm_latency = Seconds{0.5};
  StreamGrid grid(Bytes{6400}, 1);
  const Running running{&grid, 1, false};
  const Outcome o = run_in_systemc(spec, std::span(&running, 1), {});
  CHECK(o.time.base() == Approx(64 + 0.5));
}

}  // namespace
}  // namespace fleetcast::chip
