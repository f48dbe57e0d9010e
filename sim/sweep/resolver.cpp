#include "sim/sweep/resolver.hpp"

namespace fleetcast::sweep {

Resolver::Resolver(const Inputs& inputs)
    : inputs_(inputs),
      scenario_(inputs.base),
      values_(inputs.axes.size()),
      before_(inputs.axes.size()) {}

/// Sets what moved, or all; whether there was anything to set.
template <class Spec>
bool Resolver::apply(const MovedBy<Spec>& axes, bool all, Spec& spec) const {
  bool any = false;
  for (const Moved<Spec>& moved : axes) {
    const std::uint32_t value = values_[moved.axis];
    if (!all && value == before_[moved.axis]) continue;
    moved.setter.set(value, spec);
    any = true;
  }
  return any;
}

/// The spec of one of several files, moved by its axes; whether it changed.
template <class Spec>
bool Resolver::follow(const std::vector<Source<Spec>>& sources, std::size_t choice,
                      std::size_t& now, Spec& spec) const {
  const bool is_other = is_first_ || choice != now;
  now = choice;
  if (is_other) spec = sources[choice].spec;
  return apply(sources[choice].axes, is_other, spec) || is_other;
}

void Resolver::move_to(PointId point) {
  std::swap(values_, before_);
  inputs_.grid.values_at(point, values_);
  apply(inputs_.scenario.axes, is_first_, scenario_.spec);
  if (follow(inputs_.models, inputs_.model.at(values_), model_, scenario_.model)) {
    ++generation_;
    const std::vector<SpecProblem> problems = check(scenario_.model);
    model_problem_.reset();
    if (!problems.empty())
      model_problem_ = {"model", "model." + problems.front().key + ": " + problems.front().what};
  }
  if (follow(inputs_.stacks, inputs_.stack.at(values_), stack_, scenario_.stack)) ++generation_;
  if (apply(inputs_.calibration.axes, is_first_, scenario_.calibration)) ++generation_;
  move_systems();
  is_first_ = false;
  problem_ = model_problem_;
  if (problem_) return;
  std::vector<SpecProblem> problems = config::check_together(scenario_.spec);
  if (!problems.empty()) problem_ = std::move(problems.front());
}

void Resolver::move_systems() {
  const std::size_t choice = inputs_.system_choice(values_);
  const bool is_other = is_first_ || choice != systems_;
  systems_ = choice;
  const std::vector<std::size_t>& sources = inputs_.systems_at[choice];
  scenario_.systems.resize(sources.size());
  for (std::size_t slot = 0; slot < sources.size(); ++slot)
    if (move_system(slot, inputs_.systems[sources[slot]], is_other)) ++generation_;
}

bool Resolver::move_system(std::size_t slot, const SystemSource& source, bool is_other) {
  System& system = scenario_.systems[slot].system;
  if (is_other) system = source.loaded.system;
  bool moved = apply(source.cluster, is_other, system.cluster);
  moved = apply(source.gpu, is_other, system.gpu) || moved;
  moved = apply(source.kernels, is_other, system.curves) || moved;
  if (moved)
    system = make_system(std::move(system.cluster), std::move(system.gpu), std::move(system.curves),
                         std::move(system.fabrics));
  return moved || is_other;
}

Hash Resolver::hash() const {
  hashed_.assign(bytes_of(inputs_.common));
  for (std::size_t axis = 0; axis < values_.size(); ++axis)
    hashed_ += bytes_of(inputs_.axes[axis].hashes[values_[axis]]);
  hashed_ += bytes_of(inputs_.models[model_].content);
  hashed_ += bytes_of(inputs_.stacks[stack_].content);
  for (const std::size_t system : inputs_.systems_at[systems_])
    hashed_ += bytes_of(inputs_.systems[system].content);
  return hash_of(hashed_);
}

}  // namespace fleetcast::sweep
