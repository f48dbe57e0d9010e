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

}  // namespace
