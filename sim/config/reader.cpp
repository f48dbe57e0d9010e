#include "sim/config/reader.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/base/nearest.hpp"
#include "models/base/quantity_text.hpp"

namespace fleetcast::config {
namespace {

constexpr std::size_t kMostListed = 200;
constexpr std::array<std::string_view, 4> kProvenanceKeys{"value", "source", "note", "assumption"};

/// What a node is, as the start of a sentence.
std::string describe(const Node& node) {
  switch (node.kind) {
    case Kind::kNull: return "is empty";
    case Kind::kScalar: return "is " + quoted(node.text);
    case Kind::kSequence: return "is a list";
    case Kind::kMapping: return "is a mapping";
  }
  return {};
}

std::string such_as(const UnitTable& table) {
  return std::string(table.article) + " " + std::string(table.name) + " such as " +
         quoted(table.example);
}

/// Why `value`, given as `text`, is out of bounds; "" when it is within. `show` writes a bound.
std::string out_of_bounds(double value, const fields::Bounds& bounds, const std::string& text,
                          const std::function<std::string(double)>& show) {
  const bool low_enough = value <= bounds.high;
  const bool high_enough = bounds.low_is_open ? value > bounds.low : value >= bounds.low;
  if (low_enough && high_enough) return {};
  const bool has_low = std::isfinite(bounds.low);
  const bool has_high = std::isfinite(bounds.high);
  const auto is = [&](const std::string& must) { return "must " + must + ", is " + text; };
  if (has_low && has_high && !bounds.low_is_open) {
    return is("be between " + show(bounds.low) + " and " + show(bounds.high));
  }
  if (has_low && has_high) {
    return is("be more than " + show(bounds.low) + " and at most " + show(bounds.high));
  }
  if (has_high) return is("be at most " + show(bounds.high));
  if (bounds.low == 0.0) return is(bounds.low_is_open ? "be positive" : "not be negative");
  return is((bounds.low_is_open ? "be more than " : "be at least ") + show(bounds.low));
}

}  // namespace

std::string Reader::path(std::string_view word) const {
  std::string text;
  for (const std::string& part : path_) text += (text.empty() ? "" : ".") + part;
  if (!word.empty()) text += (text.empty() ? "" : ".") + std::string(word);
  return text;
}

void Reader::report(const Place& at, std::string what, std::string_view word) {
  if (problems.size() < kMostListed) {
    problems.push_back(problem_at(at, path(word), std::move(what)));
  }
}

bool Reader::check_mapping(const Node& node, std::span<const Key> keys) {
  std::vector<std::string_view> names;
  for (const Key& key : keys) names.push_back(key.key);
  if (path_.empty()) names.insert(names.end(), extra_keys.begin(), extra_keys.end());
  if (node.kind != Kind::kMapping) {
    report(node.at, describe(node) + ", expected a mapping" + suggestion("", "keys", names));
    return false;
  }
  for (const Entry& entry : node.entries) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    std::string what = "is not a key here" + suggestion(entry.key, "keys", names);
    if (is_lenient) {
      ignored.push_back(problem_at(entry.at, path(entry.key), std::move(what)));
    } else {
      report(entry.at, std::move(what), entry.key);
    }
  }
  for (const Key& key : keys) {
    if (!key.required || node.find(key.key) != nullptr) continue;
    report(node.at, "is missing: " + std::string(key.meaning), key.key);
  }
  return true;
}

const Node* Reader::value_of(const Node& node, std::string_view expected) {
  if (node.kind != Kind::kMapping) return &node;
  const Node* value = node.find("value");
  if (value == nullptr || value->kind == Kind::kMapping) {
    report(node.at, "is a mapping, expected " + std::string(expected) +
                        " or {value: ..., source: ..., note: ..., assumption: true}");
    return nullptr;
  }
  record_provenance(node);
  return value;
}

void Reader::record_provenance(const Node& node) {
  Provenance provenance;
  for (const Entry& entry : node.entries) {
    const Node& value = *entry.value;
    const Scope scope(*this, entry.key);
    if (entry.key == "source") {
      provenance.at = value.at;
      read_text(value, provenance.source);
      if (value.kind == Kind::kScalar && value.text.empty()) report(value.at, "must not be empty");
    } else if (entry.key == "note") {
      read_text(value, provenance.note);
    } else if (entry.key == "assumption") {
      read_bool(value, provenance.assumption);
    } else if (entry.key != "value") {
      report(entry.at, "is not a key here" + suggestion(entry.key, "keys", kProvenanceKeys));
    }
  }
  if (node.find("source") == nullptr && !provenance.assumption) {
    report(node.at, "needs a source, or assumption: true");
  }
  sources[path()] = std::move(provenance);
}

const Node* Reader::scalar_of(const Node& node, std::string_view expected) {
  const Node* value = value_of(node, expected);
  if (value == nullptr || value->kind == Kind::kScalar) return value;
  report(value->at, describe(*value) + ", expected " + std::string(expected));
  return nullptr;
}

