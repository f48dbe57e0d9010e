#include "sim/interchange/chakra_graph.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace fleetcast::interchange::chakra {
namespace {

config::Problem problem(const Trace& trace, const Node& node, std::string what) {
  return {trace.file, 1, static_cast<int>(node.at) + 1, "node " + std::to_string(node.id),
          std::move(what)};
}

/// Adds one trace's vertices and their dependencies.
void add_trace(const std::vector<Trace>& traces, std::uint32_t number, Graph& out,
               std::vector<config::Problem>& problems) {
  const Trace& trace = traces[number];
  const auto first = static_cast<std::uint32_t>(out.vertices.size());
  std::unordered_map<std::uint64_t, std::uint32_t> place;
  for (std::uint32_t i = 0; i < trace.nodes.size(); ++i) {
    const Node& node = trace.nodes[i];
    if (!place.try_emplace(node.id, first + i).second)
      problems.push_back(problem(trace, node, "has the id of another node"));
    out.vertices.push_back({&node, number, {}, -1});
  }
  for (std::uint32_t i = 0; i < trace.nodes.size(); ++i) {
    const Node& node = trace.nodes[i];
    for (const std::vector<std::uint64_t>* deps : {&node.data_deps, &node.ctrl_deps})
      for (const std::uint64_t id : *deps) {
        const auto found = place.find(id);
        if (found == place.end())
          problems.push_back(problem(
              trace, node, "depends on node " + std::to_string(id) + ", which is not there"));
        else
          out.vertices[first + i].before.push_back(found->second);
      }
  }
}

/// From, to and tag; in the order of the files, the first send meets the first receive.
using Address = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
struct Mail {
  std::vector<std::uint32_t> sends, receives;
};

void join_mail(const std::vector<Trace>& traces, const Mail& mail, Graph& out,
               std::vector<config::Problem>& problems) {
  const std::size_t both = std::min(mail.sends.size(), mail.receives.size());
  for (std::size_t i = 0; i < both; ++i) {
    Graph::Vertex& receive = out.vertices[mail.receives[i]];
    const Node& send = *out.vertices[mail.sends[i]].node;
    receive.sent_by = mail.sends[i];
    ++out.messages;
    if (receive.node->comm_bytes && send.comm_bytes && receive.node->comm_bytes != send.comm_bytes)
      problems.push_back(problem(traces[receive.trace], *receive.node,
                                 "receives " + std::to_string(*receive.node->comm_bytes) +
                                     " bytes, and " + std::to_string(*send.comm_bytes) +
                                     " are sent"));
  }
  for (std::size_t i = both; i < mail.sends.size(); ++i)
    problems.push_back(problem(traces[out.vertices[mail.sends[i]].trace],
                               *out.vertices[mail.sends[i]].node, "sends what nobody receives"));
  for (std::size_t i = both; i < mail.receives.size(); ++i)
    problems.push_back(problem(traces[out.vertices[mail.receives[i]].trace],
                               *out.vertices[mail.receives[i]].node, "receives what nobody sends"));
}

/// Only messages both of whose ranks are here.
void match_messages(const std::vector<Trace>& traces, Graph& out,
                    std::vector<config::Problem>& problems) {
  std::set<std::uint32_t> ranks;
  for (const Trace& trace : traces)
    if (trace.rank) ranks.insert(*trace.rank);
  std::map<Address, Mail> by_address;
  for (std::uint32_t i = 0; i < out.vertices.size(); ++i) {
    const Node& node = *out.vertices[i].node;
    const std::optional<std::uint32_t>& own = traces[out.vertices[i].trace].rank;
    const bool sends = node.type == NodeType::kSend;
    const std::optional<std::uint32_t>& other = sends ? node.dst : node.src;
    if ((!sends && node.type != NodeType::kReceive) || !own || !other || !ranks.count(*other))
      continue;
    const std::uint32_t tag = node.tag.value_or(0);
    if (sends)
      by_address[{*own, *other, tag}].sends.push_back(i);
    else
      by_address[{*other, *own, tag}].receives.push_back(i);
  }
  for (const auto& [address, mail] : by_address) join_mail(traces, mail, out, problems);
}

std::string known_types() {
  std::string out;
  for (int i = 1; !name_of(static_cast<NodeType>(i)).empty(); ++i)
    out += (i > 1 ? ", " : "") + std::to_string(i) + " " +
           std::string(name_of(static_cast<NodeType>(i)));
  return out;
}

void check_node(const Trace& trace, const Node& node, std::vector<config::Problem>& problems) {
  const auto complain = [&](std::string what) {
    problems.push_back(problem(trace, node, std::move(what)));
  };
  if (node.type == NodeType::kInvalid || name_of(node.type).empty())
    complain("is of type " + std::to_string(static_cast<int>(node.type)) +
             ", which is none; types: " + known_types());
  if (node.type != NodeType::kCollective) return;
  if (!node.comm_type)
    complain("is a collective without comm_type");
  else if (name_of(*node.comm_type).empty())
    complain("has comm_type " + std::to_string(static_cast<int>(*node.comm_type)) +
             ", which is no collective");
  if (!node.comm_bytes && node.comm_type != CommType::kBarrier)
    complain("is a collective without comm_size");
}

/// The ids of some nodes that wait for each other in a circle: "3, 7, 3".
std::string circle_text(const Graph& graph, const std::vector<char>& stuck, std::uint32_t at,
                        bool with_messages, std::uint32_t& first) {
  const auto next = [&](std::uint32_t i) {
    const Graph::Vertex& v = graph.vertices[i];
    for (const std::uint32_t j : v.before)
      if (stuck[j] != 0) return j;
    return with_messages && v.sent_by >= 0 ? static_cast<std::uint32_t>(v.sent_by) : i;
  };
  std::set<std::uint32_t> seen;  // every stuck node waits for a stuck one: this comes back
  while (seen.insert(at).second) at = next(at);
  first = at;
  std::string out = std::to_string(graph.vertices[at].node->id);
  constexpr int kMostShown = 8;
  int shown = 0;
  for (std::uint32_t i = next(at); i != at && shown < kMostShown; i = next(i), ++shown)
    out += ", " + std::to_string(graph.vertices[i].node->id);
  return out + (shown == kMostShown ? ", ..." : "") + ", " +
         std::to_string(graph.vertices[at].node->id);
}

/// One problem for each trace that has a circle, or one for all where only messages close it.
bool check_circles(const std::vector<Trace>& traces, const Graph& graph, bool with_messages,
                   std::vector<config::Problem>& problems) {
  const std::vector<std::uint32_t> order = graph.order(with_messages);
  if (order.size() == graph.vertices.size()) return true;
  std::vector<char> stuck(graph.vertices.size(), 1);
  for (const std::uint32_t i : order) stuck[i] = 0;
  std::set<std::uint32_t> told;
  for (std::uint32_t i = 0; i < stuck.size(); ++i) {
    if (stuck[i] == 0 || !told.insert(with_messages ? 0 : graph.vertices[i].trace).second) continue;
    std::uint32_t first = i;
    const std::string circle = circle_text(graph, stuck, i, with_messages, first);
    problems.push_back(problem(traces[graph.vertices[first].trace], *graph.vertices[first].node,
                               std::string("waits for itself") +
                                   (with_messages ? ", by messages of other ranks: " : ": ") +
                                   circle));
  }
  return false;
}

}  // namespace

