#include <array>
#include <map>

#include "models/base/nearest.hpp"
#include "models/hardware/microarchitecture.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"
#include "sim/config/echo.hpp"
#include "sim/report/number.hpp"

namespace fleetcast::cli {
namespace {

using report::Listing;

Listing empty_listing() { return {"fields", {"field", "value", "source", "meaning"}, {}, {}}; }

template <class Spec>
void add_fields(Listing& out, const std::string& prefix, const Spec& spec,
                const config::Sources& sources) {
  for (const config::EchoLine& line : config::echo_lines(spec, sources)) {
    std::string source = line.source;
    if (line.assumption && source != "assumption")
      source += source.empty() ? "assumption" : " (assumption)";
    out.rows.push_back({prefix + line.path, line.value, source, line.meaning});
  }
}

void add_sources(Listing& out, const config::SourceTexts& texts) {
  for (const auto& [name, text] : texts) out.sources.emplace_back(name, text);
}

template <class Spec>
Listing show_file(std::string_view folder, const Arguments& arguments) {
  const auto loaded =
      config::load<Spec>(config::path_of(folder, {arguments.name, {}}), arguments.sets);
  Listing out = empty_listing();
  add_fields(out, "", loaded.value, loaded.sources);
  add_sources(out, loaded.source_texts);
  return out;
}

/// What follows from a model's shape.
void add_counts(Listing& out, const Transformer& model, double seq_len) {
  const ParameterCount count = count_parameters(model);
  const auto add = [&](const char* field, std::string value, std::string meaning) {
    out.rows.push_back({field, std::move(value), "", std::move(meaning)});
  };
  add("total_parameters", report::amount(count.total), "all weights");
  add("active_parameters", report::amount(count.active),
      "weights that one token meets, without the embedding look-up");
  add("flops_per_token", to_text(training_flops_per_token(model, seq_len, {})),
      "to train on one token at " + report::whole(seq_len) +
          " tokens a sequence: causal attention counted half, logits counted");
}

constexpr double kUsualLength = 8192;

Listing show_llm(const Arguments& arguments) {
  config::Overrides overrides;
  overrides.model = arguments.sets;
  const auto loaded = config::load_model({arguments.name, {}}, overrides);
  Listing out = empty_listing();
  add_fields(out, "", loaded.value, loaded.sources);
  add_counts(out, loaded.value, kUsualLength);
  add_sources(out, loaded.source_texts);
  return out;
}

Listing show_stack(const Arguments& arguments) {
  const std::string& name = arguments.name;
  const bool is_file = name.find('/') != std::string::npos || name.ends_with(".yaml");
  if (is_file) return show_file<Stack>("stacks", arguments);
  for (const Stack& stack : config::all_stacks()) {
    if (name != stack.name + " " + stack.release && name != stack.name + "-" + stack.release)
      continue;
    Arguments found = arguments;
    found.name = stack.name + "-" + stack.release;
    return show_file<Stack>("stacks", found);
  }
  return show_file<Stack>("stacks", arguments);
}

Listing show_scenario(const Arguments& arguments) {
  const config::Scenario scenario = load_scenario(arguments);
  Listing out = empty_listing();
  add_fields(out, "", scenario.spec, scenario.sources);
  add_fields(out, "model.", scenario.model, {});
  add_counts(out, scenario.model, scenario.spec.training.seq_len);
  add_fields(out, "stack.", scenario.stack, {});
  add_sources(out, scenario.source_texts);
  return out;
}

struct Kind {
  std::string_view key;
  Listing (*show)(const Arguments& arguments);
};

constexpr std::array<Kind, 8> kKinds{{
    {"gpu", [](const Arguments& a) { return show_file<Gpu>("gpus", a); }},
    {"microarchitecture",
     [](const Arguments& a) { return show_file<Microarchitecture>("microarchitectures", a); }},
    {"cluster", [](const Arguments& a) { return show_file<Cluster>("clusters", a); }},
    {"llm", show_llm},
    {"stack", show_stack},
    {"kernels", [](const Arguments& a) { return show_file<KernelCurves>("kernels", a); }},
    {"fabric", [](const Arguments& a) { return show_file<Fabric>("fabrics", a); }},
    {"scenario", show_scenario},
}};

[[noreturn]] void refuse(const char* key, std::string what) {
  throw config::ConfigError({{"command line", 1, 1, key, std::move(what)}});
}

/// "gpus" is "gpu".
bool is_kind(std::string_view word, std::string_view key) {
  return word == key || (word.ends_with('s') && word.substr(0, word.size() - 1) == key);
}

}  // namespace

int run_show(const Arguments& arguments) {
  std::vector<std::string_view> known;
  for (const Kind& kind : kKinds) {
    known.push_back(kind.key);
    if (!is_kind(arguments.kind, kind.key)) continue;
    if (arguments.name.empty())
      refuse("NAME", "is missing, such as in `fleetcast show gpu h100-sxm`");
    Arguments scenario = arguments;
    scenario.scenario = arguments.name;
    write(arguments, kind.show(scenario));
    return kFine;
  }
  if (!arguments.name.empty() || !arguments.kind.ends_with(".yaml"))
    refuse("KIND", fleetcast::quoted(arguments.kind) + " is not known here" +
                       suggestion(arguments.kind, "known", known));
  Arguments scenario = arguments;
  scenario.scenario = arguments.kind;
  write(arguments, show_scenario(scenario));
  return kFine;
}

}  // namespace fleetcast::cli
