#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <et_def.pb.h>
#include <google/protobuf/io/coded_stream.h>

#include "sim/interchange/chakra.hpp"

namespace fleetcast::interchange::chakra {
namespace {

namespace proto = ChakraProtoMsg;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr std::size_t kMostVarint = 5;  ///< bytes of a varint32

void append_message(const google::protobuf::MessageLite& message, std::string& out) {
  std::array<std::uint8_t, kMostVarint> size{};
  const std::uint8_t* const end = CodedOutputStream::WriteVarint32ToArray(
      static_cast<std::uint32_t>(message.ByteSizeLong()), size.data());
  out.append(size.begin(), size.begin() + (end - size.data()));
  message.AppendToString(&out);
}

proto::AttributeProto& add(proto::Node& node, const char* name) {
  proto::AttributeProto& out = *node.add_attr();
  out.set_name(name);
  return out;
}

/// As ASTRA-sim's feeder and the generators of chakra type them.
void add_attributes(const Node& from, proto::Node& to) {
  add(to, "is_cpu_op").set_bool_val(from.on_cpu);
  if (from.exact) add(to, "duration_s").set_double_val(from.exact->base());
  if (!from.cost.empty()) add(to, "cost").set_string_val(from.cost);
  if (from.ops) add(to, "num_ops").set_uint64_val(*from.ops);
  if (from.bytes) add(to, "tensor_size").set_uint64_val(*from.bytes);
  if (from.comm_type) add(to, "comm_type").set_int64_val(static_cast<int>(*from.comm_type));
  if (from.comm_bytes) add(to, "comm_size").set_uint64_val(*from.comm_bytes);
  if (from.src) add(to, "comm_src").set_uint32_val(*from.src);
  if (from.dst) add(to, "comm_dst").set_uint32_val(*from.dst);
  if (from.tag) add(to, "comm_tag").set_uint32_val(*from.tag);
  if (!from.group.empty()) add(to, "pg_name").set_string_val(from.group);
  if (!from.group_kind.empty()) add(to, "pg_desc").set_string_val(from.group_kind);
}

/// A number of whatever type a writer chose; nothing where it is none.
std::optional<double> number_of(const proto::AttributeProto& a) {
  switch (a.value_case()) {
    case proto::AttributeProto::kDoubleVal: return a.double_val();
    case proto::AttributeProto::kFloatVal: return double(a.float_val());
    case proto::AttributeProto::kInt32Val: return double(a.int32_val());
    case proto::AttributeProto::kInt64Val: return double(a.int64_val());
    case proto::AttributeProto::kUint32Val: return double(a.uint32_val());
    case proto::AttributeProto::kUint64Val: return double(a.uint64_val());
    case proto::AttributeProto::kSint32Val: return double(a.sint32_val());
    case proto::AttributeProto::kSint64Val: return double(a.sint64_val());
    case proto::AttributeProto::kFixed32Val: return double(a.fixed32_val());
    case proto::AttributeProto::kFixed64Val: return double(a.fixed64_val());
    case proto::AttributeProto::kSfixed32Val: return double(a.sfixed32_val());
    case proto::AttributeProto::kSfixed64Val: return double(a.sfixed64_val());
    case proto::AttributeProto::kBoolVal: return a.bool_val() ? 1.0 : 0.0;
    default: return std::nullopt;
  }
}

/// Problems of one message.
struct Sink {
  const std::string& file;
  std::size_t at;
  std::vector<config::Problem>& problems;

