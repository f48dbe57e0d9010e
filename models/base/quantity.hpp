#pragma once

// Physical quantities as types: Bytes / BytesPerSecond is Seconds, Bytes + Seconds does not
// compile. One double each, in base SI units (second, byte, FLOP, joule, US dollar, gram); no
// run-time cost.

#include <cmath>

namespace fleetcast {

/// Exponents of the base units that a quantity is made of.
template <int Time, int Data, int Work, int Energy, int Money, int Mass>
struct Exponents {};

using Dimensionless = Exponents<0, 0, 0, 0, 0, 0>;

template <class A, class B>
struct ExponentsProduct;
template <int... A, int... B>
struct ExponentsProduct<Exponents<A...>, Exponents<B...>> {
  using type = Exponents<(A + B)...>;
};
template <class A, class B>
struct ExponentsQuotient;
template <int... A, int... B>
struct ExponentsQuotient<Exponents<A...>, Exponents<B...>> {
  using type = Exponents<(A - B)...>;
};

template <class D>
class Quantity {
 public:
  using dimension = D;

  constexpr Quantity() = default;
  constexpr explicit Quantity(double base) : base_(base) {}

  /// The raw number in base units; for text, writers and clocks only.
  [[nodiscard]] constexpr double base() const { return base_; }

  constexpr Quantity& operator+=(Quantity o) {
    base_ += o.base_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity o) {
    base_ -= o.base_;
    return *this;
  }
  constexpr Quantity& operator*=(double f) {
    base_ *= f;
    return *this;
  }
  constexpr Quantity& operator/=(double f) {
    base_ /= f;
    return *this;
  }
  constexpr Quantity operator-() const { return Quantity{-base_}; }

  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity{a.base_ + b.base_};
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity{a.base_ - b.base_};
  }
  friend constexpr Quantity operator*(Quantity a, double f) { return Quantity{a.base_ * f}; }
  friend constexpr Quantity operator*(double f, Quantity a) { return Quantity{a.base_ * f}; }
  friend constexpr Quantity operator/(Quantity a, double f) { return Quantity{a.base_ / f}; }

  // Comparisons are written out: defaulted from <=>, a running maximum takes three times as long.
  friend constexpr bool operator==(Quantity a, Quantity b) { return a.base_ == b.base_; }
  friend constexpr bool operator!=(Quantity a, Quantity b) { return a.base_ != b.base_; }
  friend constexpr bool operator<(Quantity a, Quantity b) { return a.base_ < b.base_; }
  friend constexpr bool operator>(Quantity a, Quantity b) { return a.base_ > b.base_; }
  friend constexpr bool operator<=(Quantity a, Quantity b) { return a.base_ <= b.base_; }
  friend constexpr bool operator>=(Quantity a, Quantity b) { return a.base_ >= b.base_; }

 private:
  double base_ = 0.0;
};

namespace detail {
template <class D>
struct Collapse {
  static constexpr Quantity<D> from(double base) { return Quantity<D>{base}; }
};
template <>
struct Collapse<Dimensionless> {
  static constexpr double from(double base) { return base; }
};
}  // namespace detail

/// Product and quotient; a dimensionless result is a plain double (a ratio).
template <class A, class B>
constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
  return detail::Collapse<typename ExponentsProduct<A, B>::type>::from(a.base() * b.base());
}
template <class A, class B>
constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
  return detail::Collapse<typename ExponentsQuotient<A, B>::type>::from(a.base() / b.base());
}
template <class D>
constexpr auto operator/(double a, Quantity<D> b) {
  return detail::Collapse<typename ExponentsQuotient<Dimensionless, D>::type>::from(a / b.base());
}

//                                    time data work energy money mass
using Seconds = Quantity<Exponents<1, 0, 0, 0, 0, 0>>;
using Bytes = Quantity<Exponents<0, 1, 0, 0, 0, 0>>;
using Flops = Quantity<Exponents<0, 0, 1, 0, 0, 0>>;
using Joules = Quantity<Exponents<0, 0, 0, 1, 0, 0>>;
using Dollars = Quantity<Exponents<0, 0, 0, 0, 1, 0>>;
using Grams = Quantity<Exponents<0, 0, 0, 0, 0, 1>>;
using PerSecond = Quantity<Exponents<-1, 0, 0, 0, 0, 0>>;
using BytesPerSecond = Quantity<Exponents<-1, 1, 0, 0, 0, 0>>;
using FlopsPerSecond = Quantity<Exponents<-1, 0, 1, 0, 0, 0>>;
using Watts = Quantity<Exponents<-1, 0, 0, 1, 0, 0>>;
using DollarsPerSecond = Quantity<Exponents<-1, 0, 0, 0, 1, 0>>;
using DollarsPerJoule = Quantity<Exponents<0, 0, 0, -1, 1, 0>>;
using GramsPerJoule = Quantity<Exponents<0, 0, 0, -1, 0, 1>>;

inline constexpr Seconds kHour{3600.0};
inline constexpr Seconds kDay{86400.0};
inline constexpr Seconds kMicrosecond{1e-6};
inline constexpr Bytes kGiB{1024.0 * 1024.0 * 1024.0};

}  // namespace fleetcast
