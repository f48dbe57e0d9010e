#pragma once

// Two results of the same kind, figure by figure: what moved, which way, and what of it is the
// cause.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/problem.hpp"
#include "sim/report/direction.hpp"
#include "sim/report/record.hpp"
#include "sim/report/table.hpp"
#include "sim/report/tolerance.hpp"

namespace fleetcast::report {

/// A value of a result: where it stands, "fleets.h100-80gb-sxm/bf16.run.days", and what it is.
struct Figure {
  std::string path;
  std::string text;              ///< as written
  std::optional<double> number;  ///< nothing: a name, a flag, null
};

/// Every value of a JSON document, in its order. Items of a list are called by the texts that tell
/// them apart, else by their place, from 0.
/// Throws: config::ConfigError where `document` is no JSON, at its line and column of `file`.
std::vector<Figure> figures_of(const std::string& document, const std::string& file);

/// Whether a result is CSV: by its file's name (.csv, .json), else by its first character.
bool is_table(const std::string& document, const std::string& file);

struct FigurePair {
  std::vector<Figure> before, after;
};
/// Every cell of two CSV files with the same header. Rows are called by those of the text columns
/// before the first number that vary, "h100-80gb-sxm/bf16.days"; by their place, from 0, where
/// these do not tell them apart; a single row has no name, as in JSON.
/// Throws: config::ConfigError for other columns, and for rows shorter or longer than the header.
FigurePair figures_of_tables(const std::string& before, const std::string& before_file,
                             const std::string& after, const std::string& after_file);

enum class Verdict { kBetter, kWorse, kChanged, kMissing, kNew };
std::string_view key_of(Verdict verdict);

struct Movement {
  std::string path;
  Verdict verdict;
  std::string before, after;
  std::optional<double> ratio;  ///< after over before, where both are numbers and not 0
};

/// Part of a breakdown that explains a sum beside it.
struct MovementCause {
  std::string sum;     ///< "step_time_s"
  std::string part;    ///< "gemm"
  double of_sum = 0;   ///< the part's move, over the sum's value before
  double of_move = 0;  ///< and over the sum's move
};

struct Comparison {
  std::string before, after;  ///< files
  std::size_t compared = 0;
  std::vector<Figure> figures;        ///< of the second, and those it lacks
  std::vector<Movement> moved;        ///< beyond tolerance: worse ones first, then largest first
  std::vector<MovementCause> causes;  ///< of sums that moved beyond tolerance, largest first

  /// Nothing is worse, changed or missing.
  [[nodiscard]] bool passes() const;
};

/// What a figure may move where nothing else is said.
inline constexpr Tolerance kUsualTolerance{{}, 0.001, true};

/// The last tolerance whose pattern a path's end is of counts.
Comparison compare_results(const std::vector<Figure>& before, const std::vector<Figure>& after,
                           const std::vector<Tolerance>& tolerances);

std::string to_text(const Comparison& comparison, const Style& style);
Record record_of(const Comparison& comparison);
Records rows_of(const Comparison& comparison);
/// For a job's page: the answer, and a table of what moved.
std::string comparison_markdown(const Comparison& comparison);
/// JUnit XML: one test case a figure.
std::string comparison_junit(const Comparison& comparison);

}  // namespace fleetcast::report
