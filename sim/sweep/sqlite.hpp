#pragma once

// SQLite, owned: closes and finishes what it opened. Only the store includes this.

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "sim/sweep/cell.hpp"
#include "sim/sweep/hash.hpp"

namespace fleetcast::sweep {

/// A prepared statement. Parameters and columns count from 0.
class Statement {
 public:
  /// Throws: StoreError (store.hpp), all of this.
  Statement(sqlite3* database, const std::string& sql);

  /// Whether there is a row; false: done, and ready to run anew.
  bool step();
  /// step() to the end.
  void run();

  void bind(int index, std::int64_t value);
  void bind(int index, const Hash& hash);
  /// Text must live until the statement ran.
  void bind(int index, const Cell& cell);
  void bind_text(int index, std::string_view text);
  void bind_blob(int index, std::string_view bytes);

  [[nodiscard]] std::int64_t whole(int index) const;
  [[nodiscard]] Hash hash(int index) const;
  [[nodiscard]] std::string text(int index) const;  ///< or the bytes of a blob
  /// As the column's type has it.
  [[nodiscard]] Cell cell(int index, CellType type) const;

 private:
  struct Finish {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finish> statement_;
};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

Database open_database(const std::string& path, int flags);
void execute(sqlite3* database, const std::string& sql);

}  // namespace fleetcast::sweep
