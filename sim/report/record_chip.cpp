#include "sim/report/record.hpp"

namespace fleetcast::report {

Records rows_of(const ChipReport& report) {
  Records out;
  for (const ChipReport::Row& row : report.rows) {
    const chip::Outcome& o = row.run.outcome;
    Entries cause;
    for (int c = 0; c < chip::kCauseCount; ++c)
      cause.push_back({std::string(chip::key_of(static_cast<chip::Cause>(c))),
                       o.cause[static_cast<std::size_t>(c)].base()});
    Entries entries{{"kernel", row.kernel},
                    {"shape", row.shape},
                    {"time_s", o.time.base()},
                    {"bound", chip::key_of(o.bound())},
                    {"efficiency", row.efficiency},
                    {"tile", chip::tile_text(row.run.tile)},
                    {"tiles", o.tiles},
                    {"waves", row.run.waves},
                    {"sm_busy", 1.0 - o[chip::Cause::kTail] / o.busy},
                    {"l2_utilisation", row.l2},
                    {"hbm_utilisation", row.hbm},
                    {"hbm_bytes", o.hbm.base()},
                    {"clock", o.clock},
                    {"power_w", (o.energy / o.busy).base()},
                    {"events", static_cast<double>(o.events)},
                    {"time_by_cause_s", std::move(cause)}};
    if (row.fitted > Seconds{}) entries.push_back({"fitted_time_s", row.fitted.base()});
    out.push_back(std::move(entries));
  }
  return out;
}

Record record_of(const ChipReport& report) {
  return Entries{{"gpu", report.gpu},
                 {"microarchitecture", report.microarchitecture},
                 {"beside_bytes_per_s", report.beside.rate.base()},
                 {"beside_sms", report.beside.sms},
                 {"kernels", rows_of(report)}};
}

}  // namespace fleetcast::report
