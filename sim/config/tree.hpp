#pragma once

// A YAML document as an immutable tree in which every node knows its place.
//
// Stricter than YAML: one document, no duplicate or merge keys, no tags, bounded size and depth.
// Scalars stay text: what "yes" or "010" means is for the reader of a field to say.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/problem.hpp"

namespace fleetcast::config {

inline constexpr std::size_t kMostNodes = 2'000'000;  ///< aliases count as what they stand for
inline constexpr int kMostDepth = 64;
inline constexpr std::size_t kMostBytes = std::size_t{32} * 1024 * 1024;

struct Place {
  std::shared_ptr<const std::string> file;
  int line = 1;
  int column = 1;
};

/// The problem `what` of `key` at `place`.
Problem problem_at(const Place& place, std::string key, std::string what);

struct Node;
using NodePtr = std::shared_ptr<const Node>;

enum class Kind : unsigned char { kNull, kScalar, kSequence, kMapping };

struct Entry {
  std::string key;
  Place at;
  NodePtr value;
};

/// Aliases share the node of their anchor, so a bomb of aliases stays small.
struct Node {
  Kind kind = Kind::kNull;
  bool is_quoted = false;
  int height = 1;        ///< levels below and including this one
  std::size_t size = 1;  ///< nodes below and including this one, aliases expanded
  Place at;
  std::string text;            ///< of a scalar
  std::vector<NodePtr> items;  ///< of a sequence
  std::vector<Entry> entries;  ///< of a mapping, in the order of the file

  /// The value of `key`, or null; only mappings have any.
  [[nodiscard]] const Node* find(std::string_view key) const;

  /// How paths call the items of a sequence, by their `name` or number.
  [[nodiscard]] std::vector<std::string> item_names() const;
};

/// How paths call items that have these names ("" where none): by a name that is a word and no
/// other item has, or by number.
std::vector<std::string> item_words(std::vector<std::string> names);

/// One document; copies share its nodes.
class Tree {
 public:
  explicit Tree(NodePtr root) : root_(std::move(root)) {}

  [[nodiscard]] const Node& root() const { return *root_; }

  /// Replaces or adds what `path` names ("tiers.rail.bandwidth", "tiers.1.gpus") by the YAML
  /// `text`; "~" unsets an optional value. Missing mappings on the way are made. Problems have the
  /// file name "--set" and the key `path`. Throws: ConfigError; the tree is then as before.
  void set(std::string_view path, std::string_view text);

 private:
  NodePtr root_;
};

/// Throws: ConfigError with all problems of the file or text. `name` is the file in messages.
Tree parse_file(const std::string& path);
Tree parse_text(std::string_view name, std::string_view text);

}  // namespace fleetcast::config
