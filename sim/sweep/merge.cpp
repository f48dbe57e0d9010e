#include "sim/sweep/merge.hpp"

namespace fleetcast::sweep {
namespace {

constexpr std::size_t kAtOnce = 2048;

void check_same(const std::string& path, const Record& record, const std::string& first,
                const Record& wanted) {
  if (record.definition == wanted.definition) return;
  const bool is_other = record.name != wanted.name;
  throw StoreError(
      path,
      is_other ? "holds the sweep \"" + record.name + "\", " + first + " \"" + wanted.name + "\""
               : "is of other inputs than " + first + ", or of another version of " +
                     "fleetcast: the same sweep gives other results",
      false);
}

/// Rows of one file that are not there yet.
void add_rows(const Store& from, Store& out, PointSet& there, Merged& merged) {
  Rows some;
  const auto flush = [&] {
    out.commit(some);
    some.clear();
  };
  from.for_each([&](const Row& row) {
    if (there.has(row.point)) return void(++merged.twice);
    there.add(row.point);
    some.push_back(row);
    if (some.size() == kAtOnce) flush();
  });
  if (!some.empty()) flush();
}

}  // namespace

Merged merge(const std::vector<std::string>& files, const std::string& path) {
  std::vector<Store> stores;
  for (const std::string& file : files)
    stores.emplace_back(file, Store::Options{.must_exist = true, .is_read_only = true});
  const Record wanted = stores.front().record();
  for (std::size_t i = 1; i < stores.size(); ++i)
    check_same(files[i], stores[i].record(), files.front(), wanted);
  Store out(path);
  if (!out.is_begun())
    out.begin(wanted, stores.front().columns());
  else
    check_same(path, out.record(), files.front(), wanted);
  Merged merged{.wanted = wanted.wanted.count()};
  PointSet there = out.points(wanted.grid);
  for (const Store& store : stores) add_rows(store, out, there, merged);
  merged.there = there.count();
  merged.missing = wanted.wanted;
  for (PointId point = 0; point < wanted.grid; ++point)
    if (there.has(point)) merged.missing.remove(point);
  return merged;
}

std::string runs_text(const PointSet& points, std::size_t most) {
  std::string out;
  std::size_t runs = 0;
  for (PointId first = 0; first < points.grid(); ++first) {
    if (!points.has(first)) continue;
    PointId last = first;
    while (points.has(last + 1)) ++last;
    if (++runs <= most) {
      out += (out.empty() ? "" : ", ") + std::to_string(first);
      if (last > first) out += "-" + std::to_string(last);
    }
    first = last;
  }
  if (runs > most) out += " and " + std::to_string(runs - most) + " more runs";
  return out;
}

}  // namespace fleetcast::sweep
