#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// simulate --scale run: months of failures, on several processes.

namespace {

using namespace fleetcast::tests;

const std::string kJob =
    "name: small\n"
    "model: llama3-8b\n"
    "systems: [h100-80gb-sxm]\n"
    "gpus: 64\n"
    "training: {seq_len: 8192, global_batch: 128, tokens: 200B}\n"
    "plan: {tp: 2, cp: 2, dp: 16}\n";
const std::string kRun = "simulate s.yaml --scale run ";

/// One that lasts for minutes.
const std::string kEndless = kRun + "--runs 900000 --processes 2 --set training.tokens=20T ";
/// Its worker processes, once there are two.
const std::string kWaitForWorkers =
    "for i in $(seq 200); do w=$(pgrep -P $p | head -2); [ $(echo $w | wc -w) = 2 ] && break; "
    "sleep 0.05; done; ";

TEST_CASE("months are simulated, and a what-if of spares moves them", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kJob);
  const Result table = shell.run(kRun + "--runs 40");
  CHECK(table.code == 0);
  CHECK(table.err.empty());
  CHECK(table.out.find("p90 of 40 simulated runs on 64 H100 SXM 80 GB; goodput") !=
        std::string::npos);
  CHECK(table.out.find("clock of 1 us, seed 1\n") != std::string::npos);
  const Result none = shell.run(
      kRun +
      "--runs 40 --set recovery.spares=0 --set 'cluster.reliability.interruptions=50 /year'");
  CHECK(none.out.find("\n  waiting ") != std::string::npos);
}

TEST_CASE("the answer depends on the seed, and not on the number of processes", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kJob);
  const std::string line =
      kRun + "--runs 21 --format json --set 'cluster.reliability.interruptions=5 /year' ";
  const Result one = shell.run(line + "--processes 1");
  CHECK(one.code == 0);
  CHECK(shell.run(line + "--processes 4").out == one.out);
  CHECK(shell.run(line + "--processes 4 --seed 2").out != one.out);
}

TEST_CASE("a trace holds one run's states and failures", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kJob);
  CHECK(
      shell.run(kRun + "--runs 5 --trace t.json --set 'cluster.reliability.interruptions=50 /year'")
          .code == 0);
  const std::string trace = text_of(shell.path("t.json"));
  CHECK(trace.find(R"("name":"restart")") != std::string::npos);
  CHECK(trace.find(R"("name":"gpu","cat":"failure")") != std::string::npos);
  CHECK(trace.ends_with("\n]}\n"));
  const Result refused = shell.run(kRun + "--trace no/such/t.json");
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  CHECK(refused.err ==
        "command line:1:1: --trace: \"no/such/t.json\" cannot be written: No such file or "
        "directory\n");
}

TEST_CASE("what cannot be simulated over months is refused", "[cli]") {
  const Shell shell;
  std::string text = kJob;
  text.replace(text.find(", tokens: 200B"), 14, "");
  shell.file("s.yaml", text);
  const Result step = shell.run(kRun);
  CHECK(step.code == 2);
  CHECK(step.out.empty());
  CHECK(step.err ==
        "s.yaml:1:1: training.tokens: is missing: a run over months needs its length\n");
  shell.file("s.yaml", kJob);
  CHECK(shell.run(kRun + "--set training.tokens=100000T").code == 2);
  CHECK(shell.run(kRun + "--set recovery.spares=-1").err ==
        "--set:1:1: recovery.spares: must be between 0 and 1e+06, is -1\n");
  CHECK(shell.run(kRun + "--runs 0").code == 2);
  CHECK(shell.run(kRun + "--set plan.tp=1 --set plan.cp=4 --set 'gpu.memory_usable=1 GB'").code ==
        3);
}

TEST_CASE("failures that don't fit together are refused with all that is wrong", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kJob);
  const Result result = shell.run(
      kRun +
      "--set cluster.reliability.detection='20 min' --set cluster.reliability.maintenance=5h "
      "--set cluster.reliability.maintenance_every=0s");
  CHECK(result.code == 2);
  CHECK(result.err.find("reliability.detection: is part of restart, and longer\n") !=
        std::string::npos);
  CHECK(result.err.find("reliability.maintenance_every: is missing: there is maintenance\n") !=
        std::string::npos);
}

TEST_CASE("a process that is killed is an error that says so, and leaves nothing behind", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kJob);
  const Result result =
      shell.shell("'" FLEETCAST_PROGRAM "' " + kEndless + "& p=$!; " + kWaitForWorkers +
                  "set -- $w; kill -9 $1; wait $p; c=$?; sleep 0.2; "
                  "kill -0 $2 2>/dev/null && echo left behind; exit $c");
  CHECK(result.code == 70);
  CHECK(result.out.empty());
  CHECK(
      result.err.starts_with("fleetcast: a process that simulates was killed by signal 9 after "));
}

TEST_CASE("Ctrl-C ends all processes and prints what there is", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kJob);
  const Result result =
      shell.shell("setsid '" FLEETCAST_PROGRAM "' " + kEndless + "& p=$!; " + kWaitForWorkers +
                  "sleep 0.5; kill -INT -$p; wait $p; c=$?; set -- $w; "
                  "kill -0 $1 2>/dev/null && echo left behind; exit $c");
  CHECK(result.code == 130);
  CHECK(result.out.find(" simulated runs on 64 H100") != std::string::npos);
  CHECK(result.out.find("left behind") == std::string::npos);
  CHECK(result.err.starts_with("fleetcast: stopped after "));
  CHECK(result.err.find(" of 900,000 runs\n") != std::string::npos);
}

TEST_CASE("processes end when the one that started them is killed", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kJob);
  const Result result = shell.shell(
      "'" FLEETCAST_PROGRAM "' " + kEndless + "& p=$!; " + kWaitForWorkers +
      "kill -9 $p; wait $p; for i in $(seq 100); do kill -0 $w 2>/dev/null || exit 0; sleep 0.05; "
      "done; exit 1");
  CHECK(result.code == 0);
}

}  // namespace
