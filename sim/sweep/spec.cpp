#include "sim/sweep/spec.hpp"

#include <algorithm>

#include "sim/config/document.hpp"

namespace fleetcast::sweep {
namespace {

bool is_given(const RangeSpec& range) { return range.from != nullptr; }

/// How `spec` gives its values must be one way.
void check_axis(const AxisSpec& spec, bool is_zip, const config::Node& node,
                config::Reader& reader) {
  const int ways = int(!spec.values.empty()) + int(is_given(spec.range)) + int(is_given(spec.log));
  if (is_zip) {
    if (ways > 0 || !spec.path.empty())
      reader.report(node.at, "goes without path, values, range and log", "zip");
    return;
  }
  if (spec.path.empty()) reader.report(node.at, "is missing: the field to vary", "path");
  if (ways != 1) reader.report(node.at, "needs one of values, range and log");
  const auto one_of = [&](const char* key, const RangeSpec& range, const config::NodePtr& wanted,
                          const config::NodePtr& stray, const char* other) {
    if (!is_given(range)) return;
    if (stray != nullptr) reader.report(stray->at, std::string("goes with ") + other, key);
    if ((wanted != nullptr) == (range.points != 0))
      reader.report(node.find(key)->at,
                    std::string("needs ") + (key == std::string_view("log") ? "ratio" : "step") +
                        " or points, one of them",
                    key);
  };
  one_of("range", spec.range, spec.range.step, spec.range.ratio, "log");
  one_of("log", spec.log, spec.log.ratio, spec.log.step, "range");
}

const config::Node* axes_of(const config::Tree& tree) {
  const config::Node* axes = tree.root().find("axes");
  return axes != nullptr && axes->kind == config::Kind::kSequence ? axes : nullptr;
}

void check_axes(const SweepSpec& spec, const config::Tree& tree, config::Reader& reader) {
  const config::Reader::Scope scope(reader, "axes");
  if (spec.axes.empty()) reader.report(place_in(tree, "axes"), "must name at least one");
  const config::Node* nodes = axes_of(tree);
  for (std::size_t i = 0; nodes != nullptr && i < spec.axes.size(); ++i) {
    const config::Reader::Scope item(reader, std::to_string(i));
    const config::Node& node = *nodes->items[i];
    const DimensionSpec& dimension = spec.axes[i];
    check_axis(dimension, !dimension.zip.empty(), node, reader);
    const config::Node* zip = node.find("zip");
    for (std::size_t k = 0; k < dimension.zip.size(); ++k) {
      const config::Reader::Scope inner(reader, "zip." + std::to_string(k));
      check_axis(dimension.zip[k], false, *zip->items[k], reader);
    }
  }
}

}  // namespace

SweepFile load_sweep(const std::string& name_or_path) {
  const std::string path = config::path_of("sweeps", {name_or_path, {}});
  const std::string text = config::read_document(path);
  SweepFile out{{}, path, text, config::parse_text(path, text)};
  config::Reader reader;
  reader.extra_keys = {"sources"};
  out.spec = config::read<SweepSpec>(out.tree.root(), reader);
  if (reader.problems.empty()) check_axes(out.spec, out.tree, reader);
  config::finish(out.tree, reader);
  return out;
}

config::Place place_in(const config::Tree& tree, std::string_view path) {
  const config::Node* node = &tree.root();
  for (std::string_view rest = path; !rest.empty();) {
    const auto dot = rest.find('.');
    const std::string word(rest.substr(0, dot));
    const config::Node* next = node->find(word);
    if (node->kind == config::Kind::kSequence) {
      const std::size_t index = std::stoul(word);
      next = index < node->items.size() ? node->items[index].get() : nullptr;
    }
    if (next == nullptr) break;
    node = next;
    rest = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
  }
  return node->at;
}

}  // namespace fleetcast::sweep
