#pragma once

// Execution traces of mlcommons/chakra: one file a rank, which ASTRA-sim and others play. A file is
// metadata and nodes, each message behind its size (sim/interchange/et_def.proto).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/quantity.hpp"
#include "sim/config/problem.hpp"

namespace fleetcast::interchange::chakra {

/// Numbers are those of the schema.
enum class NodeType : int {
  kInvalid = 0,
  kMetadata,
  kMemoryLoad,
  kMemoryStore,
  kCompute,
  kSend,
  kReceive,
  kCollective,
  kStorage,
  kBatch,
  kCheckpoint,
};
/// "COMP_NODE"; empty for a number that the schema lacks.
std::string_view name_of(NodeType type);

enum class CommType : int {
  kAllReduce = 0,
  kReduce,
  kAllGather,
  kGather,
  kScatter,
  kBroadcast,
  kAllToAll,
  kReduceScatter,
  kReduceScatterBlock,
  kBarrier,
};
/// "ALL_REDUCE"; empty for a number that the schema lacks.
std::string_view name_of(CommType type);

/// One node, with those of its attributes that mean something here.
struct Node {
  std::uint64_t id = 0;
  std::string name;
  NodeType type = NodeType::kInvalid;
  std::vector<std::uint64_t> data_deps, ctrl_deps;  ///< ids of the same file
  std::uint64_t duration_micros = 0;
  std::optional<Seconds> exact;                ///< duration_s, which only we write: not rounded
  std::string cost;                            ///< likewise: its key of `breakdown_s`
  std::optional<std::uint64_t> ops, bytes;     ///< num_ops, tensor_size
  std::optional<CommType> comm_type;           ///< of a collective
  std::optional<std::uint64_t> comm_bytes;     ///< comm_size: what each rank puts in
  std::optional<std::uint32_t> src, dst, tag;  ///< comm_src, comm_dst, comm_tag
  std::string group;                           ///< pg_name; empty: all ranks
  std::string group_kind;                      ///< pg_desc: "tensor"
  bool on_cpu = false;                         ///< is_cpu_op
  std::size_t at = 0;                          ///< where its message begins in the file

  /// As exactly as the file says it.
  [[nodiscard]] Seconds duration() const {
    return exact ? *exact : kMicrosecond * double(duration_micros);
  }
};

/// Values of the metadata: numbers and texts by name.
struct Metadata {
  std::string version;
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<std::pair<std::string, double>> numbers;
};

/// The bytes of a file, message by message; behind what `out` holds.
void append(const Metadata& metadata, std::string& out);
void append(const Node& node, std::string& out);

struct Trace {
  std::string file;
  std::optional<std::uint32_t> rank;  ///< of the metadata, or NAME.RANK.et
  Metadata metadata;
  std::vector<Node> nodes;
};

/// What can be read is; what is wrong goes to `problems`: line 1, and as column the place of the
/// message in the file, from 1. Reads what a cut file has before its end.
Trace read_trace(std::string file, std::string_view bytes, std::vector<config::Problem>& problems);

}  // namespace fleetcast::interchange::chakra
