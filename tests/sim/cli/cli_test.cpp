#include "tests/sim/cli/shell.hpp"

#include "tests/catch.hpp"

// Exit codes and whole messages.

namespace {

using namespace fleetcast::tests;

/// The refusal of the small scenario with `from` replaced.
std::string refusal(const Shell& shell, const std::string& from, const std::string& to) {
  std::string text = kSmall;
  text.replace(text.find(from), from.size(), to);
  shell.file("s.yaml", text);
  const Result result = shell.run("estimate s.yaml");
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  return result.err;
}

TEST_CASE("an estimate answers in three formats", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result table = shell.run("estimate s.yaml");
  CHECK(table.code == 0);
  CHECK(table.err.empty());
  CHECK(table.out.find(" s a step on 64 H100 SXM 80 GB: ") != std::string::npos);
  CHECK(table.out.find('\x1b') == std::string::npos);
  const Result json = shell.run("estimate s.yaml --format json");
  CHECK(json.out.starts_with("{\n  \"scenario\": \"small\",\n"));
  CHECK(shell.run("estimate s.yaml --format csv").out.starts_with("scenario,model,system,"));
}

TEST_CASE("system, precision and overrides can be given with the command", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result result = shell.run(
      "estimate s.yaml --system b200 --precision mxfp8 --set plan.tp=1 --set gpu.tdp='1 kW' "
      "--format json");
  CHECK(result.code == 0);
  CHECK(result.out.find("\"system\": \"b200\",\n  \"precision\": \"mxfp8\"") != std::string::npos);
  CHECK(result.out.find("\"tp\": 1,") != std::string::npos);
}

TEST_CASE("a wrong scenario exits 2 and says where and what", "[cli]") {
  const Shell shell;
  CHECK(refusal(shell, "gpus:", "gpu:") ==
        "s.yaml:4:1: gpu: is not a key here; did you mean \"gpus\"? keys: name, question, model, "
        "systems, precisions, gpus, stack, training, plan, space, deadline, deadlines, economy, "
        "recovery, claims, simulation, sources\n");
  CHECK(refusal(shell, "plan:", "deadline: 90 GB\nplan:") ==
        "s.yaml:6:11: deadline: \"90 GB\" is a size, expected a time such as \"30 min\"\n");
  CHECK(refusal(shell, "128", "-128") ==
        "s.yaml:5:41: training.global_batch: must be between 1 and 1e+06, is -128\n");
  CHECK(refusal(shell, "1T", ".nan")
            .starts_with("s.yaml:5:54: training.tokens: \".nan\" is not a number"));
  CHECK(refusal(shell, "1T", "1e30") ==
        "s.yaml:5:54: training.tokens: must be between 0 and 1e+18, is 1e30\n");
  CHECK(refusal(shell, "gpus: 64", "gpus: 64\ngpus: 65") ==
        "s.yaml:5:1: gpus: is given twice, first at 4:1\n");
  CHECK(refusal(shell, "cp: 2", "cp: 3") ==
        "s.yaml:6:7: plan: tp x cp = 2 x 3 = 6 does not divide the 64 GPUs of the scenario\n");
  CHECK(refusal(shell, "cp: 2", "cp: 2, pp: 1, dp: 32") ==
        "s.yaml:6:7: plan: tp x cp x pp x dp = 2 x 2 x 1 x 32 = 128, the scenario has 64 GPUs\n");
}

TEST_CASE("a file that is none exits 2", "[cli]") {
  const Shell shell;
  CHECK(shell.run("estimate no/such.yaml").err == "no/such.yaml:1:1: no such file\n");
  shell.file("empty.yaml", "");
  const Result empty = shell.run("estimate empty.yaml");
  CHECK((empty.code == 2 && empty.err == "empty.yaml:1:1: is empty\n"));
  shell.file("binary.yaml", std::string("\x7F"
                                        "ELF\x02\x01\x01\0\0",
                                        9));
  CHECK(shell.run("estimate binary.yaml").err == "binary.yaml:1:5: is not text (UTF-8)\n");
  const Result name = shell.run("estimate gpt-moe-1.8t-90-dais");
  CHECK(name.code == 2);
  CHECK(
      name.err.starts_with("command line:1:1: \"gpt-moe-1.8t-90-dais\" is not in "
                           "configs/scenarios; did you mean \"gpt-moe-1.8t-90-days\"? known: "));
}

TEST_CASE("wrong commands and flags exit 2, each at its column", "[cli]") {
  const Shell shell;
  const auto refused = [&](const std::string& line) {
    const Result result = shell.run(line);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    return result.err;
  };
  const std::string known =
      "commands: estimate, search, plan, report, explain, simulate, sweep, merge, export, import, "
      "compare, validate, calibrate, list, show, completion, man\n";
  CHECK(refused("estmate x") ==
        "command line:1:11: \"estmate\" is not a command; did you mean \"estimate\"? " + known);
  CHECK(refused("") == "command line:1:11: a command is missing; " + known);
  CHECK(refused("--format json plan x") ==
        "command line:1:11: --format: goes behind a command; " + known);
  CHECK(refused("validate --set training.tokens=1T") ==
        "--set:1:1: training.tokens=1T: rows have no scenario; start with cluster., gpu., kernels. "
        "or stack.\n");
  CHECK(refused("estimate") == "command line:1:20: SCENARIO is required\n");
  CHECK(refused("plan x --frmat json") ==
        "command line:1:18: --frmat: is not an option here; did you mean \"--format\"? options: "
        "--help, --curve, --threads, --format, --color, --set, --configs, --output\n"
        "command line:1:26: \"json\" is one argument too many\n");
  CHECK(refused("list gpus --format xml") ==
        "command line:1:30: --format: \"xml\" is not known here; known: table, json, csv\n");
  CHECK(refused("estimate moe-10t --set gpus") == "--set:1:1: \"gpus\" is not path=value\n");
  CHECK(refused("estimate moe-10t --precision fp9")
            .starts_with("command line:1:1: --precision: \"fp9\" is not known here; "));
  CHECK(refused("list gpu")
            .starts_with(
                "command line:1:1: KIND: \"gpu\" is not known here; did you mean \"gpus\"? "));
  CHECK(refused("show gpu") ==
        "command line:1:1: NAME: is missing, such as in `fleetcast show gpu h100-sxm`\n");
  CHECK(refused("search moe-10t")
            .ends_with("moe-10t.yaml:1:1: gpus: is missing: the fleet to search, such as 64\n"));
  CHECK(refused("plan gpt3-175b-64-a100")
            .ends_with("gpt3-175b-64-a100.yaml:1:1: deadline: is missing: the time to plan for, "
                       "such as 90 days\n"));
}

TEST_CASE("a plan that cannot run exits 3, by how much and what would help", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result big = shell.run("estimate s.yaml --set model=llama3.1-405b");
  CHECK(big.code == 3);
  CHECK(big.err.starts_with("fleetcast: the plan cannot run: needs "));
  CHECK(big.err.ends_with(" GiB a GPU, 79.7 GiB are usable\n"));
  CHECK(big.out.starts_with("Cannot run on 64 H100 SXM 80 GB: needs "));
  CHECK(big.out.find("\nWhat would make it fit\n") != std::string::npos);

  const Result batch = shell.run("estimate s.yaml --set training.global_batch=100 --format json");
  CHECK(batch.code == 3);
  CHECK(batch.err ==
        "fleetcast: the plan cannot run: dp x micro_batch = 16 does not divide the global batch of "
        "100 sequences\n");
  CHECK(batch.out.find("\"fits\": false") != std::string::npos);
  CHECK(batch.out.find("\"reason\": \"dp_batch\"") != std::string::npos);

  const Result chip = shell.run("estimate s.yaml --precision nvfp4");
  CHECK(chip.code == 3);
}

TEST_CASE("a result file appears whole or not at all", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  CHECK(shell.run("list gpus --format csv -o out.csv").code == 0);
  CHECK(text_of(shell.path("out.csv")).starts_with("gpu,architecture,"));
  CHECK(shell.run("estimate s.yaml --set gpus=nan -o out.csv").code == 2);
  CHECK(text_of(shell.path("out.csv")).starts_with("gpu,architecture,"));
  const Result none = shell.run("list gpus --output no/such/out.csv");
  CHECK(none.code == 2);
  CHECK(none.err ==
        "command line:1:1: --output: \"no/such/out.csv\" cannot be written: No such file or "
        "directory\n");
  CHECK(shell.run("list gpus -o /dev/null").code == 0);
  CHECK(fs::is_character_file("/dev/null"));
  int files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(shell.path(""))) ++files;
  CHECK(files == 4);  // s.yaml, out.csv, .out, .err
}

