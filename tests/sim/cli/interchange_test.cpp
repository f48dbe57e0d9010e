#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// Models and plans of other programs, in and out.

namespace {

using namespace fleetcast::tests;

const std::string kSmall =
    "name: small\n"
    "model: llama3-8b\n"
    "systems: [h100-80gb-sxm]\n"
    "gpus: 64\n"
    "training: {seq_len: 8192, global_batch: 128, tokens: 1T}\n"
    "plan: {tp: 2, cp: 2}\n";

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
        "megatron\n");
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

}  // namespace
