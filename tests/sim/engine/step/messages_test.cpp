#include "sim/engine/step/messages.hpp"

#include "tests/catch.hpp"

namespace fleetcast::step {
namespace {

/// One tier of 1 B/s without limits; calls of 5 s, hops of 1 s.
Network one_tier() {
  Network out;
  out.tiers = 1;
  out.link[0].bandwidth = Bytes{1} / Seconds{1};
  for (CollectiveCurve& curve : out.link[0].curve)
    curve = {.latency = Seconds{5}, .latency_per_hop = Seconds{1}, .efficiency = 1.0};
  return out;
}

TEST_CASE("a ring's messages take what its formula says", "[step]") {
  const Network network = one_tier();
  for (const int ranks : {2, 3, 8, 64})
    for (const CollectiveOp op :
         {CollectiveOp::kAllGather, CollectiveOp::kReduceScatter, CollectiveOp::kAllReduce}) {
      const NetworkGroup group = strided_group(ranks, 1, network);
      const Rounds rounds = kRing.rounds(op, Bytes{640.0}, group, network);
      const MessagesPlayed played = play_messages(rounds, network, ranks);
      CHECK(played.time.base() == Approx(price(rounds, network).time.base()).epsilon(1e-12));
      const int trips = op == CollectiveOp::kAllReduce ? 2 : 1;
      CHECK(played.messages == static_cast<std::uint64_t>(trips * (ranks - 1) * ranks));
    }
}

TEST_CASE("every algorithm's messages take what its formula says, in a network of three tiers",
          "[step]") {
  Network network = one_tier();
  network.tiers = 3;
  network.link[1] = network.link[2] = network.link[0];
  network.link[0].gpus = 4;
  network.link[0].in_network = true;
  network.link[1].gpus = 16;
  network.link[1].bandwidth = network.link[2].bandwidth = Bytes{0.25} / Seconds{1};
  const NetworkGroup group = strided_group(64, 1, network);
  for (const Collective* algorithm : kCollectives)
    for (int op = 0; op < kCollectiveOpCount; ++op) {
      const auto collective = static_cast<CollectiveOp>(op);
      if (!algorithm->admits(collective, group, network)) continue;
      INFO(algorithm->key << " " << op);
      const Rounds rounds = algorithm->rounds(collective, Bytes{6400.0}, group, network);
      CHECK(play_messages(rounds, network, 64).time.base() ==
            Approx(price(rounds, network).time.base()).epsilon(1e-9));
    }
}

TEST_CASE("one slow rank makes all of a ring as slow: n messages at its pace", "[step]") {
  const Network network = one_tier();
  const NetworkGroup group = strided_group(8, 1, network);
  const Rounds rounds = kRing.rounds(CollectiveOp::kAllReduce, Bytes{640.0}, group, network);
  MessageNoise noise{std::vector<double>(8, 1.0)};
  noise.slowness[3] = 2.0;
  // Behind a call of 5 s it sends 14 messages of 80 B at half the speed, and the last one hops.
  CHECK(play_messages(rounds, network, 8, noise).time.base() == Approx(5 + 14 * 2 * 80 + 1));
}

TEST_CASE("messages of 4,096 ranks are all there", "[step]") {
  const Network network = one_tier();
  const NetworkGroup group = strided_group(4096, 1, network);
  const Rounds rounds = kRing.rounds(CollectiveOp::kAllGather, Bytes{4096.0}, group, network);
  CHECK(play_messages(rounds, network, 4096).messages == 4095ULL * 4096ULL);
}

}  // namespace
}  // namespace fleetcast::step
