// Every sweep of configs/ loads, and its first and last points have an answer.

#include "sim/sweep/goal.hpp"
#include "tests/catch.hpp"

namespace fleetcast::sweep {
namespace {

TEST_CASE("every sweep of configs is ready to run", "[contract]") {
  const std::vector<std::string> names = config::names_in("sweeps");
  REQUIRE(names.size() >= 3);
  for (const std::string& name : names) {
    INFO(name);
    const Inputs inputs = prepare(name);
    CHECK(inputs.file.spec.name == name);
    CHECK_FALSE(inputs.file.spec.question.empty());
    const Goal& goal = *find_goal(inputs.file.spec.objective);
    Bench bench(inputs);
    for (const PointId point : {PointId{0}, inputs.grid.size() - 1}) {
      bench.resolver.move_to(point);
      CHECK(goal.lacks(bench.resolver.scenario().spec).key.empty());
      if (goal.key != "estimate") continue;  // a search takes seconds
      const Outcome outcome = outcome_at(goal, point, bench);
      CHECK((outcome.status == kOk) == outcome.text.empty());
      CHECK(outcome.estimate != nullptr);
    }
  }
}

}  // namespace
}  // namespace fleetcast::sweep
