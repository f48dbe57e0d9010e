#include "sim/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <string>

namespace fleetcast::cli {
namespace {

void declare_scenario(CLI::App& app, Arguments& out) {
  app.add_option("SCENARIO", out.scenario, "a YAML file, or a name: see `fleetcast list scenarios`")
      ->required();
}

void declare_selected(CLI::App& app, Arguments& out) {
  declare_scenario(app, out);
  app.add_option("--system", out.system, "a system instead of the scenario's first");
  app.add_option("--precision", out.precision, "a recipe instead of the scenario's first");
}

void declare_threads(CLI::App& app, Arguments& out) {
  app.add_option("--threads", out.threads, "0: all; the result is the same")->option_text("N");
}

void declare_search(CLI::App& app, Arguments& out) {
  declare_selected(app, out);
  app.add_option("--objective", out.objective,
                 "what is to be least: time (default), energy, cost, or pareto: plans that none "
                 "beats in both time and energy")
      ->option_text("OBJECTIVE");
  declare_threads(app, out);
}

void declare_plan(CLI::App& app, Arguments& out) {
  declare_scenario(app, out);
  app.add_flag("--curve", out.curve,
               "days, power and cost of fleets from a fourth to four times the answer; with "
               "--format csv those alone");
  declare_threads(app, out);
}

void declare_report(CLI::App& app, Arguments& out) {
  declare_selected(app, out);
  app.add_option("--out", out.out, "the page; Markdown and CSV go beside it")
      ->required()
      ->option_text("FILE.html REQUIRED");
  declare_threads(app, out);
}

void declare_validate(CLI::App& app, Arguments& out) {
  app.add_option("FILES", out.files, "measurement files; default: those of configs/measurements");
  app.add_option("--kernels", out.kernels,
                 "CSV tables of measured kernels or collectives instead, all of one kind")
      ->option_text("TABLE...");
  app.add_option(
         "--engine", out.engine,
         "what predicts: analytic (default), or event: the simulated chip for kernels, links "
         "shared between exchanges for steps")
      ->option_text("ENGINE");
  app.add_flag("--rows", out.all_rows, "each row in the table as well; JSON and CSV have them all");
  app.add_option("--against", out.against,
                 "accuracy that was accepted: exit code 1 where a group is worse by half a point")
      ->option_text("FILE");
  for (const Document& document : kDocuments)
    app.add_flag_callback(
        "--" + std::string(document.key),
        [&out, &document] {
          if (!out.document.empty())
            throw CLI::ValidationError("--" + std::string(document.key),
                                       "goes without --" + out.document);
          out.document = document.key;
        },
        std::string(document.meaning));
}

void declare_calibrate(CLI::App& app, Arguments& out) {
  app.add_option("MEASURED", out.files,
                 "what you measured: tables of GEMMs, attention, memory-bound kernels and "
                 "collectives (.csv), nccl-tests logs (.log, .txt), training steps (.yaml)")
      ->required();
  app.add_option("--out", out.out, "folder for the parameter files, for --configs")
      ->required()
      ->option_text("DIR REQUIRED");
  app.add_flag(
      "--anew", out.anew,
      "write the project's own files from the public tables they are fitted to, instead of "
      "moving the present ones to your rows");
}

void declare_explain(CLI::App& app, Arguments& out) {
  declare_selected(app, out);
  auto* from = app.add_option("--from", out.from,
                              "why --to needs fewer GPUs than this system; unset recipe: bf16")
                   ->option_text("SYSTEM[:PRECISION]");
  auto* to = app.add_option("--to", out.to, "what --from is compared with; unset recipe: its own")
                 ->option_text("SYSTEM[:PRECISION]");
  from->needs(to);
  to->needs(from);
  auto* solve = app.add_option("--solve", out.solve,
                               "from which value of this field on --until holds, as --set names it")
                    ->option_text("PATH")
                    ->excludes(from);
  auto* until = app.add_option("--until", out.until,
                               "'run.days <= 90', 'mfu >= 0.4': a number of estimate's JSON")
                    ->option_text("CONDITION");
  solve->needs(until);
  until->needs(solve);
  declare_threads(app, out);
}

void declare_compare(CLI::App& app, Arguments& out) {
  app.add_option("BEFORE AFTER", out.files,
                 "two results of one command, as --format json or csv wrote them")
      ->required()
      ->expected(2);
  app.add_option("--tolerance", out.tolerances,
                 "what a figure may move, 1%, or KEY=0.5% for the figures it names (* stands for "
                 "any text), or KEY=0.02 in their unit; repeatable; unset: 0.1%")
      ->option_text("[KEY=]AMOUNT")
      ->allow_extra_args(false);
  app.add_option("--junit", out.junit, "test cases for a CI system (JUnit XML)")
      ->option_text("FILE");
  app.add_flag("--markdown", out.markdown, "a summary for a job's page instead of the table");
}

void declare_list(CLI::App& app, Arguments& out) {
  app.add_option("KIND", out.kind,
                 "gpus, clusters, llms, stacks, scenarios, sweeps, columns, precisions, schedules, "
                 "collectives, "
                 "recompute, dimensions, keys; default: all kinds");
}

void declare_show(CLI::App& app, Arguments& out) {
  app.add_option("KIND", out.kind,
                 "gpu, microarchitecture, cluster, llm, stack, kernels, fabric, scenario")
      ->required();
  app.add_option("NAME", out.name, "as `fleetcast list` names it, or a YAML file");
}

void declare_out(CLI::App& app, Arguments& out) {
  app.add_option("--out", out.out, "file of results (SQLite), made or continued")
      ->required()
      ->option_text("DB REQUIRED");
}

void declare_simulate(CLI::App& app, Arguments& out) {
  declare_selected(app, out);
  app.add_option("--scale", out.scale,
                 "chip: a kernel on one GPU; step: a training step; run: months")
      ->required()
      ->option_text("chip|step|run REQUIRED");
  app.add_option("--seed", out.seed, "of all that is drawn at random; unset: 1")->option_text("N");
  app.add_option("--runs", out.runs, "run: how many; unset: 1000")
      ->option_text("N")
      ->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--processes", out.processes, "run: 0: all cores; the result is the same")
      ->option_text("N")
      ->check(CLI::Range(0U, 4096U));
  app.add_option("--trace", out.trace,
                 "timeline for ui.perfetto.dev or chrome://tracing; .gz is compressed")
      ->option_text("FILE");
  app.add_option("--collective", out.collective,
                 "step: one collective instead, message by message: all_reduce:1GB:4096, or with "
                 "an algorithm behind it")
      ->option_text("OP:BYTES:RANKS");
  app.add_flag("--full", out.full, "step: every rank, although many do the same");
  app.add_option("--kernel", out.one_kernel,
                 "chip: gemm:MxNxK[:dtype], attention:B,H,KV,D,S[:causal][:bwd] or memory:BYTES, "
                 "instead of those of the plan's layers; repeatable")
      ->option_text("KERNEL")
      ->allow_extra_args(false);
  app.add_option("--beside", out.beside,
                 "chip: communication that reads and writes HBM at this rate meanwhile")
      ->option_text("BYTES/S");
  app.add_option("--beside-sms", out.beside_sms, "chip: SMs that it takes; unset: 16")
      ->option_text("N");
  app.add_flag("--watch", out.watch, "simulated time and events, while it runs");
}

void declare_sweep(CLI::App& app, Arguments& out) {
  app.add_option("SWEEP", out.sweep, "a YAML file, or a name: see `fleetcast list sweeps`")
      ->required();
  declare_out(app, out);
  app.add_option("--threads", out.threads, "0: all; the result is the same")->option_text("N");
  app.add_option("--shard", out.shard,
                 "only part k of n equal ones; `fleetcast merge` joins their files")
      ->option_text("k/n");
}

void declare_merge(CLI::App& app, Arguments& out) {
  app.add_option("DB", out.files, "files of results of one sweep, such as those of its shards")
      ->required();
  declare_out(app, out);
}

void declare_export(CLI::App& app, Arguments& out) {
  app.add_option(
         "DB", out.files,
         "a file of results that `fleetcast sweep` wrote; or megatron SCENARIO: its plan as "
         "a command line of Megatron-LM; or chakra SCENARIO: its step as execution traces")
      ->required()
      ->expected(1, 2);
  app.add_option("--system", out.system, "of a plan: a system instead of the scenario's first");
  app.add_option("--precision", out.precision,
                 "of a plan: a recipe instead of the scenario's first");
  app.add_option("--out", out.out, "chakra: folder for NAME.RANK.et, and the groups of ranks")
      ->option_text("DIR");
  app.add_option("--ranks", out.ranks,
                 "chakra: stages (default), the first rank of each pipeline stage; all, which "
                 "ASTRA-sim needs; or numbers: 0,8,16")
      ->option_text("RANKS");
}

void declare_import(CLI::App& app, Arguments& out) {
  app.add_option("KIND", out.kind,
                 "hf: a config.json of Hugging Face; megatron: a command line of Megatron-LM; "
                 "chakra: execution traces, summed up; nccl-tests: logs, as a link's curves")
      ->required();
  app.add_option("FILES", out.files, "what to read; of hf and megatron one")->required();
  app.add_option("--system", out.system, "megatron: where it runs, which the command does not say");
  app.add_option("--link", out.link,
                 "nccl-tests: what joins the nodes, which logs do not say: 'IB NDR 400G', 'RoCE'")
      ->option_text("LINK");
}

void declare_completion(CLI::App& app, Arguments& out) {
  app.add_option("SHELL", out.kind, "bash, zsh or fish")->required();
}

void declare_nothing(CLI::App& /*app*/, Arguments& /*out*/) {}

constexpr std::array<CommandLine, 17> kCommands{{
    {"estimate", "one plan on one system: step time, its causes, memory, the whole run",
     declare_selected},
    {"search", "every parallel plan on a given fleet: the best, the runners-up, the misfits",
     declare_search},
    {"plan", "the smallest fleet per system and precision that meets the deadline", declare_plan},
    {"report", "the capacity-planning report, a page that opens anywhere, and why", declare_report,
     kNoFormat},
    {"explain", "what a plan's time hangs on; why one system needs fewer GPUs than another",
     declare_explain},
    {"simulate", "events instead of formulas: contention, stragglers, jitter, failures",
     declare_simulate},
    {"sweep", "a grid of what-ifs into a file of results; goes on where it was interrupted",
     declare_sweep, kNoFormat},
    {"merge", "results of a sweep's shards in one file", declare_merge, kNoFormat, false},
    {"export", "results of a sweep, a line a point, or a plan, for other programs", declare_export,
     kLines},
    {"import", "models, plans, traces and logs of other programs", declare_import, kImports, false},
    {"compare", "two results, JSON or CSV: what moved, which way, and why; exits 1 if worse",
     declare_compare, kReports, false},
    {"validate", "predicted against measured, training rows or kernels", declare_validate},
    {"calibrate", "parameters moved to what you measured on your machine", declare_calibrate},
    {"list", "what is known", declare_list, kReports, false},
    {"show", "every field of one thing with its value, source and meaning", declare_show},
    {"completion", "a script for a shell that completes commands, options and names",
     declare_completion, kNoFormat, false},
    {"man", "the manual, as a page for man", declare_nothing, kNoFormat, false},
}};

}  // namespace

std::span<const CommandLine> command_lines() { return kCommands; }

}  // namespace fleetcast::cli
