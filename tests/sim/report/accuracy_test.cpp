#include "sim/report/accuracy.hpp"

#include <vector>

#include "sim/report/text.hpp"
#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("a table says which group got worse, and by how many points", "[report]") {
  const std::vector<AccuracyChange> changes{{"all", 9, 9, 0.08, 0.09},
                                            {"dense", 7, 7, 0.08, 0.08},
                                            {"MoE", 2, 2, 0.08, 0.07},
                                            {"b200", 0, 5, 0, 0.2},
                                            {"a100", 5, 0, 0.1, 0}};
  CHECK(to_text(accuracy_listing(changes), {}) ==
        R"(  group  rows  rows  mape     mape     points  verdict
         then   now  then     now
  all       9     9  8.00 %   9.00 %   +1.00   WORSE
  dense     7     7  8.00 %   8.00 %   +0.00
  MoE       2     2  8.00 %   7.00 %   -1.00   better
  b200      0     5           20.00 %          new
  a100      5     0  10.00 %                   GONE
)");
  CHECK(regression_text(changes) == "worse by more than 0.5 points, or gone: all, a100");
}

TEST_CASE("nothing worse is no regression", "[report]") {
  const std::vector<AccuracyChange> changes{{"all", 9, 9, 0.08, 0.085}};
  CHECK(regression_text(changes).empty());
}

}  // namespace
}  // namespace fleetcast::report
