#include "sim/engine/run/failures.hpp"

#include <cmath>

namespace fleetcast {
namespace {

constexpr Seconds kNever{std::numeric_limits<double>::infinity()};
constexpr Seconds kFirstYear = 365.0 * kDay;

/// When the hazard cumulated since the fleet was new reaches `hazard`:
/// H(t) = rate * year * (t / year)^shape, a Weibull hazard that averages `rate` over the first
/// year.
Seconds time_of(const JobComponent& component, double hazard) {
  if (!(component.rate > PerSecond{})) return kNever;
  if (component.shape == 1.0) return hazard / component.rate;
  return std::pow(hazard / (component.rate * kFirstYear), 1.0 / component.shape) * kFirstYear;
}

}  // namespace

RandomFailures::RandomFailures(const JobSpec& spec, std::uint64_t seed, std::uint64_t run) {
  for (std::uint32_t i = 0; i < spec.components.size(); ++i) {
    const std::uint64_t key = RandomStream::key_of(RandomStream::key_of(seed, run), i);
    sources_.push_back({&spec.components[i], RandomStream(key), 0.0, {kNever, i, false}});
    draw(sources_.back());
  }
  choose();
}

void RandomFailures::draw(Source& source) {
  source.hazard += source.random.exponential();
  source.failure.at = time_of(*source.component, source.hazard);
  source.failure.is_replaced = source.random.uniform() < source.component->replaced;
}

void RandomFailures::choose() {
  next_ = {kNever, 0, false};
  for (const Source& source : sources_)
    if (source.failure.at < next_.at) next_ = source.failure;
}

void RandomFailures::advance() {
  draw(sources_[next_.component]);
  choose();
}

}  // namespace fleetcast
