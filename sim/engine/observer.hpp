#pragma once

// Who watches a simulation: what happened, on which track and when. Engines tell it, and do not
// know whether that becomes a file, a table or nothing.

#include <cstdint>
#include <string_view>

#include "models/base/quantity.hpp"

namespace fleetcast {

/// A line of a timeline: a stream (thread) of a rank, pipeline stage, link or job (process).
struct Track {
  std::uint32_t process = 0;
  std::uint32_t thread = 0;

  friend bool operator==(const Track&, const Track&) = default;
};

/// Names are text of any content, read before the call returns. Times are finite, and of a
/// simulation's own clock; calls need not come in their order.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// Once, before or after what happens on it.
  virtual void name_process(std::uint32_t process, std::string_view name) = 0;
  virtual void name_track(Track track, std::string_view name) = 0;

  /// Spans of one track follow or enclose each other. `kind` is what spans are coloured and added
  /// up by: key_of(Cost), a state of the job.
  virtual void span(Track track, std::string_view name, std::string_view kind, Seconds start,
                    Seconds duration) = 0;
  virtual void instant(Track track, std::string_view name, std::string_view kind, Seconds at) = 0;
  /// `value` holds from `at` until the counter's next one.
  virtual void counter(std::uint32_t process, std::string_view name, Seconds at, double value) = 0;
  /// From the span at `sent` on one track to that at `received` on another.
  virtual void flow(std::string_view name, Track from, Seconds sent, Track to,
                    Seconds received) = 0;
};

}  // namespace fleetcast
