#include "sim/engine/event/kernel.hpp"

#include <algorithm>
#include <random>
#include <systemc>

#include "sim/engine/event/agenda_module.hpp"
#include "tests/catch.hpp"

namespace fleetcast::event {
namespace {

struct Logbook : Process {
  explicit Logbook(std::vector<std::string>& lines, std::string text)
      : log(lines), name(std::move(text)) {}
  void handle(const Event& e) override {
    log.push_back(name + std::to_string(e.actor()) + "@" + std::to_string(int(e.at.base())));
  }
  std::vector<std::string>& log;
  std::string name;
};

std::vector<std::string> played_in_order(std::vector<std::uint32_t> numbers) {
  std::vector<std::string> log;
  Kernel kernel;
  std::vector<std::unique_ptr<Logbook>> processes;
  for (const std::uint32_t n : numbers) {
    processes.push_back(std::make_unique<Logbook>(log, "p" + std::to_string(n) + "."));
    kernel.agenda().add(n, *processes.back());
  }
  for (const std::uint32_t n : numbers)
    for (const std::uint32_t actor : {2U, 1U}) kernel.agenda().post(Seconds{1}, n, actor);
  kernel.run();
  return log;
}

TEST_CASE(
    "what happens at one time happens in an order that does not depend on who was built first",
    "[event]") {
  const std::vector<std::string> expected{"p0.1@1", "p0.2@1", "p1.1@1",
                                          "p1.2@1", "p2.1@1", "p2.2@1"};
  std::vector<std::uint32_t> numbers{0, 1, 2};
  do {
    CHECK(played_in_order(numbers) == expected);
  } while (std::next_permutation(numbers.begin(), numbers.end()));
}

/// A model of someone else's, with SystemC processes of its own.
struct Foreign : sc_core::sc_module {
  Foreign(const sc_core::sc_module_name& name, std::vector<std::string>& lines,
          AgendaModule* agenda)
      : sc_module(name), log(lines), woken(agenda) {
    // A method: stacks of threads have guard pages, which leak checkers that read memory stumble
    // on.
    sc_core::sc_spawn_options method;
    method.spawn_method();
    sc_core::sc_spawn([this] { live(); }, "live", &method);
  }
  void live() {
    const int now = int(sc_core::sc_time_stamp().to_seconds());
    if (now < 6) next_trigger(sc_core::sc_time(2, sc_core::SC_SEC));
    if (now == 0) return;
    log.push_back("foreign@" + std::to_string(now));
    if (woken == nullptr) return;
    woken->agenda.post(from_sc_time(sc_core::sc_time_stamp()) + Seconds{1}, 0, 9);
    woken->wake();
  }
  std::vector<std::string>& log;
  AgendaModule* woken;
};

TEST_CASE("events and the processes of another SystemC model take turns by time", "[event]") {
  std::vector<std::string> log;
  Kernel kernel(Seconds{1e-9});
  Logbook own(log, "own");
  kernel.agenda().add(0, own);
  for (const int t : {1, 3, 5, 7}) kernel.agenda().post(Seconds{double(t)}, 0, 0);
  const Foreign foreign("foreign", log, nullptr);
  CHECK(kernel.run());
  CHECK(log == std::vector<std::string>{"own0@1", "foreign@2", "own0@3", "foreign@4", "own0@5",
                                        "foreign@6", "own0@7"});
}

TEST_CASE("a foreign process may put events on an agenda that had none left", "[event]") {
  std::vector<std::string> log;
  Kernel kernel(Seconds{1e-9});
  Logbook own(log, "own");
  kernel.agenda().add(0, own);
  auto* module = dynamic_cast<AgendaModule*>(sc_core::sc_find_object("agenda"));
  REQUIRE(module != nullptr);
  const Foreign foreign("foreign", log, module);
  kernel.run();
  CHECK(log == std::vector<std::string>{"foreign@2", "own9@3", "foreign@4", "own9@5", "foreign@6",
                                        "own9@7"});
}

struct Endless : Process {
  explicit Endless(Agenda& a) : agenda(a) {}
  void handle(const Event& e) override { agenda.post(e.at + Seconds{1}, 0, 0); }
  Agenda& agenda;
};

TEST_CASE("a run that is told to stop ends, and says so", "[event]") {
  const std::atomic<int> stop{2};
  Kernel kernel(Seconds{1e-3});
  Endless process(kernel.agenda());
  kernel.agenda().add(0, process);
  kernel.agenda().post(Seconds{0}, 0, 0);
  std::uint64_t reported = 0;
  CHECK_FALSE(kernel.run({&stop, [&](const Progress& p) { reported = p.events; }}));
  CHECK(reported == AgendaModule::kQuantum);
}

TEST_CASE("a thousand simulations run in one process, each with its own resolution", "[event]") {
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::string> log;
    Kernel kernel(i % 2 == 0 ? Seconds{1e-12} : Seconds{1e-3});
    Logbook own(log, "own");
    kernel.agenda().add(0, own);
    // A year is more than 64 bits of picoseconds hold.
    kernel.agenda().post(i % 2 == 0 ? Seconds{1} : Seconds{365.0 * 86400.0}, 0, 0);
    REQUIRE(kernel.run());
    REQUIRE(log.size() == 1);
  }
}

}  // namespace
}  // namespace fleetcast::event
