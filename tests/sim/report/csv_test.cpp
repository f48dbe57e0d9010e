#include "sim/report/csv.hpp"

#include <limits>

#include "tests/catch.hpp"
#include "tests/sim/report/results.hpp"

namespace fleetcast::report {
namespace {

TEST_CASE("a listing is a header and its rows, quoted where they must be", "[report]") {
  CHECK(to_csv(rows_of(toy_listing())) ==
        "gpu,memory_gb,new\n"
        "\"a, \"\"b\"\"\",80,true\n"
        "c,0.5,false\n");
}

TEST_CASE("columns are those of all rows, nested keys joined by dots", "[report]") {
  const Records rows{Entries{{"a", 1}, {"b", Entries{{"c", 2}}}},
                     Entries{{"d", Records{"x", "y"}}, {"a", Record()}},
                     Entries{{"a", std::numeric_limits<double>::quiet_NaN()}}};
  CHECK(to_csv(rows) ==
        "a,b.c,d\n"
        "1,2,\n"
        ",,x;y\n"
        ",,\n");
}

TEST_CASE("an estimate is one row with the keys of its JSON", "[report]") {
  const std::string text = to_csv(rows_of(toy_estimate()));
  CHECK(text.substr(0, text.find(",memory_gib.weights")) ==
        "scenario,model,system,precision,stack,gpus,fleet_gpus,fits,step_time_s,"
        "p10_step_time_s,p90_step_time_s,tokens_per_s_per_gpu,model_tflops_per_gpu,mfu,mfu_bf16,"
        "memory_gib.total,"
        "memory_gib.usable");
  CHECK(text.find("\ntoy,Toy 1B,toy-system,bf16,toy "
                  "1,4000,4000,true,2,1.5,2.5,1024,400,0.412,0.412,4.5,8,") != std::string::npos);
}

}  // namespace
}  // namespace fleetcast::report
