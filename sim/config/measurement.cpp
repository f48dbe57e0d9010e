#include "sim/config/measurement.hpp"

#include <cctype>
#include <cmath>

#include "models/base/nearest.hpp"
#include "models/base/quantity_text.hpp"
#include "sim/config/reader.hpp"

namespace fleetcast::config {
namespace {

/// Reads one row leniently: a key it does not ask for is left alone.
class RowReader {
 public:
  RowReader(const Node& row, Reader& reader) : row_(row), reader_(reader) {}

  template <class T>
  void take(std::string_view key, T& out) {
    if (const Node* node = find(key); node != nullptr) {
      const Reader::Scope scope(reader_, key);
      detail::read_value(*node, fields::kAny, out, reader_);
    }
  }

  /// Counts and times: finite and above zero.
  void positive(std::string_view key, double& out, bool required) {
    const Node* node = find(key);
    if (node == nullptr) {
      if (required) reader_.report(row_.at, fleetcast::quoted(key) + " is missing");
      return;
    }
    const Reader::Scope scope(reader_, key);
    reader_.read_number(*node, fields::kPositive, out);
  }

  /// Any scalar as its text; true, 0 and words alike.
  void text(std::string_view key, std::string& out) {
    if (const Node* node = find(key); node != nullptr && node->kind == Kind::kScalar)
      out = node->text;
  }

  [[nodiscard]] const Node* find(std::string_view key) const {
    const Node* node = row_.find(key);
    return node != nullptr && node->kind != Kind::kNull ? node : nullptr;
  }

