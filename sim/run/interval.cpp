#include "sim/run/interval.hpp"

#include <algorithm>
#include <cmath>

namespace fleetcast {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

double doublings_beyond(const ErrorModel& errors, double gpus) {
  return errors.largest_gpus > 0.0 ? std::max(0.0, std::log2(gpus / errors.largest_gpus)) : 0.0;
}

}  // namespace

Footing footing_of(const ErrorModel& errors, bool is_moe, const std::string& system,
                   const std::string& stack, bool own_kernels, double gpus) {
  return {is_moe, holds(errors.systems, system), holds(errors.stacks, stack), own_kernels, gpus};
}

ErrorInterval interval_of(const ErrorModel& errors, const Footing& footing) {
  const ErrorInterval& base = footing.is_moe ? errors.moe : errors.dense;
  const double low = std::log(base.p10), high = std::log(base.p90);
  double squares = std::pow(0.5 * (high - low), 2.0);
  const auto add = [&](double half_width) { squares += half_width * half_width; };
  if (!footing.known_system) add(errors.new_system);
  if (!footing.known_stack) add(errors.new_stack);
  if (!footing.own_kernels) add(errors.borrowed_kernels);
  add(errors.scale * doublings_beyond(errors, footing.gpus));
  const double middle = 0.5 * (low + high), half = std::sqrt(squares);
  return {std::exp(middle - half), std::exp(middle + half)};
}

std::vector<std::string> doubts_of(const ErrorModel& errors, const Footing& footing) {
  std::vector<std::string> out;
  if (!footing.known_system && errors.new_system > 0.0)
    out.push_back("no published run on this system");
  if (!footing.known_stack && errors.new_stack > 0.0) out.push_back("none on this software");
  if (!footing.own_kernels && errors.borrowed_kernels > 0.0)
    out.push_back("kernels not measured on this chip");
  if (errors.scale * doublings_beyond(errors, footing.gpus) > 0.0)
    out.push_back("more GPUs than the largest published run");
  return out;
}

}  // namespace fleetcast
