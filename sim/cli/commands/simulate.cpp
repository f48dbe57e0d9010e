#include "sim/cli/commands/simulate.hpp"

#include <array>
#include <vector>

#include "models/base/nearest.hpp"
#include "sim/cli/subject.hpp"
#include "sim/config/problem.hpp"

namespace fleetcast::cli {
namespace {

struct Scale {
  std::string_view key;
  int (*simulate)(const Arguments& arguments, const config::Scenario& scenario);
};
constexpr std::array<Scale, 3> kScales{
    {{"chip", simulate_chip}, {"step", simulate_step}, {"run", simulate_run}}};

const Scale& scale_of(const std::string& key) {
  std::vector<std::string_view> keys;
  for (const Scale& scale : kScales) {
    if (scale.key == key) return scale;
    keys.push_back(scale.key);
  }
  throw config::ConfigError(
      {{"command line", 1, 1, "--scale",
        fleetcast::quoted(key) + " is not known here" + suggestion(key, "known", keys)}});
}

}  // namespace

int run_simulate(const Arguments& arguments) {
  const Scale& scale = scale_of(arguments.scale);
  return scale.simulate(arguments, load_scenario(arguments));
}

}  // namespace fleetcast::cli
