#include "sim/calibration/minimise.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlopt.h>

namespace fleetcast::fit {
namespace {

using Error = std::function<double(const std::vector<double>&)>;

constexpr double kPull = 0.001;  // added error where a parameter is twice or half its start

struct Problem {
  const std::vector<Parameter>& parameters;
  const Error& error;
  double doubt = 0.0;
};

double call(unsigned n, const double* x, double*, void* data) {
  const Problem& problem = *static_cast<const Problem*>(data);
  double octaves = 0.0, spreads = 0.0;
  for (unsigned i = 0; i < n; ++i) {
    const Parameter& p = problem.parameters[i];
    if (p.spread > 0.0)
      spreads += std::pow((x[i] - p.start) / p.spread, 2.0);
    else if (p.start > 0.0)
      octaves += std::pow(std::log2((x[i] + 1e-3 * p.high) / p.start), 2.0);
  }
  const double pull = kPull * octaves + 0.5 * problem.doubt * spreads;
  return problem.error(std::vector<double>(x, x + n)) + pull;
}

double search_from(std::vector<double>& x, Problem& problem, int evaluations = 3000) {
  std::vector<double> low, high, step;
  for (const Parameter& p : problem.parameters) {
    low.push_back(p.low);
    high.push_back(p.high);
    step.push_back(p.spread > 0.0 ? std::min(p.spread, 0.5 * (p.high - p.low))
                                  : 0.1 * (p.high - p.low));
  }
  nlopt_opt search = nlopt_create(NLOPT_LN_SBPLX, static_cast<unsigned>(x.size()));
  nlopt_set_lower_bounds(search, low.data());
  nlopt_set_upper_bounds(search, high.data());
  nlopt_set_initial_step(search, step.data());
  nlopt_set_min_objective(search, call, &problem);
  nlopt_set_maxeval(search, evaluations);
  nlopt_set_ftol_rel(search, 1e-7);
  double least = HUGE_VAL;
  nlopt_optimize(search, x.data(), &least);
  nlopt_destroy(search);
  return least;
}

}  // namespace

std::vector<double> minimise(const std::vector<Parameter>& parameters, const Error& error) {
  Problem problem{parameters, error};
  std::vector<double> best;
  double least = HUGE_VAL;
  for (const double place : {0.0, 0.2, 0.4, 0.6, 0.8}) {  // 0: the given start
    std::vector<double> x;
    for (const Parameter& p : parameters) {
      const double along = x.size() % 2 == 0 ? place : 1.0 - place;
      x.push_back(place == 0.0 ? p.start : p.low + along * (p.high - p.low));
    }
    search_from(x, problem);
    const double found = search_from(x, problem);
    if (found < least) least = found, best = x;
  }
  return best;
}

std::vector<double> refine(const std::vector<Parameter>& parameters, const Error& error) {
  Problem problem{parameters, error};
  std::vector<double> x;
  for (const Parameter& p : parameters) x.push_back(p.start);
  search_from(x, problem, 600);
  return x;
}

std::vector<double> refine(const std::vector<Parameter>& parameters, const Error& error,
                           double doubt) {
  constexpr int kRestarts = 4, kEvaluations = 1500;
  Problem problem{parameters, error, doubt};
  std::vector<double> x;
  for (const Parameter& p : parameters) x.push_back(p.start);
  for (int i = 0; i < kRestarts; ++i) search_from(x, problem, kEvaluations);
  return x;
}

void Score::add(double predicted, double measured, double weight) {
  weight_ += weight;
  log_ += weight * std::abs(std::log(predicted / measured));
  absolute_ += weight * std::abs(predicted / measured - 1.0);
  signed_ += weight * (predicted / measured - 1.0);
  ++count_;
}

void Score::add(const Score& other) {
  weight_ += other.weight_;
  log_ += other.log_;
  absolute_ += other.absolute_;
  signed_ += other.signed_;
  count_ += other.count_;
}

double Score::log_error() const { return log_ / weight_; }
double Score::mape() const { return 100.0 * absolute_ / weight_; }
double Score::bias() const { return 100.0 * signed_ / weight_; }
std::string Score::text() const {
  if (count_ == 0) return "no rows";
  return fmt::format("{:.1f} % (bias {:+.1f} %, {} rows)", mape(), bias(), count_);
}

}  // namespace fleetcast::fit
