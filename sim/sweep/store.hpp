#pragma once

// Results of one sweep in one SQLite file: `points` (a row a point), `columns` (what they are) and
// `sweep` (what they are of). results.md of the documentation describes it.
//
// Rows are committed in transactions: whoever kills the program loses only what was not committed,
// and the next one who opens the file finds the last commit.

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/sweep/point_set.hpp"
#include "sim/sweep/rows.hpp"

namespace fleetcast::sweep {

/// The file cannot be used, or not be written. An empty path: that of the store in use.
class StoreError : public std::runtime_error {
 public:
  StoreError(std::string file, const std::string& what, bool full)
      : std::runtime_error(what), path(std::move(file)), is_full(full) {}

  std::string path;
  bool is_full;  ///< no space left
};

/// What the rows are of.
struct Record {
  std::string name, objective;
  std::string definition;  ///< hex of what changes with any input; rows of one file share it
  std::string sweep;       ///< text of the sweep's file
  std::string sets;        ///< overrides, one a line
  std::string inputs;      ///< everything resolved
  std::string program, model_version, created;
  PointId grid = 0;  ///< points of the grid; `wanted` leaves out those that filters drop
  PointSet wanted;
};

class Store {
 public:
  struct Options {
    bool must_exist = false;
    bool is_read_only = false;
    long most_pages = 0;  ///< of the file, so that tests can fill it; 0: as many as fit the disk
  };

  /// Throws: StoreError, all of this.
  explicit Store(const std::string& path, Options options);
  explicit Store(const std::string& path) : Store(path, Options{}) {}
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// Whether a sweep was begun in it.
  [[nodiscard]] bool is_begun() const;
  [[nodiscard]] Record record() const;
  [[nodiscard]] std::vector<Column> columns() const;

  /// Makes the tables. Requires: not begun.
  void begin(const Record& record, const std::vector<Column>& columns);
  /// Takes another definition of the same columns: rows move to their new points, all others go.
  struct Move {
    PointId from = 0, to = 0;
  };
  void renew(const Record& record, const std::vector<Move>& moves);
  /// Takes another definition of other columns; no row stays.
  void replace(const Record& record, const std::vector<Column>& columns);

  /// All or none. Points that are there already stay as they are.
  void commit(const Rows& rows);

  [[nodiscard]] PointSet points(PointId grid) const;
  [[nodiscard]] std::vector<std::pair<PointId, Hash>> hashes() const;

  /// Rows in the order of their points. `visit(row)` may refer to a row only while it runs.
  template <class Visit>
  void for_each(Visit&& visit) const {
    Reading reading(*this);
    while (const Row* row = reading.next()) visit(*row);
  }

  /// Rows by status, the best one by `column`.
  struct Tally {
    std::vector<std::pair<std::string, PointId>> by_status;  ///< most first, then by name
    bool has_best = false;
    PointId best = 0;
    double best_value = 0;
  };
  [[nodiscard]] Tally tally(const std::string& column, bool most) const;

 private:
  struct Parts;
  class Reading {
   public:
    explicit Reading(const Store& store);
    ~Reading();
    const Row* next();

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

  void open(const std::string& path, const Options& options);
  void make_tables(const Record& record, const std::vector<Column>& columns);
  void write_record(const Record& record);

  std::unique_ptr<Parts> parts_;
};

}  // namespace fleetcast::sweep
