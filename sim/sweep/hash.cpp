#include "sim/sweep/hash.hpp"

#include <xxhash.h>

#include <algorithm>

namespace fleetcast::sweep {

Hash hash_of(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  Hash out;
  std::copy_n(canonical.digest, out.size(), out.begin());
  return out;
}

std::string hex(const Hash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : hash) out += {kDigits[byte / 16], kDigits[byte % 16]};
  return out;
}

}  // namespace fleetcast::sweep
