#include <fmt/format.h>

#include "sim/report/number.hpp"
#include "sim/report/text.hpp"

namespace fleetcast::report {
namespace {

std::string ours(const ClaimCheck& claim) {
  std::string out;
  for (const ClaimAnswer& a : claim.answers)
    out += (out.empty() ? "" : ", ") + whole(a.gpus) + " in " + std::string(a.precision->key);
  return out.empty() ? "no fleet of any precision" : out;
}

const ClaimAnswer* answer_of(const ClaimCheck& claim, const Precision* precision) {
  for (const ClaimAnswer& a : claim.answers)
    if (a.precision == precision) return &a;
  return nullptr;
}

std::string nearest_text(const ClaimCheck& claim) {
  const ClaimAnswer* near = answer_of(claim, claim.nearest);
  if (near == nullptr) return {};
  return fmt::format(
      " {} comes nearest: {} to {} with its error bars, {} the claim; its plan runs at "
      "{} of the bf16 peak.",
      near->precision->key, whole(near->p10_gpus), whole(near->p90_gpus),
      claim.within ? "which covers" : "which misses", percent(near->mfu_bf16));
}

/// What a GPU draws with all that serves it: as claimed, and by our nearest fleet.
std::string power_text(const ClaimCheck& claim) {
  const ClaimAnswer* near = answer_of(claim, claim.nearest);
  if (near == nullptr || claim.power <= Watts{}) return {};
  return fmt::format(" The claim's power is {} a GPU, our fleet draws {}, facility included.",
                     power(claim.power / claim.gpus), power(near->power / near->gpus));
}

/// One recipe's runs: "bf16: 2 of 20 reached it, 12 % to 41 %, nearest ROW with 38 % (SOURCE)".
std::string evidence_text(const ClaimEvidence& e) {
  return fmt::format("{}: {} of {} reached it, {} to {}, nearest {} with {} ({})", e.precision->key,
                     e.reached, e.rows, percent(e.low), percent(e.high), e.nearest,
                     percent(e.nearest_mfu), e.source);
}

/// What the numbers say of the claim.
std::string verdict_text(const ClaimCheck& claim) {
  int rows = 0, reached = 0;
  std::string by_recipe;
  for (const ClaimEvidence& e : claim.evidence) {
    rows += e.rows, reached += e.reached;
    by_recipe += (by_recipe.empty() ? " " : "; ") + evidence_text(e);
  }
  if (rows == 0) return {};
  by_recipe += ".";
  if (reached == 0) return by_recipe + " The claim asks for more than any of them reached.";
  return by_recipe +
         fmt::format(" What the claim asks for was reached by {} of these {}.", reached, rows);
}

/// GPUs of the first claim's system for one of the second's, recipe by recipe.
std::string ratio_table(const ClaimCheck& a, const ClaimCheck& b, const Style& style) {
  std::vector<Column> columns{{a.system + " over " + b.system}};
  for (const ClaimAnswer& column : b.answers)
    columns.push_back({std::string(column.precision->key), true});
  std::vector<std::vector<std::string>> rows;
  for (const ClaimAnswer& from : a.answers) {
    std::vector<std::string>& row = rows.emplace_back();
    row.push_back(std::string(from.precision->key));
    for (const ClaimAnswer& to : b.answers)
      row.push_back(fmt::format("{:.1f}", from.gpus / to.gpus));
  }
  return fmt::format("\n  The claimed ratio is {:.1f}; ours, by recipe of each:\n",
                     a.gpus / b.gpus) +
         render(columns, rows, style);
}

}  // namespace

std::string claim_text(const ClaimCheck& claim) {
  std::string out = fmt::format("{}: {} GPUs are claimed", claim.system, whole(claim.gpus));
  if (claim.power > Watts{}) out += " at " + power(claim.power);
  out += "; we find " + ours(claim) + "." + nearest_text(claim) + power_text(claim);
  return out + " " + claim_needs_text(claim);
}

std::string claim_needs_text(const ClaimCheck& claim) {
  std::string out =
      fmt::format("The claim needs {} TFLOP/s of every GPU all the time, {} of the bf16 peak",
                  whole(claim.needed.base() / 1e12), percent(claim.mfu_bf16));
  if (claim.mfu_fp8 > 0.0) out += ", " + percent(claim.mfu_fp8) + " of the fp8 peak";
  if (claim.measured_rows == 0)
    return out + "; no published run of such a model on it is known here.";
  return out +
         fmt::format(
             "; {} published runs of such models on it reached {} to {} of the bf16 "
             "peak, median {}.",
             claim.measured_rows, percent(claim.measured_low), percent(claim.measured_high),
             percent(claim.measured_median)) +
         verdict_text(claim);
}

std::string claims_text(const std::vector<ClaimCheck>& claims, const Style& style) {
  if (claims.empty()) return {};
  std::string out = "\n" + bold("What is claimed, checked", style) + "\n";
  for (const ClaimCheck& claim : claims) out += wrapped(claim_text(claim), 2, style);
  for (std::size_t i = 1; i < claims.size(); ++i)
    out += ratio_table(claims.front(), claims[i], style);
  return out;
}

}  // namespace fleetcast::report
