#pragma once

// One pass of one layer as nodes of a trace will show it: kernels with their work, exchanges with
// what they send, and what waits for what.

#include <array>
#include <string>
#include <vector>

#include "sim/engine/step/script.hpp"

namespace fleetcast::interchange::chakra {

/// A priced step that has been played; all of it outlives what is made from it.
struct PlayedStep {
  const Pricing* pricing = nullptr;
  const Step* step = nullptr;
  const Timeline* timeline = nullptr;
  const EngineWorkspace* engine = nullptr;  ///< that played it
};

/// A collective or message, and how long it keeps those who wait for it.
struct Message {
  Sent sent;
  Seconds duration{};
};
/// Sets of messages one after the other, those of a set at the same time.
using Messages = std::vector<std::vector<Message>>;

/// As long as their prices say.
std::vector<Message> priced(const SentList& list, const Pricing& pricing);

/// A kernel, an exchange, or (without a duration) a wait for one.
struct LayerPart {
  std::string name;
  Cost cost = Cost::kGemm;
  Stream stream = Stream::kCompute;
  int after = -1;  ///< part that it waits for, beside the order of its stream
  Seconds duration{};
  double ops = 0;    ///< FLOPs; of memory-bound kernels one per two bytes
  double bytes = 0;  ///< read and written
  Messages messages;
};
using LayerPass = std::vector<LayerPart>;

/// [layer kind][SlotPass]; empty for kinds that the model lacks.
///
/// Scripts of the event engine, which leave out what a schedule puts off. Durations of kernels add
/// up to the engine's breakdown. What only playing tells (compute slowed by exchange beside it,
/// waits for the CPU) is a part of its own at a layer's end. An exchange whose chunks run under
/// their GEMM, or that another micro-batch hides, takes what stays visible.
using LayerPasses = std::array<std::array<LayerPass, step::kPassCount>, kLayerKindCount>;
LayerPasses layer_passes(const PlayedStep& played);

}  // namespace fleetcast::interchange::chakra
