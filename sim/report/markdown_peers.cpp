#include <fmt/format.h>

#include <cmath>

#include "sim/report/markdown.hpp"
#include "sim/report/number.hpp"

namespace fleetcast::report {
namespace {

std::string percent_or_dash(bool is_there, double ratio) {
  return is_there ? fmt::format("{:.2f} %", 100.0 * ratio) : "-";
}

std::string summary_line(const PeerComparison& c) {
  const bool have = c.ours.count > 0;
  return fmt::format(
      "| {} | {} | {} / {} | {} | {} | {} | {} | {} |\n", cell(c.peer.name), cell(c.peer.about),
      c.ours.count, c.peer.published_rows, percent_or_dash(true, c.peer.mape),
      percent_or_dash(c.peer.worst > 0, c.peer.worst), percent_or_dash(have, c.ours.mape),
      have ? fmt::format("{:+.2f} %", 100.0 * c.ours.bias) : "-",
      percent_or_dash(have, c.ours.max_abs_error));
}

std::string theirs(const Peer& peer, const ValidatedRow& row) {
  for (const PeerPrediction& p : peer.predictions)
    if (p.row == row.id)
      return fmt::format("{} s, {:+.1f} %", three_digits(p.time.base()),
                         100.0 * (p.time.base() / row.measured_s - 1.0));
  return "not published";
}

std::string details(const PeerComparison& c) {
  std::string out =
      fmt::format("\n## {}: {}\n\nSource: {}.", c.peer.name, c.peer.about, c.peer.source);
  if (!c.peer.note.empty()) out += " " + c.peer.note;
  out += "\n";
  if (c.rows.empty()) return out + "\nNone of these rows is in `configs` yet.\n";
  out += fmt::format("\n| row | measured | {} | Fleetcast |\n|---|--:|--:|--:|\n", c.peer.name);
  for (const ValidatedRow* row : c.rows)
    out += fmt::format("| {} | {} s | {} | {} s, {:+.1f} % |\n", cell(row->id),
                       three_digits(row->measured_s), theirs(c.peer, *row),
                       three_digits(row->predicted_s), 100.0 * row->error);
  return out;
}

}  // namespace

std::string peers_markdown(const std::vector<PeerComparison>& peers) {
  std::string out =
      "# Beside other programs, on the rows they publish\n\n"
      "Written by `fleetcast validate --peers`. What peers claim is theirs or was measured by "
      "running them, as each source says; `configs/peers.yaml` holds it. Our errors are computed "
      "here, by the same program and parameters as for all other rows: none is fitted to a peer's "
      "rows. Where we have few of a peer's rows, the two columns are not about the same data.\n\n"
      "| peer | rows it published | ours / its | its MAPE | its worst | our MAPE | our bias | our "
      "worst |\n|---|---|--:|--:|--:|--:|--:|--:|\n";
  for (const PeerComparison& c : peers) out += summary_line(c);
  for (const PeerComparison& c : peers) out += details(c);
  return out;
}

}  // namespace fleetcast::report
