#pragma once

// 128 bits of content, for telling whether a result is of these inputs (XXH3; not cryptographic).

#include <array>
#include <string>
#include <string_view>

namespace fleetcast::sweep {

/// In the byte order that xxhsum prints.
using Hash = std::array<unsigned char, 16>;

Hash hash_of(std::string_view bytes);
std::string hex(const Hash& hash);

/// The bytes of a hash, for hashing it with others.
inline std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace fleetcast::sweep
