#include "sim/report/table.hpp"

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("an id that is too long goes on in the next line, behind a mark", "[report]") {
  CHECK(
      render({{"row"}, {"error", true}}, {{"one-two_three.four/five-six", "1 %"}}, {.width = 30}) ==
      "  row                    error\n"
      "  one-two_three.four/      1 %\n"
      "  five-six\n");
}

TEST_CASE("a word without marks breaks where the column ends", "[report]") {
  CHECK(render({{""}, {"", true}}, {{"abcdefghijklmnopqrstuvwxyz", "1"}}, {.width = 21}) ==
        "  abcdefghijklmnop  1\n"
        "  qrstuvwxyz\n");
}

TEST_CASE("characters count, not bytes", "[report]") {
  CHECK(render({{""}, {"", true}}, {{"éééééééééééééééééé", "1"}}, {.width = 21}) ==
        "  éééééééééééééééé  1\n"
        "  éé\n");
}

TEST_CASE("what fits is not broken", "[report]") {
  CHECK(render({{""}, {""}}, {{"one-two", "three/four"}}, {.width = 80}) ==
        "  one-two  three/four\n");
}

}  // namespace
}  // namespace fleetcast::report
