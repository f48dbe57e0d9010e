#include "sim/engine/chip/outcome.hpp"

namespace fleetcast::chip {
namespace {

struct Text {
  std::string_view key, meaning;
};
constexpr std::array<Text, kCauseCount> kTexts{{
    {"tensor", "products that were asked for, at the datasheet's peak"},
    {"padding", "products with what fills up tiles"},
    {"issue", "cycles without an instruction for the tensor pipes"},
    {"power", "a clock below boost"},
    {"vector", "softmax that the tensor pipes wait for"},
    {"operands", "operands through the port of an SM, or within the latency of L2"},
    {"l2", "bandwidth of L2"},
    {"hbm", "bandwidth of HBM"},
    {"link", "pace of a link outside the chip"},
    {"fill", "first buffers of each tile"},
    {"epilogue", "storing tiles, adding up shares of one"},
    {"tail", "SMs without a tile"},
    {"launch", "starting and ending the kernel"},
}};

}  // namespace

std::string_view key_of(Cause cause) { return kTexts[static_cast<std::size_t>(cause)].key; }
std::string_view meaning_of(Cause cause) { return kTexts[static_cast<std::size_t>(cause)].meaning; }

Outcome& Outcome::operator+=(const Outcome& next) {
  if (next.time > time) clock = next.clock, sustained = next.sustained;
  time += next.time;
  for (std::size_t c = 0; c < cause.size(); ++c) cause[c] += next.cause[c];
  tiles += next.tiles;
  l2 += next.l2;
  hbm += next.hbm;
  busy += next.busy;
  energy += next.energy;
  events += next.events;
  return *this;
}

Cause Outcome::bound() const {
  constexpr double kLeast = 0.1;
  Cause worst = Cause::kTensor;
  Seconds most = kLeast * time;
  for (int c = 1; c < kCauseCount; ++c) {
    const Seconds lost = cause[static_cast<std::size_t>(c)];
    if (lost > most) most = lost, worst = static_cast<Cause>(c);
  }
  return worst;
}

}  // namespace fleetcast::chip
