#include "sim/sweep/store.hpp"

#include <algorithm>
#include <map>

#include "sim/sweep/sqlite.hpp"

namespace fleetcast::sweep {
namespace {

constexpr int kApplication = 0x666c7363;  ///< "flsc": what `file` and we know such files by
/// Bytes of a page. A row takes about 500, so that few cells of a page are left empty.
constexpr int kPage = 8192;
constexpr int kPatience = 30'000;  ///< milliseconds to wait for another who reads or writes

std::string quoted(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::int64_t pragma(sqlite3* database, const std::string& name) {
  Statement statement(database, "PRAGMA " + name);
  return statement.step() ? statement.whole(0) : 0;
}

/// One text or blob of the table `sweep`.
struct RecordText {
  const char* key;
  std::string Record::*member;
};
constexpr RecordText kTexts[] = {
    {"name", &Record::name},
    {"objective", &Record::objective},
    {"definition", &Record::definition},
    {"sweep_yaml", &Record::sweep},
    {"sets", &Record::sets},
    {"inputs_yaml", &Record::inputs},
    {"program", &Record::program},
    {"model_version", &Record::model_version},
    {"created", &Record::created},
};

std::string points_table(const std::string& name, const std::vector<Column>& columns) {
  std::string out = "CREATE TABLE " + name + "(point INTEGER PRIMARY KEY, hash BLOB NOT NULL";
  for (const Column& column : columns)
    out += ", " + quoted(column.key) + " " + std::string(name_of(column.type));
  return out + ")";
}

std::string insertion(const std::vector<Column>& columns) {
  std::string out = "INSERT INTO points VALUES(?, ?";
  for (std::size_t i = 0; i < columns.size(); ++i) out += ", ?";
  return out + ") ON CONFLICT(point) DO NOTHING";
}

/// Rolls back unless it was committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* database) : database_(database) {
    execute(database_, "BEGIN IMMEDIATE");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (database_ != nullptr) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit() {
    execute(database_, "COMMIT");
    database_ = nullptr;
  }

 private:
  sqlite3* database_;
};

}  // namespace

struct Store::Parts {
  Database database;
  std::unique_ptr<Statement> insert;
};

Store::Store(const std::string& path, Options options) : parts_(std::make_unique<Parts>()) {
  try {
    open(path, options);
  } catch (const StoreError& error) {
    throw StoreError(path, error.what(), error.is_full);
  }
}

void Store::open(const std::string& path, const Options& options) {
  const bool may_make = !options.must_exist && !options.is_read_only;
  // Readers as well: the first after a crash takes back what was not committed. Where the file may
  // not be written, SQLite opens it for reading.
  parts_->database =
      open_database(path, SQLITE_OPEN_READWRITE | (may_make ? SQLITE_OPEN_CREATE : 0));
  sqlite3* database = parts_->database.get();
  sqlite3_busy_timeout(database, kPatience);
  const bool is_empty = pragma(database, "page_count") == 0;
  if (!is_begun() && !(is_empty && may_make))
    throw StoreError(path, "is no file of sweep results", false);
  if (!is_empty && pragma(database, "user_version") != kSchemaVersion)
    throw StoreError(path, "was written by another version of fleetcast, whose columns differ",
                     false);
  if (options.is_read_only) return;
  if (is_empty) execute(database, "PRAGMA page_size = " + std::to_string(kPage));
  // A rollback journal: rows are added at the end, so it holds little and each page is written
  // once, where a write-ahead log writes all twice and needs memory shared on one machine. Measured
  // on a million rows: 0.55 GB written against 1.05 GB, in the same time.
  execute(database, "PRAGMA journal_mode = DELETE");
  execute(database, "PRAGMA synchronous = NORMAL");
  if (options.most_pages > 0)
    execute(database, "PRAGMA max_page_count = " + std::to_string(options.most_pages));
}

Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

bool Store::is_begun() const {
  return pragma(parts_->database.get(), "application_id") == kApplication;
}

Record Store::record() const {
  Record out;
  Statement read(parts_->database.get(), "SELECT value FROM sweep WHERE key = ?");
  const auto value = [&](const char* key) {
    read.bind_text(0, key);
    std::string text;
    while (read.step()) text = read.text(0);
    return text;
  };
  for (const RecordText& text : kTexts) out.*text.member = value(text.key);
  out.grid = std::stoull("0" + value("grid"));
  out.wanted = PointSet(out.grid, value("wanted"));
  return out;
}

void Store::write_record(const Record& record) {
  Statement write(parts_->database.get(), "INSERT OR REPLACE INTO sweep VALUES(?, ?)");
  const auto put = [&](const char* key, const std::string& value) {
    write.bind_text(0, key);
    write.bind_text(1, value);
    write.run();
  };
  for (const RecordText& text : kTexts) put(text.key, record.*text.member);
  put("grid", std::to_string(record.grid));
  put("points", std::to_string(record.wanted.count()));
  write.bind_text(0, "wanted");
  write.bind_blob(1, record.wanted.bytes());
  write.run();
}

std::vector<Column> Store::columns() const {
  std::vector<Column> out;
  Statement read(parts_->database.get(),
                 "SELECT key, type, unit, meaning FROM columns ORDER BY position");
  while (read.step())
    out.push_back({read.text(0), type_named(read.text(1)), read.text(2), read.text(3)});
  return out;
}

void Store::make_tables(const Record& record, const std::vector<Column>& columns) {
  sqlite3* database = parts_->database.get();
  execute(database, "CREATE TABLE sweep(key TEXT PRIMARY KEY, value) WITHOUT ROWID");
  execute(database,
          "CREATE TABLE columns(position INTEGER PRIMARY KEY, key TEXT, type TEXT, unit TEXT, "
          "meaning TEXT)");
  execute(database, points_table("points", columns));
  Statement write(database, "INSERT INTO columns VALUES(?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    write.bind(0, static_cast<std::int64_t>(i));
    write.bind_text(1, column.key);
    write.bind_text(2, name_of(column.type));
    write.bind_text(3, column.unit);
    write.bind_text(4, column.meaning);
    write.run();
  }
  write_record(record);
}

void Store::begin(const Record& record, const std::vector<Column>& columns) {
  sqlite3* database = parts_->database.get();
  Transaction transaction(database);
  execute(database, "PRAGMA application_id = " + std::to_string(kApplication));
  execute(database, "PRAGMA user_version = " + std::to_string(kSchemaVersion));
  make_tables(record, columns);
  transaction.commit();
}

void Store::replace(const Record& record, const std::vector<Column>& columns) {
  sqlite3* database = parts_->database.get();
  parts_->insert.reset();
  Transaction transaction(database);
  execute(database, "DROP TABLE points; DROP TABLE columns; DROP TABLE sweep");
  make_tables(record, columns);
  transaction.commit();
}

void Store::renew(const Record& record, const std::vector<Move>& moves) {
  sqlite3* database = parts_->database.get();
  parts_->insert.reset();
  execute(database, "CREATE TEMP TABLE moves(old INTEGER PRIMARY KEY, new INTEGER)");
  Transaction transaction(database);
  Statement write(database, "INSERT INTO temp.moves VALUES(?, ?)");
  for (const Move& move : moves) {
    write.bind(0, static_cast<std::int64_t>(move.from));
    write.bind(1, static_cast<std::int64_t>(move.to));
    write.run();
  }
  const std::vector<Column> all = columns();
  std::string names = "hash";
  for (const Column& column : all) names += ", " + quoted(column.key);
  execute(database, points_table("fresh", all));
  execute(database, "INSERT INTO fresh SELECT new, " + names +
                        " FROM moves JOIN points ON point = old ORDER BY new");
  execute(database, "DROP TABLE points; ALTER TABLE fresh RENAME TO points");
  write_record(record);
  transaction.commit();
  execute(database, "DROP TABLE temp.moves");
}

void Store::commit(const Rows& rows) {
  sqlite3* database = parts_->database.get();
  if (!parts_->insert) parts_->insert = std::make_unique<Statement>(database, insertion(columns()));
  Statement& insert = *parts_->insert;
  Transaction transaction(database);
  for (const Row& row : rows) {
    insert.bind(0, static_cast<std::int64_t>(row.point));
    insert.bind(1, row.hash);
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      insert.bind(static_cast<int>(i) + 2, row.cells[i]);
    insert.run();
  }
  transaction.commit();
}

PointSet Store::points(PointId grid) const {
  PointSet out(grid);
  Statement read(parts_->database.get(), "SELECT point FROM points");
  while (read.step()) out.add(static_cast<PointId>(read.whole(0)));
  return out;
}

std::vector<std::pair<PointId, Hash>> Store::hashes() const {
  std::vector<std::pair<PointId, Hash>> out;
  Statement read(parts_->database.get(), "SELECT point, hash FROM points");
  while (read.step()) out.emplace_back(static_cast<PointId>(read.whole(0)), read.hash(1));
  return out;
}

Store::Tally Store::tally(const std::string& column, bool most) const {
  Tally out;
  std::map<std::string, PointId> counts;
  Statement read(parts_->database.get(),
                 "SELECT point, status, " + quoted(column) + " FROM points ORDER BY point");
  while (read.step()) {
    const std::string status = read.text(1);
    ++counts[status];
    const Cell cell = read.cell(2, CellType::kReal);
    if (status != kOk || !std::holds_alternative<double>(cell)) continue;
    const double value = std::get<double>(cell);
    if (out.has_best && !(most ? value > out.best_value : value < out.best_value)) continue;
    out.has_best = true;
    out.best = static_cast<PointId>(read.whole(0));
    out.best_value = value;
  }
  out.by_status.assign(counts.begin(), counts.end());
  std::stable_sort(out.by_status.begin(), out.by_status.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

struct Store::Reading::State {
  State(sqlite3* database, std::vector<Column> all)
      : columns(std::move(all)), read(database, "SELECT * FROM points ORDER BY point") {
    row.cells.resize(columns.size());
  }
  std::vector<Column> columns;
  Statement read;
  Row row;
};

Store::Reading::Reading(const Store& store)
    : state_(std::make_unique<State>(store.parts_->database.get(), store.columns())) {}
Store::Reading::~Reading() = default;

const Row* Store::Reading::next() {
  if (!state_->read.step()) return nullptr;
  Row& row = state_->row;
  row.point = static_cast<PointId>(state_->read.whole(0));
  row.hash = state_->read.hash(1);
  for (std::size_t i = 0; i < row.cells.size(); ++i)
    row.cells[i] = state_->read.cell(static_cast<int>(i) + 2, state_->columns[i].type);
  return &row;
}

}  // namespace fleetcast::sweep
