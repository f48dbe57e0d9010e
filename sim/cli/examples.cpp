#include <array>

#include "sim/cli/manual.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::array kExamples{
    Example{"estimate", "llama3.1-405b-16k-h100", "a plan that was run: its time and causes"},
    Example{"estimate",
            "llama3.1-405b-16k-h100 --set plan.vp=4 --set 'cluster.tiers.rail.bandwidth=200 Gb/s'",
            "fewer chunks a stage, and half the network"},
    Example{"estimate", "llama3.1-405b-16k-h100 --system h200 --format json -o h200.json",
            "on other GPUs, for a program to read"},
    Example{"search", "gpt3-175b-64-a100", "the best plan on the scenario's own fleet"},
    Example{"search", "gpt3-175b-64-a100 --set gpus=128 --objective energy",
            "on twice as many, the plan that draws least"},
    Example{"plan", "gpt-moe-1.8t-90-days", "how many GPUs of each system meet 90 days"},
    Example{"plan", "gpt-moe-1.8t-90-days --set 'deadlines=[60 days, 120 days]'",
            "the same for two deadlines"},
    Example{"report", "llama3.1-405b-16k-h100 --out report.html",
            "a page to hand on, with Markdown and CSV beside it"},
    Example{"report", "gpt-moe-1.8t-90-days --out 90-days.html",
            "fleets for a deadline, and why one is smaller than another"},
    Example{"explain", "llama3.1-405b-16k-h100",
            "what the run hangs on: 10 % less and more of each parameter"},
    Example{"explain",
            "llama3.1-405b-16k-h100 --solve cluster.tiers.rail.bandwidth --until 'run.days <= 75'",
            "how fast the network must be for 75 days"},
    Example{"explain", "gpt-moe-1.8t-90-days --from h100-80gb-sxm:bf16 --to gb200-nvl72:mxfp8",
            "why one system needs fewer GPUs than another"},
    Example{"simulate", "llama3.1-405b-16k-h100 --scale step --trace step.json.gz",
            "a training step, with a timeline for ui.perfetto.dev"},
    Example{"simulate", "llama3.1-405b-16k-h100 --scale run --set recovery.spares=16",
            "a thousand runs of months, with spare nodes"},
    Example{"simulate", "llama3.1-405b-16k-h100 --scale chip --kernel gemm:4096x4096x4096",
            "one kernel, tile by tile"},
    Example{"sweep", "network-and-memory --out results.sqlite",
            "a grid; the same command goes on after Ctrl-C"},
    Example{"sweep", "network-and-memory --shard 1/8 --out part-1.sqlite",
            "an eighth of it, on one machine of eight"},
    Example{"merge", "part-1.sqlite part-2.sqlite --out results.sqlite", "two shards in one file"},
    Example{"export", "results.sqlite --format csv -o results.csv", "a sweep as a table"},
    Example{"export", "megatron llama3.1-405b-16k-h100 -o train.sh",
            "a plan as the command line that runs it"},
    Example{"export", "chakra llama3.1-405b-16k-h100 --out traces",
            "its step as execution traces, for ASTRA-sim"},
    Example{"import", "chakra traces/*.et", "execution traces, checked and summed up"},
    Example{"import", "nccl-tests all_reduce.log --link 'IB NDR 400G' -o link.yaml",
            "logs as the curves of a link"},
    Example{"import", "hf config.json -o model.yaml", "a model of Hugging Face as a file of ours"},
    Example{"import", "megatron train.sh --system h100-80gb-sxm -o train.yaml",
            "a command line of Megatron-LM as a scenario"},
    Example{"compare", "main.json branch.json --tolerance 1% --junit compare.xml",
            "a gate in CI: exit code 1 when a figure got worse"},
    Example{"compare", "main.json branch.json --tolerance 'breakdown_s.*=20%' --markdown",
            "with room for some figures, as a summary for the job's page"},
    Example{"validate", "", "predicted against measured, by system and precision"},
    Example{"validate", "--format csv -o validation.csv", "each row, with its source"},
    Example{"calibrate", "gemm_h200-sxm.csv --out mine",
            "your measurements as parameters, for `--configs mine`"},
    Example{"list", "", "the kinds of things that are known"},
    Example{"list", "clusters", "systems, as --system names them"},
    Example{"show", "gpu h100-sxm", "every number of a GPU, with its source"},
    Example{"show", "scenario llama3.1-405b-16k-h100 --set gpus=8192 --set plan.dp=64",
            "a scenario with all defaults, as it would run"},
    Example{"completion", "bash", "for one shell: source <(fleetcast completion bash)"},
    Example{"man", "", "to read it: fleetcast man | man -l -"},
};

}  // namespace

std::span<const Example> examples() { return kExamples; }

std::string examples_text(std::string_view command) {
  std::string out = "Examples:";
  for (const Example& example : kExamples) {
    if (example.command != command) continue;
    out += "\n  fleetcast " + std::string(command);
    if (!example.arguments.empty()) out += " " + std::string(example.arguments);
    out += "\n      " + std::string(example.phrase);
  }
  return out;
}

}  // namespace fleetcast::cli
