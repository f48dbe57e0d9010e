#include "sim/engine/step/outages.hpp"

namespace fleetcast::step {
namespace {

constexpr std::uint64_t kStream = ~std::uint64_t{1};  // of draws; ranks have those from 0
enum What : std::uint32_t { kGoesDown, kComesUp };

}  // namespace

Outages::Outages(event::Agenda& agenda, Flows& flows, const Links& links, const Grid& grid,
                 int tiers, const Noise& noise)
    : agenda_(agenda),
      flows_(flows),
      links_(links),
      grid_(grid),
      tiers_(tiers),
      mean_(1.0 / (noise.link_flaps * (1.0 * grid.blocks() * grid.block_ranks))),
      time_(noise.flap_time),
      draws_(RandomStream::key_of(noise.seed, kStream)),
      down_(static_cast<std::size_t>(grid.blocks()), 0) {
  for (int t = 0; t < tiers; ++t)
    capacity_.push_back(links.capacity(links.link(0, t, Links::kOut)));
}

void Outages::start() { draw_next(Seconds{}); }

void Outages::draw_next(Seconds now) {
  const Seconds wait = mean_ * draws_.exponential();
  const auto block =
      static_cast<std::uint32_t>(draws_.bits() % static_cast<std::uint64_t>(grid_.blocks()));
  agenda_.post(now + wait, kOutages, block, kGoesDown);
}

void Outages::handle(const event::Event& event) {
  int& down = down_[event.actor()];
  const auto block = static_cast<int>(event.actor());
  if (event.what() == kComesUp) {
    if (--down == 0) set(block, 1.0);
    return;
  }
  if (ended_) return;
  ++count_;
  if (down++ == 0) set(block, 0.0);
  agenda_.post(event.at + time_, kOutages, event.actor(), kComesUp);
  draw_next(event.at);
}

void Outages::set(int block, double share_of_capacity) {
  for (int t = 1; t < tiers_; ++t)
    for (const Links::Direction way : {Links::kOut, Links::kIn})
      flows_.change_capacity(links_.link(block, t, way),
                             capacity_[static_cast<std::size_t>(t)] * share_of_capacity);
}

}  // namespace fleetcast::step
