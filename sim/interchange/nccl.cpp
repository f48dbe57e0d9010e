#include "sim/interchange/nccl.hpp"

#include <sstream>

#include "sim/config/document.hpp"
#include "sim/validation/collective_class.hpp"
#include "sim/validation/nccl_log.hpp"

namespace fleetcast::interchange {
namespace {

/// "file:line:column: key: what" as its parts. The file's name may have colons.
config::Problem problem_of(const std::string& file, const std::string& text) {
  config::Problem out{file, 1, 1, "", text.substr(file.size())};
  std::istringstream in(out.what);
  char colon = 0;
  in >> colon >> out.line >> colon >> out.column >> colon;
  std::getline(in >> std::ws, out.what);
  return out;
}

[[noreturn]] void refuse(std::string key, std::string what) {
  throw config::ConfigError({{"command line", 1, 1, std::move(key), std::move(what)}});
}

}  // namespace

std::vector<CollectiveRow> read_nccl_logs(const std::vector<std::string>& files,
                                          const std::string& link) {
  std::vector<CollectiveRow> out;
  std::vector<config::Problem> problems;
  for (const std::string& file : files) {
    std::istringstream in(config::read_document(file));
    KernelTable<CollectiveRow> log = read_nccl_log(in, file);
    for (const std::string& text : log.problems) problems.push_back(problem_of(file, text));
    if (!log.rows.empty() && log.rows.front().ranks < 2)
      problems.push_back({file, 1, 1, "log", "is of one rank, which exchanges nothing"});
    const bool is_joined = !log.rows.empty() && log.rows.front().nodes > 1;
    if (is_joined && link.empty())
      problems.push_back(
          {file, 1, 1, "log",
           "is of several nodes, and does not say what joins them; --link does: " + known_links()});
    for (CollectiveRow& row : log.rows) {
      if (is_joined) row.link += ", " + link;
      out.push_back(std::move(row));
    }
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  return out;
}

report::Listing nccl_table(const std::vector<CollectiveRow>& rows) {
  report::Listing out{
      "collectives",
      {"system", "collective", "ranks", "nodes", "link", "bytes", "time_us", "source"},
      {},
      {}};
  for (const CollectiveRow& row : rows)
    out.rows.push_back({row.system, row.collective, row.ranks, row.nodes, row.link,
                        row.bytes.base(), row.time / kMicrosecond, row.source});
  return out;
}

fit::NewFile nccl_fabric(const std::vector<CollectiveRow>& rows, const std::string& date) {
  const fit::Refinement fitted = fit::refine_collectives(rows, date);
  std::vector<config::Problem> problems;
  for (const auto& [reason, count] : fitted.skipped)
    problems.push_back({"command line", 1, 1, "FILES",
                        std::to_string(count) + (count == 1 ? " row" : " rows") +
                            " that cannot be used, of " + reason});
  if (!problems.empty() && !fitted.hint.empty())
    problems.push_back({"command line", 1, 1, "FILES", fitted.hint});
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
  std::string names;
  for (const fit::RefinedSubject& subject : fitted.subjects)
    names += (names.empty() ? "" : ", ") + subject.name;
  if (fitted.subjects.size() != 1) refuse("FILES", "are of " + names + ": one at a time");
  return fitted.subjects.front().files.front();
}

}  // namespace fleetcast::interchange