bool Reader::expect_list(const Node& node) {
  if (node.kind == Kind::kSequence) return true;
  report(node.at, describe(node) + ", expected a list");
  return false;
}

void Reader::read_quantity(const Node& node, const UnitTable& table, const fields::Bounds& bounds,
                           double& out) {
  const Node* scalar = scalar_of(node, such_as(table));
  if (scalar == nullptr) return;
  const Parsed<double> parsed = parse_in(table, scalar->text);
  if (!parsed.ok()) return report(scalar->at, parsed.error);
  const std::string problem = out_of_bounds(parsed.value, bounds, scalar->text, [&](double bound) {
    return exact_text_in(table, bound);
  });
  if (!problem.empty()) return report(scalar->at, problem);
  out = parsed.value;
}

void Reader::read_number(const Node& node, const fields::Bounds& bounds, double& out) {
  const Node* scalar = scalar_of(node, "a number");
  if (scalar == nullptr) return;
  const Parsed<double> parsed = parse_number(scalar->text);
  if (!parsed.ok()) return report(scalar->at, parsed.error);
  if (scalar->is_quoted) {
    return report(scalar->at, "is text, write the number " + scalar->text + " without quotes");
  }
  const std::string problem = out_of_bounds(parsed.value, bounds, scalar->text, exact_number_text);
  if (!problem.empty()) return report(scalar->at, problem);
  out = parsed.value;
}

void Reader::read_whole(const Node& node, fields::Bounds bounds, long long low, long long high,
                        long long& out) {
  const std::size_t before = problems.size();
  double value = static_cast<double>(out);
  // Beyond 2^53 a double skips whole numbers.
  constexpr double kExact = 9007199254740992.0;
  bounds.low = std::max({bounds.low, static_cast<double>(low), -kExact});
  bounds.high = std::min({bounds.high, static_cast<double>(high), kExact});
  read_number(node, bounds, value);
  if (problems.size() != before) return;
  if (value != std::floor(value)) {
    const Node* inner = node.kind == Kind::kMapping ? node.find("value") : &node;
    return report(inner->at, "must be a whole number, is " + inner->text);
  }
  out = static_cast<long long>(value);
}

void Reader::read_bool(const Node& node, bool& out) {
  const Node* scalar = scalar_of(node, "true or false");
  if (scalar == nullptr) return;
  const bool is_true = scalar->text == "true";
  if (scalar->is_quoted || (!is_true && scalar->text != "false")) {
    return report(scalar->at, describe(*scalar) + ", expected true or false" +
                                  (is_true || scalar->text == "false" ? " without quotes" : ""));
  }
  out = is_true;
}

void Reader::read_text(const Node& node, std::string& out) {
  if (const Node* scalar = scalar_of(node, "text")) out = scalar->text;
}

std::ptrdiff_t Reader::read_choice(const Node& node, std::span<const std::string_view> keys) {
  const Node* scalar = scalar_of(node, "a name");
  if (scalar == nullptr) return -1;
  const auto found = std::find(keys.begin(), keys.end(), scalar->text);
  if (found != keys.end()) return found - keys.begin();
  report(scalar->at,
         quoted(scalar->text) + " is not known here" + suggestion(scalar->text, "known", keys));
  return -1;
}

Tree open(const std::string& path, std::span<const std::string> overrides,
          std::vector<Problem>& problems) {
  Tree tree = parse_file(path);
  for (const std::string& override_text : overrides) {
    const std::size_t equals = override_text.find('=');
    if (equals == std::string::npos) {
      problems.push_back({"--set", 1, 1, override_text, "has no value, expected path=value"});
      continue;
    }
    try {
      tree.set(override_text.substr(0, equals), override_text.substr(equals + 1));
    } catch (const ConfigError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  return tree;
}

SourceTexts finish(const Tree& tree, Reader& reader) {
  SourceTexts texts;
  const Node* declared = tree.root().find("sources");
  if (declared != nullptr) {
    const Reader::Scope scope(reader, "sources");
    if (declared->kind != Kind::kMapping) reader.report(declared->at, "is not a mapping of texts");
    for (const Entry& entry : declared->entries) {
      const Reader::Scope inner(reader, entry.key);
      reader.read_text(*entry.value, texts[entry.key]);
    }
    std::vector<std::string_view> names;
    for (const auto& [name, text] : texts) names.push_back(name);
    for (const auto& [path, used] : reader.sources) {
      if (used.source.empty() || texts.contains(used.source)) continue;
      reader.problems.push_back(problem_at(
          used.at, path + ".source",
          quoted(used.source) + " is not declared" + suggestion(used.source, "sources", names)));
    }
  }
  if (!reader.problems.empty()) throw ConfigError(std::move(reader.problems));
  return texts;
}

}  // namespace fleetcast::config
