#include "sim/report/chrome_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>

namespace fleetcast::report {
namespace {

constexpr std::size_t kPiece = 65536;

long long nanoseconds(Seconds time) {
  assert(std::isfinite(time.base()));
  return std::llround(time.base() * 1e9);
}

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; });
}

}  // namespace

struct ChromeTrace::Event {
  char phase;
  Track track;
  std::string_view name, kind;
  long long at = 0;  ///< ns
};

ChromeTrace::ChromeTrace(Sink sink, const About& about) : sink_(std::move(sink)) {
  buffer_.reserve(kPiece + kPiece / 4);
  buffer_ += R"({"displayTimeUnit":"ns","otherData":{)";
  for (std::size_t i = 0; i < about.size(); ++i) {
    if (i > 0) buffer_ += ',';
    put_text(about[i].first);
    buffer_ += ':';
    put_text(about[i].second);
  }
  buffer_ += "},\"traceEvents\":[";
}

ChromeTrace::~ChromeTrace() {
  try {
    finish();
  } catch (...) {  // NOLINT(bugprone-empty-catch): who wants to know calls finish()
  }
}

void ChromeTrace::finish() {
  if (!is_open_) return;
  buffer_ += "\n]}\n";
  flush();
  is_open_ = false;
}

void ChromeTrace::flush() {
  // A sink that throws is not asked again.
  const bool was_open = std::exchange(is_open_, false);
  if (was_open) is_open_ = sink_(buffer_);
  buffer_.clear();
}

void ChromeTrace::put_text(std::string_view text) {
  if (is_plain(text)) {
    buffer_ += '"';
    buffer_ += text;
    buffer_ += '"';
    return;
  }
  using Json = nlohmann::json;
  buffer_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void ChromeTrace::put_number(std::string_view before, std::uint64_t number) {
  const fmt::format_int digits(number);
  buffer_ += before;
  buffer_.append(digits.data(), digits.size());
}

/// In microseconds, as the format has it, down to the nanosecond.
void ChromeTrace::put_time(std::string_view before, long long ns) {
  buffer_ += before;
  if (ns < 0) buffer_ += '-';
  const auto size = static_cast<std::uint64_t>(std::abs(ns));
  put_number("", size / 1000);
  const fmt::format_int digits(1000 + size % 1000);  // the 1 keeps zeros before them
  buffer_ += '.';
  buffer_.append(digits.data() + 1, 3);
}

void ChromeTrace::begin(const Event& event) {
  buffer_ += is_first_ ? "\n{\"ph\":\"" : ",\n{\"ph\":\"";
  is_first_ = false;
  buffer_ += event.phase;
  put_number("\",\"pid\":", event.track.process);
  put_number(",\"tid\":", event.track.thread);
  if (event.phase != 'M') put_time(",\"ts\":", event.at);
  buffer_ += ",\"name\":";
  put_text(event.name);
  if (event.kind.empty() || event.kind == event.name) return;
  buffer_ += ",\"cat\":";
  put_text(event.kind);
}

void ChromeTrace::end() {
  buffer_ += '}';
  if (buffer_.size() >= kPiece) flush();
}

void ChromeTrace::named(const char* what, Track track, std::string_view name,
                        std::string_view order, std::uint32_t number) {
  if (!is_open_) return;
  begin({'M', track, what, {}});
  buffer_ += ",\"args\":{\"name\":";
  put_text(name);
  buffer_ += '}';
  end();
  if (!is_open_) return;
  begin({'M', track, order, {}});
  put_number(",\"args\":{\"sort_index\":", number);
  buffer_ += '}';
  end();
}

void ChromeTrace::name_process(std::uint32_t process, std::string_view name) {
  named("process_name", {process, 0}, name, "process_sort_index", process);
}

void ChromeTrace::name_track(Track track, std::string_view name) {
  named("thread_name", track, name, "thread_sort_index", track.thread);
}

void ChromeTrace::span(Track track, std::string_view name, std::string_view kind, Seconds start,
                       Seconds duration) {
  if (!is_open_) return;
  const long long at = nanoseconds(start);
  begin({'X', track, name, kind, at});
  // Both ends are rounded, not the length: spans that follow each other still touch.
  put_time(",\"dur\":", nanoseconds(start + duration) - at);
  end();
}

void ChromeTrace::instant(Track track, std::string_view name, std::string_view kind, Seconds at) {
  if (!is_open_) return;
  begin({'i', track, name, kind, nanoseconds(at)});
  buffer_ += ",\"s\":\"t\"";
  end();
}

void ChromeTrace::counter(std::uint32_t process, std::string_view name, Seconds at, double value) {
  if (!is_open_ || !std::isfinite(value)) return;
  begin({'C', {process, 0}, name, {}, nanoseconds(at)});
  fmt::format_to(std::back_inserter(buffer_), ",\"args\":{{\"value\":{}}}", value);
  end();
}

void ChromeTrace::flow(std::string_view name, Track from, Seconds sent, Track to,
                       Seconds received) {
  if (!is_open_) return;
  const std::uint64_t id = ++flows_;
  begin({'s', from, name, "flow", nanoseconds(sent)});
  put_number(",\"id\":", id);
  end();
  if (!is_open_) return;
  begin({'f', to, name, "flow", nanoseconds(received)});
  put_number(",\"bp\":\"e\",\"id\":", id);
  end();
}

}  // namespace fleetcast::report
