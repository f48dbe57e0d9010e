#include "sim/interchange/hf.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "models/base/nearest.hpp"
#include "sim/config/reader.hpp"

namespace fleetcast::interchange {
namespace {

using config::Node;

constexpr double kLargest = 1e9;

/// A key of a config.json that changes a model, and what of it a forecast does not have.
struct NotModelled {
  std::string_view key, meaning;
};
constexpr std::array<NotModelled, 8> kNotModelled{{
    {"attn_logit_softcapping", "attention scores are not capped"},
    {"final_logit_softcapping", "logits are not capped"},
    {"quantization_config", "the precision is the scenario's"},
    {"rope_scaling", "positions cost nothing"},
    {"partial_rotary_factor", "positions cost nothing"},
    {"use_sliding_window", "every layer sees all keys"},
    {"attention_dropout", "no dropout"},
    {"vision_config", "the language model alone"},
}};

/// Reads keys of one mapping and remembers which.
class Keys {
 public:
  Keys(const Node& root, config::Reader& reader) : root_(root), reader_(reader) {}

  /// Null where the key is missing, empty or null.
  const Node* find(std::string_view key) {
    if (key.empty()) return nullptr;
    read_.emplace_back(key);
    const Node* node = root_.find(key);
    return node == nullptr || node->kind == config::Kind::kNull ? nullptr : node;
  }

