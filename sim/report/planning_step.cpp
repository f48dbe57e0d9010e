// Plans looked at closely: where a step goes, what it hangs on, memory, timeline.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/number.hpp"
#include "sim/report/planning.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

constexpr std::size_t kDrawn = 4000;  ///< slots at each end of a timeline

TextTable costs_table(const Planning& planning) {
  TextTable out{"Seconds of a step, by where they go", {{"cost"}}, {}};
  Breakdown all;
  for (const CloseUp& c : planning.close_ups) {
    out.columns.push_back({name_of(c), true});
    all += c.profile.sensitivities.estimate.timeline.breakdown;
  }
  out.columns.push_back({"what it is"});
  for (const Cost cost : costs_of(all)) {
    std::vector<std::string> row{std::string(key_of(cost))};
    for (const CloseUp& c : planning.close_ups) {
      const Timeline& t = c.profile.sensitivities.estimate.timeline;
      row.push_back(fmt::format("{} ({:.1f} %)", three_digits(t.breakdown[cost].base()),
                                100.0 * (t.breakdown[cost] / t.step_time)));
    }
    row.emplace_back(meaning_of(cost));
    out.rows.push_back(std::move(row));
  }
  return out;
}

Record costs_record(const Planning& planning) {
  Records out;
  for (const CloseUp& c : planning.close_ups) {
    const Timeline& t = c.profile.sensitivities.estimate.timeline;
    Entries parts;
    for (const Cost cost : costs_of(t.breakdown))
      parts.push_back({std::string(key_of(cost)), t.breakdown[cost].base()});
    out.push_back(
        Entries{{"name", name_of(c)}, {"step_s", t.step_time.base()}, {"parts", std::move(parts)}});
  }
  return Entries{{"plans", std::move(out)}};
}

Record moved(const Reply& reply, const Sensitivities& s) {
  return reply.misfit.fits() ? Record(reply.time / s.time - 1.0) : Record();
}

Chart tornado_chart(const CloseUp& c) {
  const Sensitivities& s = c.profile.sensitivities;
  Records rows;
  TextTable numbers{"Change of the time", {{"parameter"}}, {}};
  numbers.columns.push_back({percent(s.change) + " less", true});
  numbers.columns.push_back({percent(s.change) + " more", true});
  for (const Sensitivity& row : largest_first(s)) {
    rows.push_back(Entries{{"title", row.parameter->title},
                           {"less", moved(row.less, s)},
                           {"more", moved(row.more, s)}});
    numbers.rows.push_back(
        {std::string(row.parameter->title), reply_text(row.less, s), reply_text(row.more, s)});
  }
  return {"tornado", name_of(c),
          "Each parameter " + percent(s.change) +
              " less and more, with the plan and all others as they are; where the plan does not "
              "run at all with one of them, there is no bar.",
          Entries{{"of", s.of_run ? "run" : "step"},
                  {"change", percent(s.change)},
                  {"rows", std::move(rows)}},
          std::move(numbers)};
}

Chart memory_chart(const CloseUp& c) {
  const Estimate& e = c.profile.sensitivities.estimate;
  Records stages;
  TextTable numbers{"GiB of a GPU, by pipeline stage", {{"stage", true}}, {}};
  for (const MemoryPart& part : memory_parts())
    numbers.columns.push_back({std::string(part.key), true});
  numbers.columns.push_back({"total", true});
  for (std::size_t stage = 0; stage < c.profile.memory.size(); ++stage) {
    const MemoryUse& use = c.profile.memory[stage];
    Entries parts;
    std::vector<std::string> row{whole(double(stage))};
    for (const MemoryPart& part : memory_parts()) {
      parts.push_back({std::string(part.key), (use.*part.bytes) / kGiB});
      row.push_back(gib(use.*part.bytes));
    }
    row.push_back(gib(use.total()));
    stages.push_back(std::move(parts));
    numbers.rows.push_back(std::move(row));
  }
  return {"memory", name_of(c),
          "Every rank of a pipeline stage holds the same; the line is what a job can use, " +
              gib(e.memory_usable) + " GiB.",
          Entries{{"usable", e.memory_usable / kGiB}, {"stages", std::move(stages)}},
          std::move(numbers)};
}

/// The beginning and the end of a timeline that is too long to be drawn whole.
struct Windows {
  Seconds first_end{}, last_begin{}, total{};
  bool whole = true;
};

