#include "models/cost/collective.hpp"

#include <array>
#include <cmath>
#include <vector>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

using enum CollectiveOp;
constexpr CollectiveOp kOps[] = {kAllGather, kReduceScatter, kAllReduce, kAllToAll, kSendRecv};

/// 1 B/s links without latency; eight ranks a domain, 64 a rail, then everything.
Network toy_network(int tiers) {
  Network network{.tiers = tiers};
  for (int t = 0; t < tiers; ++t) network.link[t] = {.bandwidth = Bytes{1} / Seconds{1}};
  network.link[0].gpus = 8;
  network.link[1].gpus = tiers > 2 ? 64 : 0;
  return network;
}

NetworkGroup one_domain(int ranks) {
  NetworkGroup group{.ranks = ranks};
  group.span.fill(ranks);
  return group;
}

std::vector<NetworkGroup> groups(const Network& network) {
  std::vector<NetworkGroup> all;
  for (int ranks : {2, 3, 4, 8, 12, 16, 64, 72, 512}) {
    for (int stride : {1, 2, 4, 8, 64}) all.push_back(strided_group(ranks, stride, network));
  }
  return all;
}

Bytes moved(const Rounds& rounds, int tier) {
  Bytes bytes{};
  for (const Round& round : rounds) {
    if (round.tier == tier) bytes += 1.0 * round.repeat * round.bytes;
  }
  return bytes;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); }

}  // namespace

TEST_CASE("a ring gathers (n - 1) / n of the payload over each link, and reduces twice that",
          "[cost]") {
  const Network network = toy_network(1);
  for (int n : {2, 3, 4, 8}) {
    const Bytes payload{12.0 * n};
    CHECK(collective_time(kAllGather, payload, one_domain(n), network) == Seconds{12.0 * (n - 1)});
    CHECK(collective_time(kReduceScatter, payload, one_domain(n), network) ==
          Seconds{12.0 * (n - 1)});
    CHECK(collective_time(kAllReduce, payload, one_domain(n), network) == Seconds{24.0 * (n - 1)});
    CHECK(collective_time(kAllToAll, payload, one_domain(n), network) == Seconds{12.0 * (n - 1)});
  }
  CHECK(collective_time(kSendRecv, Bytes{7}, one_domain(2), network) == Seconds{7});
}

TEST_CASE("a call costs its latency, its hops and its chunks", "[cost]") {
  Network network = toy_network(1);
  network.link[0].curve[static_cast<int>(kAllGather)] = {.latency = Seconds{100},
                                                         .latency_per_hop = Seconds{10},
                                                         .efficiency = 0.5,
                                                         .chunk = Seconds{2}};
  // 9 of 12 bytes at half of 1 B/s are 18 s, with 2 sqrt(2 s * 18 s) for the chunks
  CHECK(collective_time(kAllGather, Bytes{12}, one_domain(4), network) ==
        Seconds{100 + 3 * 10 + 18 + 12});
}

TEST_CASE("a group spread over nodes shares their links: eight ranks a node, an eighth each",
          "[cost]") {
  Network network = toy_network(2);
  network.link[0].bandwidth *= 1e6;
  const NetworkGroup group = strided_group(64, 1, network);
  const Rounds rounds = kRing.rounds(kAllReduce, Bytes{64}, group, network);
  CHECK(moved(rounds, 0) == Bytes{2 * 63});
  CHECK(moved(rounds, 1) == Bytes{2 * 63 / 8.0});
  int hops = 0;
  for (const Round& round : rounds) hops += round.hops;
  CHECK(hops == 2 * 63);
  // tier by tier a GPU exchanges an eighth with the same GPU of seven other nodes
  const Rounds tiers = kHierarchical.rounds(kAllReduce, Bytes{64}, group, network);
  CHECK(moved(tiers, 0) == Bytes{2 * 56});
  CHECK(moved(tiers, 1) == Bytes{2 * 8 * 7 / 8.0});
}

TEST_CASE("an all-to-all sends what stays in the domain while the rest leaves", "[cost]") {
  Network network = toy_network(2);
  const NetworkGroup group = strided_group(16, 1, network);
  CHECK(collective_time(kAllToAll, Bytes{16}, group, network) == Seconds{8});
  network.link[1].bandwidth *= 100.0;
  CHECK(collective_time(kAllToAll, Bytes{16}, group, network) == Seconds{7});
}

