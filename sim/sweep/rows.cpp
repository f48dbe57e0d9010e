#include "sim/sweep/rows.hpp"

#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace fleetcast::sweep {
namespace {

class Packer {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void add(const T& value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void add(const std::string& text) {
    add(text.size());
    out_ += text;
  }
  void add(std::monostate /*null*/) {}

  void add(const Cell& cell) {
    add(static_cast<unsigned char>(cell.index()));
    std::visit([&](const auto& value) { add(value); }, cell);
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  template <class T>
  T take() {
    T value;
    std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
    return value;
  }

  Cell take_cell() {
    switch (take<unsigned char>()) {
      case 0: return {};
      case 1: return take<std::int64_t>();
      case 2: return take<double>();
      case 3: return std::string(bytes(take<std::size_t>()));
      default: throw std::runtime_error("rows of another program");
    }
  }

 private:
  std::string_view bytes(std::size_t count) {
    if (count > rest_.size()) throw std::runtime_error("rows end early");
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }

  std::string_view rest_;
};

}  // namespace

Row row_of(const Inputs& inputs, const Bench& bench, PointId point, const Outcome& outcome) {
  Row out{point, bench.resolver.hash(), {}};
  const std::vector<std::uint32_t>& values = bench.resolver.values();
  const std::vector<Output>& all = outputs();
  out.cells.reserve(values.size() + 2 + all.size());
  for (std::size_t axis = 0; axis < values.size(); ++axis)
    out.cells.push_back(inputs.axes[axis].cells[values[axis]]);
  out.cells.emplace_back(std::string(outcome.status));
  out.cells.push_back(outcome.text.empty() ? Cell{} : Cell(outcome.text));
  for (const Output& output : all) out.cells.push_back(output.get(outcome));
  return out;
}

std::string bytes_of(const Rows& rows) {
  Packer out;
  for (const Row& row : rows) {
    out.add(row.point);
    out.add(row.hash);
    out.add(row.cells.size());
    for (const Cell& cell : row.cells) out.add(cell);
  }
  return out.take();
}

Rows rows_from(std::string_view bytes) {
  Unpacker in(bytes);
  Rows out;
  while (!in.at_end()) {
    Row& row = out.emplace_back();
    row.point = in.take<PointId>();
    row.hash = in.take<Hash>();
    const auto cells = in.take<std::size_t>();
    for (std::size_t i = 0; i < cells; ++i) row.cells.push_back(in.take_cell());
  }
  return out;
}

}  // namespace fleetcast::sweep
