#include "sim/engine/step/flows.hpp"

#include <algorithm>
#include <cassert>

namespace fleetcast::step {
namespace {

constexpr std::uint32_t kVersions = event::kMostWhats;

std::size_t busiest_tier(const Stretch& stretch) {
  return static_cast<std::size_t>(std::max_element(stretch.busy.begin(), stretch.busy.end()) -
                                  stretch.busy.begin());
}

}  // namespace

Flows::Flows(event::Agenda& agenda, Links& links, const StepTraffic& traffic, const Grid& grid)
    : agenda_(agenda), links_(links), traffic_(traffic), grid_(grid), on_link_(links.count()) {}

void Flows::send(Seconds at, int route, double scale, Ends ends, std::uint64_t token) {
  std::int32_t id = static_cast<std::int32_t>(flows_.size());
  if (idle_.empty()) {
    flows_.emplace_back();
  } else {
    id = idle_.back();
    idle_.pop_back();
  }
  Flow& flow = flows_[static_cast<std::size_t>(id)];
  flow.route = &traffic_.routes[static_cast<std::size_t>(route)];
  flow.scale = scale;
  flow.ends = ends;
  flow.token = token;
  flow.stretch = 0;
  wait_for_latency(id, at);
}

void Flows::wait_for_latency(std::int32_t id, Seconds at) {
  Flow& flow = flows_[static_cast<std::size_t>(id)];
  flow.moving = false;
  flow.version = (flow.version + 1) % kVersions;
  agenda_.post(at + stretch_of(flow).latency * flow.scale, kFlows, static_cast<std::uint32_t>(id),
               flow.version);
}

void Flows::handle(const event::Event& event) {
  const auto id = static_cast<std::int32_t>(event.actor());
  const Flow& flow = flows_[event.actor()];
  if (event.what() != flow.version) return;  // its speed has changed since
  flow.moving ? end_transfer(id) : begin_transfer(id);
}

void Flows::find_uses(Flow& flow) const {
  flow.uses.clear();
  const Stretch& stretch = stretch_of(flow);
  if (stretch.transfer <= Seconds{}) return;
  if (flow.ends.kind == Ends::kTransfer) {
    if (flow.ends.first != flow.ends.last)
      links_.add_transfer(stretch, flow.ends.first, flow.ends.last, flow.uses);
    return;
  }
  for (int b = flow.ends.first; b <= flow.ends.last; ++b)
    links_.add_exchange(stretch, b, flow.uses);
}

/// A tier's price is that of its uplinks when all below use them; one of few there may go at the
/// rate of its own link.
double Flows::most_of(const Flow& flow) const {
  return flow.uses.empty() ? 1.0 : links_.line_rate(busiest_tier(stretch_of(flow)));
}

void Flows::begin_transfer(std::int32_t id) {
  Flow& flow = flows_[static_cast<std::size_t>(id)];
  flow.moving = true;
  flow.begun = flow.seen = agenda_.now();
  flow.left = stretch_of(flow).transfer * flow.scale;
  find_uses(flow);
  bool alone = true;
  flow.most = most_of(flow);
  double speed = flow.most;
  for (const Use& use : flow.uses) {
    std::vector<std::int32_t>& flows = on_link_[static_cast<std::size_t>(use.link)].flows;
    // A flow may take one link in several places; then it is not alone with itself.
    alone = alone && flows.empty() && links_.tenant(use.link) == 0.0;
    flows.push_back(id);
    speed = std::min(speed, links_.capacity(use.link) / use.share);
  }
  flow.speed = 0;
  if (alone) return set_speed(id, speed);
  touch(id);
}

void Flows::set_speed(std::int32_t id, double speed) {
  Flow& flow = flows_[static_cast<std::size_t>(id)];
  const Seconds now = agenda_.now();
  flow.left = std::max(flow.left - (now - flow.seen) * flow.speed, Seconds{});
  flow.seen = now;
  flow.speed = speed;
  flow.version = (flow.version + 1) % kVersions;
  if (speed <= 0.0) return;  // an outage: it waits for the next change
  agenda_.post(now + flow.left / speed, kFlows, static_cast<std::uint32_t>(id), flow.version);
}

void Flows::note_delay(const Flow& flow) {
  const Stretch& stretch = stretch_of(flow);
  const double blocks =
      flow.ends.kind == Ends::kTransfer ? 1.0 : flow.ends.last - flow.ends.first + 1.0;
  const Seconds delay = agenda_.now() - flow.begun - stretch.transfer * flow.scale;
  delay_[busiest_tier(stretch)] += delay * (blocks * grid_.block_ranks);
}

void Flows::end_transfer(std::int32_t id) {
  Flow& flow = flows_[static_cast<std::size_t>(id)];
  note_delay(flow);
  flow.moving = false;
  for (const Use& use : flow.uses) {
    std::vector<std::int32_t>& flows = on_link_[static_cast<std::size_t>(use.link)].flows;
    const auto own = std::find(flows.begin(), flows.end(), id);
    *own = flows.back();
    flows.pop_back();
    for (const std::int32_t other : flows) touch(other);
  }
  const Seconds now = agenda_.now();
  if (++flow.stretch < flow.route->count) return wait_for_latency(id, now);
  idle_.push_back(id);
  receiver_->arrived(now, flow.token);
}

void Flows::touch(std::int32_t id) {
  touched_.push_back(id);
  if (settling_posted_) return;
  settling_posted_ = true;
  agenda_.post(agenda_.now(), kSettling, 0);
}

void Flows::change_capacity(std::int32_t link, double capacity) {
  links_.set_capacity(link, capacity);
  for (const std::int32_t id : on_link_[static_cast<std::size_t>(link)].flows) touch(id);
}

/// All flows that share links with this one, directly or through others.
void Flows::collect(std::int32_t id) {
  const auto add = [this](std::int32_t f) {
    Flow& flow = flows_[static_cast<std::size_t>(f)];
    if (flow.mark == settlings_) return;
    flow.mark = settlings_;
    component_.push_back(f);
  };
  std::size_t next = component_.size();
  add(id);
  for (; next < component_.size(); ++next)
    for (const Use& use : flows_[static_cast<std::size_t>(component_[next])].uses) {
      OnLink& link = on_link_[static_cast<std::size_t>(use.link)];
      if (link.mark == settlings_) continue;
      link.mark = settlings_;
      link.number = share_.add_link(links_.capacity(use.link));
      component_links_.push_back(use.link);
      for (const std::int32_t other : link.flows) add(other);
    }
}

/// Among the flows met, and other tenants, each of which asks for its share of one link.
void Flows::share_links() {
  for (const std::int32_t f : component_) {
    numbered_.clear();
    for (const Use& use : flows_[static_cast<std::size_t>(f)].uses)
      numbered_.push_back({on_link_[static_cast<std::size_t>(use.link)].number, use.share});
    share_.add_flow(numbered_, flows_[static_cast<std::size_t>(f)].most);
  }
  for (const std::int32_t link : component_links_) {
    const double wanted = links_.tenant(link);
    if (wanted <= 0.0) continue;
    const std::array uses{Use{on_link_[static_cast<std::size_t>(link)].number, 1.0}};
    share_.add_flow(uses, wanted);
  }
}

void Flows::settle() {
  settling_posted_ = false;
  const std::uint64_t before = settlings_;
  for (const std::int32_t id : touched_) {
    const Flow& touched = flows_[static_cast<std::size_t>(id)];
    // Each set of flows that share links apart: they are few, even where many change at one time.
    if (!touched.moving || touched.uses.empty() || touched.mark > before) continue;
    ++settlings_;
    component_.clear();
    component_links_.clear();
    share_.clear();
    collect(id);
    share_links();
    const std::span<const double> speeds = share_.solve();
    for (std::size_t i = 0; i < component_.size(); ++i)
      if (flows_[static_cast<std::size_t>(component_[i])].speed != speeds[i])
        set_speed(component_[i], speeds[i]);
  }
  touched_.clear();
}

}  // namespace fleetcast::step
