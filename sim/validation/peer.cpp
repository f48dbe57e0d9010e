#include "sim/validation/peer.hpp"

#include "sim/config/library.hpp"

namespace fleetcast {
namespace {

struct Peers {
  std::vector<Peer> peers;
};

}  // namespace
}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<Peers> {
  static constexpr auto value = std::tuple{
      required("peers", &Peers::peers, "other programs and what they claim"),
  };
};
}  // namespace fleetcast::fields

namespace fleetcast {

std::vector<Peer> load_peers() {
  return config::load<Peers>(config::find_configs() + "/peers.yaml").value.peers;
}

std::vector<std::string> peer_measurements() { return measurement_files("peers"); }

std::vector<PeerComparison> compare_peers(const std::vector<Peer>& peers,
                                          const Validation& validation) {
  std::vector<PeerComparison> out;
  for (const Peer& peer : peers) {
    PeerComparison& comparison = out.emplace_back(PeerComparison{peer, {}, {}});
    std::vector<double> errors;
    for (const ValidatedRow& row : validation.rows) {
      if (!is_named(row, peer.rows)) continue;
      comparison.rows.push_back(&row);
      errors.push_back(row.error);
    }
    comparison.ours = summarise(peer.name, errors);
  }
  return out;
}

}  // namespace fleetcast
