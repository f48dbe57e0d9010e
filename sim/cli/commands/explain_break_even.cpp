#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "models/base/nearest.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/commands/explain.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/subject.hpp"
#include "sim/config/echo.hpp"
#include "sim/plan/chosen_plan.hpp"

namespace fleetcast::cli {
namespace {

constexpr double kFarthest = 1024;  // times the present value, and a share of it
constexpr double kClose = 1e-4;     // relative, of the answer

[[noreturn]] void refuse(const char* option, const std::string& what) {
  throw config::ConfigError({{"command line", 1, 1, option, what}});
}

/// A value that can be scaled: 400 and " Gb/s".
struct Amount {
  double number = 0;
  std::string unit;

  bool is_whole = false;  ///< and may be nothing else

  [[nodiscard]] std::string times(double factor) const {
    const double value = number * factor;
    return fmt::format("{:.6g}{}", is_whole ? std::round(value) : value, unit);
  }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

template <class Spec>
void add(Fields& out, const std::string& prefix, const Spec& spec) {
  for (const config::EchoLine& line : config::echo_lines(spec))
    out.emplace_back(prefix + line.path, line.value);
}

/// What --set changes.
Fields fields_of(const config::Scenario& scenario) {
  const System& system = scenario.systems.front().system;
  Fields out;
  add(out, "", scenario.spec);
  add(out, "cluster.", system.cluster);
  add(out, "gpu.", system.gpu);
  add(out, "kernels.", system.curves);
  add(out, "model.", scenario.model);
  add(out, "stack.", scenario.stack);
  return out;
}

Amount amount_of(const config::Scenario& scenario, const std::string& path) {
  const Fields fields = fields_of(scenario);
  std::vector<std::string_view> numbers;
  for (const auto& [field, text] : fields) {
    Amount out;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
    if (error != std::errc{} || out.number == 0) continue;
    out.unit = std::string(end, text.data() + text.size());
    if (field == path) return out;
    numbers.push_back(field);
  }
  const std::string_view near = nearest(path, numbers);
  refuse("--solve", fleetcast::quoted(path) + " is no field with a number other than 0; " +
                        (near.empty() ? "`fleetcast show` and `fleetcast list keys` name them"
                                      : "did you mean " + fleetcast::quoted(near) + "?"));
}

struct Condition {
  std::string metric;  ///< "run.days", as in --format json
  bool is_upper = true;
  double limit = 0;

  [[nodiscard]] bool holds(double value) const {
    return is_upper ? value <= limit : value >= limit;
  }
};

Condition condition_of(const std::string& text) {
  const std::size_t at = text.find_first_of("<>");
  const char* const form = " is not METRIC <= NUMBER or METRIC >= NUMBER";
  if (at == std::string::npos || at + 1 >= text.size() || text[at + 1] != '=')
    refuse("--until", fleetcast::quoted(text) + form);
  Condition out{text.substr(0, text.find_last_not_of(' ', at - 1) + 1), text[at] == '<'};
  const std::size_t number = std::min(text.find_first_not_of(' ', at + 2), text.size());
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + number, last, out.limit);
  if (error != std::errc{} || end != last || out.metric.empty())
    refuse("--until", fleetcast::quoted(text) + form);
  return out;
}

/// Every number of a record, by its path.
void collect(const report::Record& record, const std::string& path,
             std::vector<std::pair<std::string, double>>& out) {
  if (const auto* number = std::get_if<double>(&record.value)) out.emplace_back(path, *number);
  if (const auto* entries = std::get_if<report::Entries>(&record.value))
    for (const report::Entry& entry : *entries)
      collect(entry.value, path.empty() ? entry.key : path + "." + entry.key, out);
}

double metric_of(const report::EstimateResult& result, const std::string& metric) {
  std::vector<std::pair<std::string, double>> numbers;
  collect(report::record_of(result), "", numbers);
  std::vector<std::string_view> names;
  for (const auto& [name, value] : numbers) {
    if (name == metric) return value;
    names.push_back(name);
  }
  refuse("--until", fleetcast::quoted(metric) + " is no number of an estimate" +
                        suggestion(metric, "known", names));
}

/// The metric, with the field at a multiple of its value. Nothing: no plan runs then.
class Question {
 public:
  Question(const Arguments& arguments, const config::Scenario& scenario)
      : arguments_(arguments),
        condition_(condition_of(arguments.until)),
        amount_(amount_of(scenario, arguments.solve)),
        chosen_(chosen_plan(scenario)) {
    const double half = 1 + 0.5 / amount_.number;
    const bool may_be_whole = amount_.number == std::round(amount_.number) && can_be(1);
    amount_.is_whole = may_be_whole && !can_be(half) && !can_be(2 - half);
  }

