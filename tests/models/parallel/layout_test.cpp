#include "models/parallel/layout.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/models/workload/known_models.hpp"

namespace fleetcast {
namespace {

std::vector<ChunkLayers> cut(const Transformer& model, int chunks) {
  std::vector<ChunkLayers> out(static_cast<std::size_t>(chunks));
  cut_layers(model.pattern(), out);
  return out;
}

Transformer with_layers(int layers) {
  Transformer m = known::toy();
  m.layers = layers;
  return m;
}

/// "2 3 3 2": transformer layers of each chunk.
std::string text_of(const std::vector<ChunkLayers>& chunks) {
  std::string out;
  for (const ChunkLayers& chunk : chunks)
    out += (out.empty() ? "" : " ") + std::to_string(chunk.transformer_layers());
  return out;
}

}  // namespace

TEST_CASE("layers that divide are dealt out evenly", "[parallel]") {
  CHECK(text_of(cut(with_layers(8), 1)) == "8");
  CHECK(text_of(cut(with_layers(8), 4)) == "2 2 2 2");
}

TEST_CASE("layers that are missing are missing at the ends, the last first", "[parallel]") {
  CHECK(text_of(cut(with_layers(15), 4)) == "4 4 4 3");
  CHECK(text_of(cut(with_layers(14), 4)) == "3 4 4 3");
  CHECK(text_of(cut(with_layers(13), 4)) == "3 4 3 3");
  CHECK(text_of(cut(with_layers(3), 5)) == "0 1 1 1 0");
}

TEST_CASE("Llama 3.1 405B has one layer less on its first and last stage", "[parallel]") {
  // Llama Team 2024, arXiv:2407.21783, section 3.3.2: 126 layers on 16 stages.
  const std::string text = text_of(cut(known::llama31_405b(), 16));
  CHECK(text == "7 8 8 8 8 8 8 8 8 8 8 8 8 8 8 7");
}

TEST_CASE("embedding comes first and logits come last", "[parallel]") {
  const std::vector<ChunkLayers> chunks = cut(with_layers(8), 4);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    CHECK(chunks[i].of(LayerKind::kEmbedding) == (i == 0 ? 1 : 0));
    CHECK(chunks[i].of(LayerKind::kLogits) == (i == 3 ? 1 : 0));
  }
}

TEST_CASE("dense layers come before the experts", "[parallel]") {
  const std::vector<ChunkLayers> chunks = cut(known::deepseek_v3(), 16);
  CHECK(chunks[0].of(LayerKind::kDense) == 3);
  CHECK(chunks[0].of(LayerKind::kMoe) == 1);
  CHECK(chunks[1].of(LayerKind::kDense) == 0);
  CHECK(chunks[1].of(LayerKind::kMoe) == 4);
}

TEST_CASE("multi-token prediction adds a layer and logits to the last chunk", "[parallel]") {
  const ChunkLayers last = cut(known::deepseek_v3(), 16).back();
  CHECK(last.of(LayerKind::kMtp) == 1);
  CHECK(last.of(LayerKind::kMoe) == 1 + 1);
  CHECK(last.of(LayerKind::kLogits) == 2);
}

TEST_CASE("with multi-token prediction the last chunks alone have fewer layers", "[parallel]") {
  Transformer m = with_layers(13);
  m.mtp_layers = 1;
  CHECK(text_of(cut(m, 4)) == "4 4 4 2");  // one of its own and the module's
  m.layers = 9;
  CHECK(text_of(cut(m, 8)) == "2 2 2 2 1 0 0 1");
}

TEST_CASE("no layer is lost or doubled by any cut", "[parallel][contract]") {
  Transformer alternating = known::mixtral(known::toy());
  alternating.layers = 48;
  alternating.moe_every = 2;
  for (const Transformer& m :
       {with_layers(1), with_layers(7), alternating, known::deepseek_v3(), known::llama31_405b()}) {
    for (int chunks = 1; chunks <= static_cast<int>(m.layers) + 2; ++chunks) {
      INFO(m.layers << " layers, " << chunks << " chunks");
      int dense = 0, moe = 0, least = 1000, most = 0;
      for (const ChunkLayers& c : cut(m, chunks)) {
        dense += c.of(LayerKind::kDense);
        moe += c.of(LayerKind::kMoe);
        least = std::min(least, c.transformer_layers());
        most = std::max(most, c.transformer_layers());
      }
      REQUIRE(dense == m.dense_layers());
      REQUIRE(moe == m.moe_layers() + m.mtp_layers);
      if (m.mtp_layers == 0) REQUIRE(most - least <= 1);
    }
  }
}

}  // namespace fleetcast
