// What holds for the rows of every policy table, those to come included.

#include <algorithm>
#include <cctype>
#include <set>
#include <span>
#include <string_view>

#include "models/cost/collective.hpp"
#include "models/cost/schedule.hpp"
#include "models/parallel/dimension.hpp"
#include "models/parallel/plan.hpp"
#include "models/workload/block.hpp"
#include "models/workload/precision.hpp"
#include "sim/config/library.hpp"
#include "sim/step/program.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

/// As a person types it in a file: lower case, digits, and marks that need no quotes in YAML.
bool is_word(std::string_view key) {
  const auto fits = [](char c) {
    return std::islower(static_cast<unsigned char>(c)) ||
           std::isdigit(static_cast<unsigned char>(c)) ||
           std::string_view("_-+").find(c) != std::string_view::npos;
  };
  return !key.empty() && std::isalnum(static_cast<unsigned char>(key.front())) &&
         std::all_of(key.begin(), key.end(), fits);
}

void check_new_word(std::string_view key, std::set<std::string_view>& known) {
  INFO(key);
  CHECK(is_word(key));
  CHECK(known.insert(key).second);
}

template <class Row>
void check_keys(std::span<const Row* const> rows) {
  REQUIRE(!rows.empty());
  std::set<std::string_view> known;
  for (const Row* row : rows) {
    REQUIRE(row != nullptr);
    check_new_word(row->key, known);
  }
}

TEST_CASE("what is no word would be seen", "[policies]") {
  for (const char* key : {"", "Ring", "two words", "-ring", "a:b", "a#"}) CHECK_FALSE(is_word(key));
}

TEST_CASE("every policy has a key of its own that is a word", "[policies]") {
  check_keys(precisions());
  check_keys(std::span<const Schedule* const>(kSchedules));
  check_keys(std::span<const Collective* const>(kCollectives));
  check_keys(dimensions());
  check_keys(blocks());
  std::set<std::string_view> recomputed, costs;
  for (const RecomputeName& name : recompute_names()) check_new_word(name.key, recomputed);
  for (int i = 0; i < kCostCount; ++i) check_new_word(key_of(static_cast<Cost>(i)), costs);
}

TEST_CASE("every row is complete", "[policies]") {
  for (const Schedule* row : kSchedules) {
    INFO(row->key);
    CHECK((row->admits != nullptr && row->order != nullptr && row->virtual_stage != nullptr));
    CHECK((row->place != nullptr && row->in_flight != nullptr && row->steady != nullptr));
  }
  for (const Collective* row : kCollectives) {
    INFO(row->key);
    CHECK((row->admits != nullptr && row->rounds != nullptr));
  }
  for (const Dimension* row : dimensions()) {
    INFO(row->key);
    CHECK((row->size != nullptr && row->admits != nullptr && row->shard != nullptr));
    CHECK((row->exchange != nullptr && row->hold != nullptr && !row->meaning.empty()));
  }
  for (const Block* row : blocks()) {
    INFO(row->key);
    CHECK(row->emit != nullptr);
  }
  for (int i = 0; i < kCostCount; ++i) CHECK(!meaning_of(static_cast<Cost>(i)).empty());
}

TEST_CASE("every precision is found by its key and means something", "[policies]") {
  for (const Precision* row : precisions()) {
    INFO(row->key);
    CHECK(find_precision(row->key) == row);
    CHECK(!row->meaning.empty());
  }
}

TEST_CASE("a precision quantises where its GEMMs are narrower than 16 bits, and only there",
          "[policies]") {
  for (const Precision* row : precisions()) {
    INFO(row->key);
    const bool narrow = bits_of(row->gemm) < 16.0;
    CHECK((row->quantize_bytes > 0.0) == narrow);
    CHECK((row->quantize_kernels > 0.0) == narrow);
    CHECK((row->saved_bytes < 2.0) == narrow);
    CHECK((!row->blockwise || row->gemm == Dtype::kFp8));
    CHECK((!row->microscaling || (narrow && !row->blockwise)));
    // The compute weights are there in the GEMMs' format at least.
    CHECK(row->weight_bytes >= bits_of(row->gemm) / 8.0);
  }
}

TEST_CASE("some chip of configs/ runs every precision", "[policies]") {
  for (const Precision* row : precisions()) {
    INFO(row->key);
    bool runs = false;
    for (const std::string& name : config::names_in("gpus")) {
      const Gpu gpu = config::load<Gpu>(config::path_of("gpus", {name, {}})).value;
      runs = runs || (gpu.peak.of(row->gemm) > FlopsPerSecond{} &&
                      (gpu.microscaling || !row->microscaling));
    }
    CHECK(runs);
  }
}

TEST_CASE("a recompute name stands for whole layers, modules, all but some products, or nothing",
          "[policies]") {
  std::uint16_t all = 0;
  for (const RecomputeName& name : recompute_names()) {
    INFO(name.key);
    REQUIRE(find_recompute(name.key) != nullptr);
    CHECK(find_recompute(name.key)->value == name.value);
    CHECK(!name.meaning.empty());
    const bool has_modules = name.value.modules != kNoModule;
    const bool has_kept = name.value.every_other || name.value.kept_products != 0;
    CHECK(int{name.value.full} + int{has_modules} + int{has_kept} == (name.key == "none" ? 0 : 1));
    CHECK(name.value.full_layers == 0.0);
    all |= name.value.modules;
  }
  // Every module that an operation can belong to has a name, but for casts: those follow a recipe.
  for (const Module module : {kCoreAttention, kLayerNorm, kMlaUpProjection, kMlpModule,
                              kActivationModule, kMoeModule, kSharedExpert, kAttentionModule})
    CHECK((all & module) != 0);
}

}  // namespace
}  // namespace fleetcast
