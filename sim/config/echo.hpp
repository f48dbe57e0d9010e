#pragma once

// A spec back into text by its field list: lines for people, YAML that reads to an equal spec.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/fields.hpp"
#include "models/base/quantity_text.hpp"
#include "sim/config/reader.hpp"

namespace fleetcast::config {

struct EchoLine {
  std::string path;
  std::string value;
  std::string meaning;
  std::string source;
  bool assumption = false;
};

/// A spec as text without its types, in the order of its field list.
struct Echo {
  Kind kind = Kind::kNull;
  std::string key = {};      ///< in a mapping
  std::string name = {};     ///< of an item, as paths call it
  std::string meaning = {};  ///< of the field
  std::string text = {};     ///< exact value of a scalar
  bool is_text = false;      ///< which YAML may want quoted
  std::vector<Echo> children = {};

  friend bool operator==(const Echo&, const Echo&) = default;
};

std::vector<EchoLine> lines_of(const Echo& echo, const Sources& sources);
std::string yaml_of(const Echo& echo, const Sources& sources);
/// The texts of sources, as the end of a file: "sources:" and a line each.
std::string sources_yaml(const SourceTexts& texts);
/// On one line: "12.5 GB/s", "[bf16, mxfp8]", "{tp: 8, pp: 4}".
std::string flow_text(const Echo& echo);

namespace detail {

/// Names the items of a list as Node::item_names() does.
void name_items(Echo& list);

template <class Spec>
Echo echo_spec(const Spec& spec);

template <class T>
Echo echo_value(const T& value) {
  if constexpr (kIsQuantity<T>) {
    return {.kind = Kind::kScalar, .text = to_exact_text(value)};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {.kind = Kind::kScalar, .text = value ? "true" : "false"};
  } else if constexpr (std::is_same_v<T, double>) {
    return {.kind = Kind::kScalar, .text = exact_number_text(value)};
  } else if constexpr (std::integral<T>) {
    return {.kind = Kind::kScalar, .text = std::to_string(value)};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {.kind = Kind::kScalar, .text = value, .is_text = true};
  } else if constexpr (kIsOptional<T>) {
    return value.has_value() ? echo_value(*value) : Echo{};
  } else if constexpr (kIsVector<T>) {
    Echo list{.kind = Kind::kSequence};
    for (const auto& item : value) list.children.push_back(echo_value(item));
    name_items(list);
    return list;
  } else if constexpr (IsRow<T>) {
    if (value == nullptr) return {};
    return {.kind = Kind::kScalar, .text = std::string(value->key), .is_text = true};
  } else {
    return echo_spec(value);
  }
}

/// Leaves out what is unset: an empty optional, and an optional mapping nobody touched, whose
/// defaults need not lie within the bounds of its own required keys.
template <class Spec>
Echo echo_spec(const Spec& spec) {
  Echo mapping{.kind = Kind::kMapping};
  fields::for_each<Spec>([&](const auto& field) {
    Echo child = echo_value(spec.*(field.member));
    if (child.kind == Kind::kNull) return;
    const bool may_be_unset = !field.required && child.kind == Kind::kMapping;
    if (may_be_unset && child == echo_value(Spec{}.*(field.member))) return;
    child.key = field.key;
    child.meaning = field.meaning;
    mapping.children.push_back(std::move(child));
  });
  return mapping;
}

}  // namespace detail

/// One line a value, in the order of the field list.
template <class Spec>
std::vector<EchoLine> echo_lines(const Spec& spec, const Sources& sources = {}) {
  return lines_of(detail::echo_spec(spec), sources);
}

/// YAML that load() reads to an equal spec, with the sources its values came with.
template <class Spec>
std::string to_yaml(const Spec& spec, const Sources& sources = {}) {
  return yaml_of(detail::echo_spec(spec), sources);
}

}  // namespace fleetcast::config
