#include "sim/engine/chip/attention_grid.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::chip {
namespace {

constexpr Bytes kOut{2.0}, kSum{4.0};  // bf16, fp32
constexpr std::uint32_t kOutputPanels = 4096;

}  // namespace

AttentionGrid::AttentionGrid(const AttentionProblem& problem, const ChipSpec& spec)
    : spec_(spec), problem_(problem) {
  const AttentionShape& s = problem.shape;
  const bool forward = problem.pass == Pass::kForward;
  tiling_ = forward ? spec.made.attention_forward : spec.made.attention_backward;
  heads_ = s.batch * s.heads;
  held_ = forward ? s.queries : s.keys;
  walk_ = forward ? s.keys : s.queries;
  levels_ = std::ceil(held_ / tiling_.rows);
  // FlashAttention-2 launches one head after the other, FlashAttention-3's scheduler as many as L2
  // holds what they walk over (Dao-AILab/flash-attention, hopper/tile_scheduler.hpp).
  const Bytes walked = bytes_of(problem.in) * (walk_ * (s.head_dim + s.value_dim));
  const double sharers = forward ? s.heads / s.kv_heads : 1.0;
  section_ = tiling_.heads_in_turn
                 ? 1.0
                 : std::min(heads_, std::max(1.0, std::floor(spec.l2_capacity / walked)) * sharers);
  shape_step();
}

/// What one step of one SM costs: two products forward, five backward (scores, their gradient, and
/// the gradients of values, keys and queries).
void AttentionGrid::shape_step() {
  const AttentionShape& s = problem_.shape;
  const bool forward = problem_.pass == Pass::kForward;
  const double scores = tiling_.rows * tiling_.keys;
  const double widths = forward ? s.head_dim + s.value_dim : 3.0 * s.head_dim + 2.0 * s.value_dim;
  const Bytes element = bytes_of(problem_.in);
  batch_.dtype = problem_.in;
  batch_.issue = tiling_.issue;
  batch_.tensor = Flops{2.0 * scores * widths};
  batch_.exponentials = scores;
  batch_.vector = Flops{2.0 * tiling_.vector_ops * scores};
  batch_.vector_overlap = tiling_.overlap;
  batch_.operands = element * (tiling_.keys * (s.head_dim + s.value_dim));
  const Bytes held = element * (tiling_.rows * (s.head_dim + s.value_dim));
  batch_.buffers = std::max(1.0, std::floor((spec_.made.shared_memory - held) / batch_.operands));
  // Gradients of queries are added up in L2 by every block of keys.
  if (!forward) batch_.operands += kSum * (tiling_.keys * s.head_dim);
  batch_.stored =
      forward ? kOut * (tiling_.rows * s.value_dim)
              : (s.heads > s.kv_heads ? kSum : kOut) * (tiling_.rows * (s.head_dim + s.value_dim));
}

void AttentionGrid::rewind() { from_ = level_ = done_ = 0.0, batches_ = 0; }

std::uint32_t AttentionGrid::panels() const {
  const AttentionShape& s = problem_.shape;
  const double walked_heads = problem_.pass == Pass::kForward ? s.kv_heads : s.heads;
  return static_cast<std::uint32_t>(s.batch * walked_heads) + kOutputPanels;
}

/// Rows that a block walks over; the mask leaves the last queries all keys, and the first keys all
/// queries.
double AttentionGrid::walked(double level) const {
  if (!problem_.shape.causal) return walk_;
  const double rows = std::min(held_, (levels_ - level) * tiling_.rows);
  return std::clamp(rows + walk_ - held_, 1.0, walk_);
}

/// Scores that the mask leaves of a block.
double AttentionGrid::pairs(double level) const {
  const double from = (levels_ - level - 1.0) * tiling_.rows;
  const double rows = std::min(held_, from + tiling_.rows) - from;
  if (!problem_.shape.causal) return held_ * walk_ / levels_;
  return rows * std::max(0.5, walked(level) - 0.5 * rows);
}

/// Without a mask all blocks cost the same, and those of one head follow each other.
const Batch* AttentionGrid::next_even(int sms) {
  const double all = heads_ * levels_;
  if (done_ >= all) return nullptr;
  const double count = std::min(double(sms), all - done_);
  fill_batch(count, 0.0, std::floor(done_ / levels_), std::ceil((done_ + count) / levels_));
  done_ += count;
  return &batch_;
}

const Batch* AttentionGrid::next(int sms) {
  if (!problem_.shape.causal) return next_even(sms);
  double heads = std::min(section_, heads_ - from_);
  if (done_ >= heads) done_ = 0.0, level_ += 1.0;
  if (level_ >= levels_) from_ += heads, level_ = 0.0, heads = std::min(section_, heads_ - from_);
  if (from_ >= heads_) return nullptr;
  const double count = std::min(double(sms), heads - done_);
  fill_batch(count, level_, from_ + done_, from_ + done_ + count);
  done_ += count;
  return &batch_;
}

/// `count` blocks of one level of heads [first, last).
void AttentionGrid::fill_batch(double count, double level, double first, double last) {
  const AttentionShape& s = problem_.shape;
  const double walked_rows = walked(level);
  const bool forward = problem_.pass == Pass::kForward;
  batch_.sms = static_cast<int>(count);
  batch_.tiles = count;
  batch_.steps = std::ceil(walked_rows / tiling_.keys);
  const double scores = tiling_.rows * tiling_.keys * batch_.steps;
  batch_.useful = batch_.tensor * (pairs(level) / scores);
  batch_.read.clear();
  const double sharers = forward ? s.heads / s.kv_heads : 1.0;
  const Bytes row = bytes_of(problem_.in) * (s.head_dim + s.value_dim);
  const double end = std::ceil(last / sharers);
  for (double head = std::floor(first / sharers); head < end; head += 1.0)
    batch_.read.push_back({static_cast<std::uint32_t>(head), row * walked_rows});
  const std::uint32_t outputs = panels() - kOutputPanels;
  const double rows = std::min(held_, tiling_.rows) * count;
  const auto id = [&] { return outputs + batches_++ % kOutputPanels; };
  batch_.read.push_back({id(), (forward ? 1.0 : 2.0) * row * rows});
  batch_.written.assign(1, {id(), kOut * (rows * (forward ? s.value_dim : row / kOut))});
}

}  // namespace fleetcast::chip
