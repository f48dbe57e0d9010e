#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.hpp"

// Reads the #include lines of the tree: a file includes its own layer or a lower one, and heavy
// third-party headers stay where they are allowed.

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

/// Bottom up, as in the table of CONTRIBUTING.md.
constexpr std::array<std::string_view, 17> kLayers{
    "models/base",    "models/hardware", "models/workload", "models/parallel", "models/cost",
    "sim/config",     "sim/step",        "sim/engine",      "sim/run",         "sim/plan",
    "sim/validation", "sim/calibration", "sim/report",      "sim/sweep",       "sim/interchange",
    "sim/cli",        "sim/mpi"};

constexpr std::size_t kLongestFile = 400;

/// A third-party library: its headers begin with `prefix` and belong into `folder`, in .cpp files
/// unless `headers` says otherwise, and in at most `files` of them.
struct Library {
  std::string_view prefix;
  std::string_view folder;
  std::size_t files;
  bool headers = false;
};
constexpr std::array<Library, 15> kLibraries{{
    {"mpi.h", "sim/mpi/", 1},
    {"sqlite3", "sim/sweep/", 1, true},
    {"xxhash", "sim/sweep/", 1},
    {"zlib", "sim/cli/", 1},
    {"nlopt", "sim/calibration/", 1},
    {"google/protobuf/", "sim/interchange/", 1},
    {"et_def.pb.h", "sim/interchange/", 1},
    {"fmt/", "sim/", 1000, true},
    {"yaml-cpp/", "sim/", 2},
    {"CLI/", "sim/cli/", 2},
    {"nlohmann/", "sim/report/", 1000},
    {"nlohmann/", "sim/cli/", 1000},
    {"systemc", "sim/engine/", 1000, true},
    {"sysc/", "sim/engine/", 1000},
    {"tlm", "sim/engine/", 1000, true},
}};

struct Include {
  std::string file;
  std::size_t line = 0;
  std::string target;
  bool quoted = false;

  [[nodiscard]] std::string place() const { return file + ":" + std::to_string(line) + ": "; }
  [[nodiscard]] bool in_header() const { return file.ends_with(".hpp"); }
};

int layer_of(std::string_view path) {
  for (std::size_t i = 0; i < kLayers.size(); ++i)
    if (path.starts_with(kLayers[i]) && path.substr(kLayers[i].size()).starts_with('/'))
      return static_cast<int>(i);
  return -1;
}

/// Standard headers have neither a folder nor an extension; POSIX, and what the C library adds, are
/// for the program's edges only.
bool is_standard(std::string_view target) {
  return target.find_first_of("./") == std::string_view::npos && !target.starts_with("systemc") &&
         !target.starts_with("tlm");
}

bool is_posix(std::string_view target) {
  constexpr std::array<std::string_view, 7> kPosix{"unistd.h",    "signal.h",   "fcntl.h", "poll.h",
                                                   "sys/ioctl.h", "sys/wait.h", "malloc.h"};
  return std::find(kPosix.begin(), kPosix.end(), target) != kPosix.end();
}

/// The file that an #include line names, or "".
std::string target_of(std::string_view line, bool& quoted) {
  const auto hash = line.find_first_not_of(" \t");
  if (hash == std::string_view::npos || line[hash] != '#') return {};
  const auto word = line.find_first_not_of(" \t", hash + 1);
  if (word == std::string_view::npos || !line.substr(word).starts_with("include")) return {};
  const auto open = line.find_first_of("\"<", word);
  if (open == std::string_view::npos) return {};
  quoted = line[open] == '"';
  const auto close = line.find(quoted ? '"' : '>', open + 1);
  return std::string{line.substr(open + 1, close - open - 1)};
}

struct Source {
  std::string file;  ///< relative to the tree
  std::string text;
};

std::vector<Include> includes_of(const Source& source) {
  std::vector<Include> out;
  std::istringstream in{source.text};
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    bool quoted = false;
    if (std::string target = target_of(line, quoted); !target.empty())
      out.push_back({source.file, number, std::move(target), quoted});
  }
  return out;
}

void check_own(const Include& include, Lines& problems) {
  const int own = layer_of(include.file);
  const int other = layer_of(include.target);
  if (other < 0)
    problems.push_back(include.place() + include.target + " belongs to no layer");
  else if (other > own)
    problems.push_back(include.place() + std::string{kLayers[static_cast<std::size_t>(own)]} +
                       " includes the higher layer " +
                       std::string{kLayers[static_cast<std::size_t>(other)]} + ": " +
                       include.target);
}

void check_foreign(const Include& include, Lines& problems) {
  if (is_standard(include.target)) return;
  const bool in_models = include.file.starts_with("models/");
  if (!in_models && !include.in_header() && is_posix(include.target)) return;
  for (const Library& library : kLibraries)
    if (include.target.starts_with(library.prefix) && include.file.starts_with(library.folder) &&
        (library.headers || !include.in_header()))
      return;
  const std::string why = in_models             ? "models/ is standard library only: "
                          : include.in_header() ? "our headers stay free of "
                                                : "not allowed here: ";
  problems.push_back(include.place() + why + "<" + include.target + ">");
}

void check_file_counts(const std::vector<Include>& all, Lines& problems) {
  for (const Library& library : kLibraries) {
    Lines users;
    for (const Include& include : all)
      if (include.target.starts_with(library.prefix) &&
          std::find(users.begin(), users.end(), include.file) == users.end())
        users.push_back(include.file);
    if (users.size() <= library.files) continue;
    std::string text = std::string{library.prefix} + " is for " + std::to_string(library.files) +
                       " file(s), included by";
    for (const std::string& user : users) text += " " + user;
    problems.push_back(text);
  }
}

