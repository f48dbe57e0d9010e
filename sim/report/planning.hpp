#pragma once

// The capacity-planning report: all that is said of a scenario, as a document.

#include <optional>
#include <string>
#include <vector>

#include "sim/plan/profile.hpp"
#include "sim/report/document.hpp"

namespace fleetcast::report {

/// A plan looked at closely.
struct CloseUp {
  Subject subject;
  double gpus = 0;  ///< of its fleet, or of the plan alone
  Profile profile;
};

/// A number that went in.
struct Input {
  std::string path, value, meaning;
  std::string source, note;
  bool assumption = false;
};

struct Planning {
  std::string command;  ///< that makes the same report again
  std::string version;  ///< of the program
  Subject subject;      ///< of the scenario's first system
  std::string question;
  std::vector<std::string> notes;     ///< what a reader must know besides
  std::optional<FleetReport> fleets;  ///< of a scenario with a deadline
  std::vector<std::size_t> shown;     ///< of its fleets: those that are compared, see shown_fleets
  std::vector<WaterfallReport> why;
  std::vector<CloseUp> close_ups;
  std::vector<ValidatedRow> evidence;  ///< published runs like these
  std::string alike;                   ///< what they have in common with these
  ErrorSummary all_rows;               ///< every published run that can be modelled
  std::vector<Input> inputs;           ///< of the scenario, then of its systems
  std::vector<Verbatim> files;         ///< the scenario and what it names, resolved
};

/// Fleets worth a closer look, by index, one a system: those nearest to the scenario's claims, or
/// the smallest.
std::vector<std::size_t> shown_fleets(const FleetReport& report);

/// Requires: close-ups of plans that run, as `shown` where there are fleets.
Document document_of(const Planning& planning);

/// Its sections, in their order. Empty blocks: nothing to say.
Section fleets_section(const Planning& planning);
Section days_section(const Planning& planning);
Section why_section(const Planning& planning);
Section step_section(const Planning& planning);
Section roofline_section(const Planning& planning);
Section sensitivity_section(const Planning& planning);
Section timeline_section(const Planning& planning);
Section memory_section(const Planning& planning);
Section cost_section(const Planning& planning);
Section evidence_section(const Planning& planning);
Section inputs_section(const Planning& planning);
Section files_section(const Planning& planning);

/// Why one fleet is so many times another, by an identity of the two forecasts.
std::string pairing_text(const FleetReport& report, std::size_t from, std::size_t to);

/// "8,160 H100 SXM 80 GB, bf16"
std::string fleet_name(const FleetReport& report, std::size_t fleet);
std::string name_of(const CloseUp& close_up);

}  // namespace fleetcast::report