TEST_CASE("a reader that goes away is no error, a full disk is", "[cli]") {
  const Shell shell;
  const std::string program = "'" FLEETCAST_PROGRAM "'";
  const Result closed = shell.shell("(" + program + " list llms; echo $? >&2) | true");
  CHECK(closed.err == "0\n");
  if (fs::exists("/dev/full")) {
    const Result full = shell.shell(program + " list gpus > /dev/full");
    CHECK(full.code == 70);
    CHECK(full.err == "fleetcast: standard output: No space left on device\n");
  }
}

TEST_CASE("kernel tables are validated by chip and format", "[cli]") {
  const Shell shell;
  shell.file("g.csv",
             "gpu,dtype,m,n,k,time_us,tflops,source\n"
             "H100-SXM5-80GB,bf16,8192,8192,8192,1600,687,a\n"
             "H100-SXM5-80GB,nvfp4,8192,8192,8192,1600,687,a\n"
             "TPU-v9,bf16,8192,8192,8192,1600,687,a\n");
  const Result result = shell.run("validate --kernels g.csv");
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("1 rows: mean absolute error "));
  CHECK(result.out.find("1  no file of configs/gpus is named like TPU-v9\n") != std::string::npos);
  CHECK(result.out.find("1  this chip does not run nvfp4\n") != std::string::npos);
  CHECK(
      shell.run("validate --kernels g.csv --format csv")
          .out.starts_with("id,gpu,dtype,m,n,k,measured_time_us,predicted_time_us,error,source\n"));
  shell.file("more.csv",
             "gpu,dtype,m,n,k,time_us,tflops,source\nH200-SXM,bf16,8192,8192,8192,1600,687,a\n");
  CHECK(shell.run("validate --kernels g.csv more.csv").out.starts_with("2 rows: "));
  shell.file("memory.csv", "gpu,op,dtype,direction,rows,cols,bytes,time_us,source\n");
  const Result mixed = shell.run("validate --kernels g.csv memory.csv");
  CHECK(mixed.code == 2);
  CHECK(mixed.err == "memory.csv:1:1: is not of the kind of g.csv: one kind at a time\n");
  shell.file("bad.csv", "gpu,dtype,m,n,k,time_us,source\nx,bf16,-1,2,3,4,a\n");
  const Result bad = shell.run("validate --kernels bad.csv");
  CHECK(bad.code == 2);
  CHECK(bad.err.starts_with("bad.csv:2:"));
}

