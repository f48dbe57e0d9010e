#pragma once

// Derivative-free, deterministic minimising (NLopt's Sbplx), and the error that fits minimise.

#include <functional>
#include <string>
#include <vector>

namespace fleetcast::fit {

/// One number to be fitted: where it starts, and between which bounds.
struct Parameter {
  double start, low, high;
  double spread = 0.0;  ///< how far it may well lie from its start; only for refine with a doubt
};

/// Parameters that make `error` small: the best of searches from several places. A parameter the
/// data leave open stays near its start (doubling or halving it costs 0.1 % of error). Same input,
/// same answer.
std::vector<double> minimise(const std::vector<Parameter>& parameters,
                             const std::function<double(const std::vector<double>&)>& error);

/// The same from one place only, in a few hundred steps: for functions that are dear.
std::vector<double> refine(const std::vector<Parameter>& parameters,
                           const std::function<double(const std::vector<double>&)>& error);

/// The most likely parameters (maximum a posteriori) where each lies around its start by its
/// spread, normally distributed, and `error` is a mean: `doubt` is the scatter of rows over their
/// number, so that few rows move little. Requires: spreads.
std::vector<double> refine(const std::vector<Parameter>& parameters,
                           const std::function<double(const std::vector<double>&)>& error,
                           double doubt);

/// Predicted against measured times.
class Score {
 public:
  void add(double predicted, double measured, double weight = 1.0);
  void add(const Score& other);
  [[nodiscard]] double log_error() const;  ///< weighted mean of |log(predicted / measured)|
  [[nodiscard]] double mape() const;       ///< in %
  [[nodiscard]] double bias() const;       ///< in %; negative = predicted too fast
  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] double weight() const { return weight_; }
  [[nodiscard]] std::string text() const;  ///< "5.1 % (bias -0.3 %, 430 rows)"

 private:
  double weight_ = 0.0, log_ = 0.0, absolute_ = 0.0, signed_ = 0.0;
  int count_ = 0;
};

}  // namespace fleetcast::fit
