#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

Record figure_record(const ValidatedMemory& row) {
  const bool percent = row.kind == FigureKind::kPercent;
  return Entries{{"id", row.id},
                 {"what", row.what},
                 {percent ? "measured_pct" : "measured_gib", row.measured},
                 {percent ? "predicted_pct" : "predicted_gib", row.predicted},
                 {"error", row.error}};
}

Record fit_record(const ValidatedFit& fit) {
  return Entries{{"id", fit.id},
                 {"ran", fit.ran},
                 {"predicted_gib", fit.needed_gib},
                 {"usable_gib", fit.usable_gib},
                 {"told", fit.told()}};
}

}  // namespace

Record record_of(const MemoryValidation& memory) {
  Records rows, fits;
  for (const ValidatedMemory& row : memory.rows) rows.push_back(figure_record(row));
  for (const ValidatedFit& fit : memory.fits) fits.push_back(fit_record(fit));
  return Entries{{"rows", std::move(rows)},
                 {"peak_mape", memory.peak_mape},
                 {"parts_mape", memory.parts_mape},
                 {"peaks", memory.peaks},
                 {"parts", memory.parts},
                 {"did_not_fit", Entries{{"rows", memory.did_not_fit}, {"told", memory.told}}},
                 {"fits", std::move(fits)}};
}

}  // namespace fleetcast::report
