#include "sim/interchange/hf.hpp"

#include <array>
#include <set>
#include <string>

#include "sim/config/reader.hpp"
#include "tests/catch.hpp"

namespace fleetcast::interchange {
namespace {

/// The config.json of a published model, as far as it says how many parameters there are, and the
/// sum of the elements of its released tensors.
struct Published {
  const char* name;
  const char* config;
  double parameters;
};

#define SHAPE(LAYERS, HIDDEN, FFN, HEADS, KV, VOCAB)                                               \
  "\"num_hidden_layers\": " #LAYERS ", \"hidden_size\": " #HIDDEN ", \"intermediate_size\": " #FFN \
  ", \"num_attention_heads\": " #HEADS ", \"num_key_value_heads\": " #KV                           \
  ", \"vocab_size\": " #VOCAB

constexpr std::array<Published, 34> kPublished{{
    {"Llama 2 7B", R"("model_type": "llama", )" SHAPE(32, 4096, 11008, 32, 32, 32000), 6738415616},
    {"Llama 2 13B", R"("model_type": "llama", )" SHAPE(40, 5120, 13824, 40, 40, 32000),
     13015864320},
    {"Llama 2 70B", R"("model_type": "llama", )" SHAPE(80, 8192, 28672, 64, 8, 32000), 68976648192},
    {"Llama 3 8B", R"("model_type": "llama", )" SHAPE(32, 4096, 14336, 32, 8, 128256), 8030261248},
    {"Llama 3 70B", R"("model_type": "llama", )" SHAPE(80, 8192, 28672, 64, 8, 128256),
     70553706496},
    {"Llama 3.1 405B", R"("model_type": "llama", )" SHAPE(126, 16384, 53248, 128, 8, 128256),
     405853388800},
    {"Llama 3.2 1B",
     R"("model_type": "llama", "tie_word_embeddings": true, "head_dim": 64, )" SHAPE(16, 2048, 8192,
                                                                                     32, 8, 128256),
     1235814400},
    {"Llama 3.2 3B",
     R"("model_type": "llama", "tie_word_embeddings": true, "head_dim": 128, )" SHAPE(
         28, 3072, 8192, 24, 8, 128256),
     3212749824},
    {"Mistral 7B v0.1",
     R"("model_type": "mistral", "sliding_window": 4096, )" SHAPE(32, 4096, 14336, 32, 8, 32000),
     7241732096},
    {"Mistral Nemo 12B",
     R"("model_type": "mistral", "sliding_window": null, "head_dim": 128, )" SHAPE(40, 5120, 14336,
                                                                                   32, 8, 131072),
     12247782400},
    {"Mixtral 8x7B",
     R"("model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, )" SHAPE(
         32, 4096, 14336, 32, 8, 32000),
     46702792704},
    {"Mixtral 8x22B v0.1",
     R"("model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, )" SHAPE(
         56, 6144, 16384, 48, 8, 32000),
     140620634112},
    {"Qwen2 7B", R"("model_type": "qwen2", )" SHAPE(28, 3584, 18944, 28, 4, 152064), 7615616512},
    {"Qwen2.5 0.5B",
     R"("model_type": "qwen2", "tie_word_embeddings": true, )" SHAPE(24, 896, 4864, 14, 2, 151936),
     494032768},
    {"Qwen2.5 72B", R"("model_type": "qwen2", )" SHAPE(80, 8192, 29568, 64, 8, 152064),
     72706203648},
    {"Qwen1.5 MoE A2.7B",
     R"("model_type": "qwen2_moe", "num_experts": 60, "num_experts_per_tok": 4,
        "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632,
        "decoder_sparse_step": 1, )" SHAPE(24, 2048, 5632, 16, 16, 151936),
     14315784192},
    {"Qwen3 0.6B",
     R"("model_type": "qwen3", "tie_word_embeddings": true, "head_dim": 128, )" SHAPE(
         28, 1024, 3072, 16, 8, 151936),
     596049920},
    {"Qwen3 8B",
     R"("model_type": "qwen3", "head_dim": 128, )" SHAPE(36, 4096, 12288, 32, 8, 151936),
     8190735360},
    {"Qwen3 30B-A3B",
     R"("model_type": "qwen3_moe", "head_dim": 128, "num_experts": 128, "num_experts_per_tok": 8,
        "moe_intermediate_size": 768, "decoder_sparse_step": 1, "mlp_only_layers": [], )" SHAPE(
         48, 2048, 6144, 32, 4, 151936),
     30532122624},
    {"Qwen3 235B-A22B",
     R"("model_type": "qwen3_moe", "head_dim": 128, "num_experts": 128, "num_experts_per_tok": 8,
        "moe_intermediate_size": 1536, "decoder_sparse_step": 1, )" SHAPE(94, 4096, 12288, 64, 4,
                                                                          151936),
     235093634560},
    {"DeepSeek-V2 Lite",
     R"("model_type": "deepseek_v2", "q_lora_rank": null, "kv_lora_rank": 512,
        "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "n_routed_experts": 64,
        "num_experts_per_tok": 6, "moe_intermediate_size": 1408, "n_shared_experts": 2,
        "first_k_dense_replace": 1, "moe_layer_freq": 1, )" SHAPE(27, 2048, 10944, 16, 16, 102400),
     15706484224},
    {"DeepSeek-V2",
     R"("model_type": "deepseek_v2", "q_lora_rank": 1536, "kv_lora_rank": 512,
        "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "n_routed_experts": 160,
        "num_experts_per_tok": 6, "moe_intermediate_size": 1536, "n_shared_experts": 2,
        "first_k_dense_replace": 1, "moe_layer_freq": 1, )" SHAPE(60, 5120, 12288, 128, 128,
                                                                  102400),
     235741434880},
    {"DeepSeek-V3",
     R"("model_type": "deepseek_v3", "q_lora_rank": 1536, "kv_lora_rank": 512,
        "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "n_routed_experts": 256,
        "num_experts_per_tok": 8, "moe_intermediate_size": 2048, "n_shared_experts": 1,
        "first_k_dense_replace": 3, "moe_layer_freq": 1, "n_group": 8, "topk_group": 4,
        "num_nextn_predict_layers": 1, )" SHAPE(61, 7168, 18432, 128, 128, 129280),
     671026419200},
    {"gpt-oss-20b",
     R"("model_type": "gpt_oss", "head_dim": 64, "num_local_experts": 32, "sliding_window": 128,
        "num_experts_per_tok": 4, "attention_bias": true, )" SHAPE(24, 2880, 2880, 64, 8, 201088),
     20914757184},
    {"gpt-oss-120b",
     R"("model_type": "gpt_oss", "head_dim": 64, "num_local_experts": 128, "sliding_window": 128,
        "num_experts_per_tok": 4, "attention_bias": true, )" SHAPE(36, 2880, 2880, 64, 8, 201088),
     116829156672},
    {"Gemma 2B", R"("model_type": "gemma", "head_dim": 256, )" SHAPE(18, 2048, 16384, 8, 1, 256000),
     2506172416},
    {"Gemma 7B",
     R"("model_type": "gemma", "head_dim": 256, )" SHAPE(28, 3072, 24576, 16, 16, 256000),
     8537680896},
    {"Gemma 2 2B",
     R"("model_type": "gemma2", "head_dim": 256, )" SHAPE(26, 2304, 9216, 8, 4, 256000),
     2614341888},
    {"Gemma 2 27B",
     R"("model_type": "gemma2", "head_dim": 128, )" SHAPE(46, 4608, 36864, 32, 16, 256000),
     27227128320},
    {"Gemma 3 1B",
     R"("model_type": "gemma3_text", "head_dim": 256, "sliding_window": 512, )" SHAPE(
         26, 1152, 6912, 4, 1, 262144),
     999885952},
    {"Gemma 3 4B, language model",
     R"("model_type": "gemma3", "text_config": {"hidden_size": 2560, "intermediate_size": 10240,
        "num_hidden_layers": 34, "sliding_window": 1024, "model_type": "gemma3_text"},
        "vision_config": {"hidden_size": 1152})",
     3880263168},
    {"Phi-3 mini",
     R"("model_type": "phi3", "sliding_window": 2047, )" SHAPE(32, 3072, 8192, 32, 32, 32064),
     3821079552},
    {"Phi-4", R"("model_type": "phi3", )" SHAPE(40, 5120, 17920, 40, 10, 100352), 14659507200},
    {"Phi-2", R"("model_type": "phi", )" SHAPE(32, 2560, 10240, 32, 32, 51200), 2779683840},
}};

