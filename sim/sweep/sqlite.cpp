#include "sim/sweep/sqlite.hpp"

#include "sim/sweep/store.hpp"

namespace fleetcast::sweep {
namespace {

/// The file is for those to name who know it by the user's words.
[[noreturn]] void fail(sqlite3* database) {
  const int error = sqlite3_extended_errcode(database);
  const bool is_full = (error & 0xff) == SQLITE_FULL || error == SQLITE_IOERR_WRITE;
  throw StoreError("", sqlite3_errmsg(database), is_full);
}

void check(sqlite3* database, int code) {
  if (code != SQLITE_OK) fail(database);
}

}  // namespace

Statement::Statement(sqlite3* database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  check(database, sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr));
  statement_.reset(statement);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  // The message is lost with the next call: it is taken before the statement is reset.
  struct Reset {
    sqlite3_stmt* statement;
    ~Reset() { sqlite3_reset(statement); }
  } const reset{statement_.get()};
  if (code != SQLITE_DONE) fail(database_);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::bind(int index, std::int64_t value) {
  check(database_, sqlite3_bind_int64(statement_.get(), index + 1, value));
}

void Statement::bind(int index, const Hash& hash) { bind_blob(index, bytes_of(hash)); }

void Statement::bind(int index, const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return bind(index, *whole);
  if (const auto* number = std::get_if<double>(&cell))
    return check(database_, sqlite3_bind_double(statement_.get(), index + 1, *number));
  if (const auto* text = std::get_if<std::string>(&cell)) return bind_text(index, *text);
  check(database_, sqlite3_bind_null(statement_.get(), index + 1));
}

void Statement::bind_text(int index, std::string_view text) {
  check(database_, sqlite3_bind_text64(statement_.get(), index + 1, text.data(), text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_blob(int index, std::string_view bytes) {
  check(database_, sqlite3_bind_blob64(statement_.get(), index + 1, bytes.data(), bytes.size(),
                                       SQLITE_STATIC));
}

std::int64_t Statement::whole(int index) const {
  return sqlite3_column_int64(statement_.get(), index);
}

Hash Statement::hash(int index) const {
  const std::string bytes = text(index);
  Hash out{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

std::string Statement::text(int index) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), index);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), index));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

Cell Statement::cell(int index, CellType type) const {
  if (sqlite3_column_type(statement_.get(), index) == SQLITE_NULL) return {};
  if (type == CellType::kText) return text(index);
  if (type == CellType::kReal) return sqlite3_column_double(statement_.get(), index);
  return std::int64_t{sqlite3_column_int64(statement_.get(), index)};
}

Database open_database(const std::string& path, int flags) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database out(database);
  if (code != SQLITE_OK) fail(database);
  return out;
}

void execute(sqlite3* database, const std::string& sql) {
  check(database, sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr));
}

}  // namespace fleetcast::sweep
