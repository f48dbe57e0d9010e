#pragma once

// A field of a spec by its path, without its type: values of it are read and checked once, by the
// field list that also reads files, and then set as often as there are points.

#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/nearest.hpp"
#include "sim/config/echo.hpp"
#include "sim/config/reader.hpp"
#include "sim/sweep/cell.hpp"

namespace fleetcast::sweep {

/// The values of one field of a Root. An empty `set` says that the path is none.
template <class Root>
struct Setter {
  CellType type = CellType::kText;
  std::string unit;  ///< base unit of a quantity
  std::string meaning;
  bool is_number = false;
  std::function<void(const config::Node&, config::Reader&)> add;  ///< one value more, or a problem
  std::function<bool(double)> add_number;  ///< in base units; false: must be whole and is not
  /// What a node of the field's type says, in base units.
  std::function<double(const config::Node&, bool within_bounds, config::Reader&)> number;
  std::function<void(std::size_t, Root&)> set;
  std::function<Cell(std::size_t)> cell;
  std::function<std::string(std::size_t)> text;  ///< exact, as a file would say it
  std::function<Cell(const Root&)> get;
  std::function<Cell(const std::string&)> parse;  ///< text as a value; null: it is none
};

namespace detail {

template <class T>
struct Bare {
  using type = T;
};
template <class T>
struct Bare<std::optional<T>> {
  using type = T;
};

template <class T>
inline constexpr bool kIsNumber = config::detail::kIsQuantity<T> ||
                                  (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);

template <class T>
constexpr CellType type_of() {
  using Value = typename Bare<T>::type;
  if constexpr (std::is_same_v<Value, bool>) return CellType::kBoolean;
  if constexpr (std::is_integral_v<Value>) return CellType::kInteger;
  return kIsNumber<Value> ? CellType::kReal : CellType::kText;
}

template <class T>
Cell cell_of(const T& value) {
  if constexpr (config::detail::kIsOptional<T>) {
    return value.has_value() ? cell_of(*value) : Cell{};
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int64_t>(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return value;
  } else if constexpr (config::detail::kIsQuantity<T>) {
    return value.base();
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (config::detail::IsRow<T>) {
    return value == nullptr ? Cell{} : Cell{std::string(value->key)};
  } else if constexpr (config::detail::kIsVector<T>) {
    if (value.size() == 1 && type_of<typename T::value_type>() == CellType::kText)
      return cell_of(typename T::value_type(value.front()));
    return config::flow_text(config::detail::echo_value(value));
  } else {
    return config::flow_text(config::detail::echo_value(value));
  }
}

/// The last of the values added so far, in closures over all of them.
template <class Root, class T>
class Leaf {
 public:
  using Value = typename Bare<T>::type;
  using Reach = std::function<T&(Root&)>;

  static Setter<Root> make(Reach reach, const fields::Bounds& bounds, std::string meaning) {
    auto values = std::make_shared<std::vector<T>>();
    Setter<Root> out{.type = type_of<T>(), .meaning = std::move(meaning)};
    out.is_number = kIsNumber<Value>;
    if constexpr (config::detail::kIsQuantity<Value>) out.unit = units_of(Value{}).base;
    out.add = [values, bounds](const config::Node& node, config::Reader& reader) {
      values->push_back(read(node, bounds, reader));
    };
    if constexpr (kIsNumber<Value>) add_numbers(values, bounds, out);
    out.set = [values, reach](std::size_t i, Root& root) { reach(root) = (*values)[i]; };
    out.cell = [values](std::size_t i) { return cell_of<T>((*values)[i]); };
    out.text = [values](std::size_t i) {
      return config::flow_text(config::detail::echo_value<T>((*values)[i]));
    };
    // Only an optional on the way to the field is changed by reaching it; a copy bears that.
    out.get = [reach](const Root& root) {
      Root copy = root;
      return cell_of<T>(reach(copy));
    };
    out.parse = [bounds](const std::string& text) {
      config::Reader reader;
      const T value = read({.kind = config::Kind::kScalar, .text = text}, bounds, reader);
      return reader.problems.empty() ? cell_of<T>(value) : Cell{};
    };
    return out;
  }

 private:
  static T read(const config::Node& node, const fields::Bounds& bounds, config::Reader& reader) {
    T value{};
    // One name stands for a list of one.
    if constexpr (config::detail::kIsVector<T>) {
      if (node.kind == config::Kind::kScalar) {
        config::Node list{.kind = config::Kind::kSequence, .at = node.at};
        list.items.push_back(std::make_shared<const config::Node>(node));
        config::detail::read_value(list, bounds, value, reader);
        return value;
      }
      if (node.kind == config::Kind::kSequence && node.items.empty())
        reader.report(node.at, "must name at least one");
    }
    if (node.kind == config::Kind::kNull && !config::detail::kIsOptional<T>) {
      reader.report(node.at, "has no value");
      return value;
    }
    config::detail::read_value(node, bounds, value, reader);
    return value;
  }

  static void add_numbers(const std::shared_ptr<std::vector<T>>& values,
                          const fields::Bounds& bounds, Setter<Root>& out) {
    out.add_number = [values](double number) {
      if constexpr (std::is_integral_v<Value>) {
        const double whole = std::round(number);
        if (std::abs(number - whole) > 1e-9 * std::max(1.0, std::abs(number))) return false;
        values->push_back(static_cast<Value>(whole));
      } else {
        values->push_back(Value{number});
      }
      return true;
    };
    out.number = [bounds](const config::Node& node, bool within, config::Reader& reader) {
      Value value{};
      config::detail::read_value(node, within ? bounds : fields::kAny, value, reader);
      if constexpr (config::detail::kIsQuantity<Value>)
        return value.base();
      else
        return static_cast<double>(value);
    };
  }
};

/// Where a path leads, word by word.
template <class Root>
class Descent {
 public:
  Descent(const config::Place& at, config::Reader& reader) : at_(at), reader_(reader) {}

  template <class T>
  void go(std::function<T&(Root&)> reach, const T& now, std::string_view rest,
          const fields::Bounds& bounds, const std::string& meaning) {
    if (rest.empty()) {
      found_ = Leaf<Root, T>::make(std::move(reach), bounds, meaning);
      return;
    }
    const std::string_view word = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if constexpr (fields::HasList<T>) {
      go_to_field<T>(reach, now, word, rest);
    } else if constexpr (config::detail::kIsOptional<T>) {
      using Item = typename T::value_type;
      if constexpr (fields::HasList<Item>) {
        const auto item = [reach](Root& root) -> Item& {
          T& value = reach(root);
          return value.has_value() ? *value : value.emplace();
        };
        const Item example = now.value_or(Item{});
        return go_to_field<Item>(item, example, word, rest);
      }
      refuse(word);
    } else if constexpr (config::detail::kIsVector<T>) {
      go_to_item(reach, now, word, rest, bounds, meaning);
    } else {
      refuse(word);
    }
  }

  Setter<Root> take() { return std::move(found_); }

 private:
  void refuse(std::string_view word) {
    reader_.report(at_, "is a single value, it has no " + quoted(word));
  }

  template <class T>
  void go_to_field(const std::function<T&(Root&)>& reach, const T& now, std::string_view word,
                   std::string_view rest) {
    bool is_known = false;
    std::vector<std::string_view> keys;
    fields::for_each<T>([&](const auto& field) {
      keys.push_back(field.key);
      if (field.key != word) return;
      is_known = true;
      const auto member = field.member;
      using Member = std::remove_cvref_t<decltype(now.*member)>;
      const std::function<Member&(Root&)> inner = [reach, member](Root& root) -> Member& {
        return reach(root).*member;
      };
      go<Member>(inner, now.*member, rest, field.bounds, std::string(field.meaning));
    });
    if (!is_known)
      reader_.report(at_, quoted(word) + " is not a key here" + suggestion(word, "keys", keys));
  }

  template <class T>
  void go_to_item(const std::function<T&(Root&)>& reach, const T& now, std::string_view word,
                  std::string_view rest, const fields::Bounds& bounds, const std::string& meaning) {
    using Item = typename T::value_type;
    if constexpr (std::is_same_v<Item, bool>) {
      refuse(word);
    } else {
      std::vector<std::string> names(now.size());
      if constexpr (requires(const Item& item) { std::string(item.name); })
        std::transform(now.begin(), now.end(), names.begin(),
                       [](const Item& item) { return std::string(item.name); });
      names = config::item_words(std::move(names));
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != word && std::to_string(i) != word) continue;
        const std::function<Item&(Root&)> inner = [reach, i](Root& root) -> Item& {
          return reach(root)[i];
        };
        return go<Item>(inner, now[i], rest, bounds, meaning);
      }
      const std::vector<std::string_view> views(names.begin(), names.end());
      reader_.report(at_, "there is no item " + quoted(word) + suggestion(word, "items", views));
    }
  }

  const config::Place& at_;
  config::Reader& reader_;
  Setter<Root> found_;
};

}  // namespace detail

/// The field at `path` ("tiers.rail.bandwidth") of specs like `example`, whose lists tell which
/// items there are. A path that is none is reported at `at`.
template <class Root>
Setter<Root> setter_at(const Root& example, std::string_view path, const config::Place& at,
                       config::Reader& reader) {
  detail::Descent<Root> descent(at, reader);
  const std::function<Root&(Root&)> self = [](Root& root) -> Root& { return root; };
  descent.template go<Root>(self, example, path, fields::kAny, "");
  return descent.take();
}

}  // namespace fleetcast::sweep