bool is_forward(const PlayedSlot& slot) { return slot.slot.pass == SlotPass::kForward; }

/// Until the first gradient is back at the first stage, and from its last forward on; less where
/// that is too much to draw.
Windows windows_of(const std::vector<PlayedSlot>& slots) {
  std::vector<Seconds> starts, finishes;
  for (const PlayedSlot& slot : slots) {
    starts.push_back(slot.start);
    finishes.push_back(slot.finish);
  }
  std::sort(starts.begin(), starts.end());
  std::sort(finishes.begin(), finishes.end());
  const Seconds total = finishes.back();
  if (slots.size() <= 2 * kDrawn) return {total, {}, total, true};
  const auto backward = std::find_if_not(slots.begin(), slots.end(), is_forward);
  const auto own_end = std::find_if(slots.begin(), slots.end(),
                                    [](const PlayedSlot& slot) { return slot.stage > 0; });
  Seconds last_forward{};
  for (auto slot = slots.begin(); slot != own_end; ++slot)
    if (is_forward(*slot)) last_forward = slot->start;
  Windows out{std::min(backward->finish, starts[kDrawn]),
              std::max(last_forward, finishes[slots.size() - 1 - kDrawn]), total, false};
  out.whole = out.first_end >= out.last_begin;
  return out;
}

/// Micro-seconds: short, and finer than a screen.
Record time_record(Seconds time) { return std::round(time.base() * 1e6); }

Chart timeline_chart(const CloseUp& c) {
  const std::vector<PlayedSlot>& slots = c.profile.slots;
  const Windows windows = windows_of(slots);
  Records drawn;
  for (const PlayedSlot& s : slots) {
    const bool early = s.start<windows.first_end, late = s.finish> windows.last_begin;
    if (!windows.whole && !early && !late) continue;
    drawn.push_back(Records{double(s.stage), int(s.slot.pass), double(s.slot.micro_batch),
                            double(s.slot.chunk), time_record(s.start), time_record(s.finish)});
  }
  std::vector<Seconds> busy(c.profile.memory.size());
  for (const PlayedSlot& s : slots) busy[static_cast<std::size_t>(s.stage)] += s.finish - s.start;
  TextTable numbers{
      "Of a pipeline's time", {{"stage", true}, {"at work", true}, {"idle", true}}, {}};
  for (std::size_t stage = 0; stage < busy.size(); ++stage)
    numbers.rows.push_back({whole(double(stage)), percent(busy[stage] / windows.total),
                            percent(std::max(0.0, 1.0 - busy[stage] / windows.total))});
  const Plan& plan = c.profile.sensitivities.estimate.plan;
  std::string description = fmt::format(
      "Each stage's micro-batches from the first forward on, {} for the whole pipeline: {}.",
      duration(windows.total), plan_text(plan));
  if (!windows.whole)
    description +=
        fmt::format(" Drawn are the first {} and the last {}; between them it repeats.",
                    duration(windows.first_end), duration(windows.total - windows.last_begin));
  return {"timeline", name_of(c), description,
          Entries{{"stages", plan.pp},
                  {"chunks", plan.vp},
                  {"total", time_record(windows.total)},
                  {"whole", windows.whole},
                  {"first_end", time_record(windows.first_end)},
                  {"last_begin", time_record(windows.last_begin)},
                  {"slots", std::move(drawn)}},
          std::move(numbers)};
}

template <class Write>
Section of_each(const Planning& planning, const char* key, const char* title, Write&& write) {
  Section out{key, title, {}};
  for (const CloseUp& c : planning.close_ups) out.blocks.push_back(write(c));
  return out;
}

}  // namespace

Section step_section(const Planning& planning) {
  Section out{"step", "Where a step goes", {}};
  if (planning.close_ups.empty()) return out;
  out.blocks.push_back(
      Chart{"costs", "Share of the step, by cost",
            "The busiest stage's step. What runs under compute is not counted; what is exposed is.",
            costs_record(planning), costs_table(planning)});
  return out;
}

Section sensitivity_section(const Planning& planning) {
  return of_each(planning, "what-if", "What would change it", tornado_chart);
}

Section memory_section(const Planning& planning) {
  return of_each(planning, "memory", "Memory by pipeline stage", memory_chart);
}

Section timeline_section(const Planning& planning) {
  return of_each(planning, "timeline", "One step of one pipeline", timeline_chart);
}

}  // namespace fleetcast::report
