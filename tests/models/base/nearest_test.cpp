#include "models/base/nearest.hpp"

#include <array>

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

constexpr std::array<std::string_view, 4> kWords{"bandwidth", "bandwidths", "GB", "Gb"};

TEST_CASE("the nearest word is the one with the fewest typos", "[nearest]") {
  CHECK(nearest("bandwith", kWords) == "bandwidth");
  CHECK(nearest("bandwidthss", kWords) == "bandwidths");
  CHECK(nearest("BANDWIDTH", kWords) == "");
  CHECK(nearest("bnadwidth", kWords) == "bandwidth");
  CHECK(nearest("gB", kWords) == "GB");
}

TEST_CASE("nothing is near another word", "[nearest]") {
  CHECK(nearest("latency", kWords) == "");
  CHECK(nearest("x", kWords) == "");
  CHECK(nearest("", kWords) == "");
  CHECK(nearest(std::string(100000, 'b'), kWords) == "");
}

TEST_CASE("a suggestion asks only when something is near", "[nearest]") {
  CHECK(suggestion("bandwith", "keys", kWords) ==
        "; did you mean \"bandwidth\"? keys: bandwidth, bandwidths, GB, Gb");
  CHECK(suggestion("latency", "keys", kWords) == "; keys: bandwidth, bandwidths, GB, Gb");
}

TEST_CASE("a quotation stays on one line and ends between characters", "[nearest]") {
  CHECK(quoted("a\nb") == "\"a b\"");
  CHECK(quoted(std::string(59, 'x') + "\xC3\xBC"
                                      "y") == "\"" + std::string(59, 'x') + "...\"");
}

}  // namespace
}  // namespace fleetcast
