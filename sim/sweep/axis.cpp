#include "sim/sweep/axis.hpp"

#include <array>
#include <cctype>

namespace fleetcast::sweep {
namespace {

constexpr const char* kTooMany = "has more than 10,000 values";

struct Ends {
  double from = 0, to = 0;
  bool ok = false;
};

Ends ends_of(const RangeSpec& range, const ReadNumber& number, config::Reader& reader) {
  const std::size_t before = reader.problems.size();
  Ends out{number(*range.from, true, reader), number(*range.to, true, reader)};
  out.ok = reader.problems.size() == before;
  if (out.ok && out.from == out.to) {
    reader.report(range.to->at, "must differ from `from`");
    out.ok = false;
  }
  return out;
}

std::vector<double> linear(const RangeSpec& range, const ReadNumber& number,
                           config::Reader& reader) {
  const Ends ends = ends_of(range, number, reader);
  if (!ends.ok) return {};
  if (range.step == nullptr) return spaced(ends.from, ends.to, range.points);
  const std::size_t before = reader.problems.size();
  const double step = number(*range.step, false, reader);
  if (reader.problems.size() != before) return {};
  if (!((ends.to - ends.from) / step > 0.0)) {
    reader.report(range.step->at, "does not lead from `from` to `to`");
    return {};
  }
  return by_step(ends.from, ends.to, step);
}

std::vector<double> logarithmic(const RangeSpec& range, const ReadNumber& number,
                                config::Reader& reader) {
  const Ends ends = ends_of(range, number, reader);
  if (!ends.ok) return {};
  if (!(ends.from > 0.0 && ends.to > 0.0)) {
    reader.report(range.from->at, "must be positive, and `to` as well: the range is logarithmic");
    return {};
  }
  if (range.ratio == nullptr) return log_spaced(ends.from, ends.to, range.points);
  const std::size_t before = reader.problems.size();
  double ratio = 0.0;
  reader.read_number(*range.ratio, fields::kPositive, ratio);
  if (reader.problems.size() != before) return {};
  if (ratio == 1.0 || (ratio > 1.0) != (ends.to > ends.from)) {
    reader.report(range.ratio->at, "does not lead from `from` to `to`");
    return {};
  }
  return by_ratio(ends.from, ends.to, ratio);
}

}  // namespace

std::string column_of(std::string_view path, std::string_view unit) {
  std::string out = "axis_";
  for (const char c : path) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (unit.empty()) return out;
  if (!unit.starts_with('/')) out += '_';
  for (const char c : unit) {
    if (c == '/')
      out += "_per_";
    else if (c == 'B')
      out += "bytes";
    else
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::vector<double> numbers_of(const AxisSpec& spec, const ReadNumber& number,
                               config::Reader& reader) {
  const bool is_log = spec.log.from != nullptr;
  const RangeSpec& range = is_log ? spec.log : spec.range;
  std::vector<double> out =
      is_log ? logarithmic(range, number, reader) : linear(range, number, reader);
  if (out.size() <= kMostValues) return out;
  reader.report(range.from->at, kTooMany);
  return {};
}

std::size_t count_of(const AxisSpec& spec, const ReadNumber& number) {
  if (!spec.values.empty() || !number) return spec.values.size();
  config::Reader ignored;
  return numbers_of(spec, number, ignored).size();
}

}  // namespace fleetcast::sweep
