#include "sim/cli/gzip.hpp"

#include <zlib.h>

#include <array>
#include <new>

namespace fleetcast::cli {

struct Gzip::State {
  z_stream stream{};
  std::array<char, 65536> out{};
};

Gzip::Gzip() : state_(std::make_unique<State>()) {
  constexpr int kGzip = 16 + MAX_WBITS, kMemory = 8;  // of zlib's manual: a gzip header, the usual
  if (::deflateInit2(&state_->stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, kMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

Gzip::~Gzip() { ::deflateEnd(&state_->stream); }

bool Gzip::add(std::string_view text, const Sink& sink) { return deflate(text, false, sink); }

bool Gzip::finish(const Sink& sink) { return deflate({}, true, sink); }

bool Gzip::deflate(std::string_view text, bool is_last, const Sink& sink) {
  z_stream& stream = state_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(text.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(state_->out.data());
    stream.avail_out = static_cast<uInt>(state_->out.size());
    ::deflate(&stream, is_last ? Z_FINISH : Z_NO_FLUSH);
    const std::size_t size = state_->out.size() - stream.avail_out;
    if (size > 0 && !sink({state_->out.data(), size})) return false;
  } while (stream.avail_out == 0);
  return true;
}

}  // namespace fleetcast::cli
