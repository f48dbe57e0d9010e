#pragma once

// Validated rows with errors that are easy to sum up: each took 10 s.

#include <string>
#include <utility>
#include <vector>

#include "sim/validation/validate.hpp"

namespace fleetcast {

struct ToyRow {
  std::string id;
  double error = 0;
  std::string system = "toy-a", model = "toy 1b", stack = "toy 1";
  std::vector<std::pair<Cost, double>> shares = {};  ///< of our step; the rest is GEMMs
};

inline ValidatedRow toy_row(const ToyRow& toy) {
  ValidatedRow row;
  row.id = toy.id;
  row.source = "nobody";
  row.system = toy.system;
  row.precision = "bf16";
  row.model = toy.model;
  row.stack = toy.stack;
  row.gpus = 8;
  row.measured_s = 10;
  row.predicted_s = 10 * (1 + toy.error);
  row.error = toy.error;
  double gemm = 1;
  for (const auto& [cost, share] : toy.shares) {
    row.breakdown[cost] = Seconds{share * row.predicted_s};
    gemm -= share;
  }
  row.breakdown[Cost::kGemm] = Seconds{gemm * row.predicted_s};
  return row;
}

inline Validation toy_validation(const std::vector<ToyRow>& rows) {
  Validation out;
  for (const ToyRow& row : rows) out.rows.push_back(toy_row(row));
  sum_up(out);
  return out;
}

}  // namespace fleetcast
