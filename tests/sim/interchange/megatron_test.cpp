#include "sim/interchange/megatron.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "models/parallel/plan.hpp"
#include "sim/config/fixed_plan.hpp"
#include "tests/catch.hpp"

namespace fleetcast::interchange {
namespace {

constexpr const char* kSystem = "h100-80gb-sxm";

/// A plan in which something differs from those before it.
struct Case {
  const char* model;
  const char* precision;
  int gpus;
  const char* plan;
};

constexpr std::array<Case, 13> kCases{{
    {"llama3-8b", "bf16", 8, "{}"},
    {"llama3-8b", "fp8-current", 64, "{tp: 2, cp: 2, zero: 0, micro_batch: 2}"},
    {"llama3.1-405b", "bf16", 16384, "{tp: 8, pp: 16, vp: 8, zero: 1, recompute: none}"},
    {"llama2-70b", "fp8-delayed", 512, "{tp: 4, pp: 4, vp: 5, recompute: full}"},
    {"llama2-70b", "fp16", 512, "{tp: 4, pp: 4, recompute: full, recompute_num_layers: 3}"},
    {"llama2-13b", "bf16", 64, "{zero: 3}"},
    {"llama2-7b", "bf16", 64, "{zero: 2, tp: 2, sequence_parallel: false}"},
    {"mixtral-8x7b", "mxfp8", 256, "{tp: 2, pp: 4, ep: 8, etp: 1, ep_overlap: true}"},
    {"mixtral-8x22b", "nvfp4", 256, "{tp: 2, pp: 4, vp: 7, ep: 4, etp: 2, recompute: selective}"},
    {"deepseek-v3-671b", "fp8-blockwise", 2048,
     "{ep: 64, recompute: selective, recompute_modules: [layernorm, mla_up_proj, moe_act]}"},
    {"qwen3-235b-a22b", "bf16", 512, "{pp: 8, ep: 16, recompute_modules: [mlp, core_attn]}"},
    {"nemotron4-15b", "bf16", 64, "{tp: 4}"},
    {"gpt3-175b", "bf16", 768, "{tp: 8, pp: 12, vp: 4}"},
}};

std::string yaml_of(const Case& c) {
  return std::string("name: case\nmodel: ") + c.model + "\nsystems: [" + kSystem +
         "]\nprecisions: [" + c.precision + "]\ngpus: " + std::to_string(c.gpus) +
         "\ntraining: {seq_len: 4096, global_batch: 4096}\nplan: " + c.plan + "\n";
}

config::Scenario scenario_of(const std::string& yaml) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() /
                                     ("fleetcast-megatron-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << yaml;
  const config::Scenario out = config::load_scenario(path.string());
  std::filesystem::remove(path);
  return out;
}

/// All that a step's price depends on.
void check_same(const Plan& a, const Plan& b) {
  CHECK(std::array{a.tp, a.cp, a.pp, a.vp, a.ep, a.etp, a.dp} ==
        std::array{b.tp, b.cp, b.pp, b.vp, b.ep, b.etp, b.dp});
  CHECK(std::array{a.micro_batch, a.micro_batches, a.zero, a.shard_group, a.offload_layers} ==
        std::array{b.micro_batch, b.micro_batches, b.zero, b.shard_group, b.offload_layers});
  CHECK(a.sequence_parallel == b.sequence_parallel);
  CHECK(a.ep_overlap == b.ep_overlap);
  CHECK(a.recompute == b.recompute);
  CHECK(a.schedule == b.schedule);
}

std::string problems(const std::string& command) {
  try {
    megatron_scenario("run.sh", command, kSystem);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string problems_of_export(const Case& c) {
  try {
    megatron_command(scenario_of(yaml_of(c)));
  } catch (const config::ConfigError& error) {
    const std::string text = error.what();
    return text.substr(text.find(".yaml:") + 6);
  }
  return "";
}

TEST_CASE("a plan survives the way to Megatron-LM's flags and back", "[interchange]") {
  for (const Case& c : kCases) {
    const config::Scenario there = scenario_of(yaml_of(c));
    const std::string command = megatron_command(there);
    INFO(command);
    const std::string yaml = megatron_scenario("run.sh", command, kSystem);
    INFO(yaml);
    const config::Scenario back = scenario_of(yaml);
    CHECK(back.spec.model == c.model);
    CHECK(back.spec.precisions == there.spec.precisions);
    CHECK(back.spec.gpus == there.spec.gpus);
    CHECK(back.spec.training.seq_len == there.spec.training.seq_len);
    check_same(config::fixed_plan(back).plan, config::fixed_plan(there).plan);
    CHECK(megatron_command(back) == command);
  }
}

/// Models of configs/llms leave these as Megatron-LM has them; chunks are told by their layers.
constexpr std::array<std::string_view, 4> kNeverWritten{"--num-virtual-stages-per-pipeline-rank",
                                                        "--qk-head-dim", "--qk-pos-emb-head-dim",
                                                        "--v-head-dim"};

TEST_CASE("every flag is written by some plan", "[interchange]") {
  std::string all;
  for (const Case& c : kCases) all += megatron_command(scenario_of(yaml_of(c)));
  for (const Flag& flag : kFlags) {
    INFO(flag.key);
    const bool is_written = all.find(std::string(flag.key)) != std::string::npos;
    const bool is_exempt =
        std::find(kNeverWritten.begin(), kNeverWritten.end(), flag.key) != kNeverWritten.end();
    CHECK(is_written != is_exempt);
  }
}

TEST_CASE("a script of somebody's is read, and what is not read is listed", "[interchange]") {
  CHECK(megatron_scenario("run.sh",
                          "#!/bin/bash\n"
                          "torchrun --nnodes=2 --nproc_per_node 8 pretrain_gpt.py \\\n"
                          "  --num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 \\\n"
                          "  --num-attention-heads 32 --group-query-attention \\\n"
                          "  --num-query-groups 8 --swiglu --normalization RMSNorm \\\n"
                          "  --position-embedding-type rope --disable-bias-linear \\\n"
                          "  --untie-embeddings-and-output-weights --lr 3e-4 --bf16 \\\n"
                          "  --tokenizer-model \"a b.json\" --vocab-size 128256 \\\n"
                          "  --tensor-model-parallel-size 2 --sequence-parallel \\\n"
                          "  --seq-length 8192 --micro-batch-size 1 --global-batch-size 128\n"
                          "echo done\n",
                          kSystem) ==
        "# Not read: --lr --tokenizer-model.\n"
        "name: \"run.sh\"\n"
        "model: llama3-8b\n"
        "systems: [\"h100-80gb-sxm\"]\n"
        "precisions: [bf16]\n"
        "gpus: 16\n"
        "training: {seq_len: 8192, global_batch: 128}\n"
        "plan: {tp: 2, cp: 1, pp: 1, vp: 1, micro_batch: 1, zero: 0, sequence_parallel: true, "
        "ep_overlap: false, recompute: none}\n");
}

TEST_CASE("what Megatron-LM assumes need not be said", "[interchange]") {
  const config::Scenario mixtral = scenario_of(
      yaml_of({"mixtral-8x7b", "bf16", 64, "{tp: 2, pp: 4, vp: 2, ep: 4, etp: 2, zero: 1}"}));
  std::string command = megatron_command(mixtral);
  const auto replace = [&](const std::string& from, const std::string& to) {
    REQUIRE(command.find(from) != std::string::npos);
    command.replace(command.find(from), from.size(), to);
  };
  replace("--expert-tensor-parallel-size 2", "");
  replace("--moe-ffn-hidden-size 14336", "--kv-channels 128");
  replace("--vocab-size 32000", "");
  replace("--num-layers-per-virtual-pipeline-stage 4", "--num-virtual-stages-per-pipeline-rank 2");
  const config::Scenario back = scenario_of(megatron_scenario("run.sh", command, kSystem));
  CHECK(megatron_command(back) == megatron_command(mixtral));
}

TEST_CASE("every wrong flag is told at once, at its place", "[interchange]") {
  CHECK(problems("torchrun --nnodes 2 --nproc-per-node 8 pretrain_gpt.py \\\n"
                 "  --num-layers $LAYERS --hidden-size 4096 --num-attention-heads 32 \\\n"
                 "  --seq-length --micro-batch-size 1 --recompute-granularity selective \\\n"
                 "  --recompute-modules core_attn mpl\n") ==
        "run.sh:1:1: --global-batch-size: is missing\n"
        "run.sh:2:16: --num-layers: \"$LAYERS\" is not a whole number above 0\n"
        "run.sh:3:3: --seq-length: needs a value\n"
        "run.sh:4:3: --recompute-modules: \"mpl\" is not known here; did you mean \"mlp\"? known: "
        "core_attn, moe_act, layernorm, mla_up_proj, mlp, moe, shared_experts");
  std::string command = megatron_command(scenario_of(yaml_of(kCases[0])));
  command.replace(command.find("--hidden-size 4096"), 18, "--hidden-size 4097");
  CHECK(problems(megatron_command(scenario_of(yaml_of(kCases[0]))) + "  --use-torch-fsdp2") ==
        "run.sh:20:3: --use-torch-fsdp2: changes the plan, and is not read yet");
  CHECK(problems(command).ends_with(
      "--num-layers: no model of configs/llms has the shape of these flags"));
}

TEST_CASE("a plan without flags of its own is refused", "[interchange]") {
  CHECK(problems_of_export({"grok1-314b", "bf16", 64, "{}"}) ==
        "7:7: model.activation: geglu has no flag");
  CHECK(problems_of_export({"llama3-8b", "bf16", 64, "{pp: 4, schedule: gpipe}"}) ==
        "7:7: plan.schedule: Megatron-LM runs 1f1b, or interleaved when vp is above 1, not gpipe");
  CHECK(problems_of_export({"llama3-8b", "bf16", 64, "{recompute: per_op}"}) ==
        "7:7: plan.recompute: Megatron-LM has no flags for it");
  CHECK(problems_of_export({"llama3-8b", "bf16", 112, "{pp: 7}"}) ==
        "7:7: plan.pp: Megatron-LM has no flags that cut 32 layers into 7 stages");
}

}  // namespace
}  // namespace fleetcast::interchange
