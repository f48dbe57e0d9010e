#include "sim/sweep/columns.hpp"

#include "models/cost/schedule.hpp"
#include "sim/report/result.hpp"

namespace fleetcast::sweep {
namespace {

constexpr double kMegawattHour = 3.6e9;

/// When an output means something.
using When = bool (*)(const Outcome&);
bool is_planned(const Outcome& o) { return o.estimate != nullptr; }
bool runs(const Outcome& o) { return is_planned(o) && o.estimate->misfit.fits(); }
bool has_run(const Outcome& o) { return runs(o) && o.has_run; }
bool is_priced(const Outcome& o) { return is_planned(o) && o.estimate->memory_usable > Bytes{}; }

class Table {
 public:
  /// One output; its `get` asks only where `when` holds, other cells are null.
  template <class Get>
  void add(When when, const char* key, CellType type, const char* unit, std::string_view meaning,
           Get get) {
    rows_.push_back({{key, type, unit, std::string(meaning)},
                     [when, get](const Outcome& o) { return when(o) ? Cell(get(o)) : Cell{}; }});
  }

  template <class Get>
  void real(When when, const char* key, const char* unit, std::string_view meaning, Get get) {
    add(when, key, CellType::kReal, unit, meaning, [get](const Outcome& o) {
      const double number = get(*o.estimate);
      return std::isfinite(number) ? Cell(number) : Cell{};
    });
  }

  void whole(const char* key, const char* meaning, int Plan::*member) {
    add(is_planned, key, CellType::kInteger, "", meaning,
        [member](const Outcome& o) { return std::int64_t{o.estimate->plan.*member}; });
  }

  void flag(const char* key, const char* meaning, bool Plan::*member) {
    add(is_planned, key, CellType::kBoolean, "", meaning,
        [member](const Outcome& o) { return std::int64_t{o.estimate->plan.*member}; });
  }

  std::vector<Output> take() { return std::move(rows_); }