/// One row, five times over, so that its system counts.
std::string five_rows() {
  std::string out = "models: {}\nmeasurements:\n";
  for (int i = 0; i < 5; ++i)
    out += "  - {id: row-" + std::to_string(i) +
           ", source: nobody, system: h100-80gb-sxm, model: llama3-8b, stack: \"megatron-bridge "
           "26.06\", precision: bf16, gpus: 16, seq_len: 4096, global_batch: 64, micro_batch: 1, "
           "tp: 2, pp: 2, measured: {step_time_s: 0.5}}\n";
  return out;
}

TEST_CASE("accuracy that got worse by half a point is a regression, exit code 1", "[cli]") {
  const Shell shell;
  shell.file("rows.yaml", five_rows());
  CHECK(shell.run("validate rows.yaml --accuracy -o accepted.yaml").code == 0);
  const Result same = shell.run("validate rows.yaml --against accepted.yaml");
  CHECK(same.code == 0);
  CHECK(same.out.find("+0.00") != std::string::npos);
  CHECK(same.err.empty());
  const Result slow =
      shell.run("validate rows.yaml --against accepted.yaml --set kernels.sustained=0.5");
  CHECK(slow.code == 1);
  CHECK(slow.out.find("WORSE") != std::string::npos);
  CHECK(slow.err == "worse by more than 0.5 points, or gone: all, dense, h100-80gb-sxm\n");
}

TEST_CASE("validation writes its documents one at a time", "[cli]") {
  const Shell shell;
  shell.file("rows.yaml", five_rows());
  const std::string command = "validate rows.yaml --";
  CHECK(shell.run(command + "markdown").out.starts_with("# How right Fleetcast is\n"));
  CHECK(shell.run(command + "deviations").out.starts_with("# Where Fleetcast is wrong\n"));
  CHECK(shell.run(command + "peers").out.starts_with("# Beside other programs"));
  CHECK(shell.run(command + "chart").out.starts_with("<svg xmlns="));
  CHECK(shell.run(command + "rows").out.find("\n  row-4") != std::string::npos);
  CHECK(shell.run("validate rows.yaml --format csv").out.find("\nrow-4,") != std::string::npos);
  const Result both = shell.run(command + "chart --peers");
  CHECK(both.code == 2);
  CHECK(both.err.find("goes without --") != std::string::npos);
  const Result clash = shell.run(command + "chart --against rows.yaml");
  CHECK(clash.code == 2);
  CHECK(clash.err == "command line:1:1: --against: goes without --chart\n");
}

