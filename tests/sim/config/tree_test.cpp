#include "sim/config/tree.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.hpp"

namespace fleetcast::config {
namespace {

namespace fs = std::filesystem;

std::string refusal(std::string_view text) {
  try {
    parse_text("a.yaml", text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string file_refusal(const std::string& path) {
  try {
    parse_file(path);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string set_refusal(Tree tree, std::string_view path, std::string_view text) {
  try {
    tree.set(path, text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

/// A file that is gone at the end of its test.
class TempFile {
 public:
  explicit TempFile(std::string_view content) {
    static int count = 0;
    path_ = fs::temp_directory_path() /
            ("fleetcast-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".yaml");
    std::ofstream(path_, std::ios::binary) << content;
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { fs::remove(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

/// Seconds are generous: a sanitizer build on a busy machine must pass, a quadratic one must not.
class Quickly {
 public:
  ~Quickly() { CHECK(std::chrono::steady_clock::now() - start_ < std::chrono::seconds(2)); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

TEST_CASE("every node and key knows its line and column", "[tree]") {
  const Tree tree =
      parse_text("a.yaml", "# comment\nname: H100\npeak:\n  bf16: 'x y'\nl: [1, ~]\n");
  const Node& root = tree.root();
  CHECK(root.kind == Kind::kMapping);
  CHECK(root.entries.size() == 3);
  CHECK(*root.at.file == "a.yaml");
  const Node& peak = *root.find("peak");
  CHECK((peak.entries[0].at.line == 4 && peak.entries[0].at.column == 3));
  CHECK((peak.find("bf16")->at.line == 4 && peak.find("bf16")->at.column == 9));
  CHECK(peak.find("bf16")->text == "x y");
  CHECK(peak.find("bf16")->is_quoted);
  CHECK(!root.find("name")->is_quoted);
  CHECK(root.find("l")->items[1]->kind == Kind::kNull);
  CHECK(root.find("missing") == nullptr);
  CHECK(root.size == 7);
  CHECK(root.height == 3);
}

TEST_CASE("an empty value has the place of its key", "[tree]") {
  const Tree tree = parse_text("a.yaml", "x: 1\na:\n\nb: 2\n");
  const Node& value = *tree.root().find("a");
  CHECK(value.kind == Kind::kNull);
  CHECK((value.at.line == 2 && value.at.column == 1));
}

TEST_CASE("scalars stay text", "[tree]") {
  const Tree tree = parse_text("a.yaml", "[yes, 010, 25.10, on, 0x1F, true]");
  std::string joined;
  for (const NodePtr& item : tree.root().items) joined += item->text + " ";
  CHECK(joined == "yes 010 25.10 on 0x1F true ");
}

TEST_CASE("aliases stand for what they name, in any order of use", "[tree]") {
  const Tree tree = parse_text("a.yaml", "a: &x {k: 1}\nb: *x\nc: &x 2\nd: [*x, *x]\n");
  CHECK(tree.root().find("b")->find("k")->text == "1");
  CHECK(tree.root().find("d")->items[1]->text == "2");
}

TEST_CASE("windows line ends and a byte order mark are fine", "[tree]") {
  const Tree tree = parse_text("a.yaml",
                               "\xEF\xBB\xBF"
                               "a: 1\r\nb: 2\r\n");
  CHECK(tree.root().find("a")->text == "1");
  CHECK(tree.root().find("b")->text == "2");
  CHECK(parse_text("a.yaml", "é: 'ü [1'\nb: don't see [1, it's {\n").root().entries.size() == 2);
}

TEST_CASE("all duplicate keys are reported with both places", "[tree]") {
  CHECK(refusal("a: 1\nb: {c: 1, c: 2}\na: 3\n'a': 4\n") ==
        "a.yaml:2:11: b.c: is given twice, first at 2:5\n"
        "a.yaml:3:1: a: is given twice, first at 1:1\n"
        "a.yaml:4:1: a: is given twice, first at 1:1");
}

TEST_CASE("what YAML has beyond trees is refused", "[tree]") {
  CHECK(refusal("a: 1\n---\nb: 2\n") ==
        "a.yaml:2:1: a second document starts here, expected one a file");
  CHECK(refusal("a: &x {y: 1}\nb: {<<: *x}\n") == "a.yaml:2:5: b.<<: merge keys are not supported");
  CHECK(refusal("a: !!str 1\nb: !mine {c: 1}\n") ==
        "a.yaml:1:4: a: tags are not supported\na.yaml:2:4: b: tags are not supported");
  CHECK(refusal("? [a]\n: 1\n") ==
        "a.yaml:1:3: a key must be a word, not a list or mapping; is a bracket left open?");
  CHECK(refusal(repeated("? ", 100000)) ==
        "a.yaml:1:3: a key must be a word, not a list or mapping; is a bracket left open?");
  CHECK(refusal("~: 1\n") == "a.yaml:1:1: a key must be a word");
  CHECK(refusal("a: &x [1, *x]\n") == "a.yaml:1:11: a.1: an alias inside of what it stands for");
}

TEST_CASE("syntax errors are reported where they are", "[tree]") {
  CHECK(refusal("a: b: c\n") == "a.yaml:1:5: is not YAML: illegal map value");
  CHECK(refusal("a: [1, 2\nb: 3\n") ==
        "a.yaml:2:2: a.2: is not YAML: end of sequence flow not found");
  CHECK(refusal("a: *b\n") == "a.yaml:1:4: a: is not YAML: the referenced anchor is not defined");
  CHECK(refusal("a: 1\nb: \"x\nc: 3\n") == "a.yaml:2:4: is not YAML: a quote is never closed");
  CHECK(refusal("a: 1\nb: &q 'it''s\n") == "a.yaml:2:4: is not YAML: a quote is never closed");
  CHECK(refusal("a: 'it''s'\nb: \"\\\"\"\n") == "");
  CHECK(refusal("[1]\n]\n") == "a.yaml:2:1: is not YAML: illegal flow end");
}

TEST_CASE("a file without content is empty", "[tree]") {
  for (const char* text : {"", "# nothing\n", "---\n", "~\n", "\xEF\xBB\xBF", "\n\n"}) {
    CHECK(refusal(text) == "a.yaml:1:1: is empty");
  }
}

TEST_CASE("what is not text is refused at its first bad byte", "[tree]") {
  CHECK(refusal(std::string_view("a: 1\nb\0c", 8)) == "a.yaml:2:2: is not text (UTF-8)");
  CHECK(refusal("\x7F"
                "ELF\x02\x01") == "a.yaml:1:5: is not text (UTF-8)");
  CHECK(refusal("a: \xFF\n") == "a.yaml:1:4: is not text (UTF-8)");
  CHECK(refusal("a: \xC0\xAF\n") == "a.yaml:1:4: is not text (UTF-8)");
  CHECK(refusal("a: \xED\xA0\x80\n") == "a.yaml:1:4: is not text (UTF-8)");
  CHECK(refusal("a: \xE2\x82") == "a.yaml:1:4: is not text (UTF-8)");
}

TEST_CASE("depth 64 is fine and depth 65 is not", "[tree]") {
  CHECK(refusal(repeated("[", 63) + "1" + repeated("]", 63)) == "");
  CHECK(refusal(repeated("[", 64) + "1" + repeated("]", 64)).find("64 levels") !=
        std::string::npos);
  CHECK(refusal("a: &x " + repeated("[", 40) + repeated("]", 40) + "\nb: " + repeated("[", 40) +
                "*x" + repeated("]", 40))
            .find("is nested deeper than 64 levels") != std::string::npos);
}

TEST_CASE("endless nesting is refused at once", "[tree]") {
  const Quickly quickly;
  for (const char* opener : {"[", "{a: ", "{", "- ", "&a [", "!x [", "[\n", "- [", "[[],"}) {
    INFO(opener);
    CHECK(refusal(repeated(opener, 100000)).find("is nested deeper than 64 levels") !=
          std::string::npos);
  }
}

TEST_CASE("a bomb of aliases is refused at once", "[tree]") {
  const Quickly quickly;
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
            repeated("*a" + before + ", ", 9) + "*a" + before + "]\n";
  }
  CHECK(refusal(bomb).find(": has more than 2000000 values, aliases expanded") !=
        std::string::npos);
}

TEST_CASE("a list beyond any use is refused before it is parsed", "[tree]") {
  const Quickly quickly;
  CHECK(refusal("[" + repeated("1,", 2100000) + "]") ==
        "a.yaml:1:4000003: has more than 2000000 values, aliases expanded");
}

TEST_CASE("files that cannot be read say why", "[tree]") {
  CHECK(file_refusal("no/such.yaml") == "no/such.yaml:1:1: no such file");
  const std::string folder = fs::temp_directory_path().string();
  CHECK(file_refusal(folder) == folder + ":1:1: is a directory, expected a file");
  const TempFile empty("");
  CHECK(file_refusal(empty.path()) == empty.path() + ":1:1: is empty");
  const TempFile fine("a: 1\n");
  CHECK(parse_file(fine.path()).root().find("a")->text == "1");
  fs::permissions(fine.path(), fs::perms::none);
  if (::geteuid() != 0) {
    CHECK(file_refusal(fine.path()) == fine.path() + ":1:1: cannot be read: Permission denied");
  }
}

TEST_CASE("a file of 200 MB is refused without being read", "[tree]") {
  const TempFile large("a: 1\n");
  fs::resize_file(large.path(), 200'000'000);
  const Quickly quickly;
  CHECK(file_refusal(large.path()) ==
        large.path() + ":1:1: is larger than 32 MiB, too large for a configuration");
  CHECK(file_refusal("/dev/zero") ==
        "/dev/zero:1:1: is larger than 32 MiB, too large for a configuration");
}

const char* const kCluster =
    "name: c\n"
    "gpu: ~\n"
    "tiers:\n"
    "  - {name: nvlink, gpus: 8}\n"
    "  - {name: rail, gpus: 32}\n"
    "plain: [1, 2]\n";

TEST_CASE("an override addresses mappings by key and items by name or number", "[tree]") {
  const Tree before = parse_text("c.yaml", kCluster);
  Tree tree = before;
  tree.set("tiers.rail.bandwidth", "25 GB/s");
  tree.set("tiers.0.gpus", "72");
  tree.set("plain.1", "[3, 4]");
  tree.set("power.pue.value", "1.2");
  tree.set("gpu.name", "h100");
  tree.set("name", "d");
  const Node& root = tree.root();
  CHECK(root.find("tiers")->items[1]->find("bandwidth")->text == "25 GB/s");
  CHECK(*root.find("tiers")->items[1]->find("bandwidth")->at.file == "--set");
  CHECK(root.find("tiers")->items[0]->find("gpus")->text == "72");
  CHECK(root.find("plain")->items[1]->items[0]->text == "3");
  CHECK(root.find("power")->find("pue")->find("value")->text == "1.2");
  CHECK(root.find("gpu")->find("name")->text == "h100");
  CHECK(root.find("name")->text == "d");
  CHECK(before.root().find("name")->text == "c");
  CHECK(before.root().find("tiers")->items[0]->find("gpus")->text == "8");
}

TEST_CASE("an override that cannot be says why", "[tree]") {
  const Tree tree = parse_text("c.yaml", kCluster);
  CHECK(set_refusal(tree, "tiers.rial.gpus", "1") ==
        "--set:1:1: tiers.rial.gpus: tiers has no item \"rial\"; did you mean \"rail\"? "
        "items: nvlink, rail");
  CHECK(set_refusal(tree, "plain.2", "1") ==
        "--set:1:1: plain.2: plain has no item \"2\"; items: 0, 1");
  CHECK(set_refusal(tree, "name.x", "1") ==
        "--set:1:1: name.x: name is a single value, it has no \"x\"");
  CHECK(set_refusal(tree, "name", "") == "--set:1:1: name: has no value");
  CHECK(set_refusal(tree, "name", "[1") ==
        "--set:1:1: name: a key must be a word, not a list or mapping; is a bracket left open?");
  for (const std::string path : {"", ".", "a..b", ".a", "a."}) {
    CHECK(set_refusal(tree, path, "1") == "--set:1:1: " + (path.empty() ? "" : path + ": ") +
                                              "is not a path such as \"tiers.rail.bandwidth\"");
  }
  CHECK(set_refusal(tree, "a" + repeated(".a", 100000), "1").find("is not a path") !=
        std::string::npos);
  CHECK(set_refusal(tree, "a.b.c.d", repeated("[", 62) + repeated("]", 62)) ==
        "--set:1:1: a.b.c.d: is nested deeper than 64 levels");
}

}  // namespace
}  // namespace fleetcast::config
