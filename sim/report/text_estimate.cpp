#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/cost/schedule.hpp"
#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string fleet_text(const EstimateResult& result) {
  return whole(result.estimate.plan.gpus()) + " " + short_name(result.subject);
}

std::string section(std::string_view title, const Style& style) {
  return "\n" + bold(title, style) + "\n";
}

std::string subject(const EstimateResult& result, const Style& style) {
  const Estimate& e = result.estimate;
  const std::string precision = e.precision == nullptr ? "" : std::string(e.precision->key) + ", ";
  std::string out = wrapped(result.subject.model + " in " + precision + result.subject.stack +
                                ", " + whole(e.plan.global_batch()) + " sequences of " +
                                whole(result.subject.seq_len) + " tokens a step",
                            0, style);
  if (e.misfit.fits() && e.run.p90_step > e.run.p10_step)
    out += wrapped("Eight in ten such forecasts hold within " + duration(e.run.p10_step) + " to " +
                       duration(e.run.p90_step) + " a step",
                   0, style);
  if (!result.subject.note.empty()) out += wrapped("Note: " + result.subject.note, 0, style);
  return out;
}

std::string breakdown_text(const Timeline& timeline, const Style& style) {
  const Seconds step = timeline.step_time;
  // Four digits of the step, and as many places in its parts: they can be added up by eye.
  const int places = std::clamp(3 - static_cast<int>(std::floor(std::log10(step.base()))), 0, 9);
  const auto row = [&](std::string_view key, Seconds part, std::string_view meaning) {
    return std::vector<std::string>{std::string(key), fmt::format("{:.{}f}", part.base(), places),
                                    fmt::format("{:.1f} %", 100.0 * (part / step)),
                                    std::string(meaning)};
  };
  Rows rows;
  for (const Cost cost : costs_of(timeline.breakdown))
    rows.push_back(row(key_of(cost), timeline.breakdown[cost], meaning_of(cost)));
  rows.push_back(row("step", step, "of the busiest stage"));
  return section("Where the step goes, seconds", style) +
         render({{""}, {"", true}, {"", true}, {""}}, rows, style);
}

std::string memory_text(const Estimate& e, const Style& style) {
  if (e.memory.total() == Bytes{}) return {};
  Rows rows;
  for (const MemoryPart& part : memory_parts())
    rows.push_back({std::string(part.key), gib(e.memory.*part.bytes), std::string(part.meaning)});
  rows.push_back({"total", gib(e.memory.total()), "of " + gib(e.memory_usable) + " usable"});
  return section("Memory of the fullest GPU, GiB", style) +
         render({{""}, {"", true}, {""}}, rows, style);
}

/// Megatron-LM's flags.
std::string plan_section(const Plan& plan, const Style& style) {
  Rows rows;
  const auto add = [&](const char* flag, std::string value) {
    rows.push_back({flag, std::move(value)});
  };
  const auto add_size = [&](const char* flag, int size) {
    if (size > 1) add(flag, whole(size));
  };
  add("tensor-model-parallel-size", whole(plan.tp));
  add("pipeline-model-parallel-size", whole(plan.pp));
  add_size("num-virtual-stages-per-pipeline-rank", plan.vp);
  add_size("context-parallel-size", plan.cp);
  add_size("expert-model-parallel-size", plan.ep);
  if (plan.ep > 1) add("expert-tensor-parallel-size", whole(plan.etp));
  add("data-parallel-size", whole(plan.dp));
  add("micro-batch-size", whole(plan.micro_batch) + ", " + whole(plan.micro_batches) + " a step");
  add("global-batch-size", whole(plan.global_batch()));
  add("ZeRO", whole(plan.zero));
  add("recompute", recompute_text(plan.recompute));
  if (plan.tp > 1) add("sequence-parallel", plan.sequence_parallel ? "yes" : "no");
  if (plan.pp > 1 && plan.schedule != nullptr) add("schedule", std::string(plan.schedule->key));
  return section("Plan", style) + render({{""}, {""}}, rows, style);
}

std::string price_text(const Forecast& run) {
  return money(run.cost_low) + " to " + money(run.cost_high) + " rented; " + money(run.capital) +
         " to buy, " + money(run.owned_cost) + " of it and of electricity for this run";
}

