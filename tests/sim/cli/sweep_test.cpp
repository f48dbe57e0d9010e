#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <thread>

#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// What users of sweeps meet: messages, exit codes, interruption at any moment.

namespace {

using namespace fleetcast::tests;

/// 24 points; ${POINTS} of bandwidth make more of them.
std::string sweep_of(int bandwidths) {
  return "name: small\n"
         "scenario: small.yaml\n"
         "objective: estimate\n"
         "axes:\n"
         "  - {path: gpu.hbm_bandwidth, range: {from: 2 TB/s, to: 8 TB/s, points: " +
         std::to_string(bandwidths) +
         "}}\n"
         "  - {path: plan.tp, values: [1, 2, 4, 8]}\n";
}

void write_inputs(const Shell& shell, int bandwidths) {
  shell.file("small.yaml",
             "name: small\nmodel: llama3-8b\nsystems: [h100-80gb-sxm]\ngpus: 64\n"
             "training: {seq_len: 8192, global_batch: 128, tokens: 1T}\nplan: {cp: 2, pp: 1}\n");
  shell.file("sweep.yaml", sweep_of(bandwidths));
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The program on its own, so that signals reach it.
pid_t start(const Shell& shell) {
  const std::string folder = shell.path("").string();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(folder.c_str()) != 0 || std::freopen("/dev/null", "w", stdout) == nullptr ||
        std::freopen("err.txt", "w", stderr) == nullptr)
      ::_exit(99);
    ::execl(FLEETCAST_PROGRAM, "fleetcast", "sweep", "sweep.yaml", "--out", "r.sqlite",
            static_cast<char*>(nullptr));
    ::_exit(99);
  }
  return child;
}

int status_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_CASE("a sweep says what it did, and again that there was nothing left", "[cli]") {
  const Shell shell;
  write_inputs(shell, 6);
  const Result first = shell.run("sweep sweep.yaml --out r.sqlite");
  CHECK(first.code == 0);
  CHECK(first.err.empty());
  CHECK(first.out.starts_with("24 of 24 points are in r.sqlite: "));
  CHECK(holds(first.out, "\nBest: point "));
  CHECK(holds(first.out, "\nExport: fleetcast export r.sqlite --format csv -o FILE.csv\n"));
  CHECK(shell.run("sweep sweep.yaml --out r.sqlite").out == first.out);
  const Result part = shell.run("sweep sweep.yaml --out part.sqlite --shard 2/2 --threads 1");
  CHECK(part.out.starts_with("12 of 24 points are in part.sqlite: "));
  const Result merged = shell.run("merge part.sqlite --out all.sqlite");
  CHECK(merged.code == 0);
  CHECK(merged.out.starts_with("12 of 24 points are in all.sqlite\nMissing: "));
  CHECK(holds(merged.out, "\nThe sweep with --out all.sqlite computes those alone\n"));
  CHECK(shell.run("sweep sweep.yaml --out all.sqlite").code == 0);
  CHECK(shell.run("export all.sqlite").out == shell.run("export r.sqlite").out);
}

TEST_CASE("inputs that changed are computed anew, which the sweep says", "[cli]") {
  const Shell shell;
  write_inputs(shell, 6);
  REQUIRE(shell.run("sweep sweep.yaml --out r.sqlite").code == 0);
  const Result changed = shell.run("sweep sweep.yaml --out r.sqlite --set training.tokens=2T");
  CHECK(changed.code == 0);
  CHECK(changed.err == "fleetcast: inputs changed: 0 results stay, 24 are computed anew\n");
}

TEST_CASE("an export is a line a point, to a file or to whoever reads", "[cli]") {
  const Shell shell;
  write_inputs(shell, 6);
  REQUIRE(shell.run("sweep sweep.yaml --out r.sqlite").code == 0);
  const Result csv = shell.run("export r.sqlite");
  CHECK(csv.out.starts_with("point,hash,axis_gpu_hbm_bandwidth_bytes_per_s,axis_plan_tp,status,"));
  CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 25);
  CHECK(holds(csv.out, "\n23,"));
  CHECK(shell.run("export r.sqlite -o r.csv").code == 0);
  CHECK(text_of(shell.path("r.csv")) == csv.out);
  const Result lines = shell.run("export r.sqlite --format jsonl");
  CHECK(lines.out.starts_with("{\"point\":0,\"hash\":\""));
  CHECK(std::count(lines.out.begin(), lines.out.end(), '\n') == 24);
  CHECK(shell.shell("'" FLEETCAST_PROGRAM "' export r.sqlite | head -n 1 > head").code == 0);
}

