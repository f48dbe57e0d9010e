#include "sim/config/reader.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/sim/config/toy_specs.hpp"

namespace fleetcast::config {
namespace {

const char* const kChip =
    "name: toy\n"
    "hbm_bandwidth: 3.35 TB/s\n";

const char* const kChipKeys =
    "keys: name, hbm_bandwidth, tdp, pue, sms, cores, sold, age, extra, limits, ratios, links, "
    "schedule, sources";

toy::Chip chip(const std::string& more) {
  return load<toy::Chip>(parse_text("t.yaml", kChip + more)).value;
}

/// The problems of a chip with `more` in lines three and on.
std::string refusal(const std::string& more) {
  try {
    chip(more);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a spec is read by its field list", "[reader]") {
  const toy::Chip read = chip(
      "tdp: 700 W\npue: 1.2\nsms: 1k\ncores: 8\nsold: true\nage: 90 days\nextra: {low: 2}\n"
      "ratios: [0.5, 40 %]\nlinks:\n  - {name: a, bandwidth: 400 Gb/s}\nschedule: interleaved\n");
  CHECK(read.name == "toy");
  CHECK(read.bandwidth == BytesPerSecond{3.35e12});
  CHECK(read.tdp == Watts{700});
  CHECK(read.pue == 1.2);
  CHECK(read.sms == 1000);
  CHECK(read.cores == 8);
  CHECK(read.sold);
  CHECK(read.age == 90.0 * kDay);
  CHECK(read.extra->low == 2);
  CHECK(read.ratios == std::vector{0.5, 0.4});
  CHECK(read.links.at(0).bandwidth == BytesPerSecond{50e9});
  CHECK(read.schedule == &toy::kInterleaved);
}

TEST_CASE("a key left out keeps its default", "[reader]") {
  const toy::Chip read = chip("extra: ~\nage:\n");
  CHECK(read.pue == 1.5);
  CHECK(read.schedule == &toy::kGpipe);
  CHECK(!read.age.has_value());
  CHECK(!read.extra.has_value());
}

TEST_CASE("an unknown key is answered with the nearest and all keys", "[reader]") {
  CHECK(refusal("hbm_bandwith: 1 TB/s\n") ==
        "t.yaml:3:1: hbm_bandwith: is not a key here; did you mean \"hbm_bandwidth\"? " +
            std::string(kChipKeys));
  CHECK(refusal("links:\n  - {name: rail, bandwidth: 1 GB/s, lanes: 4}\n") ==
        "t.yaml:4:37: links.rail.lanes: is not a key here; keys: name, bandwidth");
}

TEST_CASE("a missing key is reported where its mapping starts", "[reader]") {
  CHECK(refusal("links:\n  - name: rail\n") ==
        "t.yaml:4:5: links.rail.bandwidth: is missing: one direction");
  CHECK(refusal("links:\n  - {}\n") ==
        "t.yaml:4:5: links.0.name: is missing: of the link\n"
        "t.yaml:4:5: links.0.bandwidth: is missing: one direction");
}

TEST_CASE("a quantity needs the right unit", "[reader]") {
  CHECK(refusal("tdp: 80 GiB\n") ==
        "t.yaml:3:6: tdp: \"80 GiB\" is a size, expected a power such as \"700 W\"");
  CHECK(refusal("tdp: 700\n") == "t.yaml:3:6: tdp: \"700\" needs a unit, such as \"700 W\"");
  CHECK(refusal("tdp: [1 W]\n") ==
        "t.yaml:3:6: tdp: is a list, expected a power such as \"700 W\"");
  CHECK(refusal("tdp:\n") == "t.yaml:3:1: tdp: is empty, expected a power such as \"700 W\"");
  CHECK(refusal("tdp: ''\n") == "t.yaml:3:6: tdp: is empty, expected a power such as \"700 W\"");
  CHECK(refusal("tdp: {watts: 3}\n") ==
        "t.yaml:3:6: tdp: is a mapping, expected a power such as \"700 W\" or "
        "{value: ..., source: ..., note: ..., assumption: true}");
}

TEST_CASE("values out of bounds say the bounds", "[reader]") {
  CHECK(refusal("tdp: -5 W\n") == "t.yaml:3:6: tdp: must not be negative, is -5 W");
  CHECK(refusal("sms: -3\n") == "t.yaml:3:6: sms: must be positive, is -3");
  CHECK(refusal("sms: 0\n") == "t.yaml:3:6: sms: must be positive, is 0");
  CHECK(refusal("ratios: [0.5, 1.7]\n") ==
        "t.yaml:3:15: ratios.1: must be between 0 and 1, is 1.7");
  CHECK(refusal("cores: 1e9\n") == "t.yaml:3:8: cores: must be between 1 and 1024, is 1e9");
}

TEST_CASE("what is no number is refused, NaN and absurd ones too", "[reader]") {
  const std::string expected = "a number such as \"12\", \"0.4\", \"40 %\" or \"13T\"";
  CHECK(refusal("pue: .nan\n") == "t.yaml:3:6: pue: \".nan\" is not " + expected);
  CHECK(refusal("pue: many\n") == "t.yaml:3:6: pue: \"many\" is not " + expected);
  CHECK(refusal("pue: 010\n") == "t.yaml:3:6: pue: \"010\" is not " + expected);
  CHECK(refusal("tdp: .inf W\n") == "t.yaml:3:6: tdp: \".inf W\" is not a power such as \"700 W\"");
  CHECK(refusal("sms: 1e300\n") ==
        "t.yaml:3:6: sms: \"1e300\" is out of range (1e-36 to 1e36 in base units)");
  CHECK(refusal("pue: '1.2'\n") == "t.yaml:3:6: pue: is text, write the number 1.2 without quotes");
  CHECK(refusal("cores: 2.5\n") == "t.yaml:3:8: cores: must be a whole number, is 2.5");
  CHECK(chip("cores: 2.0\n").cores == 2);
}

TEST_CASE("only true and false are true and false", "[reader]") {
  CHECK(refusal("sold: yes\n") == "t.yaml:3:7: sold: is \"yes\", expected true or false");
  CHECK(refusal("sold: 'true'\n") ==
        "t.yaml:3:7: sold: is \"true\", expected true or false without quotes");
}

TEST_CASE("lists, mappings and names are not taken for each other", "[reader]") {
  CHECK(refusal("ratios: 0.5\n") == "t.yaml:3:9: ratios: is \"0.5\", expected a list");
  CHECK(refusal("links: {a: 1}\n") ==
        "t.yaml:3:8: links: is a mapping, expected a list or "
        "{value: ..., source: ..., note: ..., assumption: true}");
  CHECK(refusal("limits: 3\n") == "t.yaml:3:9: limits: is \"3\", expected a mapping; keys: low");
  CHECK(refusal("schedule: gpip\n") ==
        "t.yaml:3:11: schedule: \"gpip\" is not known here; did you mean \"gpipe\"? "
        "known: gpipe, interleaved");
  CHECK(refusal("schedule: [gpipe]\n") == "t.yaml:3:11: schedule: is a list, expected a name");
}

TEST_CASE("all problems come at once, in the order of the file", "[reader]") {
  CHECK(refusal("tdp: 5 GB\npue: 9\nlimits: {}\nlinks: [{name: a, bandwidth: 0 B/s}]\nx: 1\n") ==
        "t.yaml:3:6: tdp: \"5 GB\" is a size, expected a power such as \"700 W\"\n"
        "t.yaml:4:6: pue: must be between 1 and 3, is 9\n"
        "t.yaml:5:9: limits.low: is missing: lowest\n"
        "t.yaml:6:30: links.a.bandwidth: must be positive, is 0 B/s\n"
        "t.yaml:7:1: x: is not a key here; " +
            std::string(kChipKeys));
}

TEST_CASE("more problems than anyone reads are cut off", "[reader]") {
  std::string list = "ratios: [2";
  for (int i = 0; i < 5000; ++i) list += ", 2";
  const std::string text = refusal(list + "]\n");
  CHECK(std::count(text.begin(), text.end(), '\n') == 199);
}

TEST_CASE("a scalar or list may carry its source", "[reader]") {
  const auto loaded = load<toy::Chip>(
      parse_text("t.yaml", std::string(kChip) +
                               "tdp: {value: 700 W, source: aic, note: a datasheet}\n"
                               "pue: {value: 1.3, assumption: true}\n"
                               "ratios: {value: [0.1], source: smi}\n"
                               "links: [{name: rail, bandwidth: {value: 1 GB/s, source: aic}}]\n"
                               "sources: {aic: a repository, smi: a listing}\n"));
  CHECK(loaded.value.tdp == Watts{700});
  CHECK(loaded.value.pue == 1.3);
  CHECK(loaded.value.ratios == std::vector{0.1});
  CHECK(loaded.sources.size() == 4);
  CHECK(loaded.sources.at("tdp").source == "aic");
  CHECK(loaded.sources.at("tdp").note == "a datasheet");
  CHECK(loaded.sources.at("pue").assumption);
  CHECK(loaded.sources.at("links.rail.bandwidth").source == "aic");
  CHECK(loaded.source_texts.at("smi") == "a listing");
}

TEST_CASE("a source must be named, and declared where the file declares any", "[reader]") {
  CHECK(refusal("tdp: {value: 700 W, source: ''}\n") ==
        "t.yaml:3:29: tdp.source: must not be empty");
  CHECK(refusal("tdp: {value: 700 W, note: x}\n") ==
        "t.yaml:3:6: tdp: needs a source, or assumption: true");
  CHECK(refusal("tdp: {value: 700 W, source: aic, nota: x}\n") ==
        "t.yaml:3:34: tdp.nota: is not a key here; did you mean \"note\"? "
        "keys: value, source, note, assumption");
  CHECK(refusal("tdp: {value: 700 W, source: aik}\nsources: {aic: a repository}\n") ==
        "t.yaml:3:29: tdp.source: \"aik\" is not declared; did you mean \"aic\"? sources: aic");
  CHECK(refusal("tdp: {value: 700 W, source: free}\n") == "");
  CHECK(refusal("sources: [a]\n") == "t.yaml:3:10: sources: is not a mapping of texts");
}

TEST_CASE("extra keys are allowed at the top only", "[reader]") {
  const std::vector<std::string_view> extra{"comment"};
  const auto text = std::string(kChip) + "comment: {any: [thing]}\nlimits: {low: 1, comment: 2}\n";
  std::string what;
  try {
    load<toy::Chip>(parse_text("t.yaml", text), extra);
  } catch (const ConfigError& error) {
    what = error.what();
  }
  CHECK(what == "t.yaml:4:18: limits.comment: is not a key here; keys: low");
}

TEST_CASE("a lenient reader lists what it ignores", "[reader]") {
  Reader reader;
  reader.is_lenient = true;
  const Tree tree = parse_text("t.yaml", "name: a\nbandwidth: 1 GB/s\nlanes: 4\n");
  const toy::Link link = read<toy::Link>(tree.root(), reader);
  CHECK(link.name == "a");
  CHECK(reader.problems.empty());
  CHECK(reader.ignored.at(0).text() ==
        "t.yaml:3:1: lanes: is not a key here; keys: name, bandwidth");
}

TEST_CASE("problems of overrides and of the file come together", "[reader]") {
  const auto path = std::filesystem::temp_directory_path() / "fleetcast-reader-test.yaml";
  std::ofstream(path) << kChip << "pue: 9\nlinks: [{name: rail, bandwidth: 1 GB/s}]\n";
  const std::vector<std::string> wrong{"links.rail.bandwith=25 GB/s", "tdp=-1 W", "sms",
                                       "name.x=1"};
  std::string what;
  try {
    load<toy::Chip>(path.string(), wrong);
  } catch (const ConfigError& error) {
    what = error.what();
  }
  const std::vector<std::string> right{"links.rail.bandwidth=25 GB/s", "pue=2"};
  const auto loaded = load<toy::Chip>(path.string(), right);
  std::filesystem::remove(path);
  CHECK(what ==
        "--set:1:1: sms: has no value, expected path=value\n"
        "--set:1:1: name.x: name is a single value, it has no \"x\"\n"
        "--set:1:1: tdp: must not be negative, is -1 W\n"
        "--set:1:1: links.rail.bandwith: is not a key here; did you mean \"bandwidth\"? "
        "keys: name, bandwidth\n" +
            path.string() + ":3:6: pue: must be between 1 and 3, is 9");
  CHECK(loaded.value.links.at(0).bandwidth == BytesPerSecond{25e9});
  CHECK(loaded.value.pue == 2);
}

}  // namespace
}  // namespace fleetcast::config
