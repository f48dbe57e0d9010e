// DualPipeV, DeepSeek's DualPipe cut in half (github.com/deepseek-ai/DualPipe): two chunks a stage
// laid out as a V, the second one in reverse order of stages, so the last stage turns around
// without a transfer. A DualPipe of 2p stages (arXiv:2412.19437) is two mirrored copies of it: the
// same times as p stages here, twice the GPUs and half the micro-batches each way. A pair that
// overlaps forward with backward runs here one after the other: what their overlap saves belongs to
// the price of the slots.

#include <array>

#include "models/cost/schedule.hpp"

namespace fleetcast {
namespace {

constexpr MisfitReason kNeedsTwoChunks{"chunks", "a V has {0:.0f} chunks a stage, not {1:.0f}"};

Misfit admits(PipelineShape shape) {
  if (shape.chunks != 2) return {&kNeedsTwoChunks, 2.0, 1.0 * shape.chunks};
  if (shape.micro_batches < 2 * shape.stages) {
    return {&kNeedsMoreMicroBatches, 2.0 * shape.stages, 1.0 * shape.micro_batches};
  }
  return kFits;
}

int virtual_stage(int stage, int chunk, PipelineShape shape) {
  return chunk == 0 ? stage : 2 * shape.stages - 1 - stage;
}

Place place(int virtual_stage, PipelineShape shape) {
  return virtual_stage < shape.stages ? Place{virtual_stage, 0}
                                      : Place{2 * shape.stages - 1 - virtual_stage, 1};
}

/// Hands out micro-batches in turn; weight gradients wait in a queue, first in, first out.
struct Writer {
  std::span<Slot> out;
  int n = 0;
  int waiting_from = 0;  // slots before it have no weight gradient left to run
  std::array<int, 2> forwards{};
  std::array<int, 2> backwards{};

  void forward(int chunk) { write(forwards[chunk]++, chunk, SlotPass::kForward); }
  void backward(int chunk) { write(backwards[chunk]++, chunk, SlotPass::kBackward); }
  void backward_input(int chunk) { write(backwards[chunk]++, chunk, SlotPass::kBackwardInput); }
  void backward_weight() {
    while (out[waiting_from].pass != SlotPass::kBackwardInput) ++waiting_from;
    const Slot input = out[waiting_from++];
    write(input.micro_batch, input.chunk, SlotPass::kBackwardWeight);
  }
  void write(int micro_batch, int chunk, SlotPass pass) {
    out[n++] = {micro_batch, static_cast<std::int16_t>(chunk), pass};
  }
};

// Forwards that precede the first backward, pairs that follow without a forward to go with them,
// ...: the eight steps of the reference implementation, each as often as it says.
void warm_up(int stage, PipelineShape shape, Writer& writer) {
  const int after = shape.stages - 1 - stage;
  for (int i = 0; i < 2 * after; ++i) writer.forward(0);
  for (int i = 0; i <= stage; ++i) {
    writer.forward(0);
    writer.forward(1);
  }
  for (int i = 0; i < after; ++i) {
    writer.backward_input(1);
    writer.backward_weight();
    writer.forward(1);
  }
}

void drain(int stage, PipelineShape shape, Writer& writer) {
  const int after = shape.stages - 1 - stage;
  for (int i = 0; i < after; ++i) {
    writer.backward(1);
    writer.forward(1);
    writer.backward(0);
  }
  for (int i = 0; i <= 2 * stage + 1; ++i) {  // the second half leaves its weight gradients
    if (i <= stage)
      writer.backward(1 - i % 2);
    else
      writer.backward_input(1 - i % 2);
  }
  for (int i = 0; i < after; ++i) {
    writer.backward_weight();
    writer.backward_input(0);
  }
  for (int i = 0; i <= stage; ++i) writer.backward_weight();
}

int main_steps(int stage, PipelineShape shape) {
  return shape.micro_batches - 2 * shape.stages + stage + 1;
}

int order(int stage, PipelineShape shape, std::span<Slot> out) {
  Writer writer{.out = out};
  warm_up(stage, shape, writer);
  for (int i = 0; i < main_steps(stage, shape); ++i) {
    writer.forward(0);
    writer.backward(1);
    writer.forward(1);
    writer.backward(0);
  }
  drain(stage, shape, writer);
  return writer.n;
}

int in_flight(int, PipelineShape shape) { return 2 * shape.stages + 1; }

Steady steady(int stage, PipelineShape shape) {
  return {.prologue = 2 * shape.stages + 3 * (shape.stages - 1 - stage),
          .length = 4,
          .periods = main_steps(stage, shape),
          .micro_batches = 1};
}

}  // namespace

constinit const Schedule kDualPipeV{.key = "dualpipe_v",
                                    .admits = admits,
                                    .order = order,
                                    .virtual_stage = virtual_stage,
                                    .place = place,
                                    .in_flight = in_flight,
                                    .steady = steady,
                                    .splits_backward = true,
                                    .chunked = true};

}  // namespace fleetcast
