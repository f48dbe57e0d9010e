#include "sim/engine/chip/gemm_grid.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast::chip {
namespace {

// k of one step is 128 bytes wide: what swizzled shared memory and bulk copies move (CUDA C++
// Programming Guide, "Tensor swizzle modes").
constexpr Bytes kStepWidth{128.0};
constexpr Bytes kSum{4.0};  // fp32

}  // namespace

GemmGrid::GemmGrid(const GemmProblem& problem, const GemmTile& tile, const ChipSpec& spec, int sms)
    : spec_(spec),
      problem_(problem),
      tile_(tile),
      sms_(sms),
      depth_(kStepWidth / bytes_of(problem.in)),
      high_(std::ceil(problem.shape.m / tile.rows)),
      wide_(std::ceil(problem.shape.n / tile.columns)),
      tiles_(problem.shape.groups * high_ * wide_),
      steps_(std::ceil(problem.shape.k / depth_)) {
  // As many rows as columns of C in one wave need the fewest operands.
  const double square = std::sqrt(double(sms) * tile.rows / tile.columns);
  band_ = std::clamp(std::round(square), 1.0, wide_);
  batch_.dtype = problem.in;
  batch_.issue = spec.made.issue;
  const double edges = double(std::max(tile.rows, tile.columns)) / spec.made.cluster +
                       double(std::min(tile.rows, tile.columns));
  batch_.operands = kStepWidth * edges;
  const Bytes buffer = kStepWidth * double(tile.rows + tile.columns);
  batch_.buffers = std::max(2.0, std::floor(spec.made.shared_memory / buffer));
  batch_.tensor = Flops{2.0 * tile.rows * tile.columns * depth_};
}

/// One of A for each row of tiles, one of B for each column, and C by batches.
std::uint32_t GemmGrid::panels() const {
  const double batches = std::ceil(tiles_ * tile_.split / sms_) + 1.0;
  return static_cast<std::uint32_t>(problem_.shape.groups * (high_ + wide_) + batches);
}

/// Tiles that all SMs share: those beyond the last full wave, and that wave.
double GemmGrid::shared_tiles() const {
  if (!tile_.stream_k) return 0.0;
  const double waves = std::floor(tiles_ / sms_);
  return tiles_ - std::max(0.0, waves - 1.0) * sms_;
}

/// Rows of A and columns of B of tiles [first, last): tiles run along n inside a band, bands along
/// m, then along n, then through the groups.
void GemmGrid::use_operands(double first, double last) {
  const GemmShape& shape = problem_.shape;
  const Bytes depth = bytes_of(problem_.in) * shape.k;
  const auto add = [&](double id, double edge, double index, double whole) {
    const double length = std::min(edge, whole - index * edge);
    batch_.read.push_back({static_cast<std::uint32_t>(id), depth * length});
  };
  while (first < last) {
    const double group = std::floor(first / (high_ * wide_));
    const double in_group = first - group * high_ * wide_;
    const double band = std::floor(in_group / (band_ * high_));
    const double width = std::min(band_, wide_ - band * band_);
    const double from = in_group - band * band_ * high_;
    const double to = std::min(from + last - first, width * high_);
    const double top = std::floor(from / width), bottom = std::floor((to - 1.0) / width);
    for (double row = top; row <= bottom; row += 1.0)
      add(group * high_ + row, tile_.rows, row, shape.m);
    const double columns = std::min(width, to - from), left = from - top * width;
    for (double c = 0.0; c < columns; c += 1.0) {
      const double column = band * band_ + (left + c < width ? left + c : left + c - width);
      add(shape.groups * high_ + group * wide_ + column, tile_.columns, column, shape.n);
    }
    first += to - from;
  }
}

void GemmGrid::fill_batch(int sms, double items, double steps, double tiles) {
  const GemmShape& shape = problem_.shape;
  batch_.sms = sms;
  batch_.steps = steps;
  batch_.tiles = tiles;
  batch_.useful = shape.work() / (tiles_ * steps_);
  batch_.read.clear();
  use_operands(std::floor(done_ / tile_.split), std::ceil((done_ + items) / tile_.split));
  const std::uint32_t operands = static_cast<std::uint32_t>(shape.groups * (high_ + wide_));
  const std::uint32_t id = operands + std::min(batches_++, panels() - operands - 1);
  const double share = tiles / tiles_;
  batch_.written.assign(1, {id, problem_.out * (shape.m * shape.n * shape.groups * share)});
  done_ += items;
}

const Batch* GemmGrid::next(int sms) {
  const double area = double(tile_.rows) * tile_.columns;
  const double shared = shared_tiles();
  const double whole = (tiles_ - shared) * tile_.split;
  if (done_ < whole) {
    const double items = std::min(double(sms), whole - done_);
    fill_batch(static_cast<int>(items), items, std::ceil(steps_ / tile_.split),
               items / tile_.split);
    batch_.meet = tile_.split > 1 ? spec_.made.meet : Seconds{};
    batch_.stored = problem_.out * (area / tile_.split);
    if (tile_.split > 1) batch_.stored += 2.0 * kSum * area;
    return &batch_;
  }
  if (done_ >= tiles_ * tile_.split) return nullptr;
  // Each SM adds its share of a tile to that of another: writes sums once and reads them once.
  fill_batch(sms, shared, shared * steps_ / sms, shared);
  batch_.meet = spec_.made.meet;
  batch_.stored = problem_.out * (area * shared / sms) + 2.0 * kSum * area;
  return &batch_;
}

Seconds GemmGrid::estimate() const {
  const Seconds math = batch_.tensor / (spec_.tensor_of(problem_.in) * batch_.issue);
  const Seconds step =
      std::max({math, batch_.operands / spec_.port, spec_.made.l2_latency / batch_.buffers});
  const double area = double(tile_.rows) * tile_.columns;
  const Bytes sums = 2.0 * kSum * area;
  const Seconds out = problem_.out * area / spec_.epilogue;
  const Seconds around = (out + spec_.made.l2_latency) * (1.0 - spec_.made.tile_overlap);
  const double items = (tiles_ - shared_tiles()) * tile_.split;
  Seconds time = std::ceil(items / sms_) * (std::ceil(steps_ / tile_.split) * step + around);
  if (tile_.stream_k) time += shared_tiles() * steps_ / sms_ * step;
  if (tile_.stream_k || tile_.split > 1) time += spec_.made.meet + sums / spec_.epilogue;
  return time + out + spec_.made.hbm_latency;
}

}  // namespace fleetcast::chip
