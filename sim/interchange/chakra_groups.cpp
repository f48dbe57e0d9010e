#include "sim/interchange/chakra_export.hpp"

namespace fleetcast::interchange::chakra {

int CommGroups::number_of(GroupPlace where, int rank) {
  const auto [place, is_new] = first_.try_emplace({where.size, where.stride}, next_);
  if (is_new) next_ += ranks_ / where.size;
  const int begin = rank - rank / where.stride % where.size * where.stride;
  const int number =
      place->second + begin / (where.stride * where.size) * where.stride + begin % where.stride;
  used_.try_emplace(number, Members{begin, where});
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
