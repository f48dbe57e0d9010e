#include "sim/sweep/inputs.hpp"

#include <algorithm>

#include "sim/sweep/prepare.hpp"

namespace fleetcast::sweep {
namespace {

template <class Spec>
Hash content_of(const Spec& spec) {
  return hash_of(config::to_yaml(spec));
}

std::string text_of(const System& system) {
  std::string out = config::to_yaml(system.cluster) + config::to_yaml(system.gpu) +
                    config::to_yaml(system.curves);
  for (const Fabric& fabric : system.fabrics) out += config::to_yaml(fabric);
  return out;
}

void append(Inputs& in, const std::string& title, const std::string& yaml) {
  in.echo += "--- # " + title + "\n" + yaml;
}

/// Hashes of all that points share, and the text of it.
void echo_all(Inputs& in) {
  const std::string scenario = config::to_yaml(in.scenario.spec);
  const std::string calibration = config::to_yaml(in.calibration.spec);
  append(in, "scenario", scenario);
  for (auto& model : in.models) {
    model.content = content_of(model.spec);
    append(in, "model " + model.spec.name, config::to_yaml(model.spec));
  }
  for (auto& stack : in.stacks) {
    stack.content = content_of(stack.spec);
    append(in, "stack " + stack.spec.name + " " + stack.spec.release, config::to_yaml(stack.spec));
  }
  for (SystemSource& system : in.systems) {
    const std::string text = text_of(system.loaded.system);
    system.content = hash_of(text);
    append(in, "system " + system.loaded.system.cluster.name, text);
  }
  append(in, "calibration", calibration);
  in.common = hash_of(std::string(model_version()) + "\n" + in.file.spec.objective + "\n" +
                      scenario + calibration);
}

}  // namespace

std::size_t Inputs::system_choice(const std::vector<std::uint32_t>& values) const {
  std::size_t out = 0;
  for (std::size_t i = 0; i < system_axes.size(); ++i)
    out += std::size_t{system_strides[i]} * values[system_axes[i]];
  return out;
}

bool Inputs::admits(const std::vector<std::uint32_t>& values) const {
  return std::all_of(filters.begin(), filters.end(),
                     [&](const Filter& filter) { return filter.admits(values); });
}

Inputs prepare(const std::string& sweep, std::span<const std::string> sets) {
  Inputs in = Preparation(sweep, sets).run();
  echo_all(in);
  return in;
}

}  // namespace fleetcast::sweep
