#pragma once

// Text into the gzip format (RFC 1952), bit by bit.

#include <functional>
#include <memory>
#include <string_view>

namespace fleetcast::cli {

class Gzip {
 public:
  using Sink = std::function<bool(std::string_view bytes)>;

  Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip();

  /// What the sink said last; true where it was not asked.
  bool add(std::string_view text, const Sink& sink);
  /// The rest, and the checksum. Nothing may be added behind it.
  bool finish(const Sink& sink);

 private:
  struct State;
  bool deflate(std::string_view text, bool is_last, const Sink& sink);

  std::unique_ptr<State> state_;
};

}  // namespace fleetcast::cli
