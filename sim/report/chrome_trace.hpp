#pragma once

// A simulation's timeline as Chrome's trace events, which ui.perfetto.dev and chrome://tracing
// show. https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
//
// Written as it happens, an event a line: constant memory, no allocation for ASCII names.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/engine/observer.hpp"

namespace fleetcast::report {

class ChromeTrace final : public Observer {
 public:
  /// Takes text in pieces of about 64 KiB; false: it wants no more.
  using Sink = std::function<bool(std::string_view)>;
  /// Names and texts of what the trace is about: scenario, seed, ...
  using About = std::vector<std::pair<std::string_view, std::string_view>>;

  explicit ChromeTrace(Sink sink, const About& about = {});
  /// As finish(), but what the sink throws is lost.
  ~ChromeTrace() override;

  /// The text is whole JSON from here on; what comes later is left out. Throws: what the sink does.
  void finish();

  void name_process(std::uint32_t process, std::string_view name) override;
  void name_track(Track track, std::string_view name) override;
  void span(Track track, std::string_view name, std::string_view kind, Seconds start,
            Seconds duration) override;
  void instant(Track track, std::string_view name, std::string_view kind, Seconds at) override;
  void counter(std::uint32_t process, std::string_view name, Seconds at, double value) override;
  void flow(std::string_view name, Track from, Seconds sent, Track to, Seconds received) override;

 private:
  struct Event;
  void begin(const Event& event);
  void end();
  void named(const char* what, Track track, std::string_view name, std::string_view order,
             std::uint32_t number);
  void put_text(std::string_view text);
  void put_number(std::string_view before, std::uint64_t number);
  void put_time(std::string_view before, long long nanoseconds);
  void flush();

  Sink sink_;
  std::string buffer_;
  std::uint64_t flows_ = 0;
  bool is_first_ = true;
  bool is_open_ = true;
};

}  // namespace fleetcast::report