  double whole(std::string_view key, std::optional<double> missing, double least = 0) {
    const Node* node = find(key);
    if (node == nullptr) {
      if (!missing) report_missing(key);
      return missing.value_or(0.0);
    }
    const config::Reader::Scope scope(reader_, key);
    long long out = 0;
    reader_.read_whole(*node, fields::between(least, kLargest), 0, 1'000'000'000, out);
    return static_cast<double>(out);
  }

  bool flag(std::string_view key, bool missing) {
    const Node* node = find(key);
    if (node == nullptr) return missing;
    const config::Reader::Scope scope(reader_, key);
    reader_.read_bool(*node, missing);
    return missing;
  }

  void report(std::string_view key, std::string what) {
    const Node* node = root_.find(key);
    reader_.report(node == nullptr ? root_.at : node->at, std::move(what), key);
  }

  void report_missing(std::string_view key) {
    std::vector<std::string_view> there;
    for (const config::Entry& entry : root_.entries) there.push_back(entry.key);
    const std::string_view near = nearest(key, there);
    report(key, "is missing" + (near.empty() ? "" : "; the file has " + quoted(near)));
  }

  void note_rest(ImportedModel& out) const {
    for (const config::Entry& entry : root_.entries) {
      if (std::find(read_.begin(), read_.end(), entry.key) != read_.end()) continue;
      const auto known = std::find_if(kNotModelled.begin(), kNotModelled.end(),
                                      [&](const NotModelled& n) { return n.key == entry.key; });
      if (known == kNotModelled.end())
        out.not_read.push_back(entry.key);
      else if (is_set(*entry.value))
        out.left_out.push_back(entry.key + ": " + std::string(known->meaning));
    }
  }

 private:
  static bool is_set(const Node& node) {
    const std::string& text = node.text;
    return node.kind != config::Kind::kNull && text != "false" && text != "0" && text != "0.0";
  }

  const Node& root_;
  config::Reader& reader_;
  std::vector<std::string> read_;
};

void read_sizes(const Family& family, Keys& keys, Transformer& m) {
  const FamilyDefaults& known = family.defaults;
  const auto unless_zero = [](double value) {
    return value > 0.0 ? std::optional(value) : std::nullopt;
  };
  m.layers = keys.whole("num_hidden_layers", {}, 1);
  m.hidden = keys.whole("hidden_size", {}, 1);
  m.ffn_hidden = keys.whole("intermediate_size", {}, 1);
  m.heads = keys.whole("num_attention_heads", unless_zero(known.heads), 1);
  m.kv_heads = keys.whole("num_key_value_heads", known.kv_heads > 0 ? known.kv_heads : m.heads, 1);
  m.vocab = keys.whole("vocab_size", unless_zero(known.vocab), 1);
  if (!family.is_latent) m.head_dim = keys.whole("head_dim", known.head_dim);
  m.tied_embeddings = keys.flag("tie_word_embeddings", known.tied_embeddings);
  m.gated = family.is_gated();
  m.activation = family.activation;
  m.biases = family.small.mlp_biases;
  if (family.window_every == 0) return;
  m.sliding_window = keys.whole("sliding_window", 0);
  m.sliding_window_every = m.sliding_window > 0 ? family.window_every : 1;
}

void read_latent(Keys& keys, Transformer& m) {
  m.attention = "mla";
  m.kv_heads = m.heads;
  m.mla = LatentAttention{.q_lora_rank = keys.whole("q_lora_rank", 0),
                          .kv_lora_rank = keys.whole("kv_lora_rank", {}, 1),
                          .qk_nope_head_dim = keys.whole("qk_nope_head_dim", {}, 1),
                          .qk_rope_head_dim = keys.whole("qk_rope_head_dim", {}),
                          .v_head_dim = keys.whole("v_head_dim", {}, 1)};
}

/// Dense layers among those with experts, which can only be the first ones here.
void read_dense_layers(Keys& keys, Transformer& m) {
  const Node* list = keys.find("mlp_only_layers");
  if (list == nullptr || list->items.empty()) return;
  for (std::size_t i = 0; i < list->items.size(); ++i)
    if (list->items[i]->text != std::to_string(i))
      return keys.report("mlp_only_layers", "must be the first layers, such as [0, 1]");
  m.first_dense_layers = static_cast<double>(list->items.size());
}

void read_experts(const ExpertKeys& names, Keys& keys, Transformer& m) {
  m.experts = keys.whole(names.experts, {}, 1);
  m.top_k = keys.whole("num_experts_per_tok", {}, 1);
  m.moe_ffn_hidden = keys.whole(names.ffn, {}, 1);
  m.shared_experts =
      names.shared.empty() ? (names.shared_ffn.empty() ? 0.0 : 1.0) : keys.whole(names.shared, 0);
  if (m.shared_experts > 0) m.shared_expert_ffn_hidden = keys.whole(names.shared_ffn, {}, 1);
  m.first_dense_layers = keys.whole(names.first_dense, 0);
  m.moe_every = keys.whole(names.every, 1, 1);
  if (names.every == "decoder_sparse_step") read_dense_layers(keys, m);
  if (m.first_dense_layers > 0 && m.moe_every > 1)
    keys.report(names.every, "must be 1 when the first layers are dense");
  if (keys.whole("n_group", 1) > 1) m.expert_group_limit = keys.whole("topk_group", 0);
  m.mtp_layers = keys.whole("num_nextn_predict_layers", 0);
}

/// The file's name of what check() names.
std::string_view key_of(const Family& family, std::string_view ours) {
  const std::array<std::pair<std::string_view, std::string_view>, 5> names{{
      {"heads", "num_attention_heads"},
      {"kv_heads", "num_key_value_heads"},
      {"top_k", "num_experts_per_tok"},
      {"first_dense_layers", "first_k_dense_replace"},
      {"moe_ffn_hidden", family.experts.ffn},
  }};
  for (const auto& [key, theirs] : names)
    if (key == ours) return theirs;
  return ours;
}

const Family* find_family(Keys& keys) {
  const Node* type = keys.find("model_type");
  std::vector<std::string_view> known;
  for (const Family& family : kFamilies) {
    known.push_back(family.key);
    if (type != nullptr && type->text == family.key) return &family;
  }
  if (type == nullptr)
    keys.report("model_type", "is missing" + suggestion("", "families", known));
  else
    keys.report("model_type", quoted(type->text) + " is not a family known here" +
                                  suggestion(type->text, "families", known));
  return nullptr;
}

void read_model(const Family& family, Keys& keys, config::Reader& reader, ImportedModel& out) {
  Transformer& m = out.model;
  read_sizes(family, keys, m);
  if (family.is_latent) read_latent(keys, m);
  if (!family.experts.experts.empty()) read_experts(family.experts, keys, m);
  out.small = family.small;
  if (keys.flag("attention_bias", false)) out.small.qkv_biases = out.small.out_bias = true;
  if (keys.flag("mlp_bias", false)) out.small.mlp_biases = true;
  if (!reader.problems.empty()) return;
  for (const SpecProblem& problem : check(m))
    keys.report(key_of(family, problem.key), problem.what);
}

void name_model(const Family& family, Keys& keys, Transformer& m) {
  const Node* name = keys.find("_name_or_path");
  m.name = name != nullptr && !name->text.empty() ? name->text : std::string(family.name);
}

bool is_object(const Node& node, config::Reader& reader, std::string_view key) {
  if (node.kind == config::Kind::kMapping) return true;
  reader.report(node.at, "is not a JSON object", key);
  return false;
}

/// The mapping of the language model itself.
const Node* nested_in(const Family& family, const Node& root, Keys& keys) {
  if (family.nested.empty()) return &root;
  const Node* inner = keys.find(family.nested);
  if (inner == nullptr) keys.report_missing(family.nested);
  return inner;
}

}  // namespace

ImportedModel import_hf(const config::Tree& config_json) {
  const Node& root = config_json.root();
  config::Reader reader;
  Keys keys(root, reader);
  ImportedModel out;
  const bool is_config = is_object(root, reader, "");
  if (const Family* family = is_config ? find_family(keys) : nullptr; family != nullptr) {
    name_model(*family, keys, out.model);
    if (const Node* inner = nested_in(*family, root, keys); inner == &root) {
      read_model(*family, keys, reader, out);
    } else if (inner != nullptr && is_object(*inner, reader, family->nested)) {
      const config::Reader::Scope scope(reader, family->nested);
      Keys inner_keys(*inner, reader);
      read_model(*family, inner_keys, reader, out);
      inner_keys.note_rest(out);
    }
  }
  if (!reader.problems.empty()) throw config::ConfigError(reader.problems);
  keys.note_rest(out);
  return out;
}

}  // namespace fleetcast::interchange
