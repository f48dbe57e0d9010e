#include "sim/report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace fleetcast::report {
namespace {

using Json = nlohmann::ordered_json;

/// Texts that name an item of a list, as records write them.
constexpr std::array<const char*, 13> kNames{"id",     "name",  "system",    "precision", "gpu",
                                             "kernel", "shape", "parameter", "change",    "key",
                                             "tier",   "group", "field"};

std::string name_of(const Json& item) {
  std::string out;
  if (!item.is_object()) return out;
  for (const char* key : kNames)
    if (const auto found = item.find(key); found != item.end() && found->is_string())
      out += (out.empty() ? "" : "/") + found->get<std::string>();
  std::replace(out.begin(), out.end(), '.', '_');  // a path's parts are parted by dots
  return out;
}

/// Names where they tell all items apart, else places.
std::vector<std::string> names_of(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list) out.push_back(name_of(item));
  const std::set<std::string> different(out.begin(), out.end());
  if (different.size() == out.size() && !different.contains("")) return out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::to_string(i);
  return out;
}

std::string joined(const std::string& path, const std::string& part) {
  return path.empty() ? part : path + "." + part;
}

/// Deeper than any result; what is deeper is left out with its path as a text.
constexpr int kDeepest = 64;

void flatten(const Json& value, const std::string& path, std::vector<Figure>& out, int depth = 0) {
  if (value.is_structured() && depth == kDeepest) {
    out.push_back({path, "nested too deep", {}});
  } else if (value.is_object()) {
    for (const auto& [key, item] : value.items()) flatten(item, joined(path, key), out, depth + 1);
  } else if (value.is_array()) {
    const std::vector<std::string> names = names_of(value);
    for (std::size_t i = 0; i < names.size(); ++i)
      flatten(value[i], joined(path, names[i]), out, depth + 1);
  } else {
    Figure figure{path, value.is_string() ? value.get<std::string>() : value.dump(), {}};
    if (value.is_number()) figure.number = value.get<double>();
    out.push_back(std::move(figure));
  }
}

/// Line and column of a byte, from 1.
std::pair<int, int> place_of(const std::string& document, std::size_t byte) {
  const std::string_view before(document.data(), std::min(byte, document.size()));
  const auto line = std::count(before.begin(), before.end(), '\n');
  const std::size_t last = before.rfind('\n');
  const std::size_t column = last == std::string_view::npos ? before.size() : before.size() - last;
  return {static_cast<int>(line) + 1, static_cast<int>(std::max<std::size_t>(column, 1))};
}

Tolerance tolerance_for(const std::string& path, const std::vector<Tolerance>& tolerances) {
  Tolerance out = kUsualTolerance;
  for (const Tolerance& tolerance : tolerances)
    if (tolerance.pattern.empty() || ends_in(path, tolerance.pattern)) out = tolerance;
  return out;
}

Verdict verdict_of(const Figure& before, const Figure& after) {
  const Worse worse = worse_of(after.path);
  if (!before.number || !after.number || worse == Worse::kChange) return Verdict::kChanged;
  return (*after.number > *before.number) == (worse == Worse::kMore) ? Verdict::kWorse
                                                                     : Verdict::kBetter;
}

bool moved(const Figure& before, const Figure& after, const std::vector<Tolerance>& tolerances) {
  if (worse_of(after.path) == Worse::kNever) return false;
  if (!before.number || !after.number) return before.text != after.text;
  return exceeds(*before.number, *after.number, tolerance_for(after.path, tolerances));
}

Movement movement_of(const Figure& before, const Figure& after) {
  Movement out{after.path, verdict_of(before, after), before.text, after.text, {}};
  if (before.number && after.number && *before.number != 0)
    out.ratio = *after.number / *before.number;
  return out;
}

using ByPath = std::map<std::string_view, const Figure*>;

ByPath by_path(const std::vector<Figure>& figures) {
  ByPath out;
  for (const Figure& figure : figures) out.emplace(figure.path, &figure);
  return out;
}

