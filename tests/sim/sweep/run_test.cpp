#include "sim/sweep/run.hpp"

#include <set>

#include "sim/sweep/export.hpp"
#include "sim/sweep/merge.hpp"
#include "tests/catch.hpp"
#include "tests/sim/sweep/folder.hpp"

namespace fleetcast::sweep {
namespace {

using tests::kSmallSweep;
using tests::SweepFolder;

constexpr PointId kSmallPoints = 20;
const std::atomic<int> kNever{0};

/// How many points a run computed, dropped and kept.
struct Ran {
  PointId computed = 0, kept = 0, dropped = 0;
  friend bool operator==(const Ran&, const Ran&) = default;
};

Ran run_sweep(const std::string& sweep, const std::string& out, const RunOptions& options = {},
              const std::vector<std::string>& sets = {}, long most_pages = 0) {
  const Inputs inputs = prepare(sweep, sets);
  Store store(out, {.most_pages = most_pages});
  const Opened opened = open_results(inputs, record_of(inputs, "test"), store);
  return {run(inputs, opened.missing, store, options, kNever), opened.kept, opened.dropped};
}

std::string exported(const std::string& path, const char* format = "csv") {
  const Store store(path, {.must_exist = true, .is_read_only = true});
  const std::vector<Column> columns = store.columns();
  std::string out;
  find_export_format(format)->head(columns, out);
  store.for_each([&](const Row& row) { find_export_format(format)->line(columns, row, out); });
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

TEST_CASE("a sweep computes the points that its filter leaves, each once", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  CHECK(run_sweep(sweep, folder.path("a")) == Ran{kSmallPoints, 0, 0});
  std::set<PointId> points;
  Store(folder.path("a")).for_each([&](const Row& row) { points.insert(row.point); });
  CHECK(points.size() == kSmallPoints);
  CHECK(points.count(3) == 0);   // tp 8 at 2 TB/s
  CHECK(points.count(19) == 1);  // tp 8 at 4 TB/s
}

TEST_CASE("a rerun computes only what is missing", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  const Ran half = run_sweep(sweep, folder.path("a"), {.shard = {1, 2}});
  CHECK((half.computed > 0 && half.computed < kSmallPoints));
  CHECK(run_sweep(sweep, folder.path("a")) == Ran{kSmallPoints - half.computed, half.computed, 0});
  CHECK(run_sweep(sweep, folder.path("a")) == Ran{0, kSmallPoints, 0});
  run_sweep(sweep, folder.path("b"));
  CHECK(exported(folder.path("a")) == exported(folder.path("b")));
}

TEST_CASE("a value more computes its points alone, and all have their new place", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  run_sweep(sweep, folder.path("a"));
  folder.file("sweep.yaml", replaced(kSmallSweep, "[1, 2, 4, 8]", "[1, 2, 4, 8, 16]"));
  CHECK(run_sweep(sweep, folder.path("a")) == Ran{2, kSmallPoints, 0});
  run_sweep(sweep, folder.path("b"));
  CHECK(exported(folder.path("a")) == exported(folder.path("b")));
}

TEST_CASE("a changed input computes what it changes anew, without doubles", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  run_sweep(sweep, folder.path("a"));
  const std::string before = exported(folder.path("a"));
  SECTION("a field of the scenario") {
    CHECK(run_sweep(sweep, folder.path("a"), {}, {"training.tokens=2T"}) ==
          Ran{kSmallPoints, 0, kSmallPoints});
    CHECK(exported(folder.path("a")) != before);
  }
  SECTION("a field of the chip") {
    CHECK(run_sweep(sweep, folder.path("a"), {}, {"gpu.tdp=500 W"}) ==
          Ran{kSmallPoints, 0, kSmallPoints});
  }
  SECTION("the axes themselves") {
    folder.file("sweep.yaml",
                replaced(kSmallSweep, "plan.tp, values: [1, 2, 4, 8]}",
                         "plan.tp, values: [1, 2]}\n  - {path: plan.cp, values: [1]}"));
    CHECK(run_sweep(sweep, folder.path("a")) == Ran{12, 0, kSmallPoints});
  }
  SECTION("a filter drops points") {
    folder.file("sweep.yaml", replaced(kSmallSweep, "plan.tp < 8 or", "plan.tp < 2 or"));
    CHECK(run_sweep(sweep, folder.path("a")) == Ran{0, 12, 8});
  }
}

TEST_CASE("results do not depend on threads or shards", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  run_sweep(sweep, folder.path("one"), {.threads = 1});
  run_sweep(sweep, folder.path("two"), {.threads = 2});
  std::vector<std::string> parts;
  for (unsigned k = 1; k <= 3; ++k) {
    parts.push_back(folder.path("part" + std::to_string(k)));
    run_sweep(sweep, parts.back(), {.shard = {k, 3}});
  }
  const Merged merged = merge(parts, folder.path("all"));
  CHECK((merged.there == kSmallPoints && merged.wanted == kSmallPoints && merged.twice == 0));
  const std::string one = exported(folder.path("one"));
  CHECK(one.size() > kSmallPoints * 100);
  CHECK(exported(folder.path("two")) == one);
  CHECK(exported(folder.path("all")) == one);
  CHECK(exported(folder.path("two"), "jsonl") == exported(folder.path("all"), "jsonl"));
}

TEST_CASE("merging says what is missing, and a rerun computes just that", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  run_sweep(sweep, folder.path("1"), {.shard = {1, 3}});
  run_sweep(sweep, folder.path("3"), {.shard = {3, 3}});
  PointId missing = 0;
  {
    const Merged merged =
        merge({folder.path("1"), folder.path("3"), folder.path("1")}, folder.path("all"));
    missing = merged.missing.count();
    CHECK(missing > 0);
    CHECK(merged.there + missing == kSmallPoints);
    CHECK(merged.twice == Store(folder.path("1")).points(24).count());
  }
  CHECK(run_sweep(sweep, folder.path("all")).computed == missing);
  run_sweep(sweep, folder.path("one"));
  CHECK(exported(folder.path("all")) == exported(folder.path("one")));
}

TEST_CASE("runs of points are short to read", "[sweep]") {
  PointSet points(20);
  for (const PointId point : {0, 1, 2, 5, 9, 10, 19}) points.add(point);
  CHECK(runs_text(points, 9) == "0-2, 5, 9-10, 19");
  CHECK(runs_text(points, 2) == "0-2, 5 and 2 more runs");
}

std::string merge_refusal(const std::vector<std::string>& files, const std::string& out) {
  try {
    merge(files, out);
  } catch (const StoreError& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("results of different sweeps do not merge", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  run_sweep(sweep, folder.path("a"), {.shard = {1, 3}});
  run_sweep(sweep, folder.path("b"), {.shard = {2, 3}}, {"gpu.tdp=500 W"});
  CHECK(merge_refusal({folder.path("a"), folder.path("b")}, folder.path("all")) ==
        "is of other inputs than " + folder.path("a") +
            ", or of another version of fleetcast: the same sweep gives other results");
  folder.file("sweep.yaml", replaced(kSmallSweep, "name: small", "name: other"));
  run_sweep(sweep, folder.path("c"));
  CHECK(merge_refusal({folder.path("a"), folder.path("c")}, folder.path("all")) ==
        "holds the sweep \"other\", " + folder.path("a") + " \"small\"");
  CHECK_THROWS_WITH(run_sweep(sweep, folder.path("a")), "holds the sweep \"small\", not \"other\"");
  CHECK_FALSE(std::filesystem::exists(folder.path("all")));
}

TEST_CASE("a full disk loses nothing that was committed", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep =
      folder.file("sweep.yaml", replaced(kSmallSweep, "step: 500 GB/s", "points: 100"));
  bool is_full = false;
  try {
    run_sweep(sweep, folder.path("a"), {.threads = 1}, {}, 12);
  } catch (const StoreError& error) {
    is_full = error.is_full;
    CHECK(std::string(error.what()) == "database or disk is full");
  }
  CHECK(is_full);
  const Ran rest = run_sweep(sweep, folder.path("a"));
  CHECK(rest.kept > 0);
  CHECK(rest.computed > 0);
  run_sweep(sweep, folder.path("b"));
  CHECK(exported(folder.path("a")) == exported(folder.path("b")));
}

TEST_CASE("what stops a sweep keeps what is done", "[sweep]") {
  const SweepFolder folder;
  const std::string sweep = folder.file("sweep.yaml", kSmallSweep);
  const Inputs inputs = prepare(sweep);
  Store store(folder.path("a"));
  const Opened opened = open_results(inputs, record_of(inputs, "test"), store);
  std::atomic<int> stop{0};
  const PointId done = run(inputs, opened.missing, store,
                           {.threads = 1, .progress = [&](const Progress&) { stop = 2; }}, stop);
  CHECK(done == 1);  // the first block
  CHECK(store.points(24).count() == done);
}

TEST_CASE("a file that is no results is left alone", "[sweep]") {
  const SweepFolder folder;
  const std::string text = folder.file("notes.txt", std::string(5000, 'x'));
  CHECK_THROWS_WITH(Store(text), "file is not a database");
  CHECK_THROWS_WITH(Store(folder.path("none"), {.must_exist = true}),
                    "unable to open database file");
  CHECK(std::filesystem::file_size(text) == 5000);
}

}  // namespace
}  // namespace fleetcast::sweep
