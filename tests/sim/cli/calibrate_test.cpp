#include <algorithm>
#include <cmath>

#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// A user's rows in, a folder for --configs out.

namespace {

using namespace fleetcast::tests;

const std::string kGemmHeader = "gpu,dtype,m,n,k,time_us,tflops,source\n";

/// GEMMs at half of the bf16 peak of an H200, 989.4 TFLOP/s: about 0.6 of what is expected.
std::string gemm_table(const std::string& gpu, const std::string& dtype = "bf16") {
  std::string out = kGemmHeader;
  for (const long long n : {2048, 4096, 6144, 8192, 12288, 16384}) {
    const double us = 2.0 * 8192.0 * 8192.0 * static_cast<double>(n) / (0.5 * 989.4e12) * 1e6;
    out += gpu + "," + dtype + ",8192," + std::to_string(n) + ",8192," + std::to_string(us) +
           ",495,measured with bench/device/measure.py 2026-01-02; burst fwd NT; 3 runs\n";
  }
  return out;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("measured GEMMs become files that change this system's forecasts alone", "[cli]") {
  const Shell shell;
  shell.file("gemm.csv", gemm_table("H200-SXM"));
  const Result result = shell.run("calibrate gemm.csv --out mine");
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK(first_line(result.out).starts_with("h200-sxm: 6 rows of GEMM bf16: error "));
  CHECK(contains(result.out, "efficiency 0.8285 -> 0."));
  CHECK(contains(result.out, "\n  mine/kernels/h200.yaml\n"));
  CHECK(result.out.ends_with(
      "\nTo forecast with them: fleetcast estimate SCENARIO --configs 'mine'\n"));
  CHECK(!fs::exists(shell.path("mine/kernels/h100.yaml")));
  CHECK(!fs::exists(shell.path("mine/calibration.yaml")));
  const auto seconds = [&](const std::string& more) {
    return std::stod(shell.run("estimate llama3.1-405b-16k-h100 " + more).out);
  };
  CHECK(seconds("--system h200 --configs mine") > 1.1 * seconds("--system h200"));
  CHECK(seconds("--configs mine") == seconds(""));
}

TEST_CASE("validation prices rows by what they were calibrated to", "[cli]") {
  const Shell shell;
  std::string table =
      "gpu,dtype,direction,batch,heads,kv_heads,head_dim,seq,causal,time_us,tflops,source\n";
  for (const int batch : {1, 2, 4})
    for (const int keys : {2048, 4096, 8192, 16384}) {  // at 400 TFLOP/s; 4 b h s^2 d, causal half
      const double us = 4.0 * batch * 32 * keys * keys * 128 / 2 / 400e12 * 1e6;
      table += "H200-SXM,bf16,fwd," + std::to_string(batch) + ",32,8,128," + std::to_string(keys) +
               ",1," + std::to_string(us) +
               ",400,measured with measure.py; backend=cudnn; burst; 3 runs\n";
    }
  shell.file("attention.csv", table);
  CHECK(shell.run("calibrate attention.csv --out mine").code == 0);
  CHECK(fs::exists(shell.path("mine/implementations/h200-sxm.yaml")));
  const auto error = [&](const std::string& more) {
    const Result result = shell.run("validate --kernels attention.csv --format json " + more);
    CHECK(result.code == 0);
    return std::abs(std::stod(result.out.substr(result.out.rfind("\"error\": ") + 9)));
  };
  CHECK(error("") > 0.15);
  CHECK(error("--configs mine") < 0.05);
}

TEST_CASE("a calibration answers in three formats", "[cli]") {
  const Shell shell;
  shell.file("gemm.csv", gemm_table("H200-SXM"));
  CHECK(shell.run("calibrate gemm.csv --out mine --format csv")
            .out.starts_with("subject,section,rows,error_before,error_after,moved\n"
                             "h200-sxm,GEMM bf16,6,"));
  CHECK(contains(shell.run("calibrate gemm.csv --out mine --format json").out,
                 "\"section\": \"GEMM bf16\""));
}

TEST_CASE("a second calibration goes on from the first", "[cli]") {
  const Shell shell;
  shell.file("gemm.csv", gemm_table("H100-PCIe"));
  CHECK(shell.run("calibrate gemm.csv --out mine").code == 0);
  const Result again = shell.run("calibrate gemm.csv --configs mine --out more");
  CHECK(again.code == 0);
  CHECK(fs::exists(shell.path("more/kernels/h100-pcie.yaml")));
  CHECK(!fs::exists(shell.path("more/gpus")));  // it has curves of its own by now
}

TEST_CASE("a calibration that cannot be exits 2 and writes nothing", "[cli]") {
  const Shell shell;
  const auto refused = [&](const std::string& text) {
    shell.file("t.csv", text);
    shell.file("good.csv", gemm_table("H200-SXM"));
    const Result result = shell.run("calibrate good.csv t.csv --out mine");
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK(!fs::exists(shell.path("mine")));
    return result.err;
  };
  CHECK(refused(gemm_table("H201-SXM"))
            .starts_with("t.csv:2:1: gpu: \"H201-SXM\" is not like a file of configs/gpus; did "
                         "you mean \"h200-sxm\"? known: a100-pcie-40gb, "));
  CHECK(refused(kGemmHeader) == "t.csv:1:1: file: has a header and no rows\n");
  CHECK(refused("") == "t.csv:1:1: file: is empty\n");
  shell.file("odd.csv", gemm_table("H200-SXM", "int8"));
  const Result odd = shell.run("calibrate odd.csv --out mine");
  CHECK(odd.code == 2);
  CHECK(odd.err ==
        "command line:1:1: MEASURED: 6 rows that cannot be used, of dtype int8, which is not a "
        "GEMM format known here\n");
  CHECK(shell.run("calibrate gone.csv --out mine").code == 2);
  CHECK(!fs::exists(shell.path("mine")));
}

TEST_CASE("rows of a format that is not known are counted, the others used", "[cli]") {
  const Shell shell;
  shell.file("gemm.csv", gemm_table("H200-SXM"));
  shell.file("odd.csv", gemm_table("H200-SXM", "int8"));
  const Result result = shell.run("calibrate gemm.csv odd.csv --out mine");
  CHECK(result.code == 0);
  CHECK(contains(result.out, "\n        6  dtype int8, which is not a GEMM format known here\n"));
}

std::string log_of(int nodes) {
  std::string out = "# all_reduce_perf\n";
  for (int rank = 0; rank < 8; ++rank)
    out += "#  Rank  " + std::to_string(rank) + " Group  0 Pid 1 on node" +
           std::to_string(rank % nodes) + " device  0 [0x1b] NVIDIA H100 80GB HBM3\n";
  return out +
         "   16777216   4194304   float   sum   -1   150.0   112.  196.  0\n"
         "  268435456  67108864   float   sum   -1  1700.0   158.  276.  0\n";
}

TEST_CASE("one log of nccl-tests is enough", "[cli]") {
  const Shell shell;
  shell.file("one.log", log_of(1));
  const Result result = shell.run("calibrate one.log --out mine");
  CHECK(result.code == 0);
  CHECK(first_line(result.out).starts_with("fabric nvlink4: 2 rows of all_reduce: error "));
  CHECK(fs::exists(shell.path("mine/fabrics/nvlink4.yaml")));
  CHECK(shell.run("show fabric nvlink4 --configs mine").code == 0);
  shell.file("two.log", log_of(2));
  const Result two = shell.run("calibrate two.log --out theirs");
  CHECK(two.code == 2);
  CHECK(contains(two.err,
                 "2 rows that cannot be used, of collectives of H100-SXM5, link \"NVLink4 "
                 "450GB/s/dir\": does not say which network joins its nodes\n"));
  CHECK(contains(two.err, "between nodes OCI GB200, EFA 3200Gb/s, "));
  CHECK(!fs::exists(shell.path("theirs")));
}

/// 64 GPUs at this time a step.
std::string step_of(const std::string& id, double seconds, const std::string& system = "h200") {
  return "- {id: " + id + ", source: mine, date: 2026-01-02, system: " + system + ", gpus: 64, " +
         "model: llama3-8b, stack: my-stack 1.0, seq_len: 8192, global_batch: 128, " +
         "micro_batch: 1, precision: bf16, tp: 1, pp: 1, cp: 1, ep: 1, sequence_parallel: false, " +
         "recompute: none, measured: {step_time_s: " + std::to_string(seconds) + "}}\n";
}

TEST_CASE("one training step moves the global numbers and keeps the intervals", "[cli]") {
  const Shell shell;
  shell.file("step.yaml", "measurements:\n" + step_of("mine-1", 1.7));
  const Result result = shell.run("calibrate step.yaml --out mine");
  CHECK(result.code == 0);
  CHECK(first_line(result.out).starts_with("training steps: 1 row of step time: error "));
  const std::string text = text_of(shell.path("mine/calibration.yaml"));
  CHECK(contains(text, "to 1 measured training step;"));
  CHECK(contains(text, "intervals: kept, "));
  const auto figure = [&](const std::string& key, const std::string& more) {
    const std::string csv = shell.run("validate step.yaml --format csv " + more).out;
    return contains(csv, key) ? csv : std::string();
  };
  CHECK(figure("mine-1", "") != figure("mine-1", "--configs mine"));
  const std::string before = text_of(fs::path(FLEETCAST_SOURCE_CONFIGS) / "calibration.yaml");
  const auto from = [](const std::string& all, const char* a, const char* b) {
    return all.substr(all.find(a), all.find(b) - all.find(a));
  };
  CHECK(from(text, "  dense:", "  systems:") == from(before, "  dense:", "  systems:"));
}

TEST_CASE("systems of one's own steps join those that were validated", "[cli]") {
  const Shell shell;
  shell.file("step.yaml", "measurements:\n" + step_of("mine-1", 1.2, "b300"));
  CHECK(shell.run("calibrate step.yaml --out mine").code == 0);
  const std::string text = text_of(shell.path("mine/calibration.yaml"));
  const std::string systems = text.substr(text.find("  systems: ["));
  const std::string before = text_of(fs::path(FLEETCAST_SOURCE_CONFIGS) / "calibration.yaml");
  CHECK(contains(systems, "\"B300"));
  CHECK(!contains(before, "\"B300"));
  CHECK(contains(systems, "\"H100 SXM 80 GB, HGX H100\""));
}

TEST_CASE("steps that cannot be priced say why", "[cli]") {
  const Shell shell;
  std::string text = "measurements:\n" + step_of("mine-1", 1.7);
  text.replace(text.find("bf16"), 4, "mxfp8");
  shell.file("step.yaml", text);
  const Result result = shell.run("calibrate step.yaml --out mine");
  CHECK(result.code == 2);
  CHECK(result.err ==
        "command line:1:1: MEASURED: 1 row that cannot be used, of training steps: NVIDIA H200 SXM "
        "141 GB has no mxfp8\n");
}

TEST_CASE("anew writes the files of a generation, with today's date", "[cli]") {
  const Shell shell;
  std::string table = "gpu,op,dtype,direction,rows,cols,bytes,time_us,GBps,frac_peak,source\n";
  for (const char* row : {"100000000,50", "1000000000,420", "4000000000,1670"})
    table += "H200-SXM,rms_norm,bf16,fwd,1,1," + std::string(row) +
             ",2400,0.5,cudnn-frontend norms backend=cudnn\n";
  shell.file("memory.csv", table);
  const std::string today = shell.shell("date -u +%F").out.substr(0, 10);
  CHECK(shell.run("calibrate --anew memory.csv --out anew").code == 0);
  CHECK(fs::exists(shell.path("anew/kernels/h100.yaml")));  // of one generation, one curve
  CHECK(contains(text_of(shell.path("anew/kernels/h200.yaml")), "memory: copy no rows, norm "));
  CHECK(contains(text_of(shell.path("anew/implementations/h200-sxm.yaml")),
                 "Fitted by `fleetcast calibrate` on " + today));
}

TEST_CASE("a folder of --configs adds to what is listed, and a wrong one is refused", "[cli]") {
  const Shell shell;
  fs::create_directories(shell.path("mine/gpus"));
  std::string gpu = text_of(fs::path(FLEETCAST_SOURCE_CONFIGS) / "gpus" / "h200-sxm.yaml");
  shell.file("mine/gpus/h300-sxm.yaml", gpu);
  const Result with = shell.run("list gpus --configs mine");
  CHECK(with.code == 0);
  CHECK(contains(with.out, "h300-sxm"));
  CHECK(contains(with.out, "h200-sxm"));
  CHECK(!contains(shell.run("list gpus").out, "h300-sxm"));
  const Result wrong = shell.run("estimate moe-10t --configs nowhere");
  CHECK(wrong.code == 2);
  CHECK(wrong.err == "command line:1:1: --configs: \"nowhere\" is not a folder\n");
}

}  // namespace
