#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

/// Null where the plan does not run.
Record ratio_of(const Reply& reply, const Sensitivities& s) {
  return reply.misfit.fits() ? Record(reply.time / s.time) : Record();
}

Records kernels_of(const Sensitivities& s) {
  Records out;
  for (const KernelRoof& k : s.kernels)
    out.push_back(Entries{{"kernel", k.name},
                          {"bound", key_of(k.bound)},
                          {"step_share", k.time / s.estimate.timeline.step_time},
                          {"count", k.count},
                          {"time_s", k.time.base()},
                          {"flops", k.work.base()},
                          {"hbm_bytes", k.traffic.base()},
                          {"flops_per_byte", k.intensity.base()},
                          {"ridge_flops_per_byte", k.ridge.base()},
                          {"reached", k.reached}});
  return out;
}

}  // namespace

Records rows_of(const SensitivityReport& report) {
  const Sensitivities& s = report.sensitivities;
  Records out;
  for (const Sensitivity& row : s.rows)
    out.push_back(Entries{{"parameter", row.parameter->key},
                          {"title", row.parameter->title},
                          {"time_ratio_less", ratio_of(row.less, s)},
                          {"time_ratio_more", ratio_of(row.more, s)}});
  return out;
}

Record record_of(const SensitivityReport& report) {
  const Sensitivities& s = report.sensitivities;
  Records claims;
  for (const ClaimCheck& claim : report.claims) claims.push_back(record_of(claim));
  return Entries{{"scenario", report.subject.scenario},
                 {"model", report.subject.model},
                 {"system", report.subject.system},
                 {"plan", record_of(s.chosen.plan)},
                 {"change", s.change},
                 {s.of_run ? "run_s" : "step_time_s", s.time.base()},
                 {"parameters", rows_of(report)},
                 {"kernels", kernels_of(s)},
                 {"claims", std::move(claims)}};
}

Record record_of(const BreakEven& report) {
  const auto at = [](const BreakEven::At& a) {
    return Entries{{"value", a.value}, {"metric", a.metric ? Record(*a.metric) : Record()}};
  };
  return Entries{{"field", report.field},
                 {"metric", report.metric},
                 {"condition", report.condition},
                 {"holds_now", report.holds_now},
                 {"present", at(report.present)},
                 {"break_even", at(report.there)},
                 {"ratio_to_present", report.factor}};
}

Records rows_of(const BreakEven& report) { return {record_of(report)}; }

}  // namespace fleetcast::report
