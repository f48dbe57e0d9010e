#include <array>
#include <functional>

#include "models/base/nearest.hpp"
#include "models/cost/collective.hpp"
#include "models/cost/schedule.hpp"
#include "models/parallel/dimension.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/sweep/columns.hpp"

namespace fleetcast::cli {
namespace {

using report::Listing;

constexpr double kTera = 1e12;

template <class Spec>
Spec load_file(std::string_view folder, const std::string& name) {
  return config::load<Spec>(config::path_of(folder, {name, {}})).value;
}

Listing gpus() {
  Listing out{"gpus",
              {"gpu", "architecture", "bf16_tflops", "fp8_tflops", "fp4_tflops", "memory_gb",
               "hbm_tb_s", "tdp_w"},
              {},
              {}};
  for (const std::string& name : config::names_in("gpus")) {
    const Gpu gpu = load_file<Gpu>("gpus", name);
    out.rows.push_back({name, gpu.architecture, gpu.peak.bf16.base() / kTera,
                        gpu.peak.fp8.base() / kTera, gpu.peak.fp4.base() / kTera,
                        gpu.memory.base() / 1e9, gpu.hbm_bandwidth.base() / kTera, gpu.tdp.base()});
  }
  return out;
}

Listing clusters() {
  Listing out{"clusters", {"cluster", "name", "gpu", "ordered_by", "pre_release"}, {}, {}};
  for (const std::string& name : config::names_in("clusters")) {
    const Cluster c = load_file<Cluster>("clusters", name);
    out.rows.push_back({name, c.name, c.gpu, c.order_gpus, c.pre_release});
  }
  return out;
}

Listing llms() {
  Listing out{"llms",
              {"llm", "layers", "hidden", "experts", "total_parameters", "active_parameters"},
              {},
              {}};
  for (const std::string& name : config::names_in("llms")) {
    const Transformer model = config::load_model({name, {}}).value;
    const ParameterCount count = count_parameters(model);
    out.rows.push_back(
        {name, model.layers, model.hidden, model.experts, count.total, count.active});
  }
  return out;
}

Listing stacks() {
  Listing out{"stacks", {"stack", "release", "attention", "dispatcher", "cuda_graphs"}, {}, {}};
  for (const Stack& stack : config::all_stacks())
    out.rows.push_back(
        {stack.name, stack.release, stack.attention, stack.dispatcher, stack.cuda_graphs});
  return out;
}

Listing scenarios() {
  Listing out{"scenarios", {"scenario", "question"}, {}, {}};
  for (const std::string& name : config::names_in("scenarios"))
    out.rows.push_back({name, load_file<config::ScenarioSpec>("scenarios", name).question});
  return out;
}

Listing sweeps() {
  Listing out{"sweeps", {"sweep", "objective", "question"}, {}, {}};
  for (const std::string& name : config::names_in("sweeps")) {
    const sweep::SweepSpec spec = sweep::load_sweep(name).spec;
    out.rows.push_back({name, spec.objective, spec.question});
  }
  return out;
}

/// What a row of a sweep's results shows beside its axes.
Listing columns() {
  Listing out{"columns", {"column", "type", "unit", "meaning"}, {}, {}};
  for (const sweep::Column& column : sweep::columns_of({}))
    out.rows.push_back(
        {column.key, std::string(sweep::name_of(column.type)), column.unit, column.meaning});
  return out;
}

/// Of table rows that have a key and perhaps a meaning.
template <class Rows, class RowOf>
Listing keys(const char* title, const Rows& rows, RowOf&& row_of) {
  Listing out{title, {"key", "meaning"}, {}, {}};
  for (const auto& entry : rows) {
    const auto& row = row_of(entry);
    if constexpr (requires { row.meaning; })
      out.rows.push_back({std::string(row.key), std::string(row.meaning)});
    else
      out.rows.push_back({std::string(row.key)});
  }
  if (!out.rows.empty()) out.columns.resize(out.rows.front().size());
  return out;
}

constexpr auto kPointee = [](const auto* row) -> const auto& { return *row; };

struct Kind {
  std::string_view key;
  std::string_view meaning;
  Listing (*list)();
};

constexpr std::array<Kind, 13> kKinds{{
    {"gpus", "accelerators", gpus},
    {"clusters", "systems: nodes, networks, power, prices", clusters},
    {"llms", "models to train", llms},
    {"stacks", "software, by release", stacks},
    {"scenarios", "questions", scenarios},
    {"sweeps", "grids of what-ifs", sweeps},
    {"columns", "of a sweep's results", columns},
    {"keys", "of all files: what may stand in them", keys_of_files},
    {"precisions", "recipes", [] { return keys("precisions", precisions(), kPointee); }},
    {"schedules", "of pipelines", [] { return keys("schedules", kSchedules, kPointee); }},
    {"collectives", "algorithms", [] { return keys("collectives", kCollectives, kPointee); }},
    {"recompute", "activations computed again",
     [] { return keys("recompute", recompute_names(), std::identity{}); }},
    {"dimensions", "of parallelism", [] { return keys("dimensions", dimensions(), kPointee); }},
}};

}  // namespace

int run_list(const Arguments& arguments) {
  if (arguments.kind.empty()) {
    write(arguments, keys("kinds", kKinds, std::identity{}));
    return kFine;
  }
  std::vector<std::string_view> known;
  for (const Kind& kind : kKinds) {
    known.push_back(kind.key);
    if (kind.key != arguments.kind) continue;
    write(arguments, kind.list());
    return kFine;
  }
  throw config::ConfigError({{"command line", 1, 1, "KIND",
                              fleetcast::quoted(arguments.kind) + " is not known here" +
                                  suggestion(arguments.kind, "known", known)}});
}

}  // namespace fleetcast::cli
