#include "sim/plan/change.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace fleetcast {
namespace {

void take_chip(Setup& into, const Setup& from) {
  const Gpu old = std::exchange(into.system.gpu, from.system.gpu);
  into.system.gpu.memory = old.memory;
  into.system.gpu.memory_usable = old.memory_usable;
  into.system.gpu.hbm_bandwidth = old.hbm_bandwidth;
  const MemoryCurves memory = into.system.curves.memory;
  into.system.curves = from.system.curves;
  into.system.curves.memory = memory;
}

void take_precision(Setup& into, const Setup& from) { into.precision = from.precision; }

void take_hbm_bandwidth(Setup& into, const Setup& from) {
  into.system.gpu.hbm_bandwidth = from.system.gpu.hbm_bandwidth;
  into.system.curves.memory = from.system.curves.memory;
}

void take_hbm_capacity(Setup& into, const Setup& from) {
  into.system.gpu.memory = from.system.gpu.memory;
  into.system.gpu.memory_usable = from.system.gpu.memory_usable;
}

void take_scale_up(Setup& into, const Setup& from) {
  const double gpus = into.system.cluster.tiers.front().gpus;
  into.system.cluster.tiers.front() = from.system.cluster.tiers.front();
  into.system.cluster.tiers.front().gpus = gpus;
  into.system.fabrics.front() = from.system.fabrics.front();
}

void take_domain(Setup& into, const Setup& from) {
  into.system.cluster.tiers.front().gpus = from.system.cluster.tiers.front().gpus;
  into.system.cluster.order_gpus = from.system.cluster.order_gpus;
  into.system.cluster.node_gpus = from.system.cluster.node_gpus;
}

template <class List>
void take_all_but_first(List& into, const List& from) {
  into.resize(1);
  into.insert(into.end(), from.begin() + 1, from.end());
}

void take_scale_out(Setup& into, const Setup& from) {
  take_all_but_first(into.system.cluster.tiers, from.system.cluster.tiers);
  take_all_but_first(into.system.fabrics, from.system.fabrics);
}

void take_host(Setup& into, const Setup& from) {
  into.system.cluster.host_time = from.system.cluster.host_time;
}

void take_reliability(Setup& into, const Setup& from) {
  into.system.cluster.reliability = from.system.cluster.reliability;
}

bool holds_as_much(const Setup& a, const Setup& b) {
  return a.system.gpu.memory_usable >= b.system.gpu.memory_usable;
}

bool launches_as_fast(const Setup& a, const Setup& b) {
  return a.system.cluster.host_time <= b.system.cluster.host_time;
}

bool fails_as_seldom(const Setup& a, const Setup& b) {
  const ReliabilitySpec& one = a.system.cluster.reliability;
  const ReliabilitySpec& other = b.system.cluster.reliability;
  return interruption_rate(one) <= interruption_rate(other) && one.restart <= other.restart &&
         one.checkpoint <= other.checkpoint && one.speed_spread <= other.speed_spread;
}

constexpr std::array<Change, 9> kChanges{{
    {"chip", "tensor cores", "peaks, SMs, L2, power limit and how much of it kernels reach",
     take_chip},
    {"precision", "precision", "the recipe, where the chip runs it", take_precision},
    {"hbm_bandwidth", "HBM bandwidth", "peak, and how much of it kernels reach",
     take_hbm_bandwidth},
    {"hbm_capacity", "HBM capacity", "bytes a job can use", take_hbm_capacity, Reprices::kNothing,
     holds_as_much},
    {"scale_up", "scale-up bandwidth", "links inside a domain and what collectives reach on them",
     take_scale_up, Reprices::kExchanges},
    {"domain", "domain size", "GPUs of a scale-up domain, and what they are bought in", take_domain,
     Reprices::kExchanges},
    {"scale_out", "scale-out network", "all tiers outside a domain", take_scale_out,
     Reprices::kExchanges},
    {"host", "host CPUs", "time of a kernel launch", take_host, Reprices::kLaunches,
     launches_as_fast},
    {"reliability", "reliability", "interruptions, restarts, checkpoints", take_reliability,
     Reprices::kNothing, fails_as_seldom},
}};

void nest(std::vector<Tier>& tiers) {
  for (std::size_t t = 1; t < tiers.size(); ++t) {
    const double inner = tiers[t - 1].gpus;
    if (tiers[t].gpus > 0) tiers[t].gpus = std::max(1.0, std::floor(tiers[t].gpus / inner)) * inner;
  }
}

}  // namespace

std::span<const Change> changes() { return kChanges; }

Setup combine(const Setup& from, const Setup& to, ChangeSet made) {
  Setup out = from;
  for (std::size_t i = 0; i < kChanges.size(); ++i)
    if ((made >> i & 1U) != 0) kChanges[i].take(out, to);
  nest(out.system.cluster.tiers);
  out.system = make_system(std::move(out.system.cluster), std::move(out.system.gpu),
                           std::move(out.system.curves), std::move(out.system.fabrics));
  if (!runs(out.system, *out.precision)) out.precision = from.precision;
  return out;
}

}  // namespace fleetcast
