#include "models/cost/calibration.hpp"
#include "models/hardware/implementation.hpp"
#include "models/hardware/microarchitecture.hpp"
#include "sim/cli/commands.hpp"
#include "sim/config/scenario.hpp"
#include "sim/sweep/spec.hpp"

namespace fleetcast::cli {
namespace {

using Rows = std::vector<std::vector<report::Cell>>;

template <class T>
struct Inner {
  using type = T;
};
template <class T>
struct Inner<std::vector<T>> {
  using type = T;
};
template <class T>
struct Inner<std::optional<T>> {
  using type = T;
};

template <class Spec>
void add_keys(const std::string& folder, const std::string& path, Rows& out) {
  fields::for_each<Spec>([&](const auto& field) {
    using Member = std::remove_cvref_t<decltype(std::declval<Spec>().*(field.member))>;
    using Item = typename Inner<Member>::type;
    const std::string key = path + std::string(field.key);
    out.push_back({folder, key, field.required, std::string(field.meaning)});
    if constexpr (fields::HasList<Item>) add_keys<Item>(folder, key + ".", out);
  });
}

}  // namespace

report::Listing keys_of_files() {
  report::Listing out{"keys", {"folder", "key", "required", "meaning"}, {}, {}};
  add_keys<config::ScenarioSpec>("scenarios", "", out.rows);
  add_keys<sweep::SweepSpec>("sweeps", "", out.rows);
  add_keys<Transformer>("llms", "", out.rows);
  add_keys<Cluster>("clusters", "", out.rows);
  add_keys<Gpu>("gpus", "", out.rows);
  add_keys<Microarchitecture>("microarchitectures", "", out.rows);
  add_keys<KernelCurves>("kernels", "", out.rows);
  add_keys<Implementations>("implementations", "", out.rows);
  add_keys<Fabric>("fabrics", "", out.rows);
  add_keys<Stack>("stacks", "", out.rows);
  add_keys<CalibrationFile>("calibration.yaml", "", out.rows);
  return out;
}

}  // namespace fleetcast::cli