TEST_CASE("Ctrl-C ends with 130", "[cli]") {
  const Shell shell;
  const Result stopped =
      shell.shell("mkfifo f.yaml; timeout --preserve-status -s INT 0.3 '" FLEETCAST_PROGRAM
                  "' estimate f.yaml");
  CHECK(stopped.code == 130);
  CHECK(stopped.out.empty());
  CHECK(stopped.err.empty());
}

TEST_CASE("a claim on a system that the scenario lacks is said not to be checked", "[cli]") {
  const Shell shell;
  shell.file("s.yaml",
             "name: small\nmodel: llama3-8b\nsystems: [h100-80gb-sxm]\n"
             "training: {seq_len: 4096, global_batch: 2048, tokens: 5T}\n"
             "deadline: 30 days\nspace: {tp: [1], pp: [1], cp: [1]}\n"
             "claims: [{system: h100-80gb-sxn, gpus: 1000, power: 1 MW}]\n");
  const Result plan = shell.run("plan s.yaml");
  INFO(plan.out);
  CHECK(plan.code == 0);
  CHECK(plan.out.find("What is claimed") == std::string::npos);
  CHECK(
      plan.err ==
      "fleetcast: claims on \"h100-80gb-sxn\" are not checked: it is not in the scenario; did you "
      "mean \"h100-80gb-sxm\"? systems: h100-80gb-sxm\n");
}

TEST_CASE("a difference between systems is explained in changes that multiply to it", "[cli]") {
  const Shell shell;
  shell.file("s.yaml",
             "name: small\nmodel: llama3-8b\nsystems: [h100-80gb-sxm]\n"
             "training: {seq_len: 4096, global_batch: 2048, tokens: 5T}\n"
             "deadline: 30 days\nspace: {tp: [1, 2, 8], pp: [1, 2], cp: [1]}\n");
  const std::string line = "explain s.yaml --from h100-80gb-sxm --to h200:fp8-current ";
  const Result table = shell.run(line);
  INFO(table.out << table.err);
  CHECK(table.code == 0);
  CHECK(table.err.empty());
  CHECK(table.out.starts_with("30 days take "));
  CHECK(table.out.find("\n  all of them ") != std::string::npos);
  CHECK(shell.run(line + "--format csv").out.starts_with("change,title,gpus_ratio,"));
  CHECK(shell.run("explain s.yaml --from nowhere --to h200").code == 2);
  const Result recipe = shell.run("explain s.yaml --from h100-80gb-sxm:nvfp4 --to h200");
  CHECK(recipe.code == 2);
  CHECK(recipe.err.find("--from: no nvfp4 on NVIDIA H100 SXM 80 GB") != std::string::npos);
}

TEST_CASE("what a plan hangs on is told, and from which value on a condition holds", "[cli]") {
  const Shell shell;
  const Result moved = shell.run("explain llama3.1-405b-16k-h100");
  CHECK(moved.code == 0);
  CHECK(moved.out.starts_with("The run takes "));
  CHECK(moved.out.find("\n  tokens ") != std::string::npos);
  CHECK(moved.out.find("\n  mlp up wgrad ") != std::string::npos);
  CHECK(moved.out.find("\nOf the step ") != std::string::npos);
  const Result claimed = shell.run("explain gpt-moe-1.8t-90-days --format json");
  CHECK(claimed.out.find("\"needed_mfu_bf16\": 0.38") != std::string::npos);
  CHECK(claimed.out.find("\"runs_that_reached_it\": ") != std::string::npos);

  const std::string line = "explain llama3.1-405b-16k-h100 --solve training.tokens --until ";
  const Result more = shell.run(line + "'run.steps <= 1859655'");  // twice as many, and no more
  CHECK(more.code == 0);
  CHECK(more.out.starts_with("run.steps <= 1859655 holds up to training.tokens = 3.1"));
  CHECK(more.out.find(", 2 times the\npresent 1.56e+13") != std::string::npos);
  CHECK(shell.run(line + "'run.days <= 0.001'").code == 3);
  CHECK(shell.run(line + "'run.days < 75'").code == 2);
  CHECK(shell.run(line + "'run.day <= 75'").err.find("did you mean \"run.days\"?") !=
        std::string::npos);
  CHECK(shell.run("explain llama3.1-405b-16k-h100 --solve gpus --until 'run.days <= 60'").code ==
        2);
  CHECK(shell.run("explain llama3.1-405b-16k-h100 --solve gpu.name --until 'mfu >= 1'").code == 2);
  CHECK(shell.run("explain llama3.1-405b-16k-h100 --from h200").code == 2);
}

