#include "models/parallel/plan.hpp"

#include <array>
#include <set>
#include <string_view>

#include "models/workload/op.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

constexpr std::array kDenseGrid{Group::kTensor, Group::kContext, Group::kPipeline};
constexpr std::array kExpertGrid{Group::kExpertTensor, Group::kExpert, Group::kExpertData,
                                 Group::kPipeline};

std::array<int, 2> size_and_stride(Group group, const Plan& plan) {
  const GroupPlace p = place(group, plan);
  return {p.size, p.stride};
}

int digit(int rank, GroupPlace p) { return rank / p.stride % p.size; }

}  // namespace

TEST_CASE("a plan's sizes multiply to its GPUs and its batch", "[parallel]") {
  const Plan plan{
      .tp = 2, .cp = 3, .pp = 5, .ep = 7, .dp = 7, .micro_batch = 11, .micro_batches = 13};
  CHECK(plan.gpus() == 2 * 3 * 5 * 7);
  CHECK(plan.global_batch() == 7 * 11 * 13);
  CHECK(plan.expert_dp() == 2 * 3);
}

TEST_CASE("tensor ranks are neighbours, then context, data and pipeline", "[parallel]") {
  const Plan plan{.tp = 8, .cp = 2, .pp = 16, .dp = 4};
  CHECK(size_and_stride(Group::kTensor, plan) == std::array{8, 1});
  CHECK(size_and_stride(Group::kContext, plan) == std::array{2, 8});
  CHECK(size_and_stride(Group::kPipeline, plan) == std::array{16, 64});
}

TEST_CASE("gradients are summed over context ranks as well as data ranks", "[parallel]") {
  const Plan plan{.tp = 8, .cp = 2, .pp = 16, .dp = 4};
  CHECK(size_and_stride(Group::kData, plan) == std::array{8, 8});
}

TEST_CASE("experts fold over tensor, context and data ranks", "[parallel]") {
  const Plan plan{.tp = 4, .cp = 2, .pp = 3, .ep = 8, .etp = 2, .dp = 8};
  CHECK(size_and_stride(Group::kExpertTensor, plan) == std::array{2, 1});
  CHECK(size_and_stride(Group::kExpert, plan) == std::array{8, 2});
  CHECK(size_and_stride(Group::kExpertData, plan) == std::array{4, 16});
  CHECK(size_and_stride(Group::kPipeline, plan) == std::array{3, 64});
}

TEST_CASE("a rank has one place in the dense grid and one in the expert grid",
          "[parallel][contract]") {
  const Plan plan{.tp = 4, .cp = 3, .pp = 5, .ep = 6, .etp = 2, .dp = 7};
  std::set<std::array<int, 3>> dense;
  std::set<std::array<int, 4>> expert;
  for (int rank = 0; rank < plan.gpus(); ++rank) {
    std::array<int, 3> d{};
    for (std::size_t i = 0; i < d.size(); ++i) d[i] = digit(rank, place(kDenseGrid[i], plan));
    dense.insert(d);
    std::array<int, 4> e{};
    for (std::size_t i = 0; i < e.size(); ++i) e[i] = digit(rank, place(kExpertGrid[i], plan));
    expert.insert(e);
  }
  CHECK(dense.size() == 4 * 3 * 5);  // data ranks share theirs
  CHECK(expert.size() == static_cast<std::size_t>(plan.gpus()));
}

TEST_CASE("a group of one GPU is a rank alone", "[parallel][contract]") {
  for (int g = 0; g < kGroupCount; ++g)
    CHECK(size_and_stride(static_cast<Group>(g), Plan{}) == std::array{1, 1});
}

TEST_CASE("names of what is computed again are found, each once", "[parallel]") {
  std::set<std::string_view> keys;
  for (const RecomputeName& name : recompute_names()) {
    INFO(name.key);
    CHECK(keys.insert(name.key).second);
    CHECK(find_recompute(name.key) == &name);
    CHECK_FALSE(name.meaning.empty());
  }
  CHECK(find_recompute("none")->value == Recompute{});
  CHECK(find_recompute("selective")->value == Recompute{.modules = kCoreAttention});
  CHECK(find_recompute("full")->value == Recompute{.full = true});
  CHECK(find_recompute("some") == nullptr);
}

}  // namespace fleetcast
