#include "sim/interchange/chakra_summary.hpp"

#include <algorithm>
#include <map>

#include "sim/interchange/chakra_graph.hpp"

namespace fleetcast::interchange::chakra {
namespace {

using report::TraceSummary;

bool is_message(const Node& node) {
  return node.type == NodeType::kSend || node.type == NodeType::kReceive;
}

bool is_exchange(const Node& node) {
  return is_message(node) || node.type == NodeType::kCollective;
}

void count(std::map<std::string, TraceSummary::Part>& parts, const std::string& name,
           const Node& node) {
  TraceSummary::Part& part = parts[name];
  part.name = name;
  ++part.nodes;
  part.time += node.duration();
}

template <class Value>
std::vector<Value> values_of(const std::map<std::string, Value>& map) {
  std::vector<Value> out;
  for (const auto& [key, value] : map) out.push_back(value);
  return out;
}

/// Longest first.
template <class Value>
std::vector<Value> longest_first(std::vector<Value> list) {
  std::stable_sort(list.begin(), list.end(),
                   [](const Value& a, const Value& b) { return a.time > b.time; });
  return list;
}

TraceSummary::Rank rank_of(const Trace& trace) {
  TraceSummary::Rank out{.file = trace.file, .rank = trace.rank, .nodes = trace.nodes.size()};
  std::map<std::string, TraceSummary::Part> costs;
  for (const Node& node : trace.nodes) {
    if (node.type == NodeType::kCompute) out.compute += node.duration();
    if (node.type == NodeType::kMemoryLoad || node.type == NodeType::kMemoryStore)
      out.memory += node.duration();
    if (is_exchange(node)) out.communication += node.duration();
    if (is_exchange(node) && node.type != NodeType::kReceive)
      out.sent += Bytes{double(node.comm_bytes.value_or(0))};
    if (!node.cost.empty()) count(costs, node.cost, node);
  }
  out.costs = longest_first(values_of(costs));
  return out;
}

void add_exchange(const Node& node, std::map<std::string, TraceSummary::Exchange>& exchanges) {
  const std::string name = node.type == NodeType::kCollective
                               ? std::string(name_of(*node.comm_type))
                               : std::string(node.type == NodeType::kSend ? "SEND" : "RECV");
  const std::string group = node.group_kind.empty() ? node.group : node.group_kind;
  TraceSummary::Exchange& exchange = exchanges[name + " " + group];
  exchange.name = name;
  exchange.group = group;
  ++exchange.nodes;
  exchange.bytes += Bytes{double(node.comm_bytes.value_or(0))};
  exchange.time += node.duration();
}

/// When each vertex ends if it starts with what it waits for.
std::vector<Seconds> ends_of(const Graph& graph, bool with_messages) {
  std::vector<Seconds> end(graph.vertices.size());
  for (const std::uint32_t i : graph.order(with_messages)) {
    const Graph::Vertex& v = graph.vertices[i];
    Seconds start{};
    for (const std::uint32_t j : v.before) start = std::max(start, end[j]);
    if (with_messages && v.sent_by >= 0)
      start = std::max(start, end[static_cast<std::size_t>(v.sent_by)]);
    end[i] = start + v.node->duration();
  }
  return end;
}

}  // namespace

TraceSummary summary_of(const std::vector<Trace>& traces) {
  TraceSummary out;
  std::map<std::string, TraceSummary::Part> types;
  std::map<std::string, TraceSummary::Exchange> exchanges;
  for (const Trace& trace : traces) {
    out.ranks.push_back(rank_of(trace));
    out.nodes += trace.nodes.size();
    for (const Node& node : trace.nodes) {
      count(types, std::string(name_of(node.type)), node);
      if (is_exchange(node)) add_exchange(node, exchanges);
    }
  }
  out.types = longest_first(values_of(types));
  out.exchanges = longest_first(values_of(exchanges));
  std::vector<config::Problem> none;
  const Graph graph = graph_of(traces, none);
  out.messages = graph.messages;
  const std::vector<Seconds> alone = ends_of(graph, false);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    Seconds& path = out.ranks[graph.vertices[i].trace].critical_path;
    path = std::max(path, alone[i]);
  }
  std::stable_sort(out.ranks.begin(), out.ranks.end(),
                   [](const auto& a, const auto& b) { return a.rank < b.rank; });
  for (const Seconds end : ends_of(graph, true))
    out.critical_path = std::max(out.critical_path, end);
  return out;
}

}  // namespace fleetcast::interchange::chakra