std::vector<std::uint32_t> Graph::order(bool with_messages) const {
  std::vector<std::uint32_t> waits(vertices.size(), 0), out;
  std::vector<std::vector<std::uint32_t>> behind(vertices.size());
  const auto add = [&](std::size_t from, std::uint32_t to) {
    behind[from].push_back(to);
    ++waits[to];
  };
  for (std::uint32_t i = 0; i < vertices.size(); ++i) {
    for (const std::uint32_t j : vertices[i].before) add(j, i);
    if (with_messages && vertices[i].sent_by >= 0)
      add(static_cast<std::size_t>(vertices[i].sent_by), i);
  }
  for (std::uint32_t i = 0; i < vertices.size(); ++i)
    if (waits[i] == 0) out.push_back(i);
  for (std::size_t n = 0; n < out.size(); ++n)
    for (const std::uint32_t i : behind[out[n]])
      if (--waits[i] == 0) out.push_back(i);
  return out;
}

Graph graph_of(const std::vector<Trace>& traces, std::vector<config::Problem>& problems) {
  Graph out;
  for (std::uint32_t i = 0; i < traces.size(); ++i) add_trace(traces, i, out, problems);
  match_messages(traces, out, problems);
  return out;
}

std::vector<config::Problem> check(const std::vector<Trace>& traces) {
  std::vector<config::Problem> problems;
  std::map<std::uint32_t, const Trace*> by_rank;
  for (const Trace& trace : traces) {
    if (trace.rank && !by_rank.try_emplace(*trace.rank, &trace).second)
      problems.push_back({trace.file, 1, 1, "file",
                          "is of rank " + std::to_string(*trace.rank) + ", as " +
                              by_rank[*trace.rank]->file + " is"});
    if (trace.nodes.empty()) problems.push_back({trace.file, 1, 1, "file", "has no nodes"});
    for (const Node& node : trace.nodes) check_node(trace, node, problems);
  }
  const Graph graph = graph_of(traces, problems);
  if (check_circles(traces, graph, false, problems)) check_circles(traces, graph, true, problems);
  return problems;
}

}  // namespace fleetcast::interchange::chakra
