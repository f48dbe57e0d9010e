#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kMostRanks = 16;

std::string answer(const TraceSummary& s) {
  const std::string ranks =
      s.ranks.size() == 1 ? "a rank" : whole(double(s.ranks.size())) + " ranks";
  std::string out = "At least " + duration(s.critical_path) + " by the times that " +
                    whole(double(s.nodes)) + " nodes of " + ranks + " state: the longest path";
  if (s.messages > 0) out += ", with " + whole(double(s.messages)) + " messages between them";
  return out;
}

std::string types(const TraceSummary& s, const Style& style) {
  Rows rows;
  for (const TraceSummary::Part& type : s.types)
    rows.push_back({type.name, whole(double(type.nodes)), duration(type.time)});
  return "\n" + render({{"type"}, {"nodes", true}, {"time", true}}, rows, style);
}

std::string exchanges(const TraceSummary& s, const Style& style) {
  if (s.exchanges.empty()) return {};
  Rows rows;
  for (const TraceSummary::Exchange& e : s.exchanges)
    rows.push_back({e.name, e.group.empty() ? "not said" : e.group, whole(double(e.nodes)),
                    bytes(e.bytes), duration(e.time)});
  return "\n" + render({{"exchange"}, {"group"}, {"nodes", true}, {"bytes", true}, {"time", true}},
                       rows, style);
}

std::string ranks(const TraceSummary& s, const Style& style) {
  Rows rows;
  for (const TraceSummary::Rank& r : s.ranks) {
    if (rows.size() == kMostRanks) break;
    rows.push_back({r.rank ? whole(*r.rank) : r.file, whole(double(r.nodes)), duration(r.compute),
                    duration(r.memory), duration(r.communication), bytes(r.sent),
                    duration(r.critical_path)});
  }
  std::string out = "\n" + render({{"rank"},
                                   {"nodes", true},
                                   {"compute", true},
                                   {"memory", true},
                                   {"exchange", true},
                                   {"bytes", true},
                                   {"path", true}},
                                  rows, style);
  if (s.ranks.size() > kMostRanks)
    out += "  and " + whole(double(s.ranks.size() - kMostRanks)) + " more; JSON has them all\n";
  return out;
}

}  // namespace

std::string to_text(const TraceSummary& s, const Style& style) {
  return headline(answer(s), style) + types(s, style) + exchanges(s, style) + ranks(s, style) +
         "\n" +
         wrapped(
             "Times are sums of what nodes state, and may lie beside each other. Bytes are those "
             "that a rank puts into an exchange. Path: the longest of one rank alone.",
             0, style);
}

}  // namespace fleetcast::report
