#include "models/base/quantity.hpp"

#include <type_traits>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

template <class A, class B>
concept CanAdd = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept CanSubtract = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept CanCompare = requires(A a, B b) {
  a < b;
};
template <class A, class B>
concept CanAccumulate = requires(A a, B b) {
  a += b;
};

static_assert(!CanAdd<Bytes, Seconds>);
static_assert(!CanAdd<Bytes, double>);
static_assert(!CanSubtract<BytesPerSecond, Bytes>);
static_assert(!CanCompare<Watts, Joules>);
static_assert(!CanCompare<Seconds, double>);
static_assert(!CanAccumulate<Flops, Bytes>);
static_assert(!std::is_convertible_v<double, Seconds>);
static_assert(!std::is_convertible_v<Seconds, double>);
static_assert(!std::is_convertible_v<Bytes, Flops>);

static_assert(std::is_same_v<decltype(Bytes{1} / BytesPerSecond{1}), Seconds>);
static_assert(std::is_same_v<decltype(Flops{1} / FlopsPerSecond{1}), Seconds>);
static_assert(std::is_same_v<decltype(Watts{1} * Seconds{1}), Joules>);
static_assert(std::is_same_v<decltype(Joules{1} * DollarsPerJoule{1}), Dollars>);
static_assert(std::is_same_v<decltype(DollarsPerSecond{1} * Seconds{1}), Dollars>);
static_assert(std::is_same_v<decltype(GramsPerJoule{1} * Joules{1}), Grams>);
static_assert(std::is_same_v<decltype(1.0 / Seconds{1}), PerSecond>);
static_assert(std::is_same_v<decltype(Bytes{1} / Bytes{1}), double>);
static_assert(std::is_same_v<decltype(PerSecond{1} * Seconds{1}), double>);

static_assert(sizeof(Seconds) == sizeof(double) && std::is_trivially_copyable_v<Seconds>);

TEST_CASE("bytes over bandwidth is time", "[quantity]") {
  CHECK(Bytes{6} / BytesPerSecond{2} == Seconds{3});
  CHECK(Watts{2} * Seconds{3} == Joules{6});
  CHECK(kDay / kHour == 24.0);
}

TEST_CASE("quantities of one dimension add, scale and compare as numbers do", "[quantity]") {
  Seconds total{1};
  total += Seconds{2};
  total -= Seconds{0.5};
  total *= 4.0;
  total /= 2.0;
  CHECK(total == Seconds{5});
  CHECK(-total + Seconds{1} == Seconds{-4});
  CHECK(2.0 * total == total * 2.0);
  CHECK(total / 2.0 == Seconds{2.5});
  CHECK((Seconds{1} < Seconds{2} && Seconds{2} > Seconds{1} && Seconds{1} != Seconds{2}));
  CHECK((Seconds{1} <= Seconds{1} && Seconds{1} >= Seconds{1}));
}

}  // namespace
}  // namespace fleetcast