std::string run_text(const EstimateResult& result, const Style& style) {
  const Forecast& run = result.estimate.run;
  Rows rows{{"time",
             days(run.days) + " (p10 " + days(run.p10_days) + ", p90 " + days(run.p90_days) + ")"},
            {"steps", whole(run.steps)}};
  std::string goodput = percent(run.goodput);
  if (run.interruption_mean > Seconds{})
    goodput += ", an interruption every " + duration(run.interruption_mean);
  if (run.checkpoint_interval > Seconds{})
    goodput += ", a checkpoint every " + duration(run.checkpoint_interval);
  rows.push_back({"goodput", goodput});
  rows.push_back({"GPU-hours", amount(std::round(run.gpu_hours))});
  rows.push_back({"power", power(run.power)});
  rows.push_back({"energy", energy(run.energy)});
  rows.push_back({"cost", price_text(run)});
  rows.push_back({"carbon", mass(run.carbon) + " CO2"});
  return section("Run", style) + render({{""}, {""}}, rows, style);
}

std::string remedies_text(const EstimateResult& result, const Style& style) {
  if (result.remedies.empty()) return {};
  Rows rows;
  for (const Remedy& remedy : result.remedies)
    rows.push_back(
        {remedy.change, whole(remedy.plan.gpus()) + " GPUs", gib(remedy.needed) + " GiB a GPU"});
  return section("What would make it fit", style) +
         render({{""}, {"", true}, {"", true}}, rows, style);
}

}  // namespace

std::string answer_of(const EstimateResult& result) {
  const Estimate& e = result.estimate;
  if (!e.misfit.fits()) return "Cannot run on " + fleet_text(result) + ": " + misfit_text(e.misfit);
  std::string text = duration(e.timeline.step_time) + " a step on " + fleet_text(result) + ": ";
  if (result.subject.tokens > 0)
    text += days(e.run.days) + " for " + amount(result.subject.tokens) + " tokens, ";
  return text + "MFU " + percent(e.mfu);
}

std::vector<Cost> costs_of(const Breakdown& breakdown) {
  std::vector<Cost> costs;
  for (int i = 0; i < kCostCount; ++i)
    if (breakdown[static_cast<Cost>(i)] != Seconds{}) costs.push_back(static_cast<Cost>(i));
  std::stable_sort(costs.begin(), costs.end(),
                   [&](Cost a, Cost b) { return breakdown[a] > breakdown[b]; });
  return costs;
}

std::string short_name(const Subject& subject) {
  return subject.system_name.substr(0, subject.system_name.find(','));
}

std::string plan_text(const Plan& plan) {
  std::string out = fmt::format("tp {} pp {}", plan.tp, plan.pp);
  if (plan.vp > 1) out += fmt::format(" vp {}", plan.vp);
  if (plan.cp > 1) out += fmt::format(" cp {}", plan.cp);
  if (plan.ep > 1) out += fmt::format(" ep {}", plan.ep);
  if (plan.etp > 1) out += fmt::format(" etp {}", plan.etp);
  out += fmt::format(" dp {}, {} x {} sequences", plan.dp, plan.micro_batch, plan.micro_batches);
  out += fmt::format(", zero {}", plan.zero);
  if (plan.pp > 1 && plan.schedule != nullptr) out += fmt::format(", {}", plan.schedule->key);
  if (plan.recompute != Recompute{}) out += ", recompute " + recompute_text(plan.recompute);
  return out;
}

std::string to_text(const EstimateResult& result, const Style& style) {
  const Estimate& e = result.estimate;
  const bool fits = result.estimate.misfit.fits();
  std::string out = headline(answer_of(result), style, fits ? Answer::kFine : Answer::kBad) +
                    subject(result, style);
  if (e.misfit.fits()) out += breakdown_text(e.timeline, style);
  out += memory_text(e, style) + plan_section(e.plan, style);
  if (e.misfit.fits() && result.subject.tokens > 0) out += run_text(result, style);
  return out + remedies_text(result, style);
}

}  // namespace fleetcast::report
