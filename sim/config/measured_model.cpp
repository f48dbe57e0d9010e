#include "sim/config/measured_model.hpp"

#include <array>
#include <cctype>
#include <string>

namespace fleetcast::config {
namespace {

NodePtr scalar(const Place& at, std::string text) {
  Node out;
  out.kind = Kind::kScalar;
  out.at = at;
  out.text = std::move(text);
  return std::make_shared<const Node>(std::move(out));
}

/// The digits behind `word`; empty: it is not there.
std::string number_behind(const std::string& text, std::string_view word) {
  std::size_t at = text.find(word);
  if (at == std::string::npos) return {};
  at += word.size();
  std::string out;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0)
    out += text[at++];
  return out;
}

/// "MLA(q_lora1536,kv_lora512,qk_nope128,rope64,v128)"
NodePtr latent_attention(const Node& attention) {
  constexpr std::array<std::array<std::string_view, 2>, 5> kSizes{{{"q_lora", "q_lora_rank"},
                                                                   {"kv_lora", "kv_lora_rank"},
                                                                   {"nope", "qk_nope_head_dim"},
                                                                   {"rope", "qk_rope_head_dim"},
                                                                   {",v", "v_head_dim"}}};
  Node out;
  out.kind = Kind::kMapping;
  out.at = attention.at;
  for (const auto& [word, key] : kSizes)
    if (const std::string size = number_behind(attention.text, word); !size.empty())
      out.entries.push_back({std::string(key), attention.at, scalar(attention.at, size)});
  return std::make_shared<const Node>(std::move(out));
}

void add(Node& model, std::string_view key, const NodePtr& value) {
  if (value != nullptr && model.find(key) == nullptr)
    model.entries.push_back({std::string(key), model.at, value});
}

NodePtr value_of(const Node& model, std::string_view key) {
  for (const Entry& entry : model.entries)
    if (entry.key == key) return entry.value;
  return nullptr;
}

void spell_attention(Node& model) {
  for (Entry& entry : model.entries) {
    if (entry.key != "attention" || !entry.value->text.starts_with("MLA(")) continue;
    const NodePtr latent = latent_attention(*entry.value);
    entry.value = scalar(entry.at, "mla");
    add(model, "mla", latent);
    return;
  }
}

}  // namespace

Node whole_model(const Node& model) {
  Node out = model;
  spell_attention(out);
  add(out, "kv_heads", value_of(out, "heads"));
  if (value_of(out, "experts") == nullptr) return out;
  add(out, "first_dense_layers", value_of(out, "dense_layers"));
  add(out, "ffn_hidden", scalar(out.at, "0"));
  if (value_of(out, "shared_experts") != nullptr)
    add(out, "shared_expert_ffn_hidden", value_of(out, "moe_ffn_hidden"));
  return out;
}

}  // namespace fleetcast::config
