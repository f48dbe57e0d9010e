// Lists of kernels and collectives, played on the streams of one rank.

#include "sim/engine/analytic.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

Task compute(double seconds, int after = -1, Cost cost = Cost::kGemm) {
  return {Seconds{seconds}, cost, Stream::kCompute, static_cast<std::int16_t>(after)};
}
Task send(double seconds, int after = -1, Stream stream = Stream::kTensor,
          Cost cost = Cost::kTensorComm) {
  return {Seconds{seconds}, cost, stream, static_cast<std::int16_t>(after)};
}

LayerProgram forward(std::initializer_list<Task> tasks) {
  LayerProgram program;
  for (const Task& task : tasks) program.forward.add(task);
  return program;
}
LayerTimes played(std::initializer_list<Task> tasks) { return play_layer(forward(tasks)); }

TEST_CASE("kernels of one stream run one after the other", "[engine]") {
  const LayerTimes t = played({compute(1), compute(2), compute(3, -1, Cost::kAttention)});
  CHECK(t.forward == Seconds{6});
  CHECK(t.forward_parts[Cost::kGemm] == Seconds{3});
  CHECK(t.forward_parts[Cost::kAttention] == Seconds{3});
  CHECK(t.backward == Seconds{});
}

TEST_CASE("streams run side by side", "[engine]") {
  CHECK(played({send(5), compute(6)}).forward == Seconds{6});
  CHECK(played({send(5), compute(6)}).forward_parts[Cost::kTensorComm] == Seconds{});
}

TEST_CASE("a kernel that waits starts when what it waits for has ended, and not a tick later",
          "[engine]") {
  CHECK(played({compute(2), send(3, 0), compute(1), compute(4, 1)}).forward == Seconds{9});
  CHECK(played({compute(2), send(1, 0), compute(1), compute(4, 1)}).forward == Seconds{7});
  CHECK(played({compute(2), send(1.5, 0), compute(1), compute(4, 1)}).forward == Seconds{7.5});
}

TEST_CASE("a gap belongs to what was waited for", "[engine]") {
  const LayerTimes t =
      played({send(2), compute(1, 0), send(4, 1, Stream::kExpert, Cost::kExpertComm), compute(1),
              compute(1, 2)});
  // 0-2 tensor, 2-3 and 3-4 compute, expert 3-7, 7-8 compute.
  CHECK(t.forward == Seconds{8});
  CHECK(t.forward_parts[Cost::kTensorComm] == Seconds{2});
  CHECK(t.forward_parts[Cost::kExpertComm] == Seconds{3});
  CHECK(t.forward_parts[Cost::kGemm] == Seconds{3});
  CHECK(t.forward_parts.total() == t.forward);
}

TEST_CASE("collectives of one group queue up", "[engine]") {
  CHECK(played({send(2), send(2), compute(0, 1)}).forward == Seconds{4});
  CHECK(played({send(2), send(2, -1, Stream::kData, Cost::kDataComm), compute(0, 1), compute(0, 0)})
            .forward == Seconds{2});
}

TEST_CASE("a GPU whose kernels are launched slower than they run waits for its host", "[engine]") {
  LayerProgram program = forward({compute(3)});
  program.forward_host = Seconds{5};
  program.backward.add(compute(6));
  program.backward_host = Seconds{5};
  const LayerTimes t = play_layer(program);
  CHECK(t.forward == Seconds{5});
  CHECK(t.forward_parts[Cost::kHost] == Seconds{2});
  CHECK(t.backward == Seconds{6});
  CHECK(t.backward_parts[Cost::kHost] == Seconds{});
}

TEST_CASE("a CPU that waits for the GPU has to launch what follows from nothing", "[engine]") {
  const Task attention{.duration = Seconds{4}, .host = Seconds{1}};
  const Task experts{.duration = Seconds{1}, .host = Seconds{3}};
  LayerProgram program = forward({attention, Task{}, experts});
  program.forward_host = Seconds{4};
  CHECK(play_layer(program).forward == Seconds{5});  // launched well ahead
  program.forward.tasks[1].sync = true;
  const LayerTimes t = play_layer(program);
  CHECK(t.forward == Seconds{8});  // experts 3-4, while the next layer's attention is launched
  CHECK(t.forward_parts[Cost::kHost] == Seconds{3});
  CHECK(t.forward_parts[Cost::kGemm] == Seconds{5});
}

TEST_CASE("no overlap of exchange makes up for a slow CPU", "[engine]") {
  LayerProgram program =
      forward({compute(2), send(4, 0, Stream::kExpert, Cost::kExpertComm), compute(0, 1)});
  program.ep_overlap_exposed = 0.5;
  CHECK(play_layer(program).forward == Seconds{5});  // 2 s of the 4 s could hide, 1 s does
  program.forward_host = Seconds{6};
  CHECK(play_layer(program).forward == Seconds{6});
}

TEST_CASE("communication beside compute slows it by its share", "[engine]") {
  LayerProgram program = forward({send(4), compute(6), send(2, 1), compute(1, 2)});
  CHECK(play_layer(program).forward == Seconds{9});
  program.interference = 0.25;  // 4 s run hidden, 2 s in the open
  const LayerTimes t = play_layer(program);
  CHECK(t.forward == Seconds{10});
  CHECK(t.forward_parts[Cost::kInterference] == Seconds{1});
  CHECK(t.forward_parts[Cost::kTensorComm] == Seconds{2});
}

/// Forward: 2 s compute, 4 s expert exchange. Backward: 6 s compute, 4 s exchange.
LayerProgram experts(double exposed) {
  LayerProgram program;
  for (TaskList* list : {&program.forward, &program.backward}) {
    list->add(compute(list == &program.forward ? 2 : 6));
    list->add(send(4, 0, Stream::kExpert, Cost::kExpertComm));
    list->add(compute(0, 1));
  }
  program.ep_overlap_exposed = exposed;
  return program;
}

TEST_CASE("expert exchange under another micro-batch shows its stated share at least", "[engine]") {
  CHECK(play_layer(experts(1.0)).forward == Seconds{6});
  const LayerTimes quarter = play_layer(experts(0.25));
  CHECK(quarter.forward == Seconds{3});
  CHECK(quarter.backward == Seconds{7});
  CHECK(quarter.forward_parts[Cost::kExpertComm] == Seconds{1});
  CHECK(play_layer(experts(0.0)).forward == Seconds{2});
}

TEST_CASE("what expert exchange exceeds the compute by stays visible", "[engine]") {
  LayerProgram program = experts(0.0);
  program.backward.tasks[0].duration = Seconds{2};  // 4 s compute, 8 s exchange
  const LayerTimes t = play_layer(program);
  CHECK(t.forward + t.backward == Seconds{8});
  CHECK(t.forward_parts[Cost::kExpertComm] + t.backward_parts[Cost::kExpertComm] == Seconds{4});
}

}  // namespace
}  // namespace fleetcast
