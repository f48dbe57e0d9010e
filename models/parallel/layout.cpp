#include "models/parallel/layout.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

/// A multi-token-prediction module and its logits weigh more than a layer: what is missing is then
/// taken from the last chunks alone (as DeepSeek-V3 recipes do).
int layers_before_mtp(int c, int chunks, int full, int missing) {
  const int taken_behind = (chunks - 1 - c) * full;
  return full - std::clamp(missing - taken_behind, 0, full);
}

/// Layers of chunk `c` when `missing` of them fall short of `full`, alternating from both ends.
int layers_of(int c, int chunks, int full, int missing) {
  const int from_end = chunks - 1 - c;
  const int rank = c < from_end ? 2 * c + 1 : 2 * from_end;  // last 0, first 1, second last 2, ...
  const int whole_rounds = missing / chunks;
  return full - whole_rounds - (rank < missing % chunks ? 1 : 0);
}

}  // namespace

void cut_layers(const LayerPattern& model, std::span<ChunkLayers> out) {
  const int chunks = static_cast<int>(out.size());
  const int layers = static_cast<int>(model.layers);
  const int full = (layers + chunks - 1) / chunks;
  const int missing = full * chunks - layers;
  int index = 0;
  for (int c = 0; c < chunks; ++c) {
    ChunkLayers& chunk = out[static_cast<std::size_t>(c)] = {};
    const auto share = model.mtp_layers > 0 ? layers_before_mtp : layers_of;
    for (int i = share(c, chunks, full, missing); i > 0; --i, ++index)
      ++chunk.of(model.is_moe(index) ? LayerKind::kMoe : LayerKind::kDense);
  }
  ++out.front().of(LayerKind::kEmbedding);
  ++out.back().of(LayerKind::kLogits);
  const auto modules = static_cast<short>(model.mtp_layers);
  if (modules == 0) return;
  ChunkLayers& last = out.back();
  last.of(LayerKind::kMtp) = modules;
  last.of(model.moe ? LayerKind::kMoe : LayerKind::kDense) += modules;
  last.of(LayerKind::kLogits) += modules;
}

}  // namespace fleetcast