void check_source(const Source& source, Lines& problems) {
  if (layer_of(source.file) < 0) problems.push_back(source.file + ": belongs to no layer");
  const auto lines =
      static_cast<std::size_t>(std::count(source.text.begin(), source.text.end(), '\n'));
  if (lines > kLongestFile)
    problems.push_back(source.file + ":" + std::to_string(lines) + ": longer than " +
                       std::to_string(kLongestFile) + " lines, cut it");
}

Lines problems_of(const std::vector<Source>& sources) {
  Lines problems;
  std::vector<Include> all;
  for (const Source& source : sources) {
    check_source(source, problems);
    const std::vector<Include> includes = includes_of(source);
    all.insert(all.end(), includes.begin(), includes.end());
  }
  for (const Include& include : all) {
    if (layer_of(include.file) < 0) continue;
    if (include.quoted)
      check_own(include, problems);
    else
      check_foreign(include, problems);
  }
  check_file_counts(all, problems);
  return problems;
}

std::vector<Source> sources_under(const fs::path& root) {
  std::vector<Source> out;
  for (const char* top : {"models", "sim"})
    for (const auto& entry : fs::recursive_directory_iterator{root / top}) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".hpp" && extension != ".cpp") continue;
      std::ostringstream text;
      text << std::ifstream{entry.path()}.rdbuf();
      out.push_back({fs::relative(entry.path(), root).generic_string(), text.str()});
    }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return out;
}

}  // namespace

TEST_CASE("every file includes its own layer or a lower one", "[architecture]") {
  const std::vector<Source> sources = sources_under(FLEETCAST_SOURCE_DIR);
  REQUIRE(sources.size() > 40);
  for (const std::string& problem : problems_of(sources)) FAIL_CHECK(problem);
}

TEST_CASE("a file of the tree can be as long as is allowed, and no longer", "[architecture]") {
  const auto lines = [](std::size_t n) { return std::string(n, '\n'); };
  CHECK(problems_of({{"models/base/a.hpp", lines(400)}}).empty());
  CHECK(problems_of({{"models/base/a.hpp", lines(401)}}) ==
        Lines{"models/base/a.hpp:401: longer than 400 lines, cut it"});
}

TEST_CASE("including a higher layer is told with file and line", "[architecture]") {
  CHECK(problems_of({{"models/cost/a.cpp", "#include \"models/base/b.hpp\"\n"}}).empty());
  CHECK(problems_of({{"models/base/a.hpp", "\n#include \"models/cost/b.hpp\"\n"}}) ==
        Lines{"models/base/a.hpp:2: models/base includes the higher layer models/cost: "
              "models/cost/b.hpp"});
  CHECK(problems_of({{"sim/cli/a.cpp", "  #  include \"b.hpp\"\n"}}) ==
        Lines{"sim/cli/a.cpp:1: b.hpp belongs to no layer"});
  CHECK(problems_of({{"models/utils/a.hpp", ""}}) ==
        Lines{"models/utils/a.hpp: belongs to no layer"});
}

TEST_CASE("third-party headers stay where they are allowed", "[architecture]") {
  CHECK(problems_of({{"models/base/a.cpp", "#include <vector>\n"},
                     {"sim/step/a.hpp", "#include <fmt/format.h>\n"},
                     {"sim/config/a.cpp", "#include <yaml-cpp/yaml.h>\n"},
                     {"sim/report/a.cpp", "#include <nlohmann/json.hpp>\n"},
                     {"sim/cli/a.cpp", "#include <CLI/CLI.hpp>\n"}})
            .empty());
  CHECK(problems_of({{"models/base/a.cpp", "#include <fmt/format.h>\n"}}) ==
        Lines{"models/base/a.cpp:1: models/ is standard library only: <fmt/format.h>"});
  CHECK(problems_of({{"sim/config/a.hpp", "#include <yaml-cpp/yaml.h>\n"}}) ==
        Lines{"sim/config/a.hpp:1: our headers stay free of <yaml-cpp/yaml.h>"});
  CHECK(problems_of({{"sim/plan/a.cpp", "#include <nlohmann/json.hpp>\n"}}) ==
        Lines{"sim/plan/a.cpp:1: not allowed here: <nlohmann/json.hpp>"});
  CHECK(problems_of({{"sim/plan/a.cpp", "#include <systemc>\n"}}) ==
        Lines{"sim/plan/a.cpp:1: not allowed here: <systemc>"});
}

TEST_CASE("CLI11 and yaml-cpp are for two files each", "[architecture]") {
  const std::string cli = "#include <CLI/CLI.hpp>\n";
  CHECK(problems_of({{"sim/cli/a.cpp", cli}, {"sim/cli/b.cpp", cli}}).empty());
  CHECK(problems_of({{"sim/cli/a.cpp", cli}, {"sim/cli/b.cpp", cli}, {"sim/cli/c.cpp", cli}}) ==
        Lines{"CLI/ is for 2 file(s), included by sim/cli/a.cpp sim/cli/b.cpp sim/cli/c.cpp"});
  const std::string yaml = "#include <yaml-cpp/yaml.h>\n#include <yaml-cpp/node/emit.h>\n";
  CHECK(problems_of({{"sim/config/a.cpp", yaml}, {"sim/config/b.cpp", yaml}}).empty());
  CHECK(problems_of(
            {{"sim/config/a.cpp", yaml}, {"sim/config/b.cpp", yaml}, {"sim/config/c.cpp", yaml}}) ==
        Lines{"yaml-cpp/ is for 2 file(s), included by sim/config/a.cpp sim/config/b.cpp "
              "sim/config/c.cpp"});
}