TEST_CASE("switches that add up beat the ring by their gain from eight ranks on", "[cost]") {
  Network network = toy_network(1);
  network.link[0].in_network = true;
  network.link[0].in_network_gain = 1.25;
  const CollectivePrice eight = collective_price(kAllReduce, Bytes{100}, one_domain(8), network);
  CHECK(eight.algorithm == &kInNetwork);
  CHECK(near(eight.time.base(), 2 * 7 / 8.0 * 100 / 1.25));
  const CollectivePrice many = collective_price(kAllReduce, Bytes{100}, one_domain(72), network);
  CHECK(near(many.time.base(), 2 * 71 / 72.0 * 100 / 1.25));
  CHECK(collective_price(kAllReduce, Bytes{100}, one_domain(4), network).algorithm == &kRing);
  CHECK(collective_price(kAllGather, Bytes{100}, one_domain(8), network).algorithm == &kRing);
}

TEST_CASE("a far-flung all-reduce of few bytes takes the way with few hops", "[cost]") {
  Network network = toy_network(2);
  network.link[1].curve[static_cast<int>(kAllReduce)].latency_per_hop = Seconds{1};
  const NetworkGroup group = strided_group(512, 8, network);
  CHECK(collective_price(kAllReduce, Bytes{1}, group, network).algorithm == &kTree);
  CHECK(collective_price(kAllReduce, Bytes{1e6}, group, network).algorithm == &kRing);
}

TEST_CASE("a group is laid over the domains it fills", "[cost]") {
  const Network network = toy_network(3);
  CHECK(strided_group(64, 1, network).span == std::array{8, 64, 64, 64, 64, 64});
  CHECK(strided_group(64, 2, network).span == std::array{4, 32, 64, 64, 64, 64});
  CHECK(strided_group(16, 8, network).span == std::array{1, 8, 16, 16, 16, 16});
  CHECK(outermost_tier(strided_group(8, 1, network), network) == 0);
  CHECK(outermost_tier(strided_group(8, 8, network), network) == 1);
  CHECK(outermost_tier(strided_group(9, 8, network), network) == 2);
}

TEST_CASE("a network takes oversubscription off the links", "[cost]") {
  Cluster cluster;
  cluster.tiers = {{"nvlink", 8, BytesPerSecond{900}, 1.0, "", false},
                   {"spine", 0, BytesPerSecond{50}, 2.0, "", true}};
  Fabric fabric;
  fabric.in_network_reduction_gain = 1.3;
  fabric.all_to_all.latency = Seconds{3};
  const Fabric* fabrics[] = {&fabric, &fabric};
  const Network network = make_network(cluster, fabrics);
  CHECK(network.tiers == 2);
  CHECK(network.link[0].bandwidth == BytesPerSecond{900});
  CHECK(network.link[1].bandwidth == BytesPerSecond{25});
  CHECK(network.link[1].in_network);
  CHECK(network.link[1].in_network_gain == 1.3);
  CHECK(network.link[1].curve[static_cast<int>(kAllToAll)].latency == Seconds{3});
}

TEST_CASE("nobody to talk to, or nothing to say, costs nothing", "[cost]") {
  const Network network = toy_network(2);
  for (CollectiveOp op : kOps) {
    CHECK(collective_time(op, Bytes{5}, one_domain(1), network) == Seconds{0});
    CHECK(collective_time(op, Bytes{0}, one_domain(8), network) == Seconds{0});
  }
}

TEST_CASE("every algorithm takes time, more for more bytes and never more for more bandwidth",
          "[cost][contract]") {
  for (int tiers : {1, 2, 3}) {
    Network network = toy_network(tiers);
    for (Link& link : network.link) {
      link.in_network = true;
      link.in_network_gain = 1.2;
      link.curve.fill({Seconds{1}, Seconds{0.1}, 0.8, Seconds{0.01}});
    }
    for (const Collective* algorithm : kCollectives) {
      for (const NetworkGroup& group : groups(network)) {
        for (CollectiveOp op : kOps) {
          if (!algorithm->admits(op, group, network)) continue;
          CAPTURE(algorithm->key, group.ranks, group.span[0], static_cast<int>(op), tiers);
          const auto time = [&](double bytes) {
            return price(algorithm->rounds(op, Bytes{bytes}, group, network), network).time;
          };
          CHECK(time(1) > Seconds{0});
          CHECK(time(1000) > time(1));
          for (int t = 0; t < tiers; ++t) {
            Network faster = network;
            faster.link[t].bandwidth *= 2.0;
            CHECK(price(algorithm->rounds(op, Bytes{1000}, group, faster), faster).time <=
                  time(1000));
          }
        }
      }
    }
  }
}

