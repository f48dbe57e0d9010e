#include "sim/report/chrome_trace.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/catch.hpp"

namespace fleetcast::report {
namespace {

using Json = nlohmann::json;

/// What a trace writes, and in how many pieces.
struct Written {
  std::string text;
  int pieces = 0;

  ChromeTrace::Sink sink() {
    return [this](std::string_view piece) {
      text += piece;
      ++pieces;
      return true;
    };
  }
  [[nodiscard]] Json events() const { return Json::parse(text).at("traceEvents"); }
};

TEST_CASE("spans, counters, instants, flows and names become trace events", "[report][trace]") {
  Written out;
  ChromeTrace trace(out.sink(), {{"scenario", "toy"}, {"seed", "7"}});
  trace.name_process(3, "rank 3");
  trace.name_track({3, 1}, "tensor");
  trace.span({3, 1}, "all-gather", "tp_exposed", Seconds{1.5}, Seconds{0.25});
  trace.counter(3, "memory", Seconds{2}, 0.5);
  trace.instant({3, 0}, "GPU failed", "failure", Seconds{3});
  trace.flow("activations", {3, 1}, Seconds{4}, {4, 1}, Seconds{5});
  trace.finish();
  CHECK(out.text ==
        R"({"displayTimeUnit":"ns","otherData":{"scenario":"toy","seed":"7"},"traceEvents":[
{"ph":"M","pid":3,"tid":0,"name":"process_name","args":{"name":"rank 3"}},
{"ph":"M","pid":3,"tid":0,"name":"process_sort_index","args":{"sort_index":3}},
{"ph":"M","pid":3,"tid":1,"name":"thread_name","args":{"name":"tensor"}},
{"ph":"M","pid":3,"tid":1,"name":"thread_sort_index","args":{"sort_index":1}},
{"ph":"X","pid":3,"tid":1,"ts":1500000.000,"name":"all-gather","cat":"tp_exposed","dur":250000.000},
{"ph":"C","pid":3,"tid":0,"ts":2000000.000,"name":"memory","args":{"value":0.5}},
{"ph":"i","pid":3,"tid":0,"ts":3000000.000,"name":"GPU failed","cat":"failure","s":"t"},
{"ph":"s","pid":3,"tid":1,"ts":4000000.000,"name":"activations","cat":"flow","id":1},
{"ph":"f","pid":4,"tid":1,"ts":5000000.000,"name":"activations","cat":"flow","bp":"e","id":1}
]}
)");
  CHECK(out.events().size() == 9);
}

TEST_CASE("times are microseconds down to the nanosecond, and spans that touch still touch",
          "[report][trace]") {
  Written out;
  ChromeTrace trace(out.sink());
  trace.span({}, "a", "", Seconds{0}, Seconds{1.4e-9});
  trace.span({}, "b", "", Seconds{1.4e-9}, Seconds{1.4e-9});
  trace.span({}, "c", "", Seconds{-1.5e-6}, Seconds{2e-9});
  // 90 days and a nanosecond.
  trace.span({}, "d", "", Seconds{7776000.000000001}, Seconds{1});
  trace.span({}, "e", "e", Seconds{0}, Seconds{1e-9});  // of the kind that its name says
  trace.finish();
  CHECK(out.text.find(R"("name":"e","dur":0.001)") != std::string::npos);
  CHECK(out.text.find(R"("ts":0.000,"name":"a","dur":0.001)") != std::string::npos);
  CHECK(out.text.find(R"("ts":0.001,"name":"b","dur":0.002)") != std::string::npos);
  CHECK(out.text.find(R"("ts":-1.500,"name":"c","dur":0.002)") != std::string::npos);
  CHECK(out.text.find(R"("ts":7776000000000.001,"name":"d","dur":1000000.000)") !=
        std::string::npos);
}

TEST_CASE("a name is text whatever it contains", "[report][trace]") {
  const std::string hostile = "\"}],\\ \n\t\x01 </script> µ \xF0\x9F\x94\xA5";
  Written out;
  ChromeTrace trace(out.sink(), {{hostile, hostile}});
  trace.name_process(0, hostile);
  trace.span({}, hostile, "<" + hostile, Seconds{0}, Seconds{1});
  trace.span({}, std::string_view("a\0b", 3), "", Seconds{1}, Seconds{1});
  trace.span({}, "\xFF", "", Seconds{2}, Seconds{1});
  trace.finish();
  const Json events = out.events();
  CHECK(Json::parse(out.text).at("otherData").at(hostile) == hostile);
  CHECK(events[0].at("args").at("name") == hostile);
  CHECK(events[2].at("name") == hostile);
  CHECK(events[2].at("cat") == "<" + hostile);
  CHECK(events[3].at("name") == std::string("a\0b", 3));
  CHECK(events[4].at("name") == "\xEF\xBF\xBD");
}

TEST_CASE("a trace that ends early is whole JSON", "[report][trace]") {
  Written nothing, some;
  { const ChromeTrace trace(nothing.sink()); }
  CHECK(nothing.events().empty());
  try {
    ChromeTrace trace(some.sink());
    trace.span({}, "a", "", Seconds{0}, Seconds{1});
    throw std::runtime_error("in the middle");
  } catch (const std::runtime_error&) {
    CHECK(some.events().size() == 1);
  }
}

TEST_CASE("text comes in pieces, not at the end", "[report][trace]") {
  Written out;
  ChromeTrace trace(out.sink());
  for (int i = 0; i < 2000; ++i) trace.span({}, "kernel", "gemm", Seconds{double(i)}, Seconds{1});
  CHECK(out.pieces >= 2);
  trace.finish();
  trace.span({}, "late", "gemm", Seconds{0}, Seconds{1});
  trace.finish();
  CHECK(out.events().size() == 2000);
}

TEST_CASE("a sink that wants no more, or fails, is not asked again", "[report][trace]") {
  int asked = 0;
  const auto write_much = [](ChromeTrace& trace) {
    for (int i = 0; i < 5000; ++i) trace.span({}, "kernel", "gemm", Seconds{double(i)}, Seconds{1});
    trace.finish();
  };
  ChromeTrace bored([&](std::string_view) { return ++asked < 1; });
  write_much(bored);
  CHECK(asked == 1);
  {
    ChromeTrace failing(
        [&](std::string_view) -> bool { throw std::runtime_error(std::to_string(++asked)); });
    CHECK_THROWS_AS(write_much(failing), std::runtime_error);
  }
  CHECK(asked == 2);
}

TEST_CASE("a counter that is not a number is left out", "[report][trace]") {
  Written out;
  ChromeTrace trace(out.sink());
  trace.counter(0, "a", Seconds{0}, std::numeric_limits<double>::quiet_NaN());
  trace.counter(0, "b", Seconds{0}, 1e300);
  trace.finish();
  REQUIRE(out.events().size() == 1);
  CHECK(out.events()[0].at("args").at("value") == 1e300);
}

}  // namespace
}  // namespace fleetcast::report
