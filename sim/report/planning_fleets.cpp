// What meets the deadline: fleets, claims, days against GPUs, power and cost.

#include <fmt/format.h>

#include "sim/report/number.hpp"
#include "sim/report/planning.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

TextTable fleets_table(const FleetReport& report) {
  TextTable out{"Smallest fleets that end within " + days(report.deadline / kDay) +
                    "; from p10 to p90 GPUs eight in ten forecasts hold",
                fleet_columns(),
                {}};
  out.columns.insert(out.columns.begin(), {{"system"}, {"precision"}});
  out.columns.push_back({"plan"});
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i) {
    const Fleet& f = report.answer.fleets[i];
    std::vector<std::string> row = fleet_cells(f);
    row.insert(row.begin(), {short_name(report.subjects[i]), std::string(f.precision->key)});
    row.push_back(f.feasible ? plan_text(f.estimate.plan) : f.why_not);
    out.rows.push_back(std::move(row));
  }
  return out;
}

/// Fleets by other amounts of training.
TextTable tokens_table(const FleetReport& report) {
  TextTable out{"GPUs, by tokens", {{"system"}, {"precision"}}, {}};
  for (const OtherJob& job : report.answer.tokens)
    out.columns.push_back({amount(job.tokens), true});
  for (const OtherJob& job : report.answer.deadlines)
    out.columns.push_back({days(job.deadline / kDay), true});
  if (!report.answer.deadlines.empty()) out.caption += " and by deadline";
  for (std::size_t i = 0; i < report.answer.fleets.size(); ++i) {
    if (!report.answer.fleets[i].feasible) continue;
    std::vector<std::string> row{short_name(report.subjects[i]),
                                 std::string(report.answer.fleets[i].precision->key)};
    for (const auto* jobs : {&report.answer.tokens, &report.answer.deadlines})
      for (const OtherJob& job : *jobs)
        row.push_back(job.gpus[i] > 0 ? whole(job.gpus[i]) : "none");
    out.rows.push_back(std::move(row));
  }
  return out;
}

Record curve_record(const FleetReport& report, std::size_t fleet) {
  Records points;
  for (const FleetPoint& p : report.answer.fleets[fleet].curve)
    if (p.days > 0) {
      const Forecast& run = p.estimate.run;
      points.push_back(Entries{
          {"gpus", p.gpus}, {"days", run.days}, {"p10", run.p10_days}, {"p90", run.p90_days}});
    }
  return Entries{{"name", short_name(report.subjects[fleet]) + ", " +
                              std::string(report.answer.fleets[fleet].precision->key)},
                 {"points", std::move(points)}};
}

TextTable curve_table(const FleetReport& report, const std::vector<std::size_t>& shown) {
  TextTable out{"Fleets at their best plan",
                {{"system"},
                 {"precision"},
                 {"GPUs", true},
                 {"days", true},
                 {"p10", true},
                 {"p90", true},
                 {"power", true},
                 {"rental", true}},
                {}};
  for (const std::size_t i : shown)
    for (const FleetPoint& p : report.answer.fleets[i].curve) {
      if (p.days <= 0) continue;
      const Forecast& run = p.estimate.run;
      out.rows.push_back({short_name(report.subjects[i]),
                          std::string(report.answer.fleets[i].precision->key), whole(p.gpus),
                          three_digits(run.days), three_digits(run.p10_days),
                          three_digits(run.p90_days), power(run.power), money(run.cost)});
    }
  return out;
}

std::vector<std::string> cost_row(const std::string& name, const Forecast& run) {
  return {name,
          power(run.power),
          energy(run.energy),
          money(run.cost_low) + " to " + money(run.cost_high),
          money(run.capital),
          money(run.owned_cost),
          money(run.electricity),
          mass(run.carbon)};
}

Record cost_record(const std::string& name, const Forecast& run) {
  return Entries{{"name", name},
                 {"power_mw", run.power.base() / 1e6},
                 {"low_usd", run.cost_low.base()},
                 {"high_usd", run.cost_high.base()},
                 {"cost_usd", run.cost.base()},
                 {"owned_usd", run.owned_cost.base()}};
}

}  // namespace

Section fleets_section(const Planning& planning) {
  Section out{"fleets", "Fleets", {}};
  if (!planning.fleets) return out;
  const FleetReport& report = *planning.fleets;
  out.blocks.push_back(fleets_table(report));
  for (const ClaimCheck& claim : report.claims)
    out.blocks.push_back(Paragraph{"Claimed for " + claim_text(claim)});
  out.blocks.push_back(tokens_table(report));
  return out;
}

Section days_section(const Planning& planning) {
  Section out{"days", "Days against GPUs", {}};
  if (!planning.fleets) return out;
  const FleetReport& report = *planning.fleets;
  Records series;
  for (const std::size_t i : planning.shown) series.push_back(curve_record(report, i));
  out.blocks.push_back(Chart{
      "days", "Days to train, by GPUs",
      "Each fleet size with the plan that ends soonest on it. Bands hold eight in ten forecasts; "
      "the dashed line is the deadline of " +
          days(report.deadline / kDay) + ".",
      Entries{{"deadline", report.deadline / kDay}, {"series", std::move(series)}},
      curve_table(report, planning.shown)});
  return out;
}

Section cost_section(const Planning& planning) {
  Section out{"cost", "Power and cost", {}};
  TextTable table{"Of the whole run",
                  {{"fleet"},
                   {"power", true},
                   {"energy", true},
                   {"rental", true},
                   {"purchase", true},
                   {"own use", true},
                   {"electricity", true},
                   {"CO2", true}},
                  {}};
  Records bars;
  const auto add = [&](const std::string& name, const Forecast& run) {
    table.rows.push_back(cost_row(name, run));
    bars.push_back(cost_record(name, run));
  };
  if (planning.fleets) {
    const std::vector<Fleet>& fleets = planning.fleets->answer.fleets;
    for (std::size_t i = 0; i < fleets.size(); ++i)
      if (fleets[i].feasible) add(fleet_name(*planning.fleets, i), fleets[i].estimate.run);
  } else if (planning.subject.tokens > 0) {
    for (const CloseUp& c : planning.close_ups)
      add(name_of(c), c.profile.sensitivities.estimate.run);
  }
  if (table.rows.empty()) return out;
  out.blocks.push_back(Chart{"cost", "Rental and power",
                             "Rental from the lowest to the highest price known of each system, "
                             "the dot halfway; power is the "
                             "facility's mean. Own use, in the table: the purchase written off "
                             "over its lifetime for as long as "
                             "the run takes, and electricity.",
                             Entries{{"fleets", std::move(bars)}}, std::move(table)});
  return out;
}

}  // namespace fleetcast::report
