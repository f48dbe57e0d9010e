#include "sim/engine/random.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

TEST_CASE("a stream's numbers are those of SplitMix64 anywhere", "[random]") {
  // mix(mix(7) + i * golden) >> 11, over 2^53, by arithmetic of arbitrary precision.
  RandomStream stream(7);
  CHECK(stream.uniform() == 0.5243459416779314);
  CHECK(stream.uniform() == 0.30213903321684277);
  CHECK(stream.uniform() == 0.9409962312900013);
}

TEST_CASE("exponential numbers have their tail, mean and deviation", "[random]") {
  constexpr int kCount = 1'000'000;
  RandomStream stream(1);
  double sum = 0, squares = 0;
  std::vector<int> beyond(6);
  for (int i = 0; i < kCount; ++i) {
    const double x = stream.exponential();
    sum += x;
    squares += x * x;
    for (std::size_t k = 0; k < beyond.size(); ++k) beyond[k] += x > 0.5 * double(k) ? 1 : 0;
  }
  // Within four standard errors.
  CHECK(sum / kCount == Approx(1.0).margin(4e-3));
  CHECK(squares / kCount == Approx(2.0).margin(4 * std::sqrt(20.0 / kCount)));
  for (std::size_t k = 0; k < beyond.size(); ++k) {
    const double share = std::exp(-0.5 * double(k));
    CHECK(beyond[k] / double(kCount) ==
          Approx(share).margin(4 * std::sqrt(share * (1 - share) / kCount) + 1e-12));
  }
}

TEST_CASE("streams of neighbouring keys have nothing in common", "[random]") {
  std::vector<double> first;
  for (std::uint64_t a = 0; a < 30; ++a)
    for (std::uint64_t b = 0; b < 30; ++b)
      first.push_back(RandomStream(RandomStream::key_of(a, b)).uniform());
  std::sort(first.begin(), first.end());
  CHECK(std::adjacent_find(first.begin(), first.end()) == first.end());
  // Evenly spread: no gap is far beyond the mean gap, 1/900, times ln(900).
  for (std::size_t i = 1; i < first.size(); ++i) CHECK(first[i] - first[i - 1] < 20.0 / 900);
}

TEST_CASE("nearly normal numbers have the mean and spread of normal ones", "[random]") {
  RandomStream draws(1);
  double sum = 0, squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double x = draws.nearly_normal();
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / kCount) < 0.01);
  CHECK(squares / kCount == Approx(1.0).epsilon(0.01));
}

}  // namespace
}  // namespace fleetcast