ImportedModel imported(const std::string& config) {
  return import_hf(config::parse_text("config.json", "{" + config + "}"));
}

const Published& published(std::string_view name) {
  for (const Published& model : kPublished)
    if (model.name == name) return model;
  throw std::out_of_range(std::string(name));
}

std::string problems(const std::string& config) {
  try {
    imported(config);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string without(std::string text, const std::string& what, const std::string& instead = "") {
  return text.replace(text.find(what), what.size(), instead);
}

TEST_CASE("parameters are those of published checkpoints, to the last one", "[interchange]") {
  for (const Published& model : kPublished) {
    INFO(model.name);
    CHECK(published_parameters(imported(model.config)) == model.parameters);
  }
}

TEST_CASE("every family has a published model among those", "[interchange]") {
  std::set<std::string> tested;
  for (const Published& model : kPublished) {
    const config::Tree tree =
        config::parse_text("config.json", "{" + std::string(model.config) + "}");
    tested.insert(tree.root().find("model_type")->text);
  }
  for (const Family& family : kFamilies) {
    INFO(family.key);
    CHECK(tested.contains(std::string(family.key)));
  }
}

TEST_CASE("DeepSeek-V3's checkpoint repeats its tables for multi-token prediction",
          "[interchange]") {
  const ImportedModel v3 = imported(published("DeepSeek-V3").config);
  CHECK(published_parameters(v3) + published_mtp_parameters(v3) == 684'489'845'504.0);
}

TEST_CASE("every imported model is a file that loads to the same model", "[interchange]") {
  for (const Published& published : kPublished) {
    INFO(published.name);
    const ImportedModel model = imported(published.config);
    const std::string yaml = to_yaml(model, "config.json");
    INFO(yaml);
    const auto loaded = config::load<Transformer>(config::parse_text("model.yaml", yaml));
    CHECK(check(loaded.value).empty());
    CHECK(count_parameters(loaded.value).total == count_parameters(model.model).total);
    CHECK(to_yaml({loaded.value, model.small, model.left_out, model.not_read}, "config.json") ==
          yaml);
  }
}

TEST_CASE("the file says how many parameters there are and what was left out", "[interchange]") {
  const std::string config = published("Mistral 7B v0.1").config;
  CHECK(to_yaml(imported(config + R"(, "rope_scaling": {"factor": 8}, "bos_token_id": 1)"),
                "config.json") ==
        "# 7,241,732,096 parameters, every tensor counted.\n"
        "# Not modelled: rope_scaling: positions cost nothing.\n"
        "# Not read: bos_token_id.\n"
        "name: Mistral\n"
        "layers: 32\n"
        "hidden: 4096\n"
        "ffn_hidden: 14336\n"
        "heads: 32\n"
        "kv_heads: 8\n"
        "vocab: 32000\n"
        "gated: true\n"
        "activation: swiglu\n"
        "sliding_window: 4096\n"
        "sources:\n"
        "  config: \"config.json\"\n");
}

TEST_CASE("biases that a config.json asks for are counted", "[interchange]") {
  const std::string llama = published("Llama 2 7B").config;
  // 32 layers of queries, keys, values and output; of gate, up and down.
  CHECK(published_parameters(imported(llama + ", \"attention_bias\": true")) ==
        6738415616.0 + 32 * 4 * 4096);
  CHECK(published_parameters(imported(llama + ", \"mlp_bias\": true")) ==
        6738415616.0 + 32 * (2 * 11008 + 4096));
}

TEST_CASE("an unknown family is named with the nearest one", "[interchange]") {
  CHECK(problems(without(published("Qwen3 8B").config, "qwen3", "qwen3_mo")) ==
        "config.json:1:16: model_type: \"qwen3_mo\" is not a family known here; did you mean "
        "\"qwen3_moe\"? families: llama, mistral, mixtral, qwen2, qwen2_moe, qwen3, qwen3_moe, "
        "deepseek_v2, deepseek_v3, gpt_oss, gemma, gemma2, gemma3_text, gemma3, phi3, phi");
  CHECK(problems("\"a\": 1").starts_with("config.json:1:1: model_type: is missing; families: "));
}

TEST_CASE("every missing or wrong key is told at once", "[interchange]") {
  std::string mixtral = published("Mixtral 8x7B").config;
  mixtral = without(mixtral, "hidden_size", "hiden_size");
  mixtral = without(mixtral, "\"vocab_size\": 32000", "\"vocab_size\": 0");
  mixtral = without(mixtral, "\"num_local_experts\": 8, ");
  CHECK(problems(mixtral) ==
        "config.json:1:1: hidden_size: is missing; the file has \"hiden_size\"\n"
        "config.json:1:1: num_local_experts: is missing\n"
        "config.json:1:193: vocab_size: must be between 1 and 1e+09, is 0");
  CHECK(problems(without(published("Mixtral 8x7B").config, "_tok\": 2", "_tok\": 9")) ==
        "config.json:1:74: num_experts_per_tok: must be between 1 and experts");
  CHECK(problems("\"model_type\": \"gemma3\", \"text_config\": 3") ==
        "config.json:1:41: text_config: is not a JSON object");
  CHECK(problems("\"model_type\": \"gemma3\"") == "config.json:1:1: text_config: is missing");
}

}  // namespace
}  // namespace fleetcast::interchange
