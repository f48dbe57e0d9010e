#include "sim/calibration/fit_steps.hpp"

#include <cmath>
#include <numeric>

#include "sim/validation/validate.hpp"
#include "tests/catch.hpp"

using namespace fleetcast;

TEST_CASE("a fit finds the numbers that measured steps were made with", "[calibration]") {
  SystemShelf shelf;
  std::vector<config::MeasurementFile> files{
      config::load_measurements(default_measurements().front())};
  const Calibration start = shelf.calibration().steps;
  Calibration truth = start;
  truth.gemm_rate = start.gemm_rate * 0.95;
  const std::vector<double> off = [&] {
    const fit::MeasuredSteps steps(files, shelf);
    std::vector<std::size_t> all(steps.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return steps.log_errors(truth, all);
  }();
  std::size_t i = 0;
  for (config::Measurement& row : files.front().rows)  // as if measured with the truth
    if (row.step_time_s > 0.0 && i < off.size()) row.step_time_s *= std::exp(off[i++]);
  const fit::MeasuredSteps steps(files, shelf);
  REQUIRE(steps.size() == off.size());
  std::vector<std::size_t> all(steps.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const Calibration found = fit::fit_steps(steps, all, start);
  CHECK(found.gemm_rate == Approx(truth.gemm_rate).epsilon(0.01));
  for (const double e : steps.log_errors(found, all)) CHECK(std::abs(e) < 0.02);
  CHECK(fit::fit_steps(steps, all, start) == found);  // and always the same ones
}
