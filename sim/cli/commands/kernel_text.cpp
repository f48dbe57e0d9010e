#include "sim/cli/commands/kernel_text.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "models/base/nearest.hpp"
#include "models/base/quantity_text.hpp"

namespace fleetcast::cli {
namespace {

constexpr long kLargest = 1000000000;  // of a size: beyond it nothing is a kernel of one GPU

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == at)
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

class Parser {
 public:
  Parser(const std::string& text, std::vector<config::Problem>& problems)
      : words_(split(text, ':')), problems_(problems) {}

  chip::Problem parse() {
    const std::string& kind = words_[0];
    if (words_.size() > 1) {
      if (kind == "gemm") return gemm();
      if (kind == "attention") return attention();
      if (kind == "memory") return memory();
    }
    complain(fleetcast::quoted(kind) + " is no kernel here: " + std::string(kKernelForms));
    return Bytes{};
  }

 private:
  void complain(std::string what) {
    problems_.push_back({"command line", 1, 1, "--kernel", std::move(what)});
  }

  /// As many sizes as there are names; each that is wrong is told by its name.
  template <std::size_t N>
  std::array<double, N> sizes(char at, const std::array<std::string_view, N>& names) {
    std::array<double, N> out{};
    const std::vector<std::string> parts = split(words_[1], at);
    if (parts.size() != N) {
      complain(fleetcast::quoted(words_[1]) + " has " + std::to_string(parts.size()) +
               " sizes where " + std::to_string(N) + " are wanted: " + std::string(kKernelForms));
      return out;
    }
    for (std::size_t i = 0; i < N; ++i) {
      const char* end = parts[i].data() + parts[i].size();
      long value = 0;
      const auto [stop, error] = std::from_chars(parts[i].data(), end, value);
      const bool good = error == std::errc{} && stop == end && value >= 1 && value <= kLargest;
      if (!good)
        complain(std::string(names[i]) + ": " + fleetcast::quoted(parts[i]) +
                 " is no whole number from 1 to 1e9");
      out[i] = static_cast<double>(value);
    }
    return out;
  }

  chip::Problem gemm() {
    const auto [m, n, k] = sizes<3>('x', {"M", "N", "K"});
    chip::GemmProblem out{.shape = {m, n, k, 1}};
    constexpr std::array<std::pair<std::string_view, Dtype>, 4> kFormats{{{"bf16", Dtype::kBf16},
                                                                          {"fp16", Dtype::kFp16},
                                                                          {"fp8", Dtype::kFp8},
                                                                          {"fp4", Dtype::kFp4}}};
    for (std::size_t i = 2; i < words_.size(); ++i) {
      bool known = false;
      for (const auto& [key, format] : kFormats)
        if (words_[i] == key) known = true, out.in = format;
      if (!known)
        complain(fleetcast::quoted(words_[i]) + " is not a format: bf16, fp16, fp8 or fp4");
    }
    return out;
  }

  chip::Problem attention() {
    const auto [batch, heads, kv_heads, width, length] = sizes<5>(',', {"B", "H", "KV", "D", "S"});
    chip::AttentionProblem out;
    out.shape = {.batch = batch,
                 .heads = heads,
                 .kv_heads = kv_heads,
                 .head_dim = width,
                 .value_dim = width,
                 .queries = length,
                 .keys = length,
                 .causal = false};
    if (kv_heads >= 1.0 && static_cast<long>(heads) % static_cast<long>(kv_heads) != 0)
      complain("H: " + split(words_[1], ',')[1] + " heads are no multiple of the KV heads");
    for (std::size_t i = 2; i < words_.size(); ++i) {
      if (words_[i] == "causal")
        out.shape.causal = true;
      else if (words_[i] == "bwd")
        out.pass = Pass::kBackward;
      else
        complain(fleetcast::quoted(words_[i]) + " is neither causal nor bwd");
    }
    return out;
  }

  chip::Problem memory() {
    const auto bytes = parse_quantity<Bytes>(words_[1]);
    if (!bytes.error.empty())
      complain(bytes.error);
    else if (bytes.value <= Bytes{})
      complain("BYTES: " + fleetcast::quoted(words_[1]) + " is not more than 0");
    return bytes.value;
  }

  std::vector<std::string> words_;
  std::vector<config::Problem>& problems_;
};

}  // namespace

chip::Problem parse_kernel(const std::string& text, std::vector<config::Problem>& problems) {
  return Parser(text, problems).parse();
}

}  // namespace fleetcast::cli