TEST_CASE("every algorithm moves what the operation needs, and nothing beyond the group's tiers",
          "[cost][contract]") {
  const Network network = [] {
    Network all = toy_network(3);
    for (Link& link : all.link) link.in_network = true;
    return all;
  }();
  for (const Collective* algorithm : kCollectives) {
    for (const NetworkGroup& group : groups(network)) {
      for (CollectiveOp op : kOps) {
        if (op == kSendRecv && group.ranks != 2) continue;
        if (!algorithm->admits(op, group, network)) continue;
        CAPTURE(algorithm->key, group.ranks, group.span[0], static_cast<int>(op));
        const Rounds rounds = algorithm->rounds(op, Bytes{1}, group, network);
        REQUIRE(rounds.count > 0);
        REQUIRE(rounds.count <= Rounds::kCapacity);
        const int top = outermost_tier(group, network);
        Bytes all{};
        for (const Round& round : rounds) {
          CHECK(round.repeat > 0);
          CHECK(round.hops >= 0);
          CHECK(round.bytes > Bytes{});
          CHECK(round.tier <= top);
          CHECK((round.tier > 0 || group.span[0] > 1));
        }
        for (int t = 0; t <= top; ++t) all += moved(rounds, t);
        // What a rank lacks must reach it over one of its links, or the links it shares.
        const double n = group.ranks;
        const double lacks = op == kSendRecv ? 1.0 : (n - 1) / n;
        const bool shared = top > 0 && group.span[0] > 1 && op != kAllToAll;
        CHECK(all.base() >= (shared ? lacks / group.span[top - 1] : lacks) * (1 - 1e-12));
      }
    }
  }
}

TEST_CASE("every operation has an algorithm on every network", "[cost][contract]") {
  for (int tiers : {1, 2, 3}) {
    const Network network = toy_network(tiers);
    for (const NetworkGroup& group : groups(network)) {
      for (CollectiveOp op : kOps) {
        const CollectivePrice price = collective_price(op, Bytes{10}, group, network);
        REQUIRE(price.algorithm != nullptr);
        REQUIRE(price.time > Seconds{0});
      }
    }
  }
}

TEST_CASE("small messages go by the eager protocol, up to its limit and not a byte further",
          "[cost]") {
  Network network = toy_network(1);
  network.link[0].bandwidth = BytesPerSecond{1};
  network.link[0].curve.fill({.latency = Seconds{100},
                              .efficiency = 1.0,
                              .eager_limit = Bytes{10},
                              .eager_latency = Seconds{1},
                              .eager_efficiency = 0.5});
  const NetworkGroup pair{.ranks = 2, .span = {2, 2, 2, 2, 2, 2}};
  CHECK(collective_time(kSendRecv, Bytes{10}, pair, network).base() == Approx(1 + 10 / 0.5));
  CHECK(collective_time(kSendRecv, Bytes{11}, pair, network).base() == Approx(100 + 11));
}

TEST_CASE("small groups of a domain lose bandwidth with the square of their size", "[cost]") {
  Network network = toy_network(1);
  network.link[0].bandwidth = BytesPerSecond{1};
  network.link[0].curve.fill({.efficiency = 1.0, .small_group = 4.0});
  const auto gather = [&](int ranks) {
    NetworkGroup group{.ranks = ranks};
    group.span.fill(ranks);
    const double sent = 64.0 * (ranks - 1) / ranks;
    return collective_time(kAllGather, Bytes{64}, group, network).base() / sent;
  };
  CHECK(gather(2) == Approx(2.0));
  CHECK(gather(4) == Approx(1.25));
}

}  // namespace fleetcast
