#include "sim/sweep/filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "models/base/nearest.hpp"
#include "models/base/quantity_text.hpp"

namespace fleetcast::sweep {

/// An operation over two operands, a value, or the values of an axis.
struct Filter::Node {
  double (*apply)(double, double) = nullptr;
  std::unique_ptr<Node> left, right;
  Cell value;                   ///< of a leaf that is no axis
  std::vector<double> by_axis;  ///< number of each value of an axis; NaN: unset
  const std::vector<Cell>* cells = nullptr;
  std::size_t axis = 0;
  const Names::AxisName* name = nullptr;
  bool is_text_test = false;   ///< == or !=, of text
  std::vector<char> holds_at;  ///< text test: by the axis' value
  bool outcome = false;        ///< text test without an axis
  std::size_t offset = 0;

  [[nodiscard]] bool is_text() const {
    if (name == nullptr) return std::holds_alternative<std::string>(value);
    return !cells->empty() && std::holds_alternative<std::string>(cells->front());
  }

  [[nodiscard]] double number(std::span<const std::uint32_t> at) const {
    if (is_text_test) return name == nullptr ? double(outcome) : double(holds_at[at[axis]]);
    if (apply != nullptr) return apply(left->number(at), right ? right->number(at) : 0.0);
    if (name != nullptr) return by_axis[at[axis]];
    return std::get<double>(value);
  }
};

namespace {

using Node = Filter::Node;
using NodePtr = std::unique_ptr<Node>;

struct Operator {
  std::string_view key;
  double (*apply)(double, double);
};

constexpr std::array<Operator, 6> kComparisons{{
    {"<=", [](double a, double b) { return double(a <= b); }},
    {">=", [](double a, double b) { return double(a >= b); }},
    {"==", [](double a, double b) { return double(a == b); }},
    {"!=", [](double a, double b) { return double(a != b); }},
    {"<", [](double a, double b) { return double(a < b); }},
    {">", [](double a, double b) { return double(a > b); }},
}};
constexpr std::array<Operator, 2> kSums{{
    {"+", [](double a, double b) { return a + b; }},
    {"-", [](double a, double b) { return a - b; }},
}};
constexpr std::array<Operator, 3> kProducts{{
    {"*", [](double a, double b) { return a * b; }},
    {"/", [](double a, double b) { return a / b; }},
    {"%", [](double a, double b) { return std::fmod(a, b); }},
}};
constexpr std::array<Operator, 1> kBoth{
    {{"and", [](double a, double b) { return double(a != 0.0 && b != 0.0); }}}};
constexpr std::array<Operator, 1> kEither{
    {{"or", [](double a, double b) { return double(a != 0.0 || b != 0.0); }}}};

double number_of(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  return std::nan("");
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

class Parser {
 public:
  Parser(std::string_view text, const Names& names) : text_(text), names_(names) {}

  NodePtr parse() {
    NodePtr out = either();
    skip_space();
    if (at_ < text_.size()) fail("is not expected here: " + quoted(text_.substr(at_)));
    need_number(*out);
    return out;
  }

 private:
  using Level = NodePtr (Parser::*)();

  [[noreturn]] void fail(std::string what) const { throw FilterError{at_, std::move(what)}; }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  bool take(std::string_view key) {
    skip_space();
    if (!text_.substr(at_).starts_with(key)) return false;
    const std::size_t end = at_ + key.size();
    if (is_word(key.back()) && end < text_.size() && is_word(text_[end])) return false;
    at_ = end;
    return true;
  }

  void need_number(const Node& node) const {
    if (node.apply == nullptr && !node.is_text_test && node.is_text())
      throw FilterError{node.offset, "is text, which is only == or != to other text"};
  }

  NodePtr joined(const Operator& op, NodePtr left, NodePtr right) const {
    need_number(*left);
    if (right) need_number(*right);
    auto out = std::make_unique<Node>();
    out->apply = op.apply;
    out->left = std::move(left);
    out->right = std::move(right);
    return out;
  }

  template <std::size_t N>
  NodePtr chain(const std::array<Operator, N>& operators, Level next) {
    NodePtr left = (this->*next)();
    for (bool found = true; found;) {
      found = false;
      for (const Operator& op : operators) {
        if (!take(op.key)) continue;
        left = joined(op, std::move(left), (this->*next)());
        found = true;
        break;
      }
    }
    return left;
  }

  // Deep nesting is a mistake, and must not overflow the stack.
  NodePtr either() {
    if (++depth_ > 100) fail("is nested too deep");
    NodePtr out = chain(kEither, &Parser::both);
    --depth_;
    return out;
  }
  NodePtr both() { return chain(kBoth, &Parser::negated); }
  NodePtr sum() { return chain(kSums, &Parser::product); }
  NodePtr product() { return chain(kProducts, &Parser::sign); }

  NodePtr negated() {
    static constexpr Operator kNot{"not", [](double a, double) { return double(a == 0.0); }};
    bool is_negated = false;
    while (take(kNot.key)) is_negated = !is_negated;
    NodePtr inner = compared();
    return is_negated ? joined(kNot, std::move(inner), nullptr) : std::move(inner);
  }

  NodePtr compared() {
    NodePtr left = sum();
    for (const Operator& op : kComparisons) {
      if (!take(op.key)) continue;
      NodePtr right = sum();
      adopt_text(*left, *right);
      adopt_text(*right, *left);
      if (left->is_text() && right->is_text()) return text_test(op, *left, *right);
      return joined(op, std::move(left), std::move(right));
    }
    return left;
  }

  /// Text beside an axis of numbers is one of its values.
  void adopt_text(Node& text, const Node& axis) const {
    if (axis.name == nullptr || text.name != nullptr) return;
    const auto* given = std::get_if<std::string>(&text.value);
    if (given == nullptr) return;
    const Cell read = axis.name->read(*given);
    if (std::holds_alternative<std::monostate>(read))
      throw FilterError{text.offset, quoted(*given) + " is no value of " + axis.name->path};
    text.value = read;
    if (!std::holds_alternative<std::string>(read)) text.value = number_of(read);
  }

  NodePtr text_test(const Operator& op, const Node& left, const Node& right) const {
    if (op.key != "==" && op.key != "!=") need_number(left);
    const bool wants_equal = op.key == "==";
    if (left.name != nullptr && right.name != nullptr)
      throw FilterError{right.offset, "is text, which is compared with one \"text\""};
    auto out = std::make_unique<Node>();
    out->is_text_test = true;
    const Node& axis = left.name != nullptr ? left : right;
    const Node& other = left.name != nullptr ? right : left;
    out->outcome = (axis.value == other.value) == wants_equal;
    out->name = axis.name;
    out->axis = axis.axis;
    out->cells = axis.cells;
    if (axis.name == nullptr) return out;
    for (const Cell& cell : *axis.cells)
      out->holds_at.push_back(static_cast<char>((cell == other.value) == wants_equal));
    return out;
  }

  NodePtr sign() {
    static constexpr Operator kMinus{"-", [](double a, double) { return -a; }};
    bool is_minus = false;
    while (take(kMinus.key)) is_minus = !is_minus;
    NodePtr inner = primary();
    return is_minus ? joined(kMinus, std::move(inner), nullptr) : std::move(inner);
  }

  NodePtr primary() {
    skip_space();
    if (at_ == text_.size()) fail("ends where a value is expected");
    if (take("(")) {
      NodePtr inner = either();
      if (!take(")")) fail("needs a )");
      return inner;
    }
    auto out = std::make_unique<Node>();
    out->offset = at_;
    const char first = text_[at_];
    if (first == '"' || first == '\'') return text_leaf(std::move(out), first);
    if (take_axis(*out)) return out;
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (word.empty()) fail("is not expected here: " + quoted(text_.substr(at_)));
    const bool is_number = std::isdigit(static_cast<unsigned char>(first)) != 0;
    out->value = is_number ? number_leaf(word) : fixed_leaf(word);
    at_ = end;
    return out;
  }

  NodePtr text_leaf(NodePtr out, char quote) {
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("has a quote that is never closed");
    out->value = std::string(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }

  /// The longest axis that stands here: names of items may hold what is an operator elsewhere.
  bool take_axis(Node& out) {
    std::size_t longest = 0;
    for (std::size_t i = 0; i < names_.axes.size(); ++i) {
      const std::string& path = names_.axes[i].path;
      const std::size_t end = at_ + path.size();
      const bool stands =
          text_.substr(at_).starts_with(path) && (end == text_.size() || !is_word(text_[end]));
      if (!stands || path.size() <= longest) continue;
      longest = path.size();
      out.axis = i;
      out.name = &names_.axes[i];
      out.cells = out.name->cells;
    }
    if (longest == 0) return false;
    for (const Cell& cell : *out.cells) out.by_axis.push_back(number_of(cell));
    at_ += longest;
    return true;
  }

  Cell number_leaf(std::string_view word) const {
    const Parsed<double> parsed = parse_number(word);
    if (!parsed.ok()) fail(parsed.error);
    return parsed.value;
  }

  Cell fixed_leaf(std::string_view word) const {
    Cell found = names_.fixed ? names_.fixed(word) : Cell{};
    if (std::holds_alternative<std::string>(found)) return found;
    if (!std::holds_alternative<std::monostate>(found)) return number_of(found);
    std::vector<std::string_view> known;
    for (const Names::AxisName& axis : names_.axes) known.push_back(axis.path);
    fail(quoted(word) + " is neither an axis nor a field that the scenario sets" +
         suggestion(word, "axes", known));
  }

  std::string_view text_;
  const Names& names_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Filter::Filter(std::string_view text, const Names& names) : root_(Parser(text, names).parse()) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

bool Filter::admits(std::span<const std::uint32_t> values) const {
  const double number = root_->number(values);
  return number != 0.0 && !std::isnan(number);
}

}  // namespace fleetcast::sweep