TEST_CASE("wrong sweeps exit 2, with nothing written", "[cli]") {
  const Shell shell;
  write_inputs(shell, 6);
  const Result bad = shell.run("sweep sweep.yaml --out r.sqlite --set plan.tq=1");
  CHECK(bad.code == 2);
  CHECK(holds(bad.err, "--set:1:1: plan.tq: is not a key here; did you mean \"tp\"?"));
  CHECK_FALSE(fs::exists(shell.path("r.sqlite")));
  CHECK(shell.run("sweep sweep.yaml --out r.sqlite --shard 3/2").err ==
        "command line:1:1: --shard: \"3/2\" is not k/n with 1 <= k <= n, such as 2/8\n");
  CHECK(shell.run("export sweep.yaml").err ==
        "command line:1:1: DB: 'sweep.yaml': file is not a database\n");
  CHECK(shell.run("merge none.sqlite --out all.sqlite").err ==
        "command line:1:1: --out: 'none.sqlite': unable to open database file\n");
  CHECK_FALSE(fs::exists(shell.path("all.sqlite")));
  CHECK(shell.run("export r.sqlite --format json").err ==
        "command line:1:36: --format: \"json\" is not known here; did you mean \"jsonl\"? known: "
        "csv, jsonl\n");
  CHECK(shell.run("sweep sweep.yaml --out no/such/r.sqlite").err ==
        "command line:1:1: --out: 'no/such/r.sqlite': unable to open database file\n");
}

TEST_CASE("a disk that is full stops a sweep that a rerun finishes", "[cli]") {
  const Shell shell;
  write_inputs(shell, 500);
  // Nothing may grow beyond 512 KiB; the signal that goes with it is for others.
  const Result full = shell.shell("trap '' XFSZ; ulimit -f 512; '" FLEETCAST_PROGRAM
                                  "' sweep sweep.yaml --out r.sqlite --set training.tokens=2T");
  CHECK(full.code == 2);
  CHECK(full.out.empty());
  CHECK(full.err.starts_with("command line:1:1: --out: 'r.sqlite' cannot be written: "));
  CHECK(holds(full.err,
              "; what was committed is safe: make room, then go on by fleetcast sweep sweep.yaml "
              "--out r.sqlite --set 'training.tokens=2T'\n"));
  CHECK(shell.run("sweep sweep.yaml --out r.sqlite --set training.tokens=2T").code == 0);
  CHECK(shell.run("sweep sweep.yaml --out whole.sqlite --set training.tokens=2T").code == 0);
  CHECK(shell.run("export r.sqlite").out == shell.run("export whole.sqlite").out);
}

TEST_CASE("Ctrl-C ends a sweep with what it has, and says how to go on", "[cli]") {
  const Shell shell;
  write_inputs(shell, 9000);
  const pid_t child = start(shell);
  while (!fs::exists(shell.path("r.sqlite"))) std::this_thread::yield();
  ::kill(child, SIGINT);
  const int status = status_of(child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
  const std::string said = text_of(shell.path("err.txt"));
  // Before the first block begins, there is nothing yet to end.
  if (!said.empty())
    CHECK(said ==
          "fleetcast: stopped; nothing is lost, go on by fleetcast sweep sweep.yaml --out "
          "r.sqlite\n");
}

TEST_CASE("a sweep killed at twenty moments loses and doubles no point", "[cli][slow]") {
  const Shell shell;
  write_inputs(shell, 9000);
  std::mt19937 chance(20261128);
  std::uniform_int_distribution<int> milliseconds(5, 80);
  int killed = 0;
  for (int i = 0; i < 20; ++i) {
    const pid_t child = start(shell);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(chance)));
    ::kill(child, SIGKILL);
    killed += WIFSIGNALED(status_of(child)) ? 1 : 0;
    // What is there can be read at once; killed while its tables were made, the file is taken back
    // to nothing.
    const auto bytes = [&] {
      std::error_code none;
      const auto size = fs::file_size(shell.path("r.sqlite"), none);
      return none ? 0 : size;
    };
    if (bytes() > 0) CHECK((shell.run("export r.sqlite").code == 0 || bytes() == 0));
  }
  CHECK(killed > 5);
  const Result rest = shell.run("sweep sweep.yaml --out r.sqlite");
  CHECK(rest.code == 0);
  CHECK(rest.out.starts_with("36,000 of 36,000 points are in r.sqlite: "));
  CHECK(shell.run("sweep sweep.yaml --out whole.sqlite").code == 0);
  const std::string whole = shell.run("export whole.sqlite").out;
  CHECK(std::count(whole.begin(), whole.end(), '\n') == 36001);
  CHECK(shell.run("export r.sqlite").out == whole);
}

}  // namespace
