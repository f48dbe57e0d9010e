// The slots of a pipeline: when a block may begin one, and what its end brings about.

#include <algorithm>
#include <cassert>
#include <limits>

#include "sim/engine/step/ranks.hpp"

namespace fleetcast::step {
namespace {

constexpr float kNotThere = 0.0F;
constexpr float kLeastTransit = std::numeric_limits<float>::min();

ChunkScript chunk_script(const ChunkLayers& layers) {
  ChunkScript out;
  for (const LayerKind kind : kModelOrder)
    if (layers.of(kind) > 0)
      out.parts.push_back({static_cast<std::uint8_t>(kind), layers.of(kind)});
  return out;
}

}  // namespace

Ranks::Ranks(event::Agenda& agenda, const Play& play) : agenda_(agenda), play_(play) {
  const Plan& plan = play.step->plan;
  shape_ = {plan.pp, plan.vp, plan.micro_batches, 0};
  for (int s = 0; s < plan.pp; ++s) {
    std::vector<Slot> slots(static_cast<std::size_t>(max_slots(shape_)));
    slots.resize(static_cast<std::size_t>(plan.schedule->order(s, shape_, slots)));
    std::vector<int> final(static_cast<std::size_t>(plan.vp), 0);
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (makes_gradients(slots[i].pass))
        final[static_cast<std::size_t>(slots[i].chunk)] = static_cast<int>(i);
    order_.push_back(std::move(slots));
    final_slot_.push_back(std::move(final));
  }
  for (const ChunkLayers& layers : play.step->layout->distinct)
    chunks_.push_back(chunk_script(layers));
  meetings_.resize(static_cast<std::size_t>(plan.pp));
  if (play.noise.slows()) draw_slow_nodes();
  make_blocks();
  play_all_alone();
  make_states();
}

void Ranks::make_blocks() {
  const Grid& grid = play_.grid;
  blocks_.resize(static_cast<std::size_t>(grid.blocks()));
  const auto arrivals = static_cast<std::size_t>(2 * shape_.micro_batches * shape_.chunks);
  for (int i = 0; i < grid.blocks(); ++i) {
    Block& b = blocks_[static_cast<std::size_t>(i)];
    b.stage = grid.stage_of(i);
    b.transit.assign(arrivals, kNotThere);
    if (play_.noise.of_ranks()) draw_ranks(i, b);
  }
}

void Ranks::start() {
  running_ = play_.grid.blocks();
  for (int s = 0; s < play_.grid.stages; ++s) start_gather(s, Seconds{});
  for (int b = 0; b < play_.grid.blocks(); ++b) {
    blocks_[static_cast<std::size_t>(b)].free_at = play_.late;
    post(play_.late, kArrives, b, kNoArrival);
  }
}

const Slot& Ranks::slot_of(const Block& b) const {
  return order_[static_cast<std::size_t>(b.stage)][static_cast<std::size_t>(b.slot)];
}

int Ranks::arrival_code(int micro_batch, int chunk, bool backward) const {
  return (micro_batch * shape_.chunks + chunk) * 2 + (backward ? 1 : 0);
}

bool Ranks::may_begin(const Block& b, const Slot& slot) const {
  const Schedule& schedule = *play_.step->plan.schedule;
  if (slot.pass == SlotPass::kBackwardWeight) return true;
  const bool backward = is_backward(slot.pass);
  const int v = schedule.virtual_stage(b.stage, slot.chunk, shape_);
  const bool first = backward ? v + 1 == shape_.stages * shape_.chunks : v == 0;
  if (!first &&
      !(b.transit[static_cast<std::size_t>(arrival_code(slot.micro_batch, slot.chunk, backward))] >
        kNotThere))
    return false;
  if (backward || slot.micro_batch > 0) return true;
  return states_[static_cast<std::size_t>(b.stage)]
             .first_there[static_cast<std::size_t>(slot.chunk)] >= Seconds{};
}

void Ranks::try_begin(int block, Seconds at) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  if (b.runs || b.slot == static_cast<int>(order_[static_cast<std::size_t>(b.stage)].size()))
    return;
  const Slot& slot = slot_of(b);
  if (!may_begin(b, slot)) return;
  b.runs = true;
  b.begun = std::max(at, b.free_at);
  if (b.begun > b.free_at && slot.pass != SlotPass::kBackwardWeight) {
    const float transit = b.transit[static_cast<std::size_t>(
        arrival_code(slot.micro_batch, slot.chunk, is_backward(slot.pass)))];
    b.in_transit += std::min(b.begun - b.free_at, Seconds{std::max(transit, 0.0F)});
  }
  const int final =
      final_slot_[static_cast<std::size_t>(b.stage)][static_cast<std::size_t>(slot.chunk)];
  if (final == b.slot) {
    ++b.final_slots;
    if (play_.step->overlap_reduce)
      fill_buckets(block, slot.chunk, b.begun, slot_length(b.stage, slot.chunk, slot.pass));
  }
  begin_pass(block);
}

