#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "sim/report/compare.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kShown = 40;  ///< figures in the table
constexpr double kNoticed = 0.05;   ///< of a sum's move: parts that are listed

std::string share(double ratio) { return fmt::format("{:+.2f} %", 100.0 * ratio); }

std::string move_text(const Movement& m) { return m.ratio ? share(*m.ratio - 1.0) : ""; }

std::string value_text(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? text : fmt::format("{:.6g}", number);
}

long count(const Comparison& c, Verdict verdict) {
  return std::count_if(c.moved.begin(), c.moved.end(),
                       [&](const Movement& m) { return m.verdict == verdict; });
}

/// The figure that a reader looks for first: the first of the document that got worse.
const Movement* first_worse(const Comparison& c) {
  for (const Figure& figure : c.figures)
    for (const Movement& m : c.moved)
      if (m.path == figure.path && m.verdict == Verdict::kWorse) return &m;
  return nullptr;
}

std::string cause_text(const Comparison& c, const std::string& sum) {
  for (const MovementCause& cause : c.causes)
    if (cause.sum == sum && cause.of_move > 0)
      return fmt::format(", most of it {} ({}, {:.0f} % of the move)", cause.part,
                         share(cause.of_sum), 100.0 * cause.of_move);
  return {};
}

std::string answer(const Comparison& c) {
  if (const Movement* worse = first_worse(c))
    return "worse: " + worse->path + " " + move_text(*worse) + cause_text(c, worse->path);
  std::string counts;
  for (const Verdict v : {Verdict::kChanged, Verdict::kMissing, Verdict::kBetter, Verdict::kNew})
    if (const long n = count(c, v); n > 0)
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", n, key_of(v));
  if (counts.empty()) return fmt::format("the same: {} figures within tolerance", c.compared);
  return (c.passes() ? "not worse: " : "changed: ") + counts;
}

std::string causes_table(const Comparison& c, const Style& style) {
  Rows rows;
  for (const MovementCause& cause : c.causes)
    if (std::abs(cause.of_move) > kNoticed)
      rows.push_back({cause.sum, cause.part, share(cause.of_sum),
                      fmt::format("{:.0f} %", 100.0 * cause.of_move)});
  if (rows.empty()) return {};
  return "\n" + render({{"sum"}, {"part"}, {"by", true}, {"of the move", true}}, rows, style);
}

/// XML and, but for the line break, Markdown's HTML.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '|': out += "&#124;"; break;
      default: out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  return out;
}

std::string failure_text(const Movement& m) {
  return std::string(key_of(m.verdict)) + ": " + m.before + " to " + m.after +
         (m.ratio ? ", " + move_text(m) : "");
}

}  // namespace

std::string to_text(const Comparison& c, const Style& style) {
  std::string out = headline(answer(c), style, c.passes() ? Answer::kFine : Answer::kBad);
  if (c.moved.empty()) return out;
  Rows rows;
  for (const Movement& m : std::span(c.moved).first(std::min(kShown, c.moved.size())))
    rows.push_back({std::string(key_of(m.verdict)), m.path, value_text(m.before),
                    value_text(m.after), move_text(m)});
  out += "\n" +
         render({{""}, {"figure"}, {"before", true}, {"after", true}, {"move", true}}, rows, style);
  if (c.moved.size() > kShown)
    out += wrapped(fmt::format("and {} more: --format csv has them all", c.moved.size() - kShown),
                   2, style);
  return out + causes_table(c, style);
}

Records rows_of(const Comparison& c) {
  Records out;
  for (const Movement& m : c.moved)
    out.push_back(Entries{{"figure", m.path},
                          {"verdict", key_of(m.verdict)},
                          {"before", m.before},
                          {"after", m.after},
                          {"ratio", m.ratio ? Record(*m.ratio) : Record()}});
  return out;
}

Record record_of(const Comparison& c) {
  Records causes;
  for (const MovementCause& cause : c.causes)
    causes.push_back(Entries{{"sum", cause.sum},
                             {"part", cause.part},
                             {"of_sum", cause.of_sum},
                             {"of_move", cause.of_move}});
  return Entries{{"before", c.before},   {"after", c.after},
                 {"passes", c.passes()}, {"compared", static_cast<double>(c.compared)},
                 {"moved", rows_of(c)},  {"causes", std::move(causes)}};
}

std::string comparison_markdown(const Comparison& c) {
  std::string out = "**" + escaped(answer(c)) + "**\n";
  if (c.moved.empty()) return out;
  out += "\n| | figure | before | after | move |\n|---|---|--:|--:|--:|\n";
  for (const Movement& m : c.moved)
    out += fmt::format("| {} | {} | {} | {} | {} |\n", key_of(m.verdict), escaped(m.path),
                       escaped(value_text(m.before)), escaped(value_text(m.after)), move_text(m));
  return out;
}

std::string comparison_junit(const Comparison& c) {
  std::string cases;
  long failures = 0;
  for (const Figure& figure : c.figures) {
    const auto m = std::find_if(c.moved.begin(), c.moved.end(),
                                [&](const Movement& x) { return x.path == figure.path; });
    const bool fails =
        m != c.moved.end() && m->verdict != Verdict::kBetter && m->verdict != Verdict::kNew;
    cases += "    <testcase classname=\"fleetcast.compare\" name=\"" + escaped(figure.path) + "\"";
    if (!fails) {
      cases += "/>\n";
      continue;
    }
    ++failures;
    cases += fmt::format(">\n      <failure type=\"{}\" message=\"{}\"/>\n    </testcase>\n",
                         key_of(m->verdict), escaped(failure_text(*m) + cause_text(c, m->path)));
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n{}  </testsuite>\n</testsuites>\n",
      escaped(c.before + " against " + c.after), c.figures.size(), failures, cases);
}

}  // namespace fleetcast::report
