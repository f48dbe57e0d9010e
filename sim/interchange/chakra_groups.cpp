#include <algorithm>

#include "sim/interchange/chakra_export.hpp"

namespace fleetcast::interchange::chakra {

int CommGroups::number_of(GroupPlace where, GroupPlace whole, int rank) {
  if (where.stride != whole.stride) whole = where;
  const int parts = (whole.size + where.size - 1) / where.size;
  const auto [first, is_new] = first_.try_emplace({where.size, where.stride, whole.size}, next_);
  if (is_new) next_ += ranks_ / whole.size * parts;
  const int span = whole.stride * whole.size;
  const int digit = rank / whole.stride % whole.size, part = digit / where.size;
  const int of_whole = rank / span * whole.stride + rank % whole.stride;
  const int number = first->second + of_whole * parts + part;
  const int size = std::min(where.size, whole.size - part * where.size);
  const int begin = rank - (digit - part * where.size) * whole.stride;
  used_.try_emplace(number, Members{begin, {size, where.stride}});
  return number;
}

std::string CommGroups::json() const {
  std::string out = "{";
  for (const auto& [number, members] : used_) {
    out += (out.size() > 1 ? ",\n \"" : "\n \"") + std::to_string(number) + "\": [";
    for (int i = 0; i < members.where.size; ++i)
      out += (i > 0 ? ", " : "") + std::to_string(members.begin + i * members.where.stride);
    out += "]";
  }
  return out + "\n}\n";
}

}  // namespace fleetcast::interchange::chakra
