#include "sim/calibration/fit_pass.hpp"

#include <algorithm>
#include <array>

#include "sim/calibration/knobs.hpp"

namespace fleetcast::fit {
namespace {

constexpr double kNano = 1e-9, kMicro = 1e-6, kGiga = 1e9;
constexpr double kShortWeight = 0.15;  // of sequences below 1,024

template <class Curve, class Rows, class Predict>
Fitted<Curve> scored(const Curve& curve, const Rows& rows, const Predict& predict) {
  Fitted<Curve> out{curve, {}, {}};
  for (const auto& sample : rows) {
    const double predicted = predict(sample, curve) / kMicrosecond;
    const double measured = sample.row.time / kMicrosecond;
    out.all.add(predicted, measured);
    if constexpr (requires { sample.row.shape; }) {
      if (sample.row.shape.keys >= 1024.0) out.judged.add(predicted, measured);
    }
  }
  return out;
}

template <class Curve, class Rows, class Predict>
double error_of(const Curve& curve, const Rows& rows, const Predict& predict) {
  Score score;
  for (const auto& sample : rows) {
    double weight = 1.0;
    if constexpr (requires { sample.row.shape; }) weight = attention_weight(sample.row.shape);
    score.add(predict(sample, curve) / kMicrosecond, sample.row.time / kMicrosecond, weight);
  }
  return score.log_error();
}

struct Head {
  double size;
  double AttentionPass::*efficiency;
  double usual;  ///< over that of 128, where no row tells
};
constexpr std::array<Head, 4> kHeads{{{128, &AttentionPass::efficiency_128, 1.0},
                                      {64, &AttentionPass::efficiency_64, 0.8},
                                      {256, &AttentionPass::efficiency_256, 1.0},
                                      {192, &AttentionPass::efficiency_mla, 1.0}}};

bool has_head(const std::vector<AttentionSample>& rows, double size) {
  return std::any_of(rows.begin(), rows.end(), [&](const AttentionSample& sample) {
    return sample.row.shape.head_dim == size;
  });
}

std::vector<Knob<AttentionPass>> pass_knobs(const std::vector<AttentionSample>& rows,
                                            Surroundings surroundings) {
  using P = AttentionPass;
  std::vector<Knob<P>> knobs{{&P::launch, {6.0, 1.0, 30.0}, kMicro},
                             {&P::overhead_keys, {150.0, 0.0, 1500.0}},
                             {&P::tail, {0.3, 0.0, 1.0}},
                             {&P::memory_efficiency, {0.8, 0.3, 1.2}},
                             {&P::sharpness, {4.0, 1.0, 10.0}},
                             {&P::power_derate, {0.04, 0.0, 0.3}}};
  if (surroundings == Surroundings::kCache) {
    knobs.push_back({&P::split, {0.3, 0.0, 1.0}});
    knobs.push_back({&P::passes, {1.0, 0.0, 6.0}});
    knobs.push_back({&P::token, {0.3, 0.0, 10.0}, kNano});
  }
  for (const Head& head : kHeads) {
    if (has_head(rows, head.size)) knobs.push_back({head.efficiency, {0.6, 0.1, 1.2}});
  }
  return knobs;
}

/// Head sizes that no row has: as the forward pass does, relative to heads of 128, or the usual.
void fill_unmeasured(const std::vector<AttentionSample>& rows, const AttentionPass* forward,
                     AttentionPass& pass) {
  if (!has_head(rows, 128.0)) {
    const auto measured = std::find_if(kHeads.begin(), kHeads.end(),
                                       [&](const Head& h) { return has_head(rows, h.size); });
    pass.efficiency_128 = pass.*measured->efficiency / measured->usual;
  }
  for (const Head& head : kHeads) {
    if (has_head(rows, head.size)) continue;
    const double share =
        forward != nullptr ? forward->*head.efficiency / forward->efficiency_128 : head.usual;
    pass.*head.efficiency = share * pass.efficiency_128;
  }
}

}  // namespace

double attention_weight(const AttentionShape& shape) {
  return shape.keys < 1024.0 ? kShortWeight : 1.0;
}

Fitted<AttentionPass> fit_pass(const std::vector<AttentionSample>& rows, Surroundings surroundings,
                               const AttentionPass* forward) {
  const auto time = [&](const AttentionSample& sample, const AttentionPass& pass) {
    const FlopsPerSecond peak = attention_peak(sample.row.dtype, sample.chip->gpu);
    if (forward == nullptr || sample.row.direction != "fwd+bwd")
      return predict(sample.row, pass, sample.chip->chip, peak);
    const auto one = [&](Pass direction, const AttentionPass& curve) {
      return attention_time(sample.row.shape, direction, curve, sample.chip->chip, peak);
    };
    return one(Pass::kForward, *forward) + one(Pass::kBackward, pass);
  };
  const std::vector<Knob<AttentionPass>> knobs = pass_knobs(rows, surroundings);
  AttentionPass best;
  double least = 0.0;
  for (const double block : {128.0, 256.0, 64.0}) {
    AttentionPass start;
    start.block_rows = block;
    const AttentionPass found =
        search(start, knobs, [&](const AttentionPass& pass) { return error_of(pass, rows, time); });
    const double error = error_of(found, rows, time);
    if (block == 128.0 || error < 0.95 * least) best = found, least = error;
  }
  fill_unmeasured(rows, forward, best);
  return scored(best, rows, time);
}

Fitted<AttentionDecode> fit_decode(const std::vector<AttentionSample>& rows) {
  using D = AttentionDecode;
  const auto time = [](const AttentionSample& sample, const D& decode) {
    return decode_time(sample.row.shape, decode, sample.chip->chip);
  };
  const std::vector<Knob<D>> knobs{
      {&D::launch, {8.0, 1.0, 30.0}, kMicro}, {&D::memory_efficiency, {0.9, 0.3, 3.0}},
      {&D::sharpness, {4.0, 1.0, 10.0}},      {&D::block_bandwidth, {100.0, 5.0, 500.0}, kGiga},
      {&D::splits, {20.0, 1.0, 64.0}},        {&D::lone_splits, {20.0, 1.0, 64.0}},
      {&D::join, {1.0, 0.0, 10.0}, kMicro},   {&D::sequence, {3.0, 0.0, 50.0}, kNano},
      {&D::cache, {5e3, 500.0, 4e4}, kGiga}};
  D best;
  double least = 0.0;
  for (const double heads : {1000.0, 63.0, 31.0, 15.0}) {
    D start;
    start.packed_heads = heads;
    const D found = search(start, knobs, [&](const D& d) { return error_of(d, rows, time); });
    const double error = error_of(found, rows, time);
    if (heads == 1000.0 || error < 0.95 * least) best = found, least = error;
  }
  return scored(best, rows, time);
}

Fitted<MemoryPass> fit_memory_pass(const std::vector<MemorySample>& rows) {
  using M = MemoryPass;
  const auto time = [](const MemorySample& sample, const M& pass) {
    return memory_time(sample.row.bytes, std::max(1.0, sample.row.rows), pass, sample.chip->chip);
  };
  std::vector<Knob<M>> knobs{{&M::launch, {3.0, 0.5, 60.0}, kMicro},
                             {&M::efficiency, {0.75, 0.03, 1.2}}};
  constexpr std::size_t kEnough = 8;  // rows that can tell more than two numbers
  const bool enough = rows.size() >= kEnough;
  if (enough) {
    knobs.push_back({&M::sharpness, {2.0, 1.0, 10.0}});
    knobs.push_back({&M::cached, {0.2, 0.0, 1.0}});
    knobs.push_back({&M::cache_share, {0.5, 0.0, 1.0}});
    knobs.push_back({&M::row, {3.0, 0.0, 20.0}, kNano});
    knobs.push_back({&M::walk, {20.0, 1.5, 200.0}, kGiga});
  }
  return scored(search(M{}, knobs, [&](const M& m) { return error_of(m, rows, time); }), rows,
                time);
}

}  // namespace fleetcast::fit
