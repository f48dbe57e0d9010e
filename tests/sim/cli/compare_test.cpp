#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// compare: a gate over two results.

namespace {

using namespace fleetcast::tests;

const std::string kEstimate = "estimate llama3.1-405b-16k-h100 --format json -o ";

TEST_CASE("a planted regression of 2 % exits 1 and names the kernels", "[cli]") {
  const Shell shell;
  CHECK(shell.run(kEstimate + "a.json").code == 0);
  // Of 63 % GEMMs, 3.2 % less of the peak: 2 % of the step.
  CHECK(shell.run(kEstimate + "b.json --set kernels.gemm.bf16.efficiency=0.812").code == 0);
  const Result worse = shell.run("compare a.json b.json --tolerance 1% --junit t.xml");
  CHECK(worse.code == 1);
  CHECK(worse.err.empty());
  CHECK(worse.out.starts_with("worse: step_time_s +2."));
  CHECK(worse.out.find("most of it gemm") != std::string::npos);
  CHECK(text_of(shell.path("t.xml")).find("<failure type=\"worse\"") != std::string::npos);
  CHECK(shell.run("compare a.json b.json --tolerance 5%").code == 0);
  CHECK(shell.run("compare b.json a.json").code == 0);
  CHECK(shell.run("compare a.json a.json").code == 0);
  CHECK(shell.run("compare a.json b.json --markdown").out.starts_with("**worse: step_time_s "));
  CHECK(shell.run("compare a.json b.json --format csv").out.starts_with("figure,verdict,"));
}

TEST_CASE("a tolerance that names no figure is told", "[cli]") {
  const Shell shell;
  shell.file("a.json", "{\"days\": 1}");
  const Result result = shell.run("compare a.json a.json --tolerance dyas=5% --tolerance days=5%");
  CHECK(result.code == 0);
  CHECK(result.err == "fleetcast: --tolerance: \"dyas\" names no figure of these results\n");
}

TEST_CASE("what cannot be compared is refused, and no file is left behind", "[cli]") {
  const Shell shell;
  shell.file("a.json", "{\"days\": 1}");
  shell.file("b.json", "days\n1\n");
  const Result bad = shell.run("compare a.json b.json --junit t.xml");
  CHECK(bad.code == 2);
  CHECK(bad.err.starts_with("b.json:1:1: "));
  CHECK(shell.shell("ls t.xml").code != 0);
  shell.file("c.json", "{\"mfu\": 1}");
  CHECK(shell.run("compare a.json c.json").err ==
        "c.json:1:1: has no figure in common with a.json\n");
  const Result tolerances = shell.run("compare a.json a.json --tolerance x --tolerance y");
  CHECK(tolerances.code == 2);
  CHECK(tolerances.err.find("\"x\" is no tolerance") != std::string::npos);
  CHECK(tolerances.err.find("\"y\" is no tolerance") != std::string::npos);
  CHECK(shell.run("compare a.json").code == 2);
  CHECK(shell.run("compare a.json nowhere.json").code == 2);
}

TEST_CASE("tables are compared row by row, by the texts that tell rows apart", "[cli]") {
  const Shell shell;
  const std::string header = "scenario,system,precision,gpus,days,mfu\n";
  const std::string a = header + "s,h100,bf16,8,10,0.5\ns,h100,fp8,8,8,0.4\n";
  shell.file("a.csv", a);
  // Another order of the rows is none; 8 to 8.4 days are 5 % more.
  shell.file("b.csv", header + "s,h100,fp8,8,8.4,0.4\ns,h100,bf16,8,10,0.5\n");
  const Result worse = shell.run("compare a.csv b.csv --tolerance 1% --junit t.xml");
  CHECK(worse.code == 1);
  CHECK(worse.out.starts_with("worse: fp8.days +5."));
  CHECK(text_of(shell.path("t.xml")).find("\"bf16.mfu\"") != std::string::npos);
  CHECK(shell.run("compare a.csv b.csv --tolerance 6%").code == 0);
  CHECK(shell.run("compare a.csv b.csv --tolerance fp8.days=6%").code == 0);
  CHECK(shell.run("compare b.csv a.csv").code == 0);  // faster
  shell.file("less.csv", header + "s,h100,bf16,8,10,0.5\n");
  CHECK(shell.run("compare a.csv less.csv").code == 1);  // a row is missing
  shell.file("places.csv", "rank,days\n1,10\n2,11\n");
  shell.file("slower.csv", "rank,days\n1,10\n2,12\n");
  CHECK(shell.run("compare places.csv slower.csv").out.starts_with("worse: 1.days +9.09 %"));
}

TEST_CASE("a table of a command is compared as its JSON is", "[cli]") {
  const Shell shell;
  const std::string estimate = "estimate llama3.1-405b-16k-h100 --format csv -o ";
  CHECK(shell.run(estimate + "a.csv").code == 0);
  CHECK(shell.run(estimate + "b.csv --set kernels.gemm.bf16.efficiency=0.812").code == 0);
  const Result worse = shell.run("compare a.csv b.csv --tolerance 1%");
  CHECK(worse.code == 1);
  CHECK(worse.out.starts_with("worse: step_time_s +2."));
  CHECK(worse.out.find("most of it gemm") != std::string::npos);
  CHECK(shell.run("compare a.csv a.csv").code == 0);
}

TEST_CASE("tables with other columns are refused, each column by name", "[cli]") {
  const Shell shell;
  shell.file("a.csv", "system,days\nh100,10\n");
  shell.file("b.csv", "system,mfu\nh100,10\n");
  const Result other = shell.run("compare a.csv b.csv --junit t.xml");
  CHECK(other.code == 2);
  CHECK(other.err ==
        "a.csv:1:1: mfu: is no column here, but of b.csv\n"
        "b.csv:1:1: days: is no column here, but of a.csv\n");
  CHECK(shell.shell("ls t.xml").code != 0);
  shell.file("order.csv", "days,system\n10,h100\n");
  CHECK(shell.run("compare a.csv order.csv").err ==
        "order.csv:1:1: has its columns in another order than a.csv\n");
  shell.file("short.csv", "system,days\n\"h\n100\",10\nh200\n");
  CHECK(shell.run("compare a.csv short.csv").err ==
        "short.csv:4:1: has 1 cells, the header has 2\n");
  shell.file("a.json", "{\"days\": 10}");
  CHECK(shell.run("compare a.json a.csv").err ==
        "a.csv:1:1: is CSV, but a.json is JSON; compare reads two of a kind\n");
}

}  // namespace
