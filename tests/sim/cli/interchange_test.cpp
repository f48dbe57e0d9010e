#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// Models and plans of other programs, in and out.

namespace {

using namespace fleetcast::tests;

const std::string kConfigJson =
    "{\n"
    "  \"model_type\": \"llama\",\n"
    "  \"hidden_size\": 4096,\n"
    "  \"intermediate_size\": 14336,\n"
    "  \"num_hidden_layers\": 32,\n"
    "  \"num_attention_heads\": 32,\n"
    "  \"num_key_value_heads\": 8,\n"
    "  \"vocab_size\": 128256\n"
    "}\n";

TEST_CASE("an imported config.json is the model of a scenario", "[cli]") {
  const Shell shell;
  shell.file("config.json", kConfigJson);
  CHECK(shell.run("import hf config.json -o model.yaml").code == 0);
  const std::string model = text_of(shell.path("model.yaml"));
  CHECK(model.starts_with("# 8,030,261,248 parameters, every tensor counted.\nname: Llama\n"));
  CHECK(shell.run("import hf config.json").out == model);
  shell.file("s.yaml", kSmall);
  const Result ours = shell.run("estimate s.yaml --format csv --set model.name=Llama");
  const Result imported = shell.run("estimate s.yaml --format csv --set model=./model.yaml");
  CHECK(imported.code == 0);
  CHECK(imported.out == ours.out);
}

TEST_CASE("a config.json that cannot be imported leaves no file", "[cli]") {
  const Shell shell;
  std::string text = kConfigJson;
  shell.file("config.json", text.replace(text.find("llama"), 5, "lama"));
  const Result result = shell.run("import hf config.json -o model.yaml");
  CHECK(result.code == 2);
  CHECK(
      result.err.starts_with("config.json:2:17: model_type: \"lama\" is not a family known here; "
                             "did you mean \"llama\"? families: llama, mistral, "));
  CHECK(!fs::exists(shell.path("model.yaml")));
  CHECK(shell.run("import fh config.json").err ==
        "command line:1:1: KIND: \"fh\" is not known here; did you mean \"hf\"? known: hf, "
        "megatron, chakra, nccl-tests\n");
}

TEST_CASE("a plan goes to Megatron-LM and comes back", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  CHECK(shell.run("export megatron s.yaml --set plan.cp=1 -o run.sh").code == 0);
  CHECK(text_of(shell.path("run.sh")).starts_with("torchrun --nnodes 8 --nproc-per-node 8 "));
  CHECK(shell.run("import megatron run.sh --system h100-80gb-sxm -o back.yaml").code == 0);
  CHECK(shell.run("export megatron back.yaml").out == text_of(shell.path("run.sh")));
  CHECK(shell.run("import megatron run.sh").err ==
        "command line:1:1: --system: is missing: the GPUs that it runs on, see `fleetcast list "
        "clusters`\n");
  CHECK(shell.run("export a.sqlite b.sqlite").err ==
        "command line:1:1: \"b.sqlite\" is one argument too many\n");
}

TEST_CASE("a step leaves as Chakra traces, and what comes back adds up to it", "[cli]") {
  const Shell shell;
  shell.file("small.1.yaml", kSmall);
  const std::string plan =
      "small.1.yaml --set plan.pp=2 --set plan.tp=4 --set plan.cp=1 "
      "--set stack.wgrad_deferral_limit=0";
  const Result out = shell.run("export chakra " + plan + " --out traces");
  CHECK(out.err.empty());
  CHECK(out.code == 0);
  CHECK(out.out.starts_with("2 of 64 ranks: "));
  CHECK(
      out.out.ends_with("  --workload-configuration=traces/small.1\n"
                        "  --comm-group-configuration=traces/small.1.groups.json\n"));
  // The first rank of each stage; each is in groups of 4 tensor and 8 data-parallel ranks.
  const auto groups = nlohmann::json::parse(text_of(shell.path("traces/small.1.groups.json")));
  CHECK(groups.size() == 4);
  const Result back =
      shell.run("import chakra traces/small.1.32.et traces/small.1.0.et --format json");
  CHECK(back.err.empty());
  const auto sums = nlohmann::json::parse(back.out);
  const auto estimate = nlohmann::json::parse(shell.run("estimate " + plan + " --format json").out);
  const double step = estimate["step_time_s"];
  CHECK(sums["critical_path_s"].get<double>() == Approx(step).epsilon(0.005));
  CHECK(sums["ranks"][0]["rank"] == 0);
  CHECK(sums["ranks"][1]["rank"] == 32);
  // The second stage has the logits and is the busiest.
  for (const auto& cost : sums["ranks"][1]["costs"]) {
    const std::string key = cost["cost"];
    if (key.ends_with("_exposed")) continue;
    INFO(key);
    CHECK(cost["stated_s"].get<double>() ==
          Approx(estimate["breakdown_s"][key].get<double>()).margin(1e-9 * step));
  }
  CHECK(shell.run("import chakra traces/small.1.0.et").out.starts_with("At least "));
  CHECK(shell.run("import chakra traces/small.1.0.et --format csv")
            .out.starts_with("file,rank,nodes,compute_s,"));
}

TEST_CASE("wrong traces and wrong ranks are refused, and leave nothing", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  CHECK(shell.run("export chakra s.yaml").err ==
        "command line:1:1: --out: is missing: the folder for the traces\n");
  const Result ranks = shell.run("export chakra s.yaml --out traces --ranks 0,64");
  CHECK(ranks.code == 2);
  CHECK(ranks.err ==
        "command line:1:1: --ranks: \"64\" is neither stages nor all nor a rank from 0 to 63\n");
  CHECK(!fs::exists(shell.path("traces")));
  CHECK(shell.run("export megatron s.yaml --out traces").err ==
        "command line:1:1: --out: goes with chakra SCENARIO\n");
  shell.file("no.et", "x");
  const Result trace = shell.run("import chakra no.et s.yaml");
  CHECK(trace.code == 2);
  CHECK(trace.err ==
        "no.et:1:1: file: ends within a message of 120 bytes\n"
        "no.et:1:1: file: has no nodes\n"
        "s.yaml:1:1: file: is no message of Chakra's schema\n"
        "s.yaml:1:1: file: has no nodes\n");
  CHECK(shell.run("import chakra no.et --format yaml").err ==
        "command line:1:1: --format: \"yaml\" is not a format of chakra; formats: table, json, "
        "csv\n");
  CHECK(shell.run("import hf a.json b.json").err ==
        "command line:1:1: \"b.json\" is one argument too many\n");
}

std::string log_of(int nodes, const std::string& lines) {
  std::string out = "# all_reduce_perf\n";
  for (int rank = 0; rank < 16; ++rank)
    out += "#  Rank  " + std::to_string(rank) + " Group  0 Pid 1 on node" +
           std::to_string(rank * nodes / 16) + " device  0 [0x1b] NVIDIA H100 80GB HBM3\n";
  return out + lines;
}

const std::string kTimes =
    "   16777216   4194304   float   sum   -1   900.0   18.  35.  0  901. 18. 35. 0\n"
    "  268435456  67108864   float   sum   -1  9000.0   29.  56.  0  901. 29. 56. 0\n";

TEST_CASE("a log of nccl-tests becomes a link's curves, which the program then uses", "[cli]") {
  const Shell shell;
  shell.file("two.log", log_of(2, kTimes));
  fs::create_directories(shell.path("mine/fabrics"));
  const std::string file = "mine/fabrics/infiniband.yaml";
  const Result result = shell.run("import nccl-tests two.log --link 'IB NDR 400G' -o " + file);
  CHECK(result.err.empty());
  CHECK(result.code == 0);
  CHECK(text_of(shell.path(file))
            .starts_with("# fabrics/infiniband.yaml of a folder for --configs\n"
                         "# Written by `fleetcast calibrate`; shares of the line rate.\n"));
  CHECK(shell.run("show fabric infiniband --configs mine").code == 0);
  // Two rows move a curve a little: all-reduces this slow make what waits for them longer.
  shell.file("s.yaml", kSmall);
  const std::string estimate =
      "estimate s.yaml --set stack.overlap_grad_reduce=false --set plan.zero=0 "
      "--set plan.tp=4";
  const auto step_of = [&](const std::string& more) {
    return nlohmann::json::parse(shell.run(estimate + more + " --format json").out)["step_time_s"]
        .get<double>();
  };
  CHECK(step_of(" --configs mine") > 1.0001 * step_of(""));
}

TEST_CASE("a log of nccl-tests becomes a table of measured collectives", "[cli]") {
  const Shell shell;
  shell.file("two.log", log_of(2, kTimes));
  CHECK(shell.run("import nccl-tests two.log --link RoCE --format csv -o rows.csv").code == 0);
  CHECK(text_of(shell.path("rows.csv")) ==
        "system,collective,ranks,nodes,link,bytes,time_us,source\n"
        "H100-SXM5,all_reduce,16,2,\"NVLink4 450GB/s/dir, RoCE\",16777216,900,nccl-tests log "
        "two.log\n"
        "H100-SXM5,all_reduce,16,2,\"NVLink4 450GB/s/dir, RoCE\",268435456,9000,nccl-tests log "
        "two.log\n");
  const auto read =
      nlohmann::json::parse(shell.run("validate --kernels rows.csv --format json").out);
  CHECK(read["count"] == 2);
}

TEST_CASE("bad logs of nccl-tests are refused at the line that is bad", "[cli]") {
  const Shell shell;
  shell.file("two.log", log_of(2, kTimes));
  shell.file("bad.log", log_of(1,
                               "    1048576    262144   float   sum   -1\n"
                               "    2097152    524288   float   sum   -1  30. 70. 130. 12\n"
                               "node0: Test NCCL failure all_reduce.cu:61\n"));
  shell.file(
      "odd.log",
      "# all_reduce_perf\n#  Rank  0 Group  0 Pid 1 on a device  0 [0x1b] Abacus 9\n" + kTimes);
  const Result result = shell.run("import nccl-tests two.log bad.log odd.log -o out.yaml");
  CHECK(result.code == 2);
  CHECK(result.err ==
        "bad.log:18:1: time: is missing behind size, count and type\n"
        "bad.log:19:1: #wrong: 12 values are wrong\n"
        "bad.log:20:1: log: the test failed: node0: Test NCCL failure all_reduce.cu:61\n"
        "odd.log:2:1: device: is none we know; known: GB300, B300, GB200, B200, H200, H800, H100, "
        "A100\n"
        "two.log:1:1: log: is of several nodes, and does not say what joins them; --link does: "
        "NVLink3, NVLink4, NVL; between nodes OCI GB200, EFA 3200Gb/s, EFA 400Gb/s, TCPXO, RoCE "
        "800G/GPU, RoCE, NIC 400G/GPU, IB NDR 400G, IB 400G, RDMA\n");
  shell.file("one.log",
             "# all_reduce_perf\n#  Rank  0 Group  0 Pid 1 on a device  0 [0x1b] NVIDIA H100 80GB "
             "HBM3\n" +
                 kTimes);
  CHECK(shell.run("import nccl-tests one.log -o out.yaml").err ==
        "one.log:1:1: log: is of one rank, which exchanges nothing\n");
  CHECK(!fs::exists(shell.path("out.yaml")));
  CHECK(shell.run("import nccl-tests two.log --link string")
            .err.starts_with(
                "command line:1:1: FILES: 2 rows that cannot be used, of collectives of H100-SXM5, "
                "link "
                "\"NVLink4 450GB/s/dir, string\": does not say which network joins its nodes\n"));
}

}  // namespace
