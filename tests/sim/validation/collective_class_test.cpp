#include "sim/validation/collective_class.hpp"

#include <sstream>

#include "sim/validation/kernels.hpp"
#include "sim/validation/nccl_log.hpp"
#include "tests/catch.hpp"

namespace fleetcast {
namespace {

CollectiveRow row(const std::string& link, double ranks, double nodes) {
  CollectiveRow out;
  out.system = "H100-SXM5";
  out.collective = "all_reduce";
  out.ranks = ranks;
  out.nodes = nodes;
  out.link = link;
  out.bytes = Bytes{1e6};
  out.time = Seconds{1e-4};
  out.source = "NCCL";
  return out;
}

TEST_CASE("a link says the tiers, their fabrics and line rates", "[validation]") {
  const auto node = measured_collective(row("NVLink4 450GB/s/dir", 8, 1));
  REQUIRE(node.tiers.size() == 1);
  CHECK((node.tiers[0].fabric == "nvlink4" && node.tiers[0].in_network));
  const auto two = measured_collective(row("NVLink4 + EFA 3200Gb/s node (p5)", 16, 2));
  REQUIRE(two.tiers.size() == 2);
  CHECK((two.tiers[0].gpus == 8 && two.tiers[1].fabric == "efa"));
  CHECK(two.tiers[1].bandwidth == BytesPerSecond{50e9});
  const auto slow = measured_collective(row("NVLink3 + EFA 400Gb/s node (p4de)", 16, 2));
  CHECK(slow.tiers[1].bandwidth == BytesPerSecond{6.25e9});
  const auto racks = measured_collective(row("NVL72 x20 racks + IB NDR 400G/GPU", 1440, 360));
  CHECK((racks.tiers[0].gpus == 72 && racks.tiers[1].fabric == "infiniband"));
  CHECK(measured_collective(row("MNNVL NVLink5 900GB/s/dir", 8, 2)).tiers.size() == 1);
  const auto tree = measured_collective(row("NVLink4 + IB NDR 400G/GPU (SHARP)", 64, 8));
  CHECK((tree.tiers[0].in_network && !tree.tiers[1].in_network));
}

TEST_CASE("what has no model is refused with its reason", "[validation]") {
  CHECK(measured_collective(row("carrier pigeon", 8, 1)).refusal ==
        "no fabric of configs/fabrics is like carrier pigeon");
  CHECK(measured_collective(row("NVLink3 + inter-node NIC (unstated)", 16, 2)).refusal ==
        "does not say which network joins its nodes");
  CollectiveRow odd = row("NVLink4", 8, 1);
  odd.collective = "gossip";
  CHECK(measured_collective(odd).refusal == "gossip is not a collective we know");
  CollectiveRow rate = row("NVLink4", 8, 1);
  rate.time = Seconds{};
  CHECK(measured_collective(rate).refusal == "states a rate only, neither bytes nor time");
}

TEST_CASE("implementations other than NCCL have variants, of their system or another",
          "[validation]") {
  CollectiveRow engine = row("NVLink4", 8, 1);
  engine.source = "AIC custom all-reduce vllm/0.24.0 (CUDA graph; bf16)";
  const auto measured = measured_collective(engine);
  CHECK(measured.variant == "vllm all_reduce");
  CHECK_FALSE(measured.tiers[0].in_network);
  Fabric fabric;
  CHECK(find_variant(fabric, "H100-SXM5", "vllm all_reduce") == nullptr);
  fabric.variants = {{"H100-SXM5 vllm all_reduce", "", {}}, {"H200-SXM vllm all_reduce", "", {}}};
  CHECK(find_variant(fabric, "H100-SXM5", "vllm all_reduce") == &fabric.variants[0]);
  CHECK(find_variant(fabric, "H800", "vllm all_reduce") == &fabric.variants[1]);
}

TEST_CASE("a DeepEP kernel waits for its queues of experts or for the link", "[validation]") {
  CollectiveRow deepep = row("NVLink4", 8, 1);
  deepep.collective = "deepep_ll_dispatch";
  deepep.source = "AIC sglang/0.5.12 DeepEP LL hidden=1 tok=10 topk=4 experts=16";
  deepep.bytes = Bytes{100};
  CHECK(is_queued(deepep));
  Network network;
  network.tiers = 1;
  network.link[0].bandwidth = BytesPerSecond{1};
  MeasuredCollective measured;
  measured.op = CollectiveOp::kAllToAll;
  CollectiveCurve& curve = network.link[0].curve[static_cast<int>(measured.op)];
  curve = {.latency = Seconds{3}, .latency_per_hop = Seconds{2}, .efficiency = 0.5};
  CHECK(predict(deepep, measured, {}, network).base() == Approx(3 + 2 * 16 + 100 / 0.5));
  curve.chunk = Seconds{20};  // 10 x 4 x 8 tokens over 16 experts
  CHECK(predict(deepep, measured, {}, network).base() == Approx(3 + 2 * 16 + 20 * 20));
}

TEST_CASE("collectives are grouped, and those of 1 MiB and more summed up apart", "[validation]") {
  std::istringstream in(
      "system,collective,ranks,nodes,link,bytes,time_us,algbw_GBps,busbw_GBps,source\n"
      "H100-SXM5,all_reduce,8,1,NVLink4 450GB/s/dir,1048576,30,1,1,NCCL\n"
      "H100-SXM5,all_reduce,8,1,NVLink4 450GB/s/dir,1048575,30,1,1,NCCL\n"
      "H100-SXM5,all_reduce,8,1,string,1048575,,1,1,NCCL\n");
  const auto table = read_collective_table(in, "t.csv");
  CHECK(table.problems.empty());
  const KernelValidation v = validate_collectives(table.rows);
  CHECK(v.rows.size() == 2);
  REQUIRE(v.by_subset.size() == 2);
  CHECK((v.by_subset[0].group == "bytes >= 1 MiB" && v.by_subset[0].count == 1));
  CHECK(v.by_group[0].group == "all_reduce 8 ranks nvlink4");
  CHECK(v.skipped.size() == 1);
}

TEST_CASE("a log of nccl-tests is read: ranks, hosts, device, out-of-place times", "[validation]") {
  std::istringstream in(
      "# nThread 1 nGpus 1 minBytes 8 maxBytes 16 step: 2(factor) warmup iters: 5 iters: 20\n"
      "# Collective test starting: all_reduce_perf\n"
      "#  Rank  0 Group  0 Pid   10 on node-a device  0 [0x1b] NVIDIA H100 80GB HBM3\n"
      "#  Rank  1 Group  0 Pid   11 on node-a device  1 [0x43] NVIDIA H100 80GB HBM3\n"
      "#       size         count      type   redop    root     time   algbw   busbw #wrong\n"
      "     1048576        262144     float     sum      -1    20.50   51.15   51.15      0\n"
      "# Avg bus bandwidth    : 51.15\n");
  const auto log = read_nccl_log(in, "a.log");
  CHECK(log.problems.empty());
  REQUIRE(log.rows.size() == 1);
  const CollectiveRow& first = log.rows.front();
  CHECK((first.system == "H100-SXM5" && first.collective == "all_reduce"));
  CHECK((first.ranks == 2 && first.nodes == 1 && first.bytes == Bytes{1048576}));
  CHECK(first.time.base() == Approx(20.5e-6));
}

TEST_CASE("a log without its test's name has that of its file", "[validation]") {
  std::istringstream in(
      "#  Rank  0 Pid   10 on node-a device  0 [0x1b] NVIDIA H100 80GB HBM3\n"
      "     1048576        262144     float     sum      -1    20.50   51.15   51.15      0\n");
  const auto log = read_nccl_log(in, "logs/all_gather_2.txt");
  CHECK(log.problems.empty());
  CHECK(log.rows.at(0).collective == "all_gather");
}

TEST_CASE("a log that says too little has problems", "[validation]") {
  std::istringstream in("hello\n");
  CHECK(read_nccl_log(in, "a.log").problems ==
        std::vector<std::string>{
            "a.log:1:1: log: names no ranks",
            "a.log:1:1: log: names no collective we know; call the file all_reduce.log",
            "a.log:1:1: log: holds no times"});
}

}  // namespace
}  // namespace fleetcast
