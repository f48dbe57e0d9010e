#include "sim/config/measurement.hpp"

#include <algorithm>
#include <array>

#include "models/base/nearest.hpp"
#include "models/base/quantity_text.hpp"
#include "sim/config/measured_model.hpp"
#include "sim/config/reader.hpp"

namespace fleetcast::config {
namespace {

constexpr double kMost = 1e8;           // of anything a row counts
constexpr double kMostSequences = 1e6;  // of a step

/// "measured.step_time_s: must be ..."
std::string short_text(const Problem& problem) {
  return problem.key.empty() ? problem.what : problem.key + ": " + problem.what;
}

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

  /// Times and counts: finite, above zero, and not absurd.
  void positive(std::string_view key, double& out, double most = kMost) {
    const Node* node = find(key);
    if (node == nullptr) return;
    const Reader::Scope scope(reader_, key);
    reader_.read_number(*node, {0.0, most, true}, out);
  }

  /// As positive, and must be there.
  void needed(std::string_view key, double& out, double most = kMost) {
    if (find(key) == nullptr) reader_.report(row_.at, fleetcast::quoted(key) + " is missing");
    positive(key, out, most);
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
  row.positive("pod_gpus", out.pod_gpus);
  row.positive("pod_oversubscription", out.pod_oversubscription);
}

void read_knobs(const Node& node, Measurement& out) {
  for (const Entry& entry : node.entries)
    out.knobs[entry.key] = entry.value->kind == Kind::kScalar ? entry.value->text : "(not a word)";
}

constexpr std::array<std::string_view, 31> kRowKeys{"id",
                                                    "source",
                                                    "system",
                                                    "model",
                                                    "stack",
                                                    "precision",
                                                    "flops_convention",
                                                    "gpus",
                                                    "seq_len",
                                                    "global_batch",
                                                    "micro_batch",
                                                    "tp",
                                                    "pp",
                                                    "cp",
                                                    "ep",
                                                    "etp",
                                                    "vp",
                                                    "dp",
                                                    "fsdp",
                                                    "fsdp_shard_size",
                                                    "sequence_parallel",
                                                    "recompute",
                                                    "recompute_modules",
                                                    "knobs",
                                                    "network",
                                                    "measured",
                                                    "spread_across_releases",
                                                    "task",
                                                    "notes",
                                                    "note",
                                                    "date"};

/// What else a row states, such as `zero_stage: 3`, counts as a knob.
void read_other_keys(const Node& node, Measurement& out) {
  for (const Entry& entry : node.entries)
    if (std::find(kRowKeys.begin(), kRowKeys.end(), entry.key) == kRowKeys.end())
      out.knobs.emplace(entry.key,
                        entry.value->kind == Kind::kScalar ? entry.value->text : "(not a word)");
}

void read_parallelism(RowReader& row, Measurement& m) {
  row.positive("tp", m.tp);
  row.positive("pp", m.pp);
  row.positive("cp", m.cp);
  row.positive("ep", m.ep);
  row.positive("etp", m.etp);
  if (row.find("vp") != nullptr) row.positive("vp", m.vp.emplace(1.0));
  if (row.find("dp") != nullptr) row.positive("dp", m.dp.emplace(1.0));
  row.text("fsdp", m.fsdp);
  row.positive("fsdp_shard_size", m.fsdp_shard_size);
  if (row.find("sequence_parallel") != nullptr)
    row.take("sequence_parallel", m.sequence_parallel.emplace(true));
  row.text("recompute", m.recompute);
  row.take("recompute_modules", m.recompute_modules);
}

bool has_word(const std::string& key, std::string_view word) {
  return ("_" + key + "_").find("_" + std::string(word) + "_") != std::string::npos;
}

/// Any key with a unit of memory in it, or a percentage of it; GB of the source become GiB.
void read_memory(const Node& node, RowReader& values, Measurement& m) {
  constexpr double kGigabyte = 1e9 / (1024.0 * 1024 * 1024);  // in GiB
  for (const Entry& entry : node.entries) {
    const bool decimal = has_word(entry.key, "gb");
    if (!decimal && !has_word(entry.key, "gib") && !has_word(entry.key, "pct")) continue;
    MemoryFigure figure{entry.key, 0.0};
    values.positive(entry.key, figure.value);
    figure.value *= decimal ? kGigabyte : 1.0;
    m.memory.push_back(figure);
  }
  if (values.find("oom") != nullptr) values.take("oom", m.out_of_memory);
}

void read_measured(const Node& node, Reader& reader, Measurement& m) {
  RowReader values(node, reader);
  values.positive("step_time_s", m.step_time_s);
  read_memory(node, values, m);
  for (const MemoryFigure& figure : m.memory)
    if (figure.key == "memory_gib_peak" || figure.key == "memory_gib") m.memory_gib = figure.value;
}

bool is_memory_alone(const Measurement& m) {
  return m.step_time_s <= 0.0 && (m.out_of_memory || !m.memory.empty());
}

void read_sizes(RowReader& row, Measurement& m) {
  row.needed("seq_len", m.seq_len);
  if (is_memory_alone(m))
    row.positive("global_batch", m.global_batch, kMostSequences);
  else
    row.needed("global_batch", m.global_batch, kMostSequences);
  row.positive("micro_batch", m.micro_batch);
  read_parallelism(row, m);
  if (row.find("gpus") == nullptr && (m.dp || is_memory_alone(m)))
    m.gpus = m.tp * m.pp * m.cp * m.dp.value_or(1.0);
  else
    row.needed("gpus", m.gpus);
}

Measurement read_row(const Node& node) {
  Measurement m;
  m.at = node.at;
  Reader reader;
  RowReader row(node, reader);
  for (const auto& [key, out] : {std::pair{"id", &m.id},
                                 {"source", &m.source},
                                 {"system", &m.system},
                                 {"model", &m.model},
                                 {"stack", &m.stack},
                                 {"precision", &m.precision},
                                 {"flops_convention", &m.flops_convention},
                                 {"notes", &m.notes}})
    row.text(key, *out);
  if (m.id.empty()) m.id = "row at line " + std::to_string(node.at.line);
  if (const Node* measured = row.find("measured"); measured != nullptr) {
    const Reader::Scope scope(reader, "measured");
    read_measured(*measured, reader, m);
  }
  read_sizes(row, m);
  if (const Node* knobs = row.find("knobs"); knobs != nullptr) read_knobs(*knobs, m);
  read_other_keys(node, m);
  if (const Node* network = row.find("network"); network != nullptr) {
    const Reader::Scope scope(reader, "network");
    read_network(*network, reader, m.network);
  }
  if (!reader.problems.empty())
    m.problem = short_text(reader.problems.front());
  else if (m.step_time_s <= 0.0 && !is_memory_alone(m))
    m.problem = "states no measured step_time_s, and no memory";
  return m;
}

void add_model(const std::string& name, const Node& node, MeasurementFile& out) {
  Reader reader;
  reader.is_lenient = true;
  Transformer model = read<Transformer>(whole_model(node), reader);
  model.name = name;
  if (const Node* pattern = node.find("moe_layer_pattern"); pattern != nullptr)
    if (pattern->text.starts_with("alternating")) model.moe_every = 2;
  if (model.attention != "mla") model.mla.reset();
  if (!reader.problems.empty()) {
    out.bad_models[name] = short_text(reader.problems.front());
  } else if (const auto problems = check(model); !problems.empty()) {
    out.bad_models[name] = problems.front().key + " " + problems.front().what;
  } else {
    out.models[name] = std::move(model);
  }
}

/// A row may hold its model itself, or call it by the name of one that another row holds.
void add_row(const Node& node, MeasurementFile& out) {
  Measurement row = read_row(node);
  if (const Node* model = node.find("model"); model != nullptr && model->kind == Kind::kMapping) {
    row.model = "model of " + row.id;
    add_model(row.model, *model, out);
    const Node* name = model->find("name");
    const bool named = name != nullptr && name->kind == Kind::kScalar;
    if (named && out.models.contains(row.model))
      out.models.emplace(name->text, out.models.at(row.model));
    if (named && model->find("layers") == nullptr) row.model = name->text;
  }
  out.rows.push_back(std::move(row));
}

}  // namespace

MeasurementFile load_measurements(const std::string& path) {
  MeasurementFile out;
  out.path = path;
  const Tree tree = parse_file(path);
  if (const Node* models = tree.root().find("models"); models != nullptr)
    for (const Entry& entry : models->entries) add_model(entry.key, *entry.value, out);
  const Node* rows = tree.root().find("measurements");
  if (rows == nullptr || rows->kind != Kind::kSequence)
    throw ConfigError(
        {problem_at(tree.root().at, "", "needs a list `measurements` and a mapping `models`")});
  for (const NodePtr& row : rows->items) add_row(*row, out);
  return out;
}

}  // namespace fleetcast::config