/// Which sum the parts of a breakdown add up to, beside it.
constexpr std::string_view kParts = "breakdown_s.";
constexpr std::string_view kSum = "step_time_s";

std::vector<MovementCause> causes_of(const Movement& sum, const ByPath& before,
                                     const ByPath& after) {
  std::vector<MovementCause> out;
  if (!sum.path.ends_with(kSum) || !sum.ratio) return out;
  const std::string prefix = sum.path.substr(0, sum.path.size() - kSum.size());
  if (!prefix.empty() && !prefix.ends_with('.')) return out;
  const std::string parts = prefix + std::string(kParts);
  const double was = *before.at(sum.path)->number, move = *after.at(sum.path)->number - was;
  for (auto part = after.lower_bound(parts); part != after.end() && part->first.starts_with(parts);
       ++part) {
    const auto old = before.find(part->first);
    if (old == before.end() || !old->second->number || !part->second->number) continue;
    const double by = *part->second->number - *old->second->number;
    out.push_back({sum.path, std::string(part->first.substr(parts.size())), by / was, by / move});
  }
  std::stable_sort(out.begin(), out.end(), [](const MovementCause& a, const MovementCause& b) {
    return a.of_move > b.of_move;
  });
  return out;
}

double size_of(const Movement& movement) {
  return movement.ratio && *movement.ratio > 0 ? std::abs(std::log(*movement.ratio)) : INFINITY;
}

void sort_movements(std::vector<Movement>& moved) {
  const auto rank = [](const Movement& m) {
    constexpr std::array<int, 5> kRank{3, 0, 1, 2, 4};  // by Verdict
    return kRank[static_cast<std::size_t>(m.verdict)];
  };
  std::stable_sort(moved.begin(), moved.end(), [&](const Movement& a, const Movement& b) {
    return std::pair(rank(a), -size_of(a)) < std::pair(rank(b), -size_of(b));
  });
}

}  // namespace

std::string_view key_of(Verdict verdict) {
  constexpr std::array<std::string_view, 5> kKeys{"better", "worse", "changed", "missing", "new"};
  return kKeys[static_cast<std::size_t>(verdict)];
}

std::vector<Figure> figures_of(const std::string& document, const std::string& file) {
  try {
    std::vector<Figure> out;
    flatten(Json::parse(document), "", out);
    return out;
  } catch (const nlohmann::json::parse_error& error) {
    const auto [line, column] = place_of(document, error.byte);
    throw config::ConfigError({{file, line, column, "",
                                "is no JSON here; compare reads what --format json or csv wrote"}});
  } catch (const nlohmann::json::out_of_range&) {
    throw config::ConfigError({{file, 1, 1, "", "has a number that is too large"}});
  }
}

bool Comparison::passes() const {
  return std::all_of(moved.begin(), moved.end(), [](const Movement& m) {
    return m.verdict == Verdict::kBetter || m.verdict == Verdict::kNew;
  });
}

Comparison compare_results(const std::vector<Figure>& before, const std::vector<Figure>& after,
                           const std::vector<Tolerance>& tolerances) {
  const ByPath old = by_path(before), now = by_path(after);
  Comparison out;
  out.figures = after;
  for (const Figure& figure : after) {
    const auto found = old.find(figure.path);
    if (found == old.end()) {
      out.moved.push_back({figure.path, Verdict::kNew, "", figure.text, {}});
      continue;
    }
    ++out.compared;
    if (moved(*found->second, figure, tolerances))
      out.moved.push_back(movement_of(*found->second, figure));
  }
  for (const Figure& figure : before)
    if (!now.contains(figure.path)) {
      out.moved.push_back({figure.path, Verdict::kMissing, figure.text, "", {}});
      out.figures.push_back(figure);
    }
  for (const Movement& movement : out.moved) {
    const std::vector<MovementCause> causes = causes_of(movement, old, now);
    out.causes.insert(out.causes.end(), causes.begin(), causes.end());
  }
  sort_movements(out.moved);
  return out;
}

}  // namespace fleetcast::report
