#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

Record setup_record(const Subject& subject, const Setup& setup, double gpus) {
  return Entries{
      {"system", subject.system}, {"precision", setup.precision->key}, {"fleet_gpus", gpus}};
}

}  // namespace

Records rows_of(const WaterfallReport& report) {
  Records out;
  for (const ChangeShare& share : report.waterfall.shares)
    out.push_back(Entries{{"change", share.change->key},
                          {"title", share.change->title},
                          {"gpus_ratio", share.factor},
                          {"gpus_difference", share.gpus},
                          {"ratio_alone", share.alone},
                          {"ratio_last", share.last}});
  return out;
}

Record record_of(const WaterfallReport& report) {
  const Waterfall& w = report.waterfall;
  return Entries{{"scenario", report.from.scenario},
                 {"model", report.from.model},
                 {"deadline_s", report.deadline.base()},
                 {"from", setup_record(report.from, w.from, w.from_gpus)},
                 {"to", setup_record(report.to, w.to, w.to_gpus)},
                 {"gpus_ratio", w.ratio()},
                 {"gpus_difference", w.to_gpus - w.from_gpus},
                 {"mixtures", static_cast<double>(w.corners.size())},
                 {"changes", rows_of(report)}};
}

}  // namespace fleetcast::report