 private:
  const Node& row_;
  Reader& reader_;
};

void read_network(const Node& node, Reader& reader, RowNetwork& out) {
  RowReader row(node, reader);
  if (row.find("scale_out_per_gpu") != nullptr)
    row.take("scale_out_per_gpu", out.scale_out_per_gpu.emplace());
  row.positive("pod_gpus", out.pod_gpus, false);
  row.positive("pod_oversubscription", out.pod_oversubscription, false);
}

void read_knobs(const Node& node, Measurement& out) {
  for (const Entry& entry : node.entries)
    if (entry.value->kind == Kind::kScalar) out.knobs[entry.key] = entry.value->text;
}

void read_parallelism(RowReader& row, Measurement& m) {
  row.positive("tp", m.tp, false);
  row.positive("pp", m.pp, false);
  row.positive("cp", m.cp, false);
  row.positive("ep", m.ep, false);
  row.positive("etp", m.etp, false);
  if (row.find("vp") != nullptr) row.positive("vp", m.vp.emplace(1.0), false);
  if (row.find("dp") != nullptr) row.positive("dp", m.dp.emplace(1.0), false);
  row.text("fsdp", m.fsdp);
  row.positive("fsdp_shard_size", m.fsdp_shard_size, false);
  if (row.find("sequence_parallel") != nullptr)
    row.take("sequence_parallel", m.sequence_parallel.emplace(true));
  row.text("recompute", m.recompute);
  row.take("recompute_modules", m.recompute_modules);
}

Measurement read_row(const Node& node, Reader& reader) {
  Measurement m;
  m.at = node.at;
  RowReader row(node, reader);
  for (const auto& [key, out] : {std::pair{"id", &m.id},
                                 {"source", &m.source},
                                 {"system", &m.system},
                                 {"model", &m.model},
                                 {"stack", &m.stack},
                                 {"precision", &m.precision},
                                 {"flops_convention", &m.flops_convention}})
    row.text(key, *out);
  if (m.id.empty()) m.id = "row at line " + std::to_string(node.at.line);
  row.positive("gpus", m.gpus, true);
  row.positive("seq_len", m.seq_len, true);
  row.positive("global_batch", m.global_batch, true);
  row.positive("micro_batch", m.micro_batch, false);
  read_parallelism(row, m);
  if (const Node* knobs = row.find("knobs"); knobs != nullptr) read_knobs(*knobs, m);
  if (const Node* network = row.find("network"); network != nullptr) {
    const Reader::Scope scope(reader, "network");
    read_network(*network, reader, m.network);
  }
  if (const Node* measured = row.find("measured"); measured != nullptr) {
    const Reader::Scope scope(reader, "measured");
    RowReader values(*measured, reader);
    values.positive("step_time_s", m.step_time_s, false);
    values.positive("memory_gib_peak", m.memory_gib, false);
    values.positive("memory_gib", m.memory_gib, false);
  }
  if (m.step_time_s <= 0.0) m.problem = "states no measured step_time_s";
  return m;
}

Transformer read_model(const std::string& name, const Node& node, Reader& reader) {
  Reader lenient;
  lenient.is_lenient = true;
  Transformer model = read<Transformer>(node, lenient);
  for (Problem& problem : lenient.problems) {
    problem.key = reader.path(problem.key);
    reader.problems.push_back(problem);
  }
  model.name = name;
  if (const Node* pattern = node.find("moe_layer_pattern"); pattern != nullptr)
    if (pattern->text.starts_with("alternating")) model.moe_every = 2;
  if (model.attention != "mla") model.mla.reset();
  if (lenient.problems.empty())
    for (const SpecProblem& p : check(model)) reader.report(node.at, p.key + " " + p.what);
  return model;
}

}  // namespace

MeasurementFile load_measurements(const std::string& path) {
  MeasurementFile out;
  out.path = path;
  const Tree tree = parse_file(path);
  Reader reader;
  if (const Node* models = tree.root().find("models"); models != nullptr) {
    const Reader::Scope scope(reader, "models");
    for (const Entry& entry : models->entries) {
      const Reader::Scope inner(reader, entry.key);
      out.models[entry.key] = read_model(entry.key, *entry.value, reader);
    }
  }
  const Node* rows = tree.root().find("measurements");
  if (rows == nullptr || rows->kind != Kind::kSequence) {
    reader.report(tree.root().at, "needs a list `measurements` and a mapping `models`");
  } else {
    const Reader::Scope scope(reader, "measurements");
    for (std::size_t i = 0; i < rows->items.size(); ++i) {
      const Reader::Scope inner(reader, std::to_string(i));
      out.rows.push_back(read_row(*rows->items[i], reader));
    }
  }
  if (!reader.problems.empty()) throw ConfigError(std::move(reader.problems));
  return out;
}

namespace {

constexpr std::size_t kLongestLayout = 100000;
const std::string kNoLayout = "?";  // no letter of a layout

/// Expands repetitions; `at` moves behind what was read.
std::string expand(const std::string& text, std::size_t& at, bool inside) {
  std::string out;
  while (at < text.size() && !(inside && text[at] == ')')) {
    std::string unit;
    if (text[at] == '(') {
      unit = expand(text, ++at, true);
      if (at >= text.size()) return kNoLayout;
      ++at;
    } else {
      unit = text[at++];
    }
    int times = 1;
    if (at + 1 < text.size() && text[at] == '*' && std::isdigit(text[at + 1]) != 0) {
      for (times = 0, ++at; at < text.size() && std::isdigit(text[at]) != 0; ++at)
        times = std::min(100000, times * 10 + (text[at] - '0'));
    }
    if (out.size() + unit.size() * static_cast<std::size_t>(times) > kLongestLayout)
      return kNoLayout;
    for (int i = 0; i < times; ++i) out += unit;
  }
  return out;
}

}  // namespace

std::vector<std::string> parse_pipeline_layout(const std::string& text) {
  std::size_t at = 0;
  const std::string flat = expand(text, at, false);
  if (at != text.size() || flat.find_first_not_of("EtmL|") != std::string::npos) return {};
  std::vector<std::string> stages(1);
  for (const char c : flat) {
    if (c == '|')
      stages.emplace_back();
    else
      stages.back() += c;
  }
  return stages;
}

}  // namespace fleetcast::config