  void add(std::string key, std::string what) const {
    problems.push_back({file, 1, static_cast<int>(at) + 1, std::move(key), std::move(what)});
  }
};

template <class Count>
void read_count(const proto::AttributeProto& from, const Sink& sink, std::optional<Count>& to) {
  const std::optional<double> number = number_of(from);
  // 2^64 is no uint64, and what comes before it as a double is.
  if (number && *number >= 0.0 && *number < std::ldexp(1.0, std::numeric_limits<Count>::digits)) {
    to = static_cast<Count>(*number);
  } else {
    sink.add(from.name(), "must be a whole number from 0 to " +
                              std::to_string(std::numeric_limits<Count>::max()));
  }
}

void read_attribute(const proto::AttributeProto& from, const Sink& sink, Node& to) {
  const std::string& name = from.name();
  const std::optional<double> number = number_of(from);
  if (name == "is_cpu_op") to.on_cpu = number.value_or(0.0) != 0.0;
  if (name == "duration_s") {
    if (number && *number >= 0.0 && std::isfinite(*number))
      to.exact = Seconds{*number};
    else
      sink.add(name, "must be a time from 0 on");
  }
  if (name == "cost") to.cost = from.string_val();
  if (name == "num_ops") read_count(from, sink, to.ops);
  if (name == "tensor_size") read_count(from, sink, to.bytes);
  if (name == "comm_type") {
    std::optional<std::uint32_t> value;
    read_count(from, sink, value);
    if (value) to.comm_type = static_cast<CommType>(*value);
  }
  if (name == "comm_size") read_count(from, sink, to.comm_bytes);
  if (name == "comm_src") read_count(from, sink, to.src);
  if (name == "comm_dst") read_count(from, sink, to.dst);
  if (name == "comm_tag") read_count(from, sink, to.tag);
  if (name == "pg_name") to.group = from.string_val();
  if (name == "pg_desc") to.group_kind = from.string_val();
}

Node node_of(const proto::Node& from, const Sink& sink) {
  Node out{.id = from.id(),
           .name = from.name(),
           .type = static_cast<NodeType>(static_cast<int>(from.type())),
           .data_deps = {from.data_deps().begin(), from.data_deps().end()},
           .ctrl_deps = {from.ctrl_deps().begin(), from.ctrl_deps().end()},
           .duration_micros = from.duration_micros(),
           .at = sink.at};
  for (const proto::AttributeProto& attribute : from.attr()) read_attribute(attribute, sink, out);
  return out;
}

Metadata metadata_of(const proto::GlobalMetadata& from) {
  Metadata out{.version = from.version()};
  for (const proto::AttributeProto& a : from.attr()) {
    if (a.value_case() == proto::AttributeProto::kStringVal)
      out.texts.emplace_back(a.name(), a.string_val());
    else if (const std::optional<double> number = number_of(a))
      out.numbers.emplace_back(a.name(), *number);
  }
  return out;
}

/// The "3" of "NAME.3.et".
std::optional<std::uint32_t> rank_in(std::string_view file) {
  if (!file.ends_with(".et")) return std::nullopt;
  file.remove_suffix(3);
  const std::size_t dot = file.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::uint32_t rank = 0;
  const auto [stop, error] =
      std::from_chars(file.data() + dot + 1, file.data() + file.size(), rank);
  const bool whole = error == std::errc{} && stop == file.data() + file.size();
  return whole ? std::optional{rank} : std::nullopt;
}

/// Messages one after the other; the first that cannot be read is the last.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file, std::vector<config::Problem>& problems)
      : bytes_(bytes), file_(file), problems_(problems) {}

  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
  [[nodiscard]] Sink sink() const { return {file_, begun_, problems_}; }

  bool read(google::protobuf::MessageLite& message) {
    begun_ = at_;
    const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes_.data()) + at_;
    CodedInputStream in(data, static_cast<int>(std::min(bytes_.size() - at_, kMostVarint)));
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return refuse("begins with no size of a message");
    const std::size_t begin = at_ + static_cast<std::size_t>(in.CurrentPosition());
    if (size > bytes_.size() - begin)
      return refuse("ends within a message of " + std::to_string(size) + " bytes");
    at_ = begin + size;
    if (!message.ParseFromArray(bytes_.data() + begin, static_cast<int>(size)))
      return refuse("is no message of Chakra's schema");
    return true;
  }

 private:
  bool refuse(std::string what) {
    at_ = bytes_.size();
    sink().add("file", std::move(what));
    return false;
  }

  std::string_view bytes_;
  const std::string& file_;
  std::vector<config::Problem>& problems_;
  std::size_t at_ = 0, begun_ = 0;
};

}  // namespace

std::string_view name_of(NodeType type) {
  const auto value = static_cast<proto::NodeType>(type);
  return proto::NodeType_IsValid(value) ? std::string_view(proto::NodeType_Name(value))
                                        : std::string_view();
}

std::string_view name_of(CommType type) {
  const auto value = static_cast<proto::CollectiveCommType>(type);
  return proto::CollectiveCommType_IsValid(value)
             ? std::string_view(proto::CollectiveCommType_Name(value))
             : std::string_view();
}

void append(const Metadata& metadata, std::string& out) {
  proto::GlobalMetadata to;
  to.set_version(metadata.version);
  for (const auto& [name, text] : metadata.texts) {
    proto::AttributeProto& a = *to.add_attr();
    a.set_name(name);
    a.set_string_val(text);
  }
  for (const auto& [name, number] : metadata.numbers) {
    proto::AttributeProto& a = *to.add_attr();
    a.set_name(name);
    a.set_double_val(number);
  }
  append_message(to, out);
}

void append(const Node& node, std::string& out) {
  proto::Node to;
  to.set_id(node.id);
  to.set_name(node.name);
  to.set_type(static_cast<proto::NodeType>(node.type));
  for (const std::uint64_t id : node.ctrl_deps) to.add_ctrl_deps(id);
  for (const std::uint64_t id : node.data_deps) to.add_data_deps(id);
  to.set_duration_micros(node.duration_micros);
  add_attributes(node, to);
  append_message(to, out);
}

Trace read_trace(std::string file, std::string_view bytes, std::vector<config::Problem>& problems) {
  Trace out{.file = std::move(file)};
  Reader reader(bytes, out.file, problems);
  proto::GlobalMetadata metadata;
  if (!reader.read(metadata)) return out;
  out.metadata = metadata_of(metadata);
  proto::Node node;
  while (!reader.at_end() && reader.read(node)) out.nodes.push_back(node_of(node, reader.sink()));
  out.rank = rank_in(out.file);
  for (const auto& [name, number] : out.metadata.numbers)
    if (name == "rank" && number >= 0.0 && number < 4e9)
      out.rank = static_cast<std::uint32_t>(number);
  return out;
}

}  // namespace fleetcast::interchange::chakra
