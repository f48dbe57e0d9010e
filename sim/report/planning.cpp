#include "sim/report/planning.hpp"

#include <algorithm>
#include <array>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

using Writer = Section (*)(const Planning&);
constexpr std::array<Writer, 12> kSections{fleets_section, days_section,     why_section,
                                           step_section,   roofline_section, sensitivity_section,
                                           memory_section, timeline_section, evidence_section,
                                           cost_section,   inputs_section,   files_section};

std::string answer(const Planning& planning) {
  if (planning.fleets) return answer_of(*planning.fleets);
  const CloseUp& only = planning.close_ups.front();
  return answer_of(EstimateResult{only.subject, only.profile.sensitivities.estimate, {}});
}

std::vector<std::string> notes_of(const Planning& planning) {
  std::vector<std::string> out;
  const auto add = [&](const Subject& subject) {
    const std::string note = short_name(subject) + ": " + subject.note;
    if (!subject.note.empty() && std::find(out.begin(), out.end(), note) == out.end())
      out.push_back(note);
  };
  if (planning.fleets)
    for (const Subject& subject : planning.fleets->subjects) add(subject);
  for (const CloseUp& close_up : planning.close_ups) add(close_up.subject);
  return out;
}

std::string job_text(const Subject& s) {
  std::string out = s.model;
  if (s.tokens > 0) out += ", " + amount(s.tokens) + " tokens";
  return out + " in sequences of " + whole(s.seq_len) + ", " + s.stack + ".";
}

Record data_of(const Planning& planning) {
  Entries out{{"scenario", planning.subject.scenario}, {"model", planning.subject.model}};
  if (planning.fleets) out.push_back({"plan", record_of(*planning.fleets)});
  Records why, sensitivities;
  for (const WaterfallReport& report : planning.why) why.push_back(record_of(report));
  Records estimates;
  for (const CloseUp& c : planning.close_ups) {
    estimates.push_back(record_of(EstimateResult{c.subject, c.profile.sensitivities.estimate, {}}));
    sensitivities.push_back(record_of(SensitivityReport{c.subject, c.profile.sensitivities}));
  }
  out.push_back({"explain", std::move(why)});
  out.push_back({"estimates", std::move(estimates)});
  out.push_back({"sensitivities", std::move(sensitivities)});
  return out;
}

}  // namespace

std::vector<std::size_t> shown_fleets(const FleetReport& report) {
  std::vector<std::size_t> out = smallest_fleets(report);
  for (const ClaimCheck& claim : report.claims)
    for (std::size_t& shown : out)
      if (report.subjects[shown].system == claim.system)
        for (std::size_t i = 0; i < report.answer.fleets.size(); ++i)
          if (report.subjects[i].system == claim.system &&
              report.answer.fleets[i].precision == claim.nearest)
            shown = i;
  return out;
}

std::string fleet_name(const FleetReport& report, std::size_t fleet) {
  const Fleet& f = report.answer.fleets[fleet];
  return whole(f.gpus) + " " + short_name(report.subjects[fleet]) + ", " +
         std::string(f.precision->key);
}

std::string name_of(const CloseUp& close_up) {
  const Estimate& e = close_up.profile.sensitivities.estimate;
  return whole(close_up.gpus) + " " + short_name(close_up.subject) + ", " +
         std::string(e.precision->key);
}

Document document_of(const Planning& planning) {
  Document out;
  out.title =
      planning.subject.scenario.empty() ? planning.subject.model : planning.subject.scenario;
  out.answer = answer(planning) + ".";
  if (!planning.question.empty()) out.lead.push_back(planning.question);
  out.lead.push_back(job_text(planning.subject));
  for (const std::string& note : notes_of(planning)) out.lead.push_back(note + ".");
  for (const std::string& note : planning.notes) out.lead.push_back(note);
  for (const Writer write : kSections)
    if (Section section = write(planning); !section.blocks.empty())
      out.sections.push_back(std::move(section));
  out.data = data_of(planning);
  out.footer = "Made by fleetcast " + planning.version + ": " + planning.command;
  return out;
}

}  // namespace fleetcast::report
