#include "sim/calibration/fit_steps.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <thread>

#include "sim/calibration/minimise.hpp"
#include "sim/engine/analytic.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast::fit {
namespace {

using Point = std::vector<double>;

Point point_of(const Calibration& c) {
  Point out;
  for (const Fitted& f : kFitted) out.push_back(c.*f.member);
  return out;
}

Calibration at(const Point& x) {
  Calibration out;
  for (std::size_t i = 0; i < kFitted.size(); ++i) out.*kFitted[i].member = x[i];
  return out;
}

/// |e|, but smooth below 2 %: rows that fit already do not pull.
double loss_of(double log_error) {
  constexpr double kSmooth = 0.02;
  return std::hypot(log_error, kSmooth) - kSmooth;
}

double pull_of(const Point& x, const Point& start, double pull) {
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += std::pow((x[i] - start[i]) / (kFitted[i].high - kFitted[i].low), 2.0);
  return pull * sum;
}

double mean_loss(std::span<const double> errors) {
  double sum = 0.0;
  for (const double e : errors) sum += loss_of(e);
  return sum / static_cast<double>(errors.size());
}

/// Log errors around a point, to first order.
struct Tangent {
  Point x;
  std::vector<double> errors;
  std::vector<std::vector<double>> slope;  ///< by parameter, then by row
};

Tangent tangent_at(const MeasuredSteps& steps, std::span<const std::size_t> use, const Point& x) {
  Tangent out{x, steps.log_errors(at(x), use), {}};
  for (std::size_t p = 0; p < x.size(); ++p) {
    const double range = kFitted[p].high - kFitted[p].low;
    const double step = (x[p] + 0.02 * range <= kFitted[p].high ? 0.02 : -0.02) * range;
    Point moved = x;
    moved[p] += step;
    std::vector<double> slope = steps.log_errors(at(moved), use);
    for (std::size_t i = 0; i < slope.size(); ++i) slope[i] = (slope[i] - out.errors[i]) / step;
    out.slope.push_back(std::move(slope));
  }
  return out;
}

/// The best point of the tangent within `reach` of its own, in shares of each range.
Point best_on(const Tangent& tangent, const Point& start, double reach, double pull) {
  std::vector<Parameter> box;
  for (std::size_t p = 0; p < tangent.x.size(); ++p) {
    const double way = reach * (kFitted[p].high - kFitted[p].low);
    box.push_back({tangent.x[p], std::max(kFitted[p].low, tangent.x[p] - way),
                   std::min(kFitted[p].high, tangent.x[p] + way)});
  }
  std::vector<double> errors(tangent.errors.size());
  return refine(box, [&](const Point& x) {
    errors = tangent.errors;
    for (std::size_t p = 0; p < x.size(); ++p)
      for (std::size_t i = 0; i < errors.size(); ++i)
        errors[i] += tangent.slope[p][i] * (x[p] - tangent.x[p]);
    return mean_loss(errors) + pull_of(x, start, pull);
  });
}

}  // namespace

MeasuredSteps::MeasuredSteps(std::span<const config::MeasurementFile> files, SystemShelf& shelf) {
  for (const config::MeasurementFile& file : files)
    for (const config::Measurement& row : file.rows) {
      if (!(row.step_time_s > 0.0) && row.problem.empty()) continue;  // a figure of memory alone
      Case c = make_case(row, file, shelf);
      const std::string reason = refusal(c);
      if (reason.empty())
        cases_.push_back(std::move(c));
      else
        skipped_.push_back(row.id + ": " + reason);
    }
}

std::vector<double> MeasuredSteps::log_errors(const Calibration& fitted,
                                              std::span<const std::size_t> use,
                                              const System* system) const {
  EngineWorkspace engine;
  ProgramCache programs;
  Step step;
  std::vector<double> out;
  out.reserve(use.size());
  for (const std::size_t i : use) {
    const Case& c = cases_[i];
    Pricing pricing = c.pricing;
    pricing.calibration = fitted;
    if (system != nullptr) pricing.system = system;
    programs.clear();
    engine.forget_layers();
    lower(pricing, c.plan, programs, step);
    out.push_back(std::log(step_time(step, engine).base() / c.row->step_time_s));
  }
  return out;
}

// Errors are smooth enough in these parameters that a tangent leads most of the way; a step that
// makes the true error worse is taken back and tried shorter.
Calibration fit_steps(const MeasuredSteps& steps, std::span<const std::size_t> use,
                      const Calibration& start, double pull) {
  constexpr int kRounds = 12;
  constexpr double kEnough = 1e-5;
  const Point first = point_of(start);
  Tangent here = tangent_at(steps, use, first);
  double loss = mean_loss(here.errors);
  double reach = 0.25;
  for (int round = 0; round < kRounds && reach > 0.01; ++round) {
    const Point next = best_on(here, first, reach, pull);
    const double found = mean_loss(steps.log_errors(at(next), use)) + pull_of(next, first, pull);
    if (found < loss) {
      const bool settled = loss - found < kEnough;
      here = tangent_at(steps, use, next);
      loss = found;
      if (settled) break;
    } else {
      reach *= 0.3;
    }
  }
  return at(here.x);
}

std::vector<double> cross_validate(const MeasuredSteps& steps, const Calibration& start,
                                   const GroupOf& group_of) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < steps.size(); ++i) groups[group_of(steps.at(i))].push_back(i);
  std::vector<const std::vector<std::size_t>*> folds;
  for (const auto& [name, rows] : groups) folds.push_back(&rows);
  std::vector<double> out(steps.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t f = next++; f < folds.size(); f = next++) {
      const std::vector<std::size_t>& left_out = *folds[f];
      std::vector<std::size_t> others;
      for (std::size_t i = 0; i < steps.size(); ++i)
        if (!std::binary_search(left_out.begin(), left_out.end(), i)) others.push_back(i);
      const Calibration fitted = fit_steps(steps, others, start);
      const std::vector<double> errors = steps.log_errors(fitted, left_out);
      for (std::size_t i = 0; i < left_out.size(); ++i) out[left_out[i]] = errors[i];
    }
  };
  {
    const std::jthread second(work);
    work();
  }
  return out;
}

}  // namespace fleetcast::fit
