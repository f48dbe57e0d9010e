// Gradients and weights of a stage on their way between its columns: a bucket a layer, one after
// the other.

#include <algorithm>

#include "sim/engine/step/ranks.hpp"

namespace fleetcast::step {
namespace {

constexpr Seconds kNotYet{-1.0};

}  // namespace

void Ranks::make_states() {
  const auto chunks = static_cast<std::size_t>(shape_.chunks);
  states_.resize(static_cast<std::size_t>(play_.grid.stages));
  for (int s = 0; s < play_.grid.stages; ++s) {
    StageStates& states = states_[static_cast<std::size_t>(s)];
    states.first_there.assign(chunks, Seconds{});
    states.all_there.assign(chunks, Seconds{});
    for (int c = 0; c < shape_.chunks; ++c) add_buckets(s, c, false, states.gather);
    for (int c = shape_.chunks; c-- > 0;) add_buckets(s, c, true, states.reduce);
    for (const StageStates::Bucket& bucket : states.gather)
      states.first_there[static_cast<std::size_t>(bucket.chunk)] =
          states.all_there[static_cast<std::size_t>(bucket.chunk)] = kNotYet;
  }
}

/// All of a chunk's buckets take the same time, as if its layers were alike.
void Ranks::add_buckets(int stage, int chunk, bool reduces, std::vector<StageStates::Bucket>& out) {
  Seconds all{};
  int layers = 0;
  const ChunkScript& script = chunk_of(stage, chunk);
  for (const ChunkScript::Part& part : script.parts) {
    const StateExchange& states = play_.step->states[part.kind];
    all += (reduces ? states.reduce : states.gather) * part.layers;
    layers += part.layers;
  }
  if (all == Seconds{}) return;
  int any = StepTraffic::kNone;
  for (const ChunkScript::Part& part : script.parts)
    any = std::max(any, (reduces ? play_.traffic->reduce : play_.traffic->gather)[part.kind]);
  for (const ChunkScript::Part& part : script.parts)
    for (int i = 0; i < part.layers; ++i) {
      const int own = (reduces ? play_.traffic->reduce : play_.traffic->gather)[part.kind];
      out.push_back({chunk, own == StepTraffic::kNone ? any : own, all / layers, 0, {}});
    }
}

/// Buckets of a chunk fill evenly during the slot that completes its gradients; the last at its
/// end, whenever that is.
void Ranks::fill_buckets(int block, int chunk, Seconds begin, Seconds length) {
  const int stage = blocks_[static_cast<std::size_t>(block)].stage;
  const std::vector<StageStates::Bucket>& buckets = states_[static_cast<std::size_t>(stage)].reduce;
  const auto of_chunk = [&](const StageStates::Bucket& b) { return b.chunk == chunk; };
  const auto first = std::find_if(buckets.begin(), buckets.end(), of_chunk);
  const auto count = std::count_if(first, buckets.end(), of_chunk);
  for (int i = 0; i + 1 < count; ++i)
    post(begin + length * ((i + 1.0) / double(count)), kBucketReady, stage,
         static_cast<int>(first - buckets.begin()) + i);
}

void Ranks::last_bucket_ready(int block, int chunk) {
  const int stage = blocks_[static_cast<std::size_t>(block)].stage;
  const std::vector<StageStates::Bucket>& buckets = states_[static_cast<std::size_t>(stage)].reduce;
  for (std::size_t i = buckets.size(); i-- > 0;)
    if (buckets[i].chunk == chunk) return bucket_ready(stage, static_cast<int>(i), agenda_.now());
}

void Ranks::bucket_ready(int stage, int bucket, Seconds at) {
  StageStates::Bucket& b =
      states_[static_cast<std::size_t>(stage)].reduce[static_cast<std::size_t>(bucket)];
  ++b.ready;
  b.ready_at = std::max(b.ready_at, at);
  start_reduces(stage);
}

void Ranks::start_reduces(int stage) {
  StageStates& states = states_[static_cast<std::size_t>(stage)];
  while (!states.reducing && states.next_reduce < states.reduce.size()) {
    const StageStates::Bucket& bucket = states.reduce[states.next_reduce];
    if (bucket.ready < play_.grid.columns) return;
    const Seconds begin = std::max(states.link_free, bucket.ready_at);
    states.sent = begin;
    if (!play_.contention) {
      states.link_free = begin + bucket.duration;
      if (play_.tracer != nullptr) play_.tracer->states(stage, true, begin, states.link_free);
      ++states.next_reduce;
      continue;
    }
    states.reducing = true;
    const Route& route = play_.traffic->routes[static_cast<std::size_t>(bucket.route)];
    carrier_->send(begin, bucket.route, bucket.duration / route.total, columns_of(stage),
                   token_of(Token::kReduce, stage, 0));
  }
}

void Ranks::reduce_ended(int stage, Seconds at) {
  StageStates& states = states_[static_cast<std::size_t>(stage)];
  states.reducing = false;
  if (play_.tracer != nullptr) play_.tracer->states(stage, true, states.sent, at);
  states.link_free = at;
  ++states.next_reduce;
  start_reduces(stage);
}

void Ranks::start_gather(int stage, Seconds at) {
  StageStates& states = states_[static_cast<std::size_t>(stage)];
  if (states.next_gather == states.gather.size()) return;
  states.gather_sent = at;
  const StageStates::Bucket& bucket = states.gather[states.next_gather];
  if (!play_.contention) return post(at + bucket.duration, kGatherEnds, stage, 0);
  const Route& route = play_.traffic->routes[static_cast<std::size_t>(bucket.route)];
  carrier_->send(at, bucket.route, bucket.duration / route.total, columns_of(stage),
                 token_of(Token::kGather, stage, 0));
}

void Ranks::gather_ended(int stage, Seconds at) {
  StageStates& states = states_[static_cast<std::size_t>(stage)];
  const auto chunk = static_cast<std::size_t>(states.gather[states.next_gather++].chunk);
  if (play_.tracer != nullptr) play_.tracer->states(stage, false, states.gather_sent, at);
  if (states.first_there[chunk] < Seconds{}) states.first_there[chunk] = at;
  const bool last = states.next_gather == states.gather.size() ||
                    states.gather[states.next_gather].chunk != static_cast<int>(chunk);
  if (last) states.all_there[chunk] = at;
  start_gather(stage, at);
  if (agenda_.now() < play_.late) return;
  for (int c = 0; c < play_.grid.columns; ++c) {
    const int block = play_.grid.block(stage, c);
    if (blocks_[static_cast<std::size_t>(block)].held)
      end_slot(block);
    else
      try_begin(block, at);
  }
}

/// The first forward of a chunk ends no sooner than its last layer can run on the last weights.
/// Below zero: they are not there yet.
Seconds Ranks::last_weights(const Block& b, int chunk) const {
  const StageStates& states = states_[static_cast<std::size_t>(b.stage)];
  const Seconds there = states.all_there[static_cast<std::size_t>(chunk)];
  if (there <= Seconds{}) return there;
  int layers = 0;
  for (const ChunkScript::Part& part : chunk_of(b.stage, chunk).parts) layers += part.layers;
  return there + slot_length(b.stage, chunk, SlotPass::kForward) / layers;
}

/// Weight gradients of the logits that a stage has put off to its end.
Seconds Ranks::put_off_on(int stage) const {
  constexpr auto kLogits = static_cast<std::size_t>(LayerKind::kLogits);
  const int count = play_.step->layout->stage[static_cast<std::size_t>(stage)].count[kLogits];
  if (count == 0) return {};
  const Script& script = play_.scripts->of[kLogits][static_cast<std::size_t>(SlotPass::kBackward)];
  return script.put_off * (count * play_.step->plan.micro_batches);
}

void Ranks::finish_block(int block) {
  const int stage = blocks_[static_cast<std::size_t>(block)].stage;
  StageStates& states = states_[static_cast<std::size_t>(stage)];
  const Seconds finish = agenda_.now() + put_off_on(stage);
  states.finish = std::max(states.finish, finish);
  if (--running_ == 0 && done_) done_();
  if (play_.step->overlap_reduce) return;
  for (std::size_t i = 0; i < states.reduce.size(); ++i)
    bucket_ready(stage, static_cast<int>(i), finish);
}

Ends Ranks::columns_of(int stage) const {
  return {Ends::kExchange, play_.grid.block(stage, 0),
          play_.grid.block(stage, play_.grid.columns - 1)};
}

}  // namespace fleetcast::step