 private:
  std::vector<Output> rows_;
};

void add_subject(Table& t) {
  const auto words = [](const Outcome& o) { return std::string(o.system); };
  t.add(is_planned, "system", CellType::kText, "", "file of configs/clusters", words);
  t.add(is_planned, "precision", CellType::kText, "", "recipe",
        [](const Outcome& o) { return std::string(o.precision); });
  t.add(is_planned, "gpus", CellType::kInteger, "", "of the job",
        [](const Outcome& o) { return std::int64_t{o.estimate->plan.gpus()}; });
  t.real(is_planned, "fleet_gpus", "", "bought or rented: whole nodes or domains",
         [](const Estimate& e) { return e.fleet_gpus; });
}

void add_speed(Table& t) {
  t.real(runs, "step_time_s", "s", "one training step",
         [](const Estimate& e) { return e.timeline.step_time.base(); });
  t.real(runs, "p10_step_time_s", "s", "one in ten forecasts is shorter",
         [](const Estimate& e) { return e.run.p10_step.base(); });
  t.real(runs, "p90_step_time_s", "s", "one in ten forecasts is longer",
         [](const Estimate& e) { return e.run.p90_step.base(); });
  t.real(runs, "tokens_per_s_per_gpu", "1/s", "trained on by each GPU",
         [](const Estimate& e) { return e.tokens_per_s_per_gpu; });
  t.real(runs, "model_tflops_per_gpu", "TFLOP/s", "model FLOPs, recomputing left out",
         [](const Estimate& e) { return e.model_flops_per_gpu.base() / 1e12; });
  t.real(runs, "mfu", "", "model FLOPs over the dense peak of the recipe",
         [](const Estimate& e) { return e.mfu; });
  t.real(runs, "mfu_bf16", "", "the same over the bf16 peak",
         [](const Estimate& e) { return e.mfu_bf16; });
}

void add_memory(Table& t) {
  t.real(is_priced, "memory_gib_total", "GiB", "of the fullest GPU",
         [](const Estimate& e) { return e.memory.total() / kGiB; });
  t.real(is_priced, "memory_gib_usable", "GiB", "of a GPU",
         [](const Estimate& e) { return e.memory_usable / kGiB; });
  for (const report::MemoryPart& part : report::memory_parts())
    t.real(is_priced, ("memory_gib_" + std::string(part.key)).c_str(), "GiB", part.meaning,
           [bytes = part.bytes](const Estimate& e) { return e.memory.*bytes / kGiB; });
}

void add_breakdown(Table& t) {
  for (int i = 0; i < kCostCount; ++i) {
    const auto cost = static_cast<Cost>(i);
    t.real(runs, ("breakdown_s_" + std::string(key_of(cost))).c_str(), "s", meaning_of(cost),
           [cost](const Estimate& e) { return e.timeline.breakdown[cost].base(); });
  }
}

void add_plan(Table& t) {
  t.whole("plan_tp", "tensor parallel", &Plan::tp);
  t.whole("plan_cp", "context parallel", &Plan::cp);
  t.whole("plan_pp", "pipeline parallel", &Plan::pp);
  t.whole("plan_vp", "virtual pipeline chunks of a stage", &Plan::vp);
  t.whole("plan_ep", "expert parallel", &Plan::ep);
  t.whole("plan_etp", "tensor parallel inside an expert", &Plan::etp);
  t.whole("plan_dp", "data parallel", &Plan::dp);
  t.whole("plan_micro_batch", "sequences", &Plan::micro_batch);
  t.whole("plan_micro_batches", "a step, per data-parallel rank", &Plan::micro_batches);
  t.add(is_planned, "plan_global_batch", CellType::kInteger, "", "sequences of a step",
        [](const Outcome& o) { return std::int64_t{o.estimate->plan.global_batch()}; });
  t.whole("plan_zero", "sharded states: 1 optimizer, 2 + gradients, 3 + weights", &Plan::zero);
  t.whole("plan_shard_group", "ranks that share one copy of them; 0: all", &Plan::shard_group);
  t.add(is_planned, "plan_recompute", CellType::kText, "", "activations computed again",
        [](const Outcome& o) { return report::recompute_text(o.estimate->plan.recompute); });
  t.add(is_planned, "plan_schedule", CellType::kText, "", "pipeline schedule",
        [](const Outcome& o) {
          const Schedule* schedule = o.estimate->plan.schedule;
          return schedule == nullptr ? Cell{} : Cell(std::string(schedule->key));
        });
  t.flag("plan_sequence_parallel", "ranks divide the sequence outside of the linears",
         &Plan::sequence_parallel);
  t.flag("plan_ep_overlap", "expert all-to-all under another micro-batch's compute",
         &Plan::ep_overlap);
}

void add_run(Table& t) {
  const auto add = [&](const char* key, const char* unit, const char* meaning, auto get) {
    t.real(has_run, key, unit, meaning, [get](const Estimate& e) { return get(e.run); });
  };
  using F = const Forecast&;
  add("run_days", "days", "expected", [](F r) { return r.days; });
  add("run_p10_days", "days", "one in ten forecasts is shorter", [](F r) { return r.p10_days; });
  add("run_p90_days", "days", "one in ten forecasts is longer", [](F r) { return r.p90_days; });
  add("run_steps", "", "of the whole run", [](F r) { return r.steps; });
  add("run_goodput", "", "share of time that ends up in the model", [](F r) { return r.goodput; });
  add("run_interruptions", "", "expected", [](F r) { return r.interruptions; });
  add("run_interruption_mean_s", "s", "between interruptions; 0: nothing fails",
      [](F r) { return r.interruption_mean.base(); });
  add("run_checkpoint_interval_s", "s", "Young/Daly optimum",
      [](F r) { return r.checkpoint_interval.base(); });
  add("run_gpu_hours", "h", "GPU hours", [](F r) { return r.gpu_hours; });
  add("run_energy_mwh", "MWh", "of the facility",
      [](F r) { return r.energy.base() / kMegawattHour; });
  add("run_power_mw", "MW", "mean, of the facility", [](F r) { return r.power.base() / 1e6; });
  add("run_cost_usd", "USD", "rental, middle of the range", [](F r) { return r.cost.base(); });
  add("run_cost_low_usd", "USD", "rental, low end", [](F r) { return r.cost_low.base(); });
  add("run_cost_high_usd", "USD", "rental, high end", [](F r) { return r.cost_high.base(); });
  add("run_capital_usd", "USD", "purchase of the fleet", [](F r) { return r.capital.base(); });
  add("run_owned_cost_usd", "USD", "purchase written off, and electricity",
      [](F r) { return r.owned_cost.base(); });
  add("run_electricity_usd", "USD", "of this run", [](F r) { return r.electricity.base(); });
  add("run_carbon_t", "t", "CO2 of this run", [](F r) { return r.carbon.base() / 1e6; });
}

void add_search(Table& t) {
  const When searched = [](const Outcome& o) { return o.search != nullptr; };
  const When sized = [](const Outcome& o) { return o.fleet != nullptr; };
  const auto count = [&](When when, const char* key, const char* meaning, auto get) {
    t.add(when, key, CellType::kInteger, "", meaning,
          [get](const Outcome& o) { return std::int64_t{get(o)}; });
  };
  count(searched, "space_plans", "search: plans of the space",
        [](const Outcome& o) { return o.search->plans; });
  count(searched, "space_priced", "search: whose schedules were played",
        [](const Outcome& o) { return o.search->priced; });
  count(searched, "space_pruned", "search: that a bound shows to be no better",
        [](const Outcome& o) { return o.search->pruned; });
  t.add(searched, "space_proven_optimal", CellType::kBoolean, "", "search: the best of the space",
        [](const Outcome& o) { return std::int64_t{o.search->proven_optimal}; });
  const auto gpus = [&](const char* key, const char* meaning, double Fleet::*member) {
    t.add(sized, key, CellType::kReal, "", meaning,
          [member](const Outcome& o) { return o.fleet->*member; });
  };
  gpus("p10_gpus", "plan: that do when steps are as short as one in ten forecasts",
       &Fleet::p10_gpus);
  gpus("p90_gpus", "plan: that do when steps are as long as one in ten forecasts",
       &Fleet::p90_gpus);
}

std::vector<Output> all_outputs() {
  Table table;
  add_subject(table);
  add_speed(table);
  add_memory(table);
  add_breakdown(table);
  add_plan(table);
  add_run(table);
  add_search(table);
  return table.take();
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

std::vector<Column> columns_of(const std::vector<Axis>& axes) {
  std::vector<Column> out;
  for (const Axis& axis : axes) out.push_back(axis.column);
  out.push_back({"status", CellType::kText, "", "ok, or the key of the reason why not"});
  out.push_back({"reason", CellType::kText, "", "why not"});
  for (const Output& output : outputs()) out.push_back(output.column);
  return out;
}

}  // namespace fleetcast::sweep