TEST_CASE("help has an example, and every kind can be listed", "[cli]") {
  const Shell shell;
  CHECK(shell.run("--version").out.starts_with("fleetcast "));
  for (const char* command :
       {"", "estimate", "search", "plan", "explain", "simulate", "validate", "list", "show"}) {
    const Result help = shell.run(std::string(command) + " --help");
    INFO(help.out);
    CHECK(help.code == 0);
    CHECK(help.out.find("Usage: fleetcast") != std::string::npos);
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);)
      CHECK((line.size() <= 80 || line.starts_with("  fleetcast ")));
    CHECK(help.out.find("\nExamples:\n  fleetcast ") != std::string::npos);
  }
  for (const char* kind : {"", "gpus", "clusters", "llms", "stacks", "scenarios", "precisions",
                           "schedules", "collectives", "recompute", "dimensions"})
    CHECK(shell.run("list " + std::string(kind)).code == 0);
  const Result keys = shell.run("list keys --format csv");
  CHECK(keys.out.find("\nstacks,wgrad_deferral_limit,") != std::string::npos);
  CHECK(keys.out.find("\ncalibration.yaml,steps.gemm_rate,") != std::string::npos);
}

TEST_CASE("everything that is listed can be shown, field by field", "[cli]") {
  const Shell shell;
  const Result gpu = shell.run("show gpu h100-sxm --format csv");
  CHECK(gpu.out.starts_with("field,value,source,meaning\n"));
  CHECK(gpu.out.find("\nhbm_bandwidth,3.35 TB/s,") != std::string::npos);
  CHECK(shell.run("show cluster gb200-nvl72").code == 0);
  CHECK(shell.run("show stack 'meta 2024'").code == 0);
  CHECK(shell.run("show kernels h100").code == 0);
  CHECK(shell.run("show llm llama3.1-405b").out.find("total_parameters") != std::string::npos);
  CHECK(shell.run("show scenario moe-10t").code == 0);
  shell.file("s.yaml", kSmall);
  const Result scenario = shell.run("show s.yaml --set plan.tp=4 --format csv");
  CHECK(scenario.out.find("\nplan.tp,4,") != std::string::npos);
}

TEST_CASE("a chip can be simulated in three formats", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result table = shell.run("simulate s.yaml --scale chip");
  CHECK(table.code == 0);
  CHECK(table.err.empty());
  CHECK(table.out.starts_with("NVIDIA H100 SXM 80 GB, simulated as NVIDIA Hopper (GH100)\n"));
  CHECK(table.out.find("core attention backward") != std::string::npos);
  const std::string kernels =
      "simulate s.yaml --scale chip --kernel gemm:512x512x512:fp8 --kernel 'memory:1 MB' ";
  CHECK(shell.run(kernels + "--format csv").out.starts_with("kernel,shape,time_s,bound,"));
  const Result json = shell.run(kernels + "--beside '200 GB/s' --beside-sms 8 --format json");
  CHECK(json.code == 0);
  CHECK(json.out.find("\"beside_bytes_per_s\": 200000000000,\n  \"beside_sms\": 8,") !=
        std::string::npos);
}

TEST_CASE("a kernel nobody can run is refused, with everything that is wrong", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result result = shell.run(
      "simulate s.yaml --scale chip --kernel gemm:40x0x4096:bf17 --kernel conv:3 "
      "--kernel attention:1,32,7,128,x --kernel memory:5 --kernel gemm:8x8x8:fp4 --beside-sms 3");
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK(result.err ==
        "command line:1:1: --kernel: N: \"0\" is no whole number from 1 to 1e9\n"
        "command line:1:1: --kernel: \"bf17\" is not a format: bf16, fp16, fp8 or fp4\n"
        "command line:1:1: --kernel: \"conv\" is no kernel here: gemm:MxNxK[:dtype], "
        "attention:B,H,KV,D,S[:causal][:bwd] or memory:BYTES\n"
        "command line:1:1: --kernel: S: \"x\" is no whole number from 1 to 1e9\n"
        "command line:1:1: --kernel: H: 32 heads are no multiple of the KV heads\n"
        "command line:1:1: --kernel: \"5\" needs a unit, such as \"5 GB\"\n"
        "command line:1:1: --kernel: \"gemm:8x8x8:fp4\": this chip does not run its format\n"
        "command line:1:1: --beside-sms: goes with --beside\n");
}

}  // namespace
