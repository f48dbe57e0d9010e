#pragma once

// A YAML tree into a spec, strictly, by the spec's field list (models/base/fields.hpp).
//
// Every problem is collected: unknown and missing keys, wrong types and units, values out of
// bounds. Any scalar or list may carry its provenance: {value: 3.35 TB/s, source: aic, note: ...}.

#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/base/fields.hpp"
#include "models/base/quantity.hpp"
#include "models/base/units.hpp"
#include "sim/config/problem.hpp"
#include "sim/config/tree.hpp"

namespace fleetcast::config {

/// Where a value comes from. An assumption may do without a source.
struct Provenance {
  std::string source;
  std::string note;
  bool assumption = false;
  Place at = {};  ///< of the source's name
};
using Sources = std::map<std::string, Provenance>;  ///< by the path of the value

/// One key of a spec, without its type.
struct Key {
  std::string_view key;
  std::string_view meaning;
  bool required = false;
};

/// Collects what reading finds. The typed readers report a problem and leave `out` as it was when
/// the node does not hold what they expect.
class Reader {
 public:
  std::vector<Problem> problems;
  std::vector<Problem> ignored;  ///< unknown keys, where `is_lenient`
  Sources sources;
  std::vector<std::string_view> extra_keys;  ///< top-level keys that no spec knows
  bool is_lenient = false;

  /// Extends the path of all that is reported while it lives.
  class Scope {
   public:
    Scope(Reader& reader, std::string_view word) : path_(reader.path_) { path_.emplace_back(word); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { path_.pop_back(); }

   private:
    std::vector<std::string>& path_;
  };

  /// Path of `word` here; of the current value for "".
  [[nodiscard]] std::string path(std::string_view word = "") const;
  /// Adds a problem of the current value; silent once there are more than anyone reads.
  void report(const Place& at, std::string what, std::string_view word = "");

  /// Reports keys that are unknown or missing; false when `node` is no mapping at all.
  bool check_mapping(const Node& node, std::span<const Key> keys);
  /// The value proper: the node, or what its provenance mapping holds (null: reported).
  const Node* value_of(const Node& node, std::string_view expected);
  bool expect_list(const Node& node);

  void read_quantity(const Node& node, const UnitTable& table, const fields::Bounds& bounds,
                     double& out);
  void read_number(const Node& node, const fields::Bounds& bounds, double& out);
  void read_whole(const Node& node, fields::Bounds bounds, long long low, long long high,
                  long long& out);
  void read_bool(const Node& node, bool& out);
  void read_text(const Node& node, std::string& out);
  /// The position in `keys` of the word in `node`, or -1.
  std::ptrdiff_t read_choice(const Node& node, std::span<const std::string_view> keys);

 private:
  const Node* scalar_of(const Node& node, std::string_view expected);
  void record_provenance(const Node& node);

