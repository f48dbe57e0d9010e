#include "sim/engine/event/event_queue.hpp"

#include <algorithm>
#include <random>

#include "tests/catch.hpp"

namespace fleetcast::event {
namespace {

TEST_CASE("an event remembers what it was made of", "[event]") {
  const Event event = make_event(Seconds{2}, 255, 0xffffffffU, 0xffffffU);
  CHECK(event.process() == 255);
  CHECK(event.actor() == 0xffffffffU);
  CHECK(event.what() == 0xffffffU);
}

TEST_CASE("events leave a queue in order of time, process, actor and what, however they came",
          "[event]") {
  std::vector<Event> events;
  for (std::uint32_t i = 0; i < 1000; ++i)
    events.push_back(make_event(Seconds{double(i / 100)}, i / 20 % 5, i / 4 % 5, i % 4));
  std::vector<Event> mixed = events;
  for (int seed = 0; seed < 20; ++seed) {
    std::shuffle(mixed.begin(), mixed.end(), std::mt19937(static_cast<unsigned>(seed)));
    EventQueue queue;
    for (const Event& e : mixed) queue.push(e);
    for (const Event& e : events) REQUIRE(queue.pop() == e);
    CHECK(queue.empty());
  }
}

TEST_CASE("a queue whose top was popped fills the hole by what comes next or by its last",
          "[event]") {
  EventQueue queue;
  queue.push(make_event(Seconds{1}, 0, 1));
  queue.push(make_event(Seconds{5}, 0, 5));
  CHECK(queue.pop().actor() == 1);
  CHECK(queue.size() == 1);
  queue.push(make_event(Seconds{3}, 0, 3));
  CHECK(queue.top().actor() == 3);
  CHECK(queue.pop().actor() == 3);
  CHECK(queue.pop().actor() == 5);
  CHECK(queue.empty());
}

}  // namespace
}  // namespace fleetcast::event
