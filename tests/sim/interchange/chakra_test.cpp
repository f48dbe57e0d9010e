#include "sim/interchange/chakra.hpp"

#include "sim/interchange/chakra_export.hpp"
#include "sim/interchange/chakra_graph.hpp"
#include "sim/interchange/chakra_summary.hpp"
#include "tests/catch.hpp"

namespace fleetcast::interchange::chakra {
namespace {

using config::Problem;

Node node(std::uint64_t id, NodeType type, std::uint64_t micros,
          std::vector<std::uint64_t> deps = {}) {
  return {
      .id = id, .name = "n", .type = type, .data_deps = std::move(deps), .duration_micros = micros};
}

Node message(std::uint64_t id, bool sends, std::uint32_t src, std::uint32_t dst,
             std::vector<std::uint64_t> deps = {}) {
  Node out = node(id, sends ? NodeType::kSend : NodeType::kReceive, sends ? 5 : 0, std::move(deps));
  out.src = src;
  out.dst = dst;
  out.tag = 7;
  out.comm_bytes = 64;
  return out;
}

Trace trace(std::uint32_t rank, std::vector<Node> nodes) {
  return {"t." + std::to_string(rank) + ".et", rank, {}, std::move(nodes)};
}

std::string text_of(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) out += problem.text() + "\n";
  return out;
}

TEST_CASE("messages are those of the schema, byte for byte", "[chakra]") {
  std::string bytes;
  append(Metadata{.version = "0.0.4"}, bytes);
  // Size 7; field 1, text of 5.
  CHECK(bytes == std::string("\x07\x0a\x05"
                             "0.0.4"));
  bytes.clear();
  Node sent = node(3, NodeType::kCompute, 300, {1});
  sent.ctrl_deps = {2};
  append(sent, bytes);
  // Size; id 3; name; type 4; ctrl_deps [2]; data_deps [1]; duration 300 = 2 * 128 + 44; then the
  // attribute is_cpu_op (name; bool_val, field 27: 27 * 8 = 216 = 128 + 88, 1).
  const std::string attribute("\x0a\x09is_cpu_op\xd8\x01\x00", 14);
  const std::string body =
      std::string("\x08\x03\x12\x01n\x18\x04\x22\x01\x02\x2a\x01\x01\x38\xac\x02\x52\x0e", 18) +
      attribute;
  CHECK(bytes == static_cast<char>(body.size()) + body);
}

TEST_CASE("what is written is read back", "[chakra]") {
  Node all = message(9, true, 4, 6, {1, 2});
  all.ctrl_deps = {3};
  all.exact = Seconds{0.1234567890123};
  all.cost = "gemm";
  all.ops = 1'000'000'000'000;
  all.bytes = 12;
  all.comm_type = CommType::kReduceScatter;
  all.group = "17";
  all.group_kind = "tensor";
  all.on_cpu = true;
  std::string bytes;
  append(Metadata{"0.0.4", {{"model", "toy"}}, {{"rank", 4}}}, bytes);
  append(all, bytes);
  std::vector<Problem> problems;
  const Trace back = read_trace("x.et", bytes, problems);
  CHECK(problems.empty());
  CHECK(back.rank == 4U);
  CHECK(back.metadata.texts == std::vector<std::pair<std::string, std::string>>{{"model", "toy"}});
  REQUIRE(back.nodes.size() == 1);
  std::string again;
  append(back.metadata, again);
  append(back.nodes.front(), again);
  CHECK(again == bytes);
  CHECK(back.nodes.front().duration() == Seconds{0.1234567890123});
}

TEST_CASE("a foreign trace may type its numbers otherwise, and name its rank in the file's name",
          "[chakra]") {
  // Metadata without fields; node 5, COMM_COLL_NODE; comm_type as int32 2, comm_size as double 64.
  const std::string type(
      "\x52\x0d\x0a\x09"
      "comm_type\x38\x02",
      15);
  const std::string size(
      "\x52\x14\x0a\x09"
      "comm_size\x19\0\0\0\0\0\0\x50\x40",
      22);
  const std::string body = "\x08\x05\x18\x07" + type + size;
  std::vector<Problem> problems;
  const Trace back = read_trace(
      "a/b.12.et", std::string(1, '\0') + static_cast<char>(body.size()) + body, problems);
  CHECK(text_of(problems).empty());
  CHECK(back.rank == 12U);
  REQUIRE(back.nodes.size() == 1);
  CHECK(back.nodes.front().comm_type == CommType::kAllGather);
  CHECK(back.nodes.front().comm_bytes == 64U);
  CHECK(check({back}).empty());
}

TEST_CASE("a file that is no trace, or ends too early, says so and where", "[chakra]") {
  std::string bytes;
  append(Metadata{.version = "0.0.4"}, bytes);
  append(node(1, NodeType::kCompute, 1), bytes);
  append(node(2, NodeType::kCompute, 1), bytes);
  std::vector<Problem> problems;
  const Trace cut =
      read_trace("cut.et", std::string_view(bytes).substr(0, bytes.size() - 3), problems);
  CHECK(cut.nodes.size() == 1);
  CHECK(text_of(problems) == "cut.et:1:35: file: ends within a message of 25 bytes\n");
  problems.clear();
  read_trace("no.et", "name: this is YAML", problems);
  CHECK(text_of(problems) == "no.et:1:1: file: ends within a message of 110 bytes\n");
  problems.clear();
  read_trace("no.et", "\x02\xff\xff", problems);
  CHECK(text_of(problems) == "no.et:1:1: file: is no message of Chakra's schema\n");
}

TEST_CASE("everything wrong with traces is told at once", "[chakra]") {
  Node gather = node(6, NodeType::kCollective, 1);
  Node odd = node(7, NodeType::kCollective, 1);
  odd.comm_type = static_cast<CommType>(42);
  odd.comm_bytes = 1;
  const Trace first =
      trace(0, {node(1, NodeType::kCompute, 1, {9}), node(1, NodeType::kCompute, 1),
                node(2, NodeType::kCompute, 1, {4}), node(3, NodeType::kCompute, 1, {2}),
                node(4, NodeType::kCompute, 1, {3}), node(5, static_cast<NodeType>(77), 1), gather,
                odd, message(8, true, 0, 1)});
  CHECK(
      text_of(check({first, trace(1, {message(1, false, 2, 1)}), trace(1, {})})) ==
      "t.0.et:1:1: node 5: is of type 77, which is none; types: 1 METADATA_NODE, 2 MEM_LOAD_NODE, "
      "3 MEM_STORE_NODE, 4 COMP_NODE, 5 COMM_SEND_NODE, 6 COMM_RECV_NODE, 7 COMM_COLL_NODE, "
      "8 STORAGE_NODE, 9 BATCH_NODE, 10 CHECKPOINT_NODE\n"
      "t.0.et:1:1: node 6: is a collective without comm_type\n"
      "t.0.et:1:1: node 6: is a collective without comm_size\n"
      "t.0.et:1:1: node 7: has comm_type 42, which is no collective\n"
      "t.1.et:1:1: file: is of rank 1, as t.1.et is\n"
      "t.1.et:1:1: file: has no nodes\n"
      "t.0.et:1:1: node 1: has the id of another node\n"
      "t.0.et:1:1: node 1: depends on node 9, which is not there\n"
      "t.0.et:1:1: node 8: sends what nobody receives\n"
      "t.0.et:1:1: node 2: waits for itself: 2, 4, 3, 2\n");
}

TEST_CASE("ranks that wait for each other's messages are a circle too", "[chakra]") {
  const Trace a = trace(0, {message(1, false, 1, 0), message(2, true, 0, 1, {1})});
  const Trace b = trace(1, {message(1, false, 0, 1), message(2, true, 1, 0, {1})});
  CHECK(text_of(check({a, b})) ==
        "t.0.et:1:1: node 1: waits for itself, by messages of other ranks: 1, 2, 1, 2, 1\n");
  CHECK(check({a}).empty());
}

TEST_CASE("the longest path goes through messages", "[chakra]") {
  // Rank 0 computes 10 us and sends for 5; rank 1 computes 2 us, receives, computes 20.
  const Trace a = trace(0, {node(1, NodeType::kCompute, 10), message(2, true, 0, 1, {1})});
  const Trace b = trace(1, {node(1, NodeType::kCompute, 2), message(2, false, 0, 1, {1}),
                            node(3, NodeType::kCompute, 20, {2})});
  REQUIRE(check({b, a}).empty());
  const report::TraceSummary sum = summary_of({b, a});
  CHECK(sum.critical_path / kMicrosecond == Approx(35));
  CHECK(sum.messages == 1);
  REQUIRE(sum.ranks.size() == 2);
  CHECK(sum.ranks[0].rank == 0U);
  CHECK(sum.ranks[0].critical_path / kMicrosecond == Approx(15));
  CHECK(sum.ranks[1].critical_path / kMicrosecond == Approx(22));
  CHECK(sum.ranks[1].compute / kMicrosecond == Approx(22));
  CHECK(sum.ranks[0].sent == Bytes{64});
  CHECK(sum.ranks[1].sent == Bytes{0});
}

TEST_CASE("groups of ranks are numbered alike for all their members", "[chakra]") {
  CommGroups groups(16);
  // Pairs side by side are 1 to 8; fours that are 2 apart, in blocks of 8, are 9 to 12.
  const GroupPlace pair{2, 1}, four{4, 2};
  CHECK(groups.number_of(pair, pair, 5) == 3);
  CHECK(groups.number_of(pair, pair, 4) == 3);
  CHECK(groups.number_of(four, four, 13) == 12);
  CHECK(groups.number_of(four, four, 0) == 9);
  CHECK(groups.number_of(pair, pair, 15) == 8);
  // Threes of eight side by side: two, and two ranks left, from 13 on.
  CHECK(groups.number_of({3, 1}, {8, 1}, 4) == 14);
  CHECK(groups.number_of({3, 1}, {8, 1}, 15) == 18);
  CHECK(groups.json() ==
        "{\n \"3\": [4, 5],\n \"8\": [14, 15],\n \"9\": [0, 2, 4, 6],\n \"12\": [9, 11, 13, 15],\n"
        " \"14\": [3, 4, 5],\n \"18\": [14, 15]\n}\n");
}

}  // namespace
}  // namespace fleetcast::interchange::chakra