void Ranks::end_slot(int block) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  const Slot slot = slot_of(b);
  const Seconds now = agenda_.now();
  if (slot.pass == SlotPass::kForward && slot.micro_batch == 0) {
    const Seconds there = last_weights(b, slot.chunk);
    b.held = there < Seconds{};
    if (b.held) return;  // gather_ended comes back to it
    if (there > now) return post(there, kSlotEnds, block, 0);
  }
  b.runs = false;
  b.free_at = now;
  b.worked += now - b.begun;
  b.parts[Cost::kDataComm] += now - b.layer_begun;  // for weights on their way
  if (is_traced(block)) play_.tracer->slot(block, slot, b.begun, now);
  ++b.slot;
  if (slot.pass != SlotPass::kBackwardWeight) send_on(block, slot);
  const auto& final = final_slot_[static_cast<std::size_t>(b.stage)];
  if (play_.step->overlap_reduce && makes_gradients(slot.pass) &&
      final[static_cast<std::size_t>(slot.chunk)] == b.slot - 1)
    last_bucket_ready(block, slot.chunk);
  if (b.slot == static_cast<int>(order_[static_cast<std::size_t>(b.stage)].size()))
    return finish_block(block);
  try_begin(block, now);
}

void Ranks::send_on(int block, const Slot& slot) {
  const Block& b = blocks_[static_cast<std::size_t>(block)];
  const Schedule& schedule = *play_.step->plan.schedule;
  const bool backward = is_backward(slot.pass);
  const int v = schedule.virtual_stage(b.stage, slot.chunk, shape_) + (backward ? -1 : 1);
  if (v < 0 || v == shape_.stages * shape_.chunks) return;
  const Place place = schedule.place(v, shape_);
  const int to = play_.grid.block(place.stage, block % play_.grid.columns);
  const int code = arrival_code(slot.micro_batch, place.chunk, backward);
  const Seconds now = agenda_.now();
  float& transit = blocks_[static_cast<std::size_t>(to)].transit[static_cast<std::size_t>(code)];
  transit = -static_cast<float>(now.base()) - kLeastTransit;
  if (!play_.contention || play_.traffic->hop == StepTraffic::kNone || to == block)
    return post(now + play_.step->hop, kArrives, to, code);
  carrier_->send(now, play_.traffic->hop, 1.0, {Ends::kTransfer, block, to},
                 token_of(Token::kHop, to, code));
}

void Ranks::receive(int block, int code, Seconds at) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  if (code != kNoArrival) {
    float& transit = b.transit[static_cast<std::size_t>(code)];
    transit = std::max(static_cast<float>(at.base()) + transit, kLeastTransit);
  }
  try_begin(block, at);
}

void Ranks::handle(const event::Event& event) {
  const auto actor = static_cast<int>(event.actor());
  const auto code = static_cast<int>(event.what() >> 2);
  switch (static_cast<What>(event.what() & 3)) {
    case kSlotEnds: return end_slot(actor);
    case kArrives: return receive(actor, code, event.at);
    case kBucketReady: return bucket_ready(actor, code, event.at);
    case kGatherEnds: return gather_ended(actor, event.at);
  }
}

void Ranks::arrived(Seconds at, std::uint64_t token) {
  const auto block = static_cast<int>(token >> 24 & 0xffffffffU);
  const auto code = static_cast<int>(token & 0xffffffU);
  switch (static_cast<Token>(token >> 56)) {
    case Token::kTask: return task_ended(block, code, at);
    case Token::kMeeting: return meeting_ended(block, code, at);
    case Token::kHop: return receive(block, code, at);
    case Token::kReduce: return reduce_ended(block, at);
    case Token::kGather: return gather_ended(block, at);
  }
}

}  // namespace fleetcast::step
