// Every file of configs/ loads, survives a round trip, and says where its numbers come from.

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "models/hardware/implementation.hpp"
#include "sim/config/echo.hpp"
#include "sim/config/library.hpp"
#include "tests/catch.hpp"

namespace fleetcast::config {
namespace {

/// How many files a folder has at least, so that an empty loop is no success.
constexpr std::size_t kFewest = 5;

template <class Spec, class Check>
void for_each_file(std::string_view folder, Check&& check) {
  const std::vector<std::string> names = names_in(folder);
  REQUIRE(names.size() >= kFewest);
  for (const std::string& name : names) {
    const std::string path = path_of(folder, {name, {}});
    INFO(path);
    try {
      check(name, path, load<Spec>(path));
    } catch (const ConfigError& error) {
      FAIL_CHECK(error.what());
    }
  }
}

/// Also loads every file.
template <class Spec>
void check_round_trips(std::string_view folder) {
  for_each_file<Spec>(folder, [](const auto&, const auto& path, const Loaded<Spec>& loaded) {
    const Tree again = parse_text(path, to_yaml(loaded.value, loaded.sources));
    const Loaded<Spec> reloaded = load<Spec>(again);
    CHECK(detail::echo_spec(reloaded.value) == detail::echo_spec(loaded.value));
    REQUIRE(reloaded.sources.size() == loaded.sources.size());
    for (const auto& [place, from] : loaded.sources) {
      INFO(place);
      CHECK(reloaded.sources.at(place).source == from.source);
      CHECK(reloaded.sources.at(place).note == from.note);
      CHECK(reloaded.sources.at(place).assumption == from.assumption);
    }
  });
}

/// Whether the file itself gives a value at this path, rather than the field list's default.
bool is_given(const Node& node, std::string_view path) {
  if (path.empty()) return true;
  const std::string_view word = path.substr(0, path.find('.'));
  const std::string_view rest = path.substr(std::min(path.size(), word.size() + 1));
  if (const Node* child = node.find(word); child != nullptr) return is_given(*child, rest);
  const std::vector<std::string> names = node.item_names();
  const auto found = std::find(names.begin(), names.end(), word);
  return found != names.end() &&
         is_given(*node.items[static_cast<std::size_t>(found - names.begin())], rest);
}

void check_sourced(const Echo& echo, const std::string& path, const Node& file,
                   const Sources& sources) {
  for (const Echo& child : echo.children) {
    const std::string& word = child.key.empty() ? child.name : child.key;
    check_sourced(child, path.empty() ? word : path + "." + word, file, sources);
  }
  const bool is_number =
      echo.kind == Kind::kScalar && !echo.is_text && echo.text != "true" && echo.text != "false";
  if (!is_number || !is_given(file, path)) return;
  INFO(path);
  const auto found = sources.find(path);
  CHECK((found != sources.end() && !found->second.source.empty()));
}

template <class Spec>
void check_all_sourced(std::string_view folder) {
  for_each_file<Spec>(folder, [](const auto&, const auto& path, const Loaded<Spec>& loaded) {
    check_sourced(detail::echo_spec(loaded.value), "", parse_file(path).root(), loaded.sources);
    for (const auto& [place, from] : loaded.sources) {
      INFO(place << " from " << from.source);
      CHECK(!loaded.source_texts.at(from.source).empty());
    }
  });
}

TEST_CASE("every file loads and survives a round trip", "[configs]") {
  check_round_trips<Gpu>("gpus");
  check_round_trips<Cluster>("clusters");
  check_round_trips<Microarchitecture>("microarchitectures");
  check_round_trips<KernelCurves>("kernels");
  check_round_trips<Fabric>("fabrics");
  check_round_trips<Implementations>("implementations");
  check_round_trips<Transformer>("llms");
  check_round_trips<Stack>("stacks");
}

TEST_CASE("every number of a GPU, of its microarchitecture and of a cluster has its source",
          "[configs]") {
  check_all_sourced<Gpu>("gpus");
  check_all_sourced<Cluster>("clusters");
  check_all_sourced<Microarchitecture>("microarchitectures");
}

TEST_CASE("a number without a source would be seen", "[configs]") {
  const Tree tree = parse_text("a.yaml", "tiers:\n  - {name: rail, gpus: {value: 8, source: a}}\n");
  CHECK(is_given(tree.root(), "tiers.rail.gpus"));
  CHECK_FALSE(is_given(tree.root(), "tiers.rail.bandwidth"));
  CHECK_FALSE(is_given(tree.root(), "tiers.spine.gpus"));
}

TEST_CASE("every cluster comes with its GPU, kernels and fabrics", "[configs]") {
  for (const std::string& name : names_in("clusters")) {
    INFO(name);
    const System system = load_system({name, {}}).system;
    CHECK(system.fabrics.size() == system.cluster.tiers.size());
    CHECK(system.network.tiers == static_cast<int>(system.cluster.tiers.size()));
    CHECK(system.chip.runs(Dtype::kBf16) == (system.gpu.peak.bf16 > FlopsPerSecond{}));
    CHECK((system.chip.runs(Dtype::kBf16) || system.chip.runs(Dtype::kFp16)));
  }
}

TEST_CASE("a GPU's figures are of one chip", "[configs]") {
  for_each_file<Gpu>("gpus", [](const auto&, const auto&, const Loaded<Gpu>& loaded) {
    const Gpu& gpu = loaded.value;
    // Vendors market GiB as GB; what a job sees is a little less than either.
    CHECK(gpu.memory_usable / gpu.memory > 0.9);
    CHECK(gpu.memory_usable / gpu.memory < 1.08);
    const FlopsPerSecond none{};
    CHECK((gpu.peak.fp8 == none || gpu.peak.fp8 >= gpu.peak.bf16));
    CHECK((gpu.peak.fp4 == none || gpu.peak.fp4 >= gpu.peak.fp8));
    CHECK((gpu.peak.fp4 == none || gpu.peak.fp8 > none));
    CHECK((gpu.peak.bf16 == none || gpu.peak.fp16 == gpu.peak.bf16));
    CHECK(gpu.peak.fp16 > gpu.peak.fp32);
    CHECK(gpu.idle < gpu.tdp);
    CHECK(gpu.l2 < gpu.memory);
  });
}

TEST_CASE("a cluster's tiers grow outwards and never get faster", "[configs]") {
  for_each_file<Cluster>("clusters", [](const auto&, const auto&, const Loaded<Cluster>& loaded) {
    const std::vector<Tier>& tiers = loaded.value.tiers;
    REQUIRE(!tiers.empty());
    for (std::size_t i = 0; i + 1 < tiers.size(); ++i) {
      INFO(tiers[i].name << " in " << tiers[i + 1].name);
      CHECK(tiers[i].gpus > 0);
      CHECK((tiers[i + 1].gpus == 0 || tiers[i + 1].gpus > tiers[i].gpus));
      CHECK(tiers[i + 1].bandwidth / tiers[i + 1].oversubscription <=
            tiers[i].bandwidth / tiers[i].oversubscription);
    }
    CHECK(tiers.back().gpus == 0);
  });
}

TEST_CASE("a cluster's prices are ranges and its nodes make up an order", "[configs]") {
  for_each_file<Cluster>("clusters", [](const auto&, const auto&, const Loaded<Cluster>& loaded) {
    const Cluster& cluster = loaded.value;
    CHECK(cluster.price.purchase_low <= cluster.price.purchase_high);
    CHECK(cluster.price.rental_low <= cluster.price.rental_high);
    const double nodes = cluster.order_gpus / cluster.node_gpus;
    CHECK(nodes == static_cast<int>(nodes));
    CHECK(cluster.reliability.interruptions > PerSecond{});
  });
}

TEST_CASE("a stack lies in the file that its name and release say", "[configs]") {
  for_each_file<Stack>("stacks", [](const auto& name, const auto&, const Loaded<Stack>& loaded) {
    CHECK(name == loaded.value.name + "-" + loaded.value.release);
    const std::array<std::string_view, 3> kernels{"unfused", "flash2", "flash3"};
    CHECK(std::count(kernels.begin(), kernels.end(), loaded.value.attention) == 1);
    const std::array<std::string_view, 3> dispatchers{"alltoall", "deepep", "hybridep"};
    CHECK(std::count(dispatchers.begin(), dispatchers.end(), loaded.value.dispatcher) == 1);
  });
  CHECK(all_stacks().size() == names_in("stacks").size());
}

struct Published {
  std::string_view name;
  double parameters;
  double tolerance = 0.006;
};

/// As published; without multi-token-prediction modules.
constexpr std::array kPublished{
    Published{"deepseek-v3-671b", 671e9},
    Published{"gpt-1.7b", 1.7e9, 0.04},   // two digits; Narayanan et al. count without biases
    Published{"gpt-3.6b", 3.6e9, 0.014},  // two digits
    Published{"gpt-7.5b", 7.5e9},
    Published{"gpt-18.4b", 18.4e9},
    Published{"gpt-39.1b", 39.1e9},
    Published{"gpt-76.1b", 76.1e9},
    Published{"gpt-145.6b", 145.6e9},
    Published{"gpt-310.1b", 310.1e9},
    Published{"gpt-529.6b", 529.6e9},
    Published{"gpt-1008.0b", 1008e9},
    Published{"gpt-moe-1.8t", 1.8e12, 0.05},               // a rumour, two digits
    Published{"gpt-moe-1.8t-fine-grained", 1.8e12, 0.05},  // as above, our own variant
    Published{"gpt-oss-120b", 116.8e9},
    Published{"gpt3-175b", 174.6e9},
    Published{"gpt3-5b", 5e9, 0.02},        // one digit, by name
    Published{"grok1-314b", 314e9, 0.009},  // the vocabulary of the measurements is padded
    Published{"kimi-k2", 1.04e12, 0.015},   // three digits; the report's own shape gives 1.026
    Published{"llama2-7b", 6738415616},
    Published{"llama2-13b", 13015864320},
    Published{"llama2-70b", 68976648192},
    Published{"llama3-8b", 8030261248},
    Published{"llama3-70b", 70553706496},
    Published{"llama3.1-8b", 8030261248},
    Published{"llama3.1-70b", 70553706496},
    Published{"llama3.1-405b", 405853388800},
    Published{"llama4-maverick-400b-128e", 400e9},
    Published{"mixtral-8x7b", 46702792704},
    Published{"mixtral-8x22b", 140620634112},
    Published{"moe-10t", 10e12},
    Published{"nemotron3-8b", 8e9, 0.07},    // one digit, by name
    Published{"nemotron3-22b", 22e9, 0.04},  // two digits, by name
    Published{"nemotron4-15b", 15.7e9},
    Published{"nemotron4-340b", 341e9},
    Published{"qwen3-235b-a22b", 235e9},
    Published{"qwen3-30b-a3b", 30.5e9},
};

TEST_CASE("every model has as many parameters as were published", "[configs]") {
  for (const std::string& name : names_in("llms")) {
    INFO(name);
    const auto* const row = std::find_if(kPublished.begin(), kPublished.end(),
                                         [&](const Published& p) { return p.name == name; });
    REQUIRE(row != kPublished.end());
    const ParameterCount count = count_parameters(load_model({name, {}}).value);
    CHECK(count.total == Approx(row->parameters).epsilon(row->tolerance));
  }
  CHECK(names_in("llms").size() == kPublished.size());
}

TEST_CASE("every measurement has a name of its own, a source, a known system and model",
          "[configs]") {
  const std::vector<std::string> systems = names_in("clusters");
  std::set<std::string> ids;
  for (const std::string& name : names_in("measurements")) {
    const Tree tree = parse_file(path_of("measurements", {name, {}}));
    const Node& models = *tree.root().find("models");
    for (const NodePtr& row : tree.root().find("measurements")->items) {
      INFO(name << ": " << row->find("id")->text);
      CHECK(ids.insert(row->find("id")->text).second);
      CHECK(!row->find("source")->text.empty());
      CHECK(std::count(systems.begin(), systems.end(), row->find("system")->text) == 1);
      if (name == "memory") continue;  // figures of runs whose model or step may be unpublished
      CHECK(models.find(row->find("model")->text) != nullptr);
      CHECK(row->find("measured")->find("step_time_s") != nullptr);
    }
  }
  CHECK(ids.size() >= 271);
}

}  // namespace
}  // namespace fleetcast::config