  [[nodiscard]] std::optional<double> at(double factor) const {
    Arguments changed = arguments_;
    if (factor != 1.0) changed.sets.push_back(arguments_.solve + "=" + amount_.times(factor));
    const config::Scenario scenario = load_scenario(changed);
    const report::EstimateResult result =
        chosen_.searched ? estimate_of(scenario, chosen_.plan, chosen_.plan.global_batch())
                         : estimate_of(scenario);
    if (!result.estimate.misfit.fits()) return {};
    return metric_of(result, condition_.metric);
  }
  [[nodiscard]] bool holds(double factor) const {
    const std::optional<double> value = at(factor);
    return value && condition_.holds(*value);
  }

  /// Nearest to 1 between a factor where it holds and one where it does not.
  [[nodiscard]] double boundary(double holds_at, double fails_at) const {
    while (is_apart(holds_at, fails_at)) {
      const double middle = std::sqrt(holds_at * fails_at);
      (holds(middle) ? holds_at : fails_at) = middle;
    }
    return holds_at;
  }

  /// The farthest that the field may go from a factor that it may have to one that it may not.
  [[nodiscard]] double edge(double allowed, double refused) const {
    while (is_apart(allowed, refused)) {
      const double middle = std::sqrt(allowed * refused);
      (can_be(middle) ? allowed : refused) = middle;
    }
    return allowed;
  }

  /// Where what is so now ends, the nearer of both ways.
  /// Throws: config::ConfigError where the field may not move.
  [[nodiscard]] std::optional<double> turn(bool now) const {
    if (!can_be(1.01) && !can_be(0.99) && !can_be(2)) static_cast<void>(at(2));
    std::array<bool, 2> is_open{true, true};
    for (double far = 2, near = 1; far <= kFarthest; near = far, far *= 2)
      for (const bool up : {true, false}) {
        if (!is_open[up ? 0 : 1]) continue;
        const double here = up ? near : 1 / near;
        double there = up ? far : 1 / far;
        if (!can_be(there)) {
          there = edge(here, there);
          is_open[up ? 0 : 1] = false;
        }
        if (holds(there) != now) return now ? boundary(here, there) : boundary(there, here);
      }
    return {};
  }

  /// Of the scenario; one that was searched for stays as it is.
  [[nodiscard]] const ChosenPlan& chosen() const { return chosen_; }
  [[nodiscard]] const Condition& condition() const { return condition_; }
  [[nodiscard]] const Amount& amount() const { return amount_; }

 private:
  /// Whether there is a value between two multiples that is worth asking for.
  [[nodiscard]] bool is_apart(double a, double b) const {
    if (amount_.is_whole &&
        std::abs(std::round(amount_.number * a) - std::round(amount_.number * b)) <= 1)
      return false;
    return std::abs(std::log(a / b)) > kClose;
  }

  /// Whether the field may have such a value.
  [[nodiscard]] bool can_be(double factor) const {
    try {
      static_cast<void>(at(factor));
      return true;
    } catch (const config::ConfigError&) {
      return false;
    }
  }

  const Arguments& arguments_;
  Condition condition_;
  Amount amount_;
  ChosenPlan chosen_;
};

}  // namespace

int explain_break_even(const Arguments& arguments) {
  const Question question(arguments, load_scenario(arguments));
  if (!question.chosen().why_none.empty()) {
    complain("fleetcast: " + question.chosen().why_none);
    return kInfeasible;
  }
  const bool now = question.holds(1);
  const std::optional<double> factor = question.turn(now);
  if (!factor) {
    complain("fleetcast: " + arguments.until + (now ? " holds" : " does not hold") + " for any " +
             arguments.solve + " that it may have from a thousandth to a thousand times " +
             question.amount().times(1));
    return now ? kFine : kInfeasible;
  }
  const auto at = [&](double f) {
    return report::BreakEven::At{question.amount().times(f), question.at(f)};
  };
  write(arguments, report::BreakEven{arguments.solve, question.condition().metric, arguments.until,
                                     now, *factor, at(1), at(*factor)});
  return kFine;
}

}  // namespace fleetcast::cli
