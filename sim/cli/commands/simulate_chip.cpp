#include <algorithm>
#include <limits>

#include "models/base/quantity_text.hpp"
#include "sim/cli/commands/kernel_text.hpp"
#include "sim/cli/commands/simulate.hpp"
#include "sim/cli/output.hpp"
#include "sim/config/fixed_plan.hpp"
#include "sim/config/library.hpp"
#include "sim/engine/chip/layer_kernels.hpp"
#include "sim/plan/pricing.hpp"

namespace fleetcast::cli {
namespace {

// Training runs a kernel again and again, between others that leave L2 to their own operands.
constexpr chip::Repeats kTraining{std::numeric_limits<double>::infinity()};
// NCCL's channels on Hopper: 16 to 24; DeepEP takes 20. Ours is the least of these.
constexpr int kBesideSms = 16;

std::vector<chip::LayerKernel> layer_kernels(const config::Scenario& scenario) {
  const config::FixedPlan fixed = config::fixed_plan(scenario);
  const System& system = scenario.systems.front().system;
  const Pricing pricing =
      pricing_of(scenario, system, *scenario.spec.precisions.front(), fixed.global_batch);
  ProgramCache cache;
  const Layout& layout = cache.find_or_cut(pricing, fixed.plan);
  std::vector<chip::LayerKernel> out;
  for (int kind = 0; kind < kLayerKindCount; ++kind) {
    if (!layout.uses[static_cast<std::size_t>(kind)]) continue;
    for (chip::LayerKernel& kernel :
         chip::kernels_of(static_cast<LayerKind>(kind), pricing, fixed.plan))
      out.push_back(std::move(kernel));
  }
  return out;
}

Dtype format_of(const chip::Problem& problem) {
  if (const auto* gemm = std::get_if<chip::GemmProblem>(&problem)) return gemm->in;
  if (const auto* attention = std::get_if<chip::AttentionProblem>(&problem)) return attention->in;
  return Dtype::kFp32;
}

struct Asked {
  std::vector<chip::LayerKernel> kernels;
  chip::Conditions conditions;
};

/// What --kernel and --beside ask for. Throws: config::ConfigError with all that is wrong.
Asked asked_of(const Arguments& arguments, const chip::ChipSpec& spec) {
  Asked out;
  std::vector<config::Problem> problems;
  const auto complain = [&](const char* key, std::string what) {
    problems.push_back({"command line", 1, 1, key, std::move(what)});
  };
  for (const std::string& text : arguments.one_kernel) {
    const chip::Problem problem = parse_kernel(text, problems);
    if (!std::holds_alternative<Bytes>(problem) && !spec.runs(format_of(problem)))
      complain("--kernel", fleetcast::quoted(text) + ": this chip does not run its format");
    out.kernels.push_back({text.substr(0, text.find(':')), problem, {}});
  }
  out.conditions.systemc = true;
  out.conditions.beside.sms = arguments.beside_sms < 0 ? kBesideSms : arguments.beside_sms;
  if (!arguments.beside.empty()) {
    const auto rate = parse_quantity<BytesPerSecond>(arguments.beside);
    if (!rate.ok() || rate.value <= BytesPerSecond{})
      complain("--beside", rate.ok() ? "is not more than 0" : rate.error);
    out.conditions.beside.rate = rate.value;
    if (out.conditions.beside.sms < 1 || out.conditions.beside.sms >= spec.sms)
      complain("--beside-sms", "is not from 1 to " + std::to_string(spec.sms - 1));
  } else if (arguments.beside_sms >= 0) {
    complain("--beside-sms", "goes with --beside");
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  return out;
}

report::ChipReport::Row row_of(const chip::LayerKernel& kernel, const chip::ChipSpec& spec,
                               const chip::Conditions& conditions) {
  report::ChipReport::Row row{.kernel = kernel.name,
                              .shape = chip::text_of(kernel.problem),
                              .run = chip::run_kernel(kernel.problem, spec, conditions, kTraining),
                              .fitted = kernel.fitted};
  const chip::Outcome& o = row.run.outcome;
  const bool multiplies = !std::holds_alternative<Bytes>(kernel.problem);
  row.l2 = o.l2 / (spec.l2 * o.busy);
  row.hbm = o.hbm / (spec.hbm * o.busy);
  row.efficiency = multiplies ? o[chip::Cause::kTensor] / o.time : row.hbm * (o.busy / o.time);
  return row;
}

chip::ChipSpec spec_of(const config::Scenario& scenario) {
  const Gpu& gpu = scenario.systems.front().system.gpu;
  if (gpu.microarchitecture.empty())
    throw config::ConfigError({{"configs/gpus", 1, 1, "microarchitecture",
                                "is missing for " + gpu.name +
                                    ": name a file of configs/microarchitectures, there or by "
                                    "--set gpu.microarchitecture=NAME"}});
  return chip::make_spec(gpu, config::load_microarchitecture({gpu.microarchitecture, {}}));
}

}  // namespace

int simulate_chip(const Arguments& arguments, const config::Scenario& scenario) {
  const Gpu& gpu = scenario.systems.front().system.gpu;
  const chip::ChipSpec spec = spec_of(scenario);
  Asked asked = asked_of(arguments, spec);
  if (asked.kernels.empty()) asked.kernels = layer_kernels(scenario);
  report::ChipReport report{gpu.name, spec.made.name, asked.conditions.beside, {}};
  if (arguments.beside.empty()) report.beside.sms = 0;
  for (const chip::LayerKernel& kernel : asked.kernels)
    report.rows.push_back(row_of(kernel, spec, asked.conditions));
  write(arguments, report);
  return kFine;
}

}  // namespace fleetcast::cli
