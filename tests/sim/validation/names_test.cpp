#include "sim/validation/names.hpp"

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

TEST_CASE("a stack is the stated one, else the one that its source or framework names",
          "[validation]") {
  config::Measurement row;
  row.source = "Korthikanti et al. 2022";
  CHECK(stack_of(row) == "megatron-lm 2022");
  row.source = "somebody";
  CHECK(stack_of(row).empty());
  row.knobs["framework"] = "Megatron-DeepSpeed";
  CHECK(stack_of(row) == "megatron-deepspeed 2022");
  row.stack = "nemo 25.05";
  CHECK(stack_of(row) == "nemo 25.05");
}

TEST_CASE("a system's name is cut until a file has it", "[validation]") {
  CHECK(known_system("h200-141gb-sxm") == "h200");
  CHECK(known_system("h100-80gb-sxm") == "h100-80gb-sxm");
  CHECK(known_system("abacus-9000") == "abacus-9000");
  CHECK(known_system("").empty());
}

}  // namespace
}  // namespace fleetcast
