#include "tests/catch.hpp"
#include "tests/sim/cli/shell.hpp"

// The capacity-planning report as files; what a browser makes of them is tested in tests/browser.

namespace {

using namespace fleetcast::tests;

TEST_CASE("a report is a page with Markdown and CSV beside it", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result result = shell.run("report s.yaml --out r.html");
  CHECK(result.err.empty());
  CHECK(result.code == 0);
  CHECK(result.out.find("r.html, and beside it r.md and r.csv\n") != std::string::npos);
  CHECK(text_of(shell.path("r.html")).starts_with("<!doctype html>\n"));
  CHECK(text_of(shell.path("r.md")).starts_with("# small\n\n**"));
  CHECK(text_of(shell.path("r.csv")) == shell.run("estimate s.yaml --format csv").out);
}

TEST_CASE("a report says how to make it again, overrides and all", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  CHECK(shell.run("report s.yaml --set gpu.tdp='1 kW' --out r.html").code == 0);
  CHECK(text_of(shell.path("r.md"))
            .find("fleetcast report s.yaml --set 'gpu.tdp=1 kW' --out r.html") !=
        std::string::npos);
}

TEST_CASE("a report that cannot be made leaves no file", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result ending = shell.run("report s.yaml --out r.pdf");
  CHECK(ending.code == 2);
  CHECK(ending.err == "command line:1:1: --out: is to end in .html, such as report.html\n");
  const Result folder = shell.run("report s.yaml --out nowhere/r.html");
  CHECK(folder.code == 2);
  CHECK(folder.err.find("--out: \"nowhere/r.html\" cannot be written") != std::string::npos);
  const Result misfit =
      shell.run("report s.yaml --set plan.tp=1 --set model.hidden=65536 --out r.html");
  CHECK(misfit.code != 0);
  CHECK_FALSE(fs::exists(shell.path("r.html")));
  CHECK_FALSE(fs::exists(shell.path("r.md")));
}

TEST_CASE("where no fleet meets the deadline a report is refused", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result result =
      shell.run("report s.yaml --set gpus=0 --set deadline='10 s' --set plan={} --out r.html");
  CHECK(result.code == 3);
  CHECK(result.err == "fleetcast: no fleet meets the deadline\n");
}

}  // namespace
