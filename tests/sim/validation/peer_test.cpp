#include "sim/validation/peer.hpp"

#include "tests/catch.hpp"
#include "tests/sim/validation/toy_validation.hpp"

namespace fleetcast {
namespace {

Peer toy_peer(std::vector<std::string> rows) {
  Peer peer;
  peer.name = "Toy";
  peer.published_rows = 4;
  peer.mape = 0.05;
  peer.rows = std::move(rows);
  return peer;
}

TEST_CASE("a peer is compared on its rows alone", "[validation]") {
  const Validation v = toy_validation({{"tab1-a", -0.1}, {"other", 0.9}, {"tab1-b", 0.2}});
  const std::vector<PeerComparison> all = compare_peers({toy_peer({"tab1-"})}, v);
  REQUIRE(all.size() == 1);
  CHECK(all[0].ours.count == 2);
  CHECK(all[0].ours.mape == Approx(0.15));
  CHECK(all[0].ours.bias == Approx(0.05));
  CHECK(all[0].ours.max_abs_error == Approx(0.2));
  REQUIRE(all[0].rows.size() == 2);
  CHECK(all[0].rows[0]->id == "tab1-a");
}

TEST_CASE("a peer none of whose rows we have is not compared with all of ours", "[validation]") {
  const Validation v = toy_validation({{"a", -0.1}});
  CHECK(compare_peers({toy_peer({})}, v).front().ours.count == 0);
}

}  // namespace
}  // namespace fleetcast
