#pragma once

// What other programs claim on the rows they publish, beside our errors on those of them we have.

#include <string>
#include <vector>

#include "models/base/fields.hpp"
#include "sim/validation/validate.hpp"

namespace fleetcast {

/// What a peer predicted for one row.
struct PeerPrediction {
  std::string row;  ///< its id
  Seconds time{};
};

/// One claim of configs/peers.yaml.
struct Peer {
  std::string name;
  std::string about;  ///< which rows it published
  long long published_rows = 0;
  double mape = 0;                ///< it claims or was found to have on these rows
  double worst = 0;               ///< largest absolute error; 0: not stated
  std::vector<std::string> rows;  ///< parts of the ids of these rows in configs/measurements
  std::vector<PeerPrediction> predictions;
  std::string source;
  std::string note;
};

/// A peer beside us, on the rows of its that we have.
struct PeerComparison {
  Peer peer;
  ErrorSummary ours;
  std::vector<const ValidatedRow*> rows;  ///< in the order of the validation
};

/// Of configs/peers.yaml. Throws: config::ConfigError.
std::vector<Peer> load_peers();

/// Files of rows that only peers are compared on: those of configs/peers, in order.
std::vector<std::string> peer_measurements();

/// Requires: `validation` outlives the result.
std::vector<PeerComparison> compare_peers(const std::vector<Peer>& peers,
                                          const Validation& validation);

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<PeerPrediction> {
  static constexpr auto value = std::tuple{
      required("row", &PeerPrediction::row, "id of the row"),
      required("time", &PeerPrediction::time, "step time it predicts", kPositive),
  };
};

template <>
struct List<Peer> {
  static constexpr auto value = std::tuple{
      required("name", &Peer::name, "of the program"),
      required("about", &Peer::about, "the rows it published, in a few words"),
      required("published_rows", &Peer::published_rows, "how many they are", kPositive),
      required("mape", &Peer::mape, "its mean absolute relative error on them", kNonNegative),
      optional("worst", &Peer::worst, "its largest absolute relative error", kNonNegative),
      optional("rows", &Peer::rows, "parts of the ids of these rows in configs/measurements"),
      optional("predictions", &Peer::predictions, "what it predicts, where it says so"),
      required("source", &Peer::source, "where the claim stands"),
      optional("note", &Peer::note, "what a reader must know to compare"),
  };
};
}  // namespace fleetcast::fields
