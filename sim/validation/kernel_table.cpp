#include "sim/validation/kernel_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace fleetcast {
namespace {

struct Cell {
  std::string text;
  std::size_t column = 1;  ///< of its first character, from 1
};

/// Commas part cells, double quotes hold them together, two double quotes are one.
std::vector<Cell> split(std::string_view line) {
  std::vector<Cell> cells{{}};
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back().text += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.push_back({{}, i + 2});
    } else if (line[i] != '\r') {
      cells.back().text += line[i];
    }
  }
  return cells;
}

/// One line of a table while it is read: cells by name, and where problems go.
class Reader {
 public:
  Reader(std::istream& in, std::string_view file, std::vector<std::string>& problems)
      : in_(in), file_(file), problems_(problems) {}

  bool header(std::initializer_list<std::string_view> needed) {
    std::string line;
    number_ = 1;
    if (!std::getline(in_, line)) return complain(1, "file", "is empty"), false;
    header_ = split(line);
    const std::size_t before = problems_.size();
    for (const std::string_view key : needed) {
      if (position(key) == header_.size()) complain(1, key, "is a missing column");
    }
    return problems_.size() == before;
  }

  /// False at the end; blank lines are skipped, lines of another length are problems.
  bool next() {
    std::string line;
    while (std::getline(in_, line)) {
      ++number_;
      cells_ = split(line);
      if (cells_.size() == 1 && cells_[0].text.empty()) continue;
      if (cells_.size() == header_.size()) return good_ = true;
      complain(1, "line",
               fmt::format("has {} cells, the header {}", cells_.size(), header_.size()));
    }
    return false;
  }

  const std::string& text(std::string_view key) { return cells_[position(key)].text; }

  double number(std::string_view key, double low) {
    const Cell& cell = cells_[position(key)];
    double value = NAN;
    const char* end = cell.text.data() + cell.text.size();
    const auto [stop, error] = std::from_chars(cell.text.data(), end, value);
    const bool whole = error == std::errc{} && stop == end && std::isfinite(value);
    if (!whole) {
      complain(cell.column, key, fmt::format("\"{}\" is not a number", cell.text));
    } else if (value < low) {
      complain(cell.column, key, fmt::format("{} is below {}", cell.text, low));
    }
    return value;
  }

  double size(std::string_view key) { return number(key, 1.0); }
  Seconds time() { return kMicrosecond * number("time_us", 1e-6); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::size_t position(std::string_view key) const {
    const auto found = std::find_if(header_.begin(), header_.end(),
                                    [&](const Cell& cell) { return cell.text == key; });
    return static_cast<std::size_t>(found - header_.begin());
  }
  void complain(std::size_t column, std::string_view key, std::string_view what) {
    problems_.push_back(fmt::format("{}:{}:{}: {}: {}", file_, number_, column, key, what));
    good_ = false;
  }

  std::istream& in_;
  std::string_view file_;
  std::vector<std::string>& problems_;
  std::vector<Cell> header_, cells_;
  std::size_t number_ = 0;
  bool good_ = true;
};

/// Rows that `parse` reads without a problem.
template <class Row, class Parse>
KernelTable<Row> read(std::istream& in, std::string_view file,
                      std::initializer_list<std::string_view> needed, Parse parse) {
  KernelTable<Row> table;
  Reader reader(in, file, table.problems);
  if (!reader.header(needed)) return table;
  while (reader.next()) {
    Row row = parse(reader);
    if (reader.good()) table.rows.push_back(std::move(row));
  }
  return table;
}

AttentionShape attention_shape(Reader& line) {
  AttentionShape shape;
  shape.batch = line.size("batch");
  shape.heads = line.size("heads");
  shape.kv_heads = line.size("kv_heads");
  shape.head_dim = line.size("head_dim");
  shape.value_dim =
      line.text("source").find("dv=128") == std::string::npos ? shape.head_dim : 128.0;
  shape.keys = line.size("seq");
  shape.queries = line.text("direction") == "decode" ? 1.0 : shape.keys;
  shape.causal = line.number("causal", 0.0) != 0.0;
  return shape;
}

}  // namespace

KernelTable<GemmRow> read_gemm_table(std::istream& in, std::string_view file) {
  return read<
      GemmRow>(in, file, {"gpu", "dtype", "m", "n", "k", "time_us", "source"}, [](Reader& line) {
    const GemmShape shape{line.size("m"), line.size("n"), line.size("k"), 1.0};
    return GemmRow{line.text("gpu"), line.text("dtype"), shape, line.time(), line.text("source")};
  });
}

KernelTable<AttentionRow> read_attention_table(std::istream& in, std::string_view file) {
  return read<AttentionRow>(
      in, file,
      {"gpu", "dtype", "direction", "batch", "heads", "kv_heads", "head_dim", "seq", "causal",
       "time_us", "source"},
      [](Reader& line) {
        const AttentionShape shape = attention_shape(line);
        return AttentionRow{line.text("gpu"), line.text("dtype"), line.text("direction"), shape,
                            line.time(),      line.text("source")};
      });
}

KernelTable<MemoryRow> read_memory_table(std::istream& in, std::string_view file) {
  return read<MemoryRow>(in, file,
                         {"gpu", "op", "dtype", "direction", "rows", "cols", "bytes", "time_us",
                          "frac_peak", "source"},
                         [](Reader& line) {
                           return MemoryRow{line.text("gpu"),
                                            line.text("op"),
                                            line.text("dtype"),
                                            line.text("direction"),
                                            line.number("rows", 0.0),
                                            line.number("cols", 0.0),
                                            Bytes{line.number("bytes", 0.0)},
                                            kMicrosecond * line.number("time_us", 0.0),
                                            line.number("frac_peak", 0.0),
                                            line.text("source")};
                         });
}

KernelTable<CollectiveRow> read_collective_table(std::istream& in, std::string_view file) {
  return read<CollectiveRow>(
      in, file, {"system", "collective", "ranks", "nodes", "link", "bytes", "time_us", "source"},
      [](Reader& line) {
        const bool timed = !line.text("time_us").empty();
        return CollectiveRow{line.text("system"),
                             line.text("collective"),
                             line.size("ranks"),
                             line.size("nodes"),
                             line.text("link"),
                             Bytes{line.number("bytes", 0.0)},
                             timed ? kMicrosecond * line.number("time_us", 0.0) : Seconds{},
                             line.text("source")};
      });
}

TableKind kind_of_table(std::string_view header) {
  const std::vector<Cell> cells = split(header);
  const auto has = [&](std::string_view key) {
    return std::any_of(cells.begin(), cells.end(), [&](const Cell& c) { return c.text == key; });
  };
  if (has("head_dim")) return TableKind::kAttention;
  if (has("op")) return TableKind::kMemory;
  if (has("collective")) return TableKind::kCollective;
  return TableKind::kGemm;
}

}  // namespace fleetcast
