#include "sim/cli/manual.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "sim/cli/arguments.hpp"
#include "sim/cli/command_line.hpp"
#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// Help that teaches: examples, completion, the man page, colors.

namespace fleetcast::cli {
namespace {

using tests::Result;
using tests::Shell;
namespace fs = std::filesystem;

/// As a shell divides a line that has single quotes only.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  bool is_quoted = false, is_new = true;
  for (const char c : line) {
    if (c == '\'')
      is_quoted = !is_quoted;
    else if (c == ' ' && !is_quoted) {
      is_new = true;
      continue;
    } else {
      if (is_new) out.emplace_back();
      out.back() += c;
    }
    if (c != '\'') is_new = false;
  }
  return out;
}

std::string line_of(const Example& example) {
  return std::string(example.command) + " " + std::string(example.arguments);
}

bool has(const Shell& shell, const std::string& program) {
  if (shell.shell("command -v " + program).code == 0) return true;
  WARN(program << " is not installed: not tested");
  return false;
}

TEST_CASE("every command has one to four examples that parse, and ends its help with them",
          "[cli]") {
  std::map<std::string_view, int> count;
  for (const Example& example : examples()) {
    INFO(line_of(example));
    ++count[example.command];
    CHECK(!example.phrase.empty());
    const std::vector<std::string> words = words_of(line_of(example));
    std::vector<const char*> argv{"fleetcast"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    const ParsedArguments parsed = parse_arguments(int(argv.size()), argv.data());
    CHECK(parsed.text.empty());
    CHECK(parsed.arguments.command == example.command);
  }
  for (const CommandLine& command : command_lines()) {
    INFO(command.key);
    CHECK((count[command.key] >= 1 && count[command.key] <= 4));
    const std::string key(command.key);
    const std::array<const char*, 3> argv{"fleetcast", key.c_str(), "--help"};
    const std::string help = parse_arguments(3, argv.data()).text;
    CHECK(help.find("\n\n" + examples_text(key) + "\n") + examples_text(key).size() + 3 ==
          help.size());
  }
  CHECK(count.size() == command_lines().size());
  CHECK(examples_text("list") ==
        "Examples:\n"
        "  fleetcast list\n      the kinds of things that are known\n"
        "  fleetcast list clusters\n      systems, as --system names them");
}

TEST_CASE("the examples that take no seconds run, one after the other", "[cli][slow]") {
  const Shell shell;
  shell.file("config.json",
             R"({"model_type": "qwen3", "hidden_size": 4096, "intermediate_size": 12288,
 "head_dim": 128, "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8,
 "vocab_size": 151936, "rope_scaling": null})");
  shell.file("gemm_h200-sxm.csv",
             "gpu,dtype,m,n,k,time_us,tflops,source\n"
             "H200-SXM,bf16,8192,8192,8192,1600,687,a\n");
  std::string log = "# all_reduce_perf\n";
  for (int rank = 0; rank < 16; ++rank)
    log += "#  Rank  " + std::to_string(rank) + " Group  0 Pid 1 on node" +
           std::to_string(rank / 8) + " device  0 [0x1b] NVIDIA H100 80GB HBM3\n";
  shell.file("all_reduce.log",
             log +
                 "   16777216   4194304   float   sum   -1   900.0   18.  35.  0\n"
                 "  268435456  67108864   float   sum   -1  9000.0   29.  56.  0\n");
  const std::string estimate = "estimate llama3.1-405b-16k-h100 --format json -o ";
  REQUIRE(shell.run(estimate + "main.json").code == 0);
  REQUIRE(shell.run(estimate + "branch.json").code == 0);
  REQUIRE(shell.run("sweep network-and-memory --shard 2/8 --out part-2.sqlite").code == 0);
  int left_out = 0;
  for (const Example& example : examples()) {
    const bool is_long = example.arguments.find("--from") != std::string_view::npos ||
                         example.arguments.find("--scale run") != std::string_view::npos ||
                         example.arguments.starts_with("gpt-moe-1.8t-90-days");
    if (is_long) {
      ++left_out;
      continue;
    }
    // A grid and its shard are two results: each into its own file.
    if (example.command == "merge") fs::remove(shell.path("results.sqlite"));
    const Result result = shell.run(line_of(example));
    INFO(line_of(example) << "\n" << result.err);
    CHECK(result.code == 0);
  }
  CHECK(left_out == 5);
}

TEST_CASE("words that completion knows are those that the commands know", "[cli]") {
  const Shell shell;
  const std::map<std::string_view, std::string> tail{
      {"--color", " gpus"},    {"--objective", " gpt3-175b-64-a100"},
      {"--scale", " moe-10t"}, {"--engine", ""},
      {"SHELL", ""},           {"KIND", ""}};
  for (const Choice& choice : choices()) {
    INFO(choice.command << " " << choice.argument);
    if (choice.words.empty()) {
      const Result listed = shell.run("list " + std::string(choice.kind) + " --format csv");
      CHECK((listed.code == 0 && std::count(listed.out.begin(), listed.out.end(), '\n') > 1));
      continue;
    }
    const std::string command = choice.command.empty() ? "list" : std::string(choice.command);
    const bool is_option = choice.argument.starts_with('-');
    const Result refused = shell.run(command + tail.at(choice.argument) + " " +
                                     (is_option ? std::string(choice.argument) + " " : "") + "@@" +
                                     (command == "import" ? " f" : ""));
    CHECK(refused.code == 2);
    std::string known;
    for (const std::string& word : words_of(choice.words))
      known += (known.empty() ? ": " : ", ") + word;
    INFO(refused.err);
    CHECK(refused.err.ends_with(known + "\n"));
  }
}

TEST_CASE("bash completes commands, options, words and names", "[cli]") {
  const Shell shell;
  if (!has(shell, "bash")) return;
  REQUIRE(shell.run("completion bash > complete.bash").code == 0);
  // Words as bash divides them; the last one is being typed.
  const auto completed = [&](const std::string& words) {
    const Result result = shell.shell(
        "bash -c '. ./complete.bash; COMP_WORDS=(\"" FLEETCAST_PROGRAM "\" " + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _fleetcast; echo \"${COMPREPLY[*]}\"'");
    CHECK(result.err.empty());
    return result.out;
  };
  CHECK(completed("e") == "estimate explain export\n");
  CHECK(completed("estimate --se") == "--set\n");
  CHECK(completed("estimate llama3.1") == "llama3.1-405b-16k-h100\n");
  CHECK(completed("estimate --system gb300") == "gb300-nvl72\n");
  CHECK(completed("search x --objective e") == "energy\n");
  CHECK(completed("simulate --scale \"\"") == "chip step run\n");
  CHECK(completed("export x --format \"\"") == "csv jsonl\n");
  CHECK(completed("estimate --format = j") == "json\n");
  CHECK(completed("estimate --set plan.vp = 4 moe") == "moe-10t\n");
  CHECK(completed("estimate --set plan.vp = m") == "\n");
  CHECK(completed("estimate moe-10t moe") == "\n");
  CHECK(completed("nonsense x") == "\n");
  CHECK(shell.run("completion csh").err ==
        "command line:1:1: SHELL: \"csh\" is not known here; did you mean \"zsh\"? known: bash, "
        "zsh, fish\n");
}

TEST_CASE("fish completes the same", "[cli]") {
  const Shell shell;
  if (!has(shell, "fish")) return;
  REQUIRE(shell.run("completion fish > complete.fish").code == 0);
  const std::string folder = fs::path(FLEETCAST_PROGRAM).parent_path().string();
  const auto completed = [&](const std::string& line) {
    return shell
        .shell("HOME=$PWD PATH='" + folder +
               "':$PATH fish -c 'source complete.fish; complete -C\"" + line +
               "\"' | cut -f 1 | tr '\\n' ' '")
        .out;
  };
  CHECK(completed("fleetcast sho") == "show ");
  CHECK(completed("fleetcast estimate --syst") == "--system ");
  CHECK(completed("fleetcast estimate llama3.1") == "llama3.1-405b-16k-h100 ");
  CHECK(completed("fleetcast estimate x --system gb300") == "gb300-nvl72 ");
  CHECK(completed("fleetcast simulate x --scale ") == "chip run step ");
}

TEST_CASE("zsh takes its script", "[cli]") {
  const Shell shell;
  if (!has(shell, "zsh")) return;
  REQUIRE(shell.run("completion zsh > _fleetcast").code == 0);
  CHECK(shell.shell("zsh -n _fleetcast").code == 0);
  // What _arguments is told, in place of its own listing.
  const Result told = shell.shell(
      "zsh -f -c 'compdef() { :; }; _arguments() { print -rl -- $@; }; source ./_fleetcast; "
      "words=(fleetcast simulate x); CURRENT=3; _fleetcast'");
  CHECK(told.err.empty());
  CHECK(
      told.out.starts_with("-h[this text]\n--help[this text]\n:SCENARIO:{_fleetcast_names "
                           "scenarios; _files}\n"));
  CHECK(told.out.find(":chip|step|run:(chip step run)\n") != std::string::npos);
  CHECK(told.out.find("gemm\\:MxNxK\\[\\:dtype\\]") != std::string::npos);
}

TEST_CASE("the man page has every command and option, and formats without a warning", "[cli]") {
  const Shell shell;
  const Result page = shell.run("man | tee fleetcast.1");
  for (const ManualCommand& command : manual()) {
    INFO(command.key);
    const std::size_t section = page.out.find("\n.SS " + command.key + "\n");
    REQUIRE(section != std::string::npos);
    CHECK(command.arguments.size() >= 1);
  }
  CHECK(page.out.find("\\fB\\-\\-objective\\fR \\fIOBJECTIVE\\fR\n") != std::string::npos);
  CHECK(page.out.find("\n.B fleetcast sweep\n[\\fIOPTIONS\\fR] \\fISWEEP\\fR \\fB\\-\\-out\\fR "
                      "\\fIDB\\fR\n") != std::string::npos);
  if (!has(shell, "groff")) return;
  const Result formatted = shell.shell("groff -man -Tutf8 -ww -P-c -P-b -P-u fleetcast.1");
  CHECK(formatted.code == 0);
  CHECK(formatted.err.empty());
  CHECK(formatted.out.find("EXIT STATUS") != std::string::npos);
}

TEST_CASE("color is for terminals, and --color decides", "[cli]") {
  const Shell shell;
  const std::string list = "estimate moe-10t --set gpus=7 ";  // cannot run
  CHECK(shell.run(list).out.find('\x1b') == std::string::npos);
  CHECK(shell.run(list + "--color always").out.starts_with("\x1b[1;31mCannot run on 7 "));
  CHECK(shell.run("list gpus --color always --format csv").out.find('\x1b') == std::string::npos);
  CHECK(shell.run("list gpus --color=no")
            .err.ends_with("--color: \"no\" is not known here; known: auto, always, never\n"));
  if (!has(shell, "script")) return;
  const auto on_terminal = [&](const std::string& before, const std::string& line) {
    return shell.shell(before + " script -qec \"'" FLEETCAST_PROGRAM "' " + line + "\" /dev/null")
               .out.find("\x1b[") != std::string::npos;
  };
  CHECK(on_terminal("env -u NO_COLOR", "list gpus"));
  CHECK(!on_terminal("env -u NO_COLOR", "list gpus --color never"));
  CHECK(!on_terminal("env NO_COLOR=1", "list gpus"));
  CHECK(on_terminal("env NO_COLOR=1", "list gpus --color always"));
}

TEST_CASE("what takes long says how much time is left", "[cli][slow]") {
  const Shell shell;
  const Result run =
      shell.run("simulate llama3.1-405b-16k-h100 --scale run --runs 2000 --processes 2 --watch");
  CHECK(run.code == 0);
  CHECK(run.err.find(" of 2,000 runs, ") != std::string::npos);
  CHECK(run.err.find(" left") != std::string::npos);
}

}  // namespace
}  // namespace fleetcast::cli
