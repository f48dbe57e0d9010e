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

TEST_CASE("the files of a report give its answer again, with what was set", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const std::string sets =
      " --system h200 --precision fp8-delayed --set 'gpu.memory_usable=120 GiB' "
      "--set 'cluster.tiers.rail.bandwidth=200 Gb/s' --set model.layers=24 ";
  REQUIRE(shell.run("report s.yaml" + sets + "--out r.html").code == 0);
  const std::string text = text_of(shell.path("r.md"));
  for (std::size_t at = text.find("\n### scenario.yaml\n"); at != std::string::npos;
       at = text.find("\n### ", at + 1)) {
    std::string name = text.substr(at + 5, text.find('\n', at + 5) - at - 5);
    std::erase(name, '\\');
    const std::size_t begin = text.find("```\n", at) + 4;
    fs::create_directories(shell.path("again/" + name).parent_path());
    shell.file("again/" + name, text.substr(begin, text.find("\n```\n", begin) + 1 - begin));
  }
  const std::string first = shell.run("estimate s.yaml" + sets).out;
  CHECK(shell.run("estimate again/scenario.yaml --configs again").out == first);
}

TEST_CASE("a report on given GPUs says whether a deadline is met, and what it leaves out",
          "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  CHECK(shell
            .run("report s.yaml --set deadline='10 days' --set 'precisions=[bf16, mxfp8]' "
                 "--out r.html")
            .code == 0);
  const std::string text = text_of(shell.path("r.md"));
  CHECK(text.find("\nThe deadline of 10 days is missed.\n") != std::string::npos);
  CHECK(text.find("\nThe scenario states its GPUs: only its first system and recipe are") !=
        std::string::npos);
}

TEST_CASE("a report does not replace its scenario", "[cli]") {
  const Shell shell;
  shell.file("s.md", kSmall);
  shell.file("s.yaml", kSmall);
  CHECK(shell.run("report ./s.md --out s.html").code == 2);
  CHECK(text_of(shell.path("s.md")) == kSmall);
  CHECK(shell.shell("ls s.html").code != 0);
}

TEST_CASE("where no fleet meets the deadline a report is refused", "[cli]") {
  const Shell shell;
  shell.file("s.yaml", kSmall);
  const Result result =
      shell.run("report s.yaml --set gpus=0 --set deadline='10 s' --set plan={} --out r.html");
  CHECK(result.code == 3);
  CHECK(result.err ==
        "fleetcast: no fleet meets the deadline\n"
        "  h100-80gb-sxm bf16: no plan meets the deadline\n");
}

}  // namespace
