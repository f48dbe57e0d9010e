#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "models/base/nearest.hpp"
#include "sim/config/tree.hpp"

namespace fleetcast::config {
namespace {

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The name of a mapping that has one; "" otherwise.
std::string_view name_of(const Node& node) {
  const Node* name = node.find("name");
  return name != nullptr && name->kind == Kind::kScalar ? std::string_view(name->text) : "";
}

/// One `--set` on its way down: copies the nodes along the path, shares the rest.
class Setter {
 public:
  Setter(std::string_view path, NodePtr value) : path_(path), value_(std::move(value)) {}

  NodePtr apply(const NodePtr& node, std::string_view rest) const {
    if (rest.empty()) return value_;
    const std::size_t dot = rest.find('.');
    const std::string_view word = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
    auto copy = node ? std::make_shared<Node>(*node) : std::make_shared<Node>();
    if (!node || node->kind == Kind::kNull) {
      copy->kind = Kind::kMapping;
      copy->at = value_->at;
    }
    if (copy->kind == Kind::kScalar) fail("is a single value, it has no " + quoted(word), word);
    if (copy->kind == Kind::kSequence) {
      NodePtr& item = copy->items[index_of(*copy, word)];
      item = apply(item, rest);
    } else {
      NodePtr& value = entry_of(*copy, word).value;
      value = apply(value, rest);
    }
    measure(*copy);
    return copy;
  }

 private:
  [[noreturn]] void fail(std::string what, std::string_view word) const {
    const auto end = static_cast<std::size_t>(word.data() - path_.data());
    const std::string_view parent = path_.substr(0, end > 0 ? end - 1 : 0);
    what = (parent.empty() ? "the document" : std::string(parent)) + " " + what;
    throw ConfigError({problem_at(value_->at, std::string(path_), std::move(what))});
  }

  [[nodiscard]] std::size_t index_of(const Node& sequence, std::string_view word) const {
    const std::vector<std::string> names = sequence.item_names();
    auto index =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), word) - names.begin());
    if (is_number(word)) std::from_chars(word.data(), word.data() + word.size(), index);
    if (index < names.size()) return index;
    const std::vector<std::string_view> views(names.begin(), names.end());
    fail("has no item " + quoted(word) + suggestion(word, "items", views), word);
  }

  [[nodiscard]] Entry& entry_of(Node& mapping, std::string_view word) const {
    const auto found = std::find_if(mapping.entries.begin(), mapping.entries.end(),
                                    [&](const Entry& entry) { return entry.key == word; });
    if (found == mapping.entries.end()) {
      return mapping.entries.emplace_back(Entry{std::string(word), value_->at, nullptr});
    }
    found->at = value_->at;
    return *found;
  }

  static void measure(Node& node) {
    node.size = 1;
    node.height = 1;
    const auto count = [&](const Node& child) {
      node.size += child.size;
      node.height = std::max(node.height, child.height + 1);
    };
    for (const NodePtr& item : node.items) count(*item);
    for (const Entry& entry : node.entries) count(*entry.value);
  }

  std::string_view path_;
  NodePtr value_;
};

bool is_path(std::string_view path) {
  return std::count(path.begin(), path.end(), '.') < kMostDepth && !path.empty() &&
         path.front() != '.' && path.back() != '.' && path.find("..") == std::string_view::npos;
}

}  // namespace

Problem problem_at(const Place& place, std::string key, std::string what) {
  return {place.file ? *place.file : "", place.line, place.column, std::move(key), std::move(what)};
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return entry.value.get();
  }
  return nullptr;
}

std::vector<std::string> Node::item_names() const {
  std::vector<std::string> names;
  for (const NodePtr& item : items) names.emplace_back(name_of(*item));
  return item_words(std::move(names));
}

std::vector<std::string> item_words(std::vector<std::string> names) {
  std::unordered_map<std::string, int> count;
  for (const std::string& name : names) ++count[name];
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const bool is_word = !name.empty() && name.find('.') == std::string::npos && !is_number(name);
    if (!is_word || count[name] > 1) names[i] = std::to_string(i);
  }
  return names;
}

void Tree::set(std::string_view path, std::string_view text) {
  const Place here{std::make_shared<const std::string>("--set"), 1, 1};
  const auto fail = [&](std::string what) {
    throw ConfigError({problem_at(here, std::string(path), std::move(what))});
  };
  if (!is_path(path)) fail("is not a path such as \"tiers.rail.bandwidth\"");
  if (text.find_first_not_of(" \t\n\r") == std::string_view::npos) fail("has no value");
  try {
    // A document may not be empty; a value may, so that an optional field is unset again.
    const bool is_null = text == "~" || text == "null";
    const Setter setter(path, is_null ? std::make_shared<const Node>(Node{.at = here})
                                      : parse_text("--set", text).root_);
    const NodePtr changed = setter.apply(root_, path);
    if (changed->height > kMostDepth) fail("is nested deeper than 64 levels");
    root_ = changed;
  } catch (const ConfigError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) problem.key = path;
    throw ConfigError(std::move(problems));
  }
}

}  // namespace fleetcast::config
