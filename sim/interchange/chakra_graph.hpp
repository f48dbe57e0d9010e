#pragma once

// Traces of several ranks as one graph: what each node waits for, messages of other ranks included.

#include <cstdint>
#include <vector>

#include "sim/interchange/chakra.hpp"

namespace fleetcast::interchange::chakra {

struct Graph {
  struct Vertex {
    const Node* node = nullptr;
    std::uint32_t trace = 0;
    std::vector<std::uint32_t> before;  ///< vertices it waits for; of its own trace
    std::int64_t sent_by = -1;          ///< a receive: vertex of its send; -1: not among these
  };
  std::vector<Vertex> vertices;  ///< trace by trace, in the order of the files
  std::uint64_t messages = 0;    ///< sends that found their receive

  /// An order in which all can run; shorter where some wait for each other.
  [[nodiscard]] std::vector<std::uint32_t> order(bool with_messages) const;
};

/// The graph, and what keeps it from being one: ids that are there twice, dependencies on no node,
/// messages between these traces that only one side knows. Requires: traces outlive the graph.
Graph graph_of(const std::vector<Trace>& traces, std::vector<config::Problem>& problems);

/// Everything wrong with traces that could be read: of the graph, cycles, nodes of no known type,
/// collectives that do not say which, or how much. Empty: they can be played.
std::vector<config::Problem> check(const std::vector<Trace>& traces);

}  // namespace fleetcast::interchange::chakra
