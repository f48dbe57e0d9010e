#include "sim/report/record.hpp"

namespace fleetcast::report {
namespace {

using Part = TraceSummary::Part;

Records part_records(const std::vector<Part>& parts, const char* key) {
  Records out;
  for (const Part& part : parts)
    out.push_back(
        Entries{{key, part.name}, {"nodes", double(part.nodes)}, {"stated_s", part.time.base()}});
  return out;
}

Records exchange_records(const TraceSummary& s) {
  Records out;
  for (const TraceSummary::Exchange& e : s.exchanges)
    out.push_back(Entries{{"collective", e.name},
                          {"group", e.group},
                          {"nodes", double(e.nodes)},
                          {"bytes", e.bytes.base()},
                          {"stated_s", e.time.base()}});
  return out;
}

/// Without costs, which differ from rank to rank and so are no columns.
Entries rank_entries(const TraceSummary::Rank& r) {
  return {{"file", r.file},
          {"rank", r.rank ? Record(double(*r.rank)) : Record()},
          {"nodes", double(r.nodes)},
          {"compute_s", r.compute.base()},
          {"memory_s", r.memory.base()},
          {"communication_s", r.communication.base()},
          {"communication_bytes", r.sent.base()},
          {"critical_path_s", r.critical_path.base()}};
}

}  // namespace

Record record_of(const TraceSummary& s) {
  Records ranks;
  for (const TraceSummary::Rank& rank : s.ranks) {
    Entries entries = rank_entries(rank);
    entries.push_back({"costs", part_records(rank.costs, "cost")});
    ranks.emplace_back(std::move(entries));
  }
  return Entries{{"nodes", double(s.nodes)},
                 {"messages", double(s.messages)},
                 {"critical_path_s", s.critical_path.base()},
                 {"types", part_records(s.types, "type")},
                 {"exchanges", exchange_records(s)},
                 {"ranks", std::move(ranks)}};
}

Records rows_of(const TraceSummary& s) {
  Records out;
  for (const TraceSummary::Rank& rank : s.ranks) out.emplace_back(rank_entries(rank));
  return out;
}

}  // namespace fleetcast::report
