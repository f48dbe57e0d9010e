#include "models/workload/transformer.hpp"

#include "tests/catch.hpp"
#include "tests/models/workload/known_models.hpp"

namespace fleetcast {
namespace {

constexpr FlopConvention kWholeSquare{.causal_halved = false, .logits = true, .mtp = true};

double total_of(const Transformer& model) { return count_parameters(model).total; }

std::vector<std::string> problems_of(const Transformer& model) {
  std::vector<std::string> out;
  for (const SpecProblem& problem : check(model)) out.push_back(problem.key + ": " + problem.what);
  return out;
}

}  // namespace

TEST_CASE("parameters of the toy are a sum anyone can do", "[workload]") {
  const ParameterCount p = count_parameters(known::toy());
  CHECK(p.embedding == 10 * 4);
  CHECK(p.output == 10 * 4);
  CHECK(p.attention_layer == 4 * 4 + 2 * (4 * 2) + 4 * 4 + 2 * 4);  // Q, K and V, out, two norms
  CHECK(p.dense_mlp == 3 * 4 * 8);
  CHECK(p.total == 40 + 40 + 2 * (56 + 96) + 4);
  CHECK(p.active == p.total - p.embedding);
}

TEST_CASE("parameters of published models are those of their released tensors", "[workload]") {
  CHECK(total_of(known::llama2_7b()) == 6'738'415'616);
  CHECK(total_of(known::llama3_8b()) == 8'030'261'248);
  CHECK(total_of(known::llama3_70b()) == 70'553'706'496);
  CHECK(total_of(known::llama31_405b()) == 405'853'388'800);
  CHECK(total_of(known::mixtral_8x7b()) == 46'702'792'704);
  CHECK(total_of(known::mixtral_8x22b()) == 140'620'634'112);
}

TEST_CASE("GPT-3 has the 174,600 million parameters of its paper", "[workload]") {
  CHECK(total_of(known::gpt3_175b()) == Approx(174'600e6).epsilon(5e-5));
}

TEST_CASE("a GPT has the parameters of Megatron's formula and a final norm", "[workload]") {
  // Narayanan et al. 2021, arXiv:2104.04473, equation 2.
  const double l = 24, h = 2304, v = 51200, s = 2048;
  const double formula = 12 * l * h * h * (1 + 13 / (12 * h) + (v + s) / (12 * l * h));
  CHECK(total_of(known::gpt(l, h, 24, v, s)) == Approx(formula + 2 * h).epsilon(1e-14));
}

TEST_CASE("DeepSeek-V3 has 671 billion parameters, 37 billion of them active", "[workload]") {
  const ParameterCount p = count_parameters(known::deepseek_v3());
  CHECK(p.total == Approx(671.03e9).epsilon(1e-5));
  CHECK(p.active == Approx(36.63e9).epsilon(2e-4));
  // An MoE layer, the projection of two states, three norms: 11.5 billion and the projection.
  CHECK(p.mtp == p.attention_layer + p.router + 256 * p.expert + 2.0 * 7168 * 7168 + 3 * 7168);
}

TEST_CASE("tied embeddings are counted once and still multiplied by", "[workload]") {
  Transformer m = known::toy();
  m.tied_embeddings = true;
  CHECK(total_of(m) == total_of(known::toy()) - 40);
  CHECK(count_parameters(m).active == count_parameters(known::toy()).active);
}

TEST_CASE("training FLOPs are six a weight that multiplies, when sequences are short",
          "[workload]") {
  for (const Transformer& m : {known::toy(), known::llama3_8b(), known::llama31_405b()}) {
    const double norms = (2 * m.layers + 1) * m.hidden;
    const double weights = count_parameters(m).active - norms;
    CHECK(training_flops_per_token(m, 0, {}) == Flops{6 * weights});
    CHECK(training_flops_per_token(m, 0, {.logits = false}) ==
          Flops{6 * (weights - m.hidden * m.vocab)});
  }
}

TEST_CASE("training FLOPs of experts are six an active weight", "[workload]") {
  for (const Transformer& m : {known::mixtral_8x7b(), known::mixtral_8x22b()}) {
    const double norms = (2 * m.layers + 1) * m.hidden;
    CHECK(training_flops_per_token(m, 0, {}) == Flops{6 * (count_parameters(m).active - norms)});
  }
}

TEST_CASE("training FLOPs of a GPT are those of Megatron's formula", "[workload]") {
  // 72 b s L h^2 (1 + s / 6h + V / 12hL): Narayanan et al. 2021, arXiv:2104.04473, equation 3
  // without its forward recomputation.
  const double layers = 96, h = 12288, v = 51200, s = 2048;
  const double formula = 72 * layers * h * h * (1 + s / (6 * h) + v / (12 * h * layers));
  CHECK(training_flops_per_token(known::gpt(layers, h, 96, v, s), s, kWholeSquare).base() ==
        Approx(formula).epsilon(1e-14));
}

TEST_CASE("a causal convention counts half of the attention square", "[workload]") {
  const Transformer m = known::llama3_8b();
  const Flops weights = training_flops_per_token(m, 0, {});
  const Flops square = training_flops_per_token(m, 8192, kWholeSquare) - weights;
  CHECK(square == Flops{12.0 * 32 * 4096 * 8192});
  CHECK(training_flops_per_token(m, 8192, {}) - weights == 0.5 * square);
}

TEST_CASE("a windowed layer looks at its window and no further", "[workload]") {
  Transformer m = known::toy();
  m.sliding_window = 3;
  m.sliding_window_every = 2;  // one of two layers
  const Flops weights = training_flops_per_token(m, 0, {});
  // 3 passes x 4 FLOPs x 4 wide: 50 keys on average in the causal layer, 3 in the windowed one.
  CHECK(training_flops_per_token(m, 100, {}) - weights == Flops{48.0 * (50 + 3)});
  CHECK(training_flops_per_token(m, 4, {}) - weights == Flops{48.0 * (2 + 2)});
}

TEST_CASE("multi-token prediction is trained for, unless a source leaves it out", "[workload]") {
  const Transformer with = known::deepseek_v3();
  Transformer without = with;
  without.mtp_layers = 0;
  CHECK(training_flops_per_token(with, 4096, {.mtp = false}) ==
        training_flops_per_token(without, 4096, {}));
  // A 62nd layer, its logits and its projection: 2.6 + 5.6 + 0.6 GFLOP of 254.
  CHECK(training_flops_per_token(with, 4096, {}) / training_flops_per_token(without, 4096, {}) ==
        Approx(1.04).epsilon(0.01));
}

TEST_CASE("experts stand in the last layer of each period", "[workload]") {
  Transformer m = known::mixtral(known::llama(7, 4, 8, 2, 1, 10));
  m.first_dense_layers = 1;
  m.moe_every = 2;
  std::string layers;
  for (int i = 0; i < 7; ++i) layers += m.layer_is_moe(i) ? 'E' : 'd';
  CHECK(layers == "ddEdEdE");
  CHECK(m.moe_layers() == 3);
  CHECK(m.dense_layers() == 4);
}

TEST_CASE("a model counts as many MoE layers as it has", "[workload][contract]") {
  for (const double every : {1.0, 2.0, 3.0, 5.0})
    for (const double dense : {0.0, 1.0, 3.0}) {
      Transformer m = known::mixtral(known::llama(13, 4, 8, 2, 1, 10));
      m.moe_every = every;
      m.first_dense_layers = dense;
      int found = 0;
      for (int i = 0; i < 13; ++i) found += m.layer_is_moe(i) ? 1 : 0;
      CHECK(m.moe_layers() == found);
    }
}

TEST_CASE("a good model has no problems", "[workload]") {
  CHECK(problems_of(known::toy()).empty());
  CHECK(problems_of(known::gpt3_175b()).empty());
  CHECK(problems_of(known::deepseek_v3()).empty());
}

TEST_CASE("every problem of a model is told at once", "[workload]") {
  Transformer m = known::mixtral(known::toy());
  m.layers = 2.5;
  m.kv_heads = 3;
  m.attention = "mla";
  m.top_k = 9;
  CHECK(problems_of(m) ==
        std::vector<std::string>{"layers: must be a whole number", "kv_heads: must divide heads",
                                 "mla: goes with attention: mla, and only with it",
                                 "top_k: must be between 1 and experts"});
}

TEST_CASE("heads that do not divide the width need a size of their own", "[workload]") {
  Transformer m = known::toy();
  m.heads = m.kv_heads = 3;
  CHECK(problems_of(m) ==
        std::vector<std::string>{"heads: must divide hidden, or head_dim must be given"});
  m.head_dim = 2;
  CHECK(problems_of(m).empty());
}

}  // namespace fleetcast