  std::vector<std::string> path_;
};

template <class Spec>
requires fields::HasList<Spec> Spec read(const Node& node, Reader& reader);

namespace detail {

template <class T>
inline constexpr bool kIsQuantity = false;
template <class D>
inline constexpr bool kIsQuantity<Quantity<D>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
concept IsRow =
    std::is_pointer_v<T> && fields::HasTable<std::remove_cvref_t<std::remove_pointer_t<T>>>;

template <class Spec>
inline constexpr auto kKeys = std::apply(
    [](const auto&... field) {
      return std::array<Key, sizeof...(field)>{Key{field.key, field.meaning, field.required}...};
    },
    fields::List<Spec>::value);

template <class Row>
void read_row(const Node& node, const Row*& out, Reader& reader) {
  std::vector<std::string_view> keys;
  for (const Row* row : fields::Table<Row>::rows()) keys.push_back(row->key);
  const std::ptrdiff_t found = reader.read_choice(node, keys);
  if (found >= 0) out = fields::Table<Row>::rows()[static_cast<std::size_t>(found)];
}

template <class T>
void read_whole(const Node& node, const fields::Bounds& bounds, T& out, Reader& reader) {
  using Limits = std::numeric_limits<T>;
  long long value = static_cast<long long>(out);
  const long long high = std::in_range<long long>(Limits::max())
                             ? static_cast<long long>(Limits::max())
                             : std::numeric_limits<long long>::max();
  reader.read_whole(node, bounds, static_cast<long long>(Limits::min()), high, value);
  out = static_cast<T>(value);
}

template <class T>
void read_value(const Node& node, const fields::Bounds& bounds, T& out, Reader& reader);

template <class T>
void read_items(const Node& node, const fields::Bounds& bounds, std::vector<T>& out,
                Reader& reader) {
  const Node* list = reader.value_of(node, "a list");
  if (list == nullptr || !reader.expect_list(*list)) return;
  const std::vector<std::string> names = list->item_names();
  out.clear();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Reader::Scope scope(reader, names[i]);
    T item{};
    read_value(*list->items[i], bounds, item, reader);
    out.push_back(std::move(item));
  }
}

template <class T>
void read_value(const Node& node, const fields::Bounds& bounds, T& out, Reader& reader) {
  if constexpr (std::is_same_v<T, NodePtr>) {
    out = std::make_shared<const Node>(node);  // whoever knows its type reads it
  } else if constexpr (kIsQuantity<T>) {
    double base = out.base();
    reader.read_quantity(node, units_of(T{}), bounds, base);
    out = T{base};
  } else if constexpr (std::is_same_v<T, bool>) {
    reader.read_bool(node, out);
  } else if constexpr (std::is_same_v<T, double>) {
    reader.read_number(node, bounds, out);
  } else if constexpr (std::integral<T>) {
    read_whole(node, bounds, out, reader);
  } else if constexpr (std::is_same_v<T, std::string>) {
    reader.read_text(node, out);
  } else if constexpr (kIsOptional<T>) {
    if (node.kind == Kind::kNull) return;
    read_value(node, bounds, out.emplace(), reader);
  } else if constexpr (kIsVector<T>) {
    read_items(node, bounds, out, reader);
  } else if constexpr (IsRow<T>) {
    read_row(node, out, reader);
  } else {
    out = read<T>(node, reader);
  }
}

}  // namespace detail

/// The spec in `node`. What has a problem, or is not given, keeps its default.
template <class Spec>
requires fields::HasList<Spec> Spec read(const Node& node, Reader& reader) {
  Spec spec{};
  if (!reader.check_mapping(node, detail::kKeys<Spec>)) return spec;
  fields::for_each<Spec>([&](const auto& field) {
    const Node* child = node.find(field.key);
    if (child == nullptr) return;
    const Reader::Scope scope(reader, field.key);
    detail::read_value(*child, field.bounds, spec.*(field.member), reader);
  });
  return spec;
}

/// Texts of a file's top-level `sources`, by name.
using SourceTexts = std::map<std::string, std::string>;

template <class Spec>
struct Loaded {
  Spec value;
  Sources sources;
  SourceTexts source_texts;
};

/// The file with each override "path=value" applied; those that cannot be are added to `problems`.
/// Throws: ConfigError when the file itself is no tree.
Tree open(const std::string& path, std::span<const std::string> overrides,
          std::vector<Problem>& problems);

/// Checks each used source against the file's `sources`, if it has any, and returns those.
/// Throws: ConfigError with all problems of `reader`, if it has any.
SourceTexts finish(const Tree& tree, Reader& reader);

namespace detail {
template <class Spec>
Loaded<Spec> load(const Tree& tree, std::span<const std::string_view> extra_keys, Reader reader) {
  reader.extra_keys.assign(extra_keys.begin(), extra_keys.end());
  reader.extra_keys.emplace_back("sources");
  Spec value = read<Spec>(tree.root(), reader);
  SourceTexts texts = finish(tree, reader);
  return {std::move(value), std::move(reader.sources), std::move(texts)};
}
}  // namespace detail

/// A whole tree. `extra_keys` may stand at the top besides those of Spec; `sources` always may.
/// Throws: ConfigError with all problems.
template <class Spec>
Loaded<Spec> load(const Tree& tree, std::span<const std::string_view> extra_keys = {}) {
  return detail::load<Spec>(tree, extra_keys, Reader{});
}

/// A file, with its overrides "path=value". Throws: ConfigError with all problems of both.
template <class Spec>
Loaded<Spec> load(const std::string& path, std::span<const std::string> overrides = {},
                  std::span<const std::string_view> extra_keys = {}) {
  Reader reader;
  const Tree tree = open(path, overrides, reader.problems);
  return detail::load<Spec>(tree, extra_keys, std::move(reader));
}

}  // namespace fleetcast::config
