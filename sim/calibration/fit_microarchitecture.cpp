#include "sim/calibration/fit_microarchitecture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "sim/calibration/fit_gemm.hpp"
#include "sim/calibration/minimise.hpp"
#include "sim/config/echo.hpp"
#include "sim/config/library.hpp"
#include "sim/validation/kernel_class.hpp"
#include "sim/validation/simulated_kernel.hpp"

namespace fleetcast::fit {
namespace {

/// The chips of a generation that tables measure, and what is its attention kernel in them.
struct Generation {
  std::string_view file;
  std::vector<std::string> chips;
  std::vector<std::string> forward, backward;  ///< attention classes (kernel_class.hpp)
  bool l2_known;                               ///< a document states the bandwidth of L2
};

std::vector<Generation> generations() {
  return {{"ampere", {"A100-SXM4-80GB"}, {"vllm_flash2"}, {"flash2"}, true},
          {"hopper", {"H100-SXM5-80GB", "H200-SXM"}, {"flash3", "cudnn"}, {"cudnn"}, false},
          {"blackwell", {"B200-SXM", "GB200"}, {"cudnn"}, {"cudnn"}, false}};
}

/// A fitted number, in the unit of its bounds.
struct Number {
  double low, high;
  double (*get)(const Microarchitecture&);
  void (*put)(Microarchitecture&, double);
};

using Made = Microarchitecture;
constexpr std::array<Number, 7> kGemmNumbers{{
    {0.6, 1.0, [](const Made& m) { return m.issue; }, [](Made& m, double x) { m.issue = x; }},
    {0.5, 8.0, [](const Made& m) { return m.launch / kMicrosecond; },
     [](Made& m, double x) { m.launch = Seconds{x / 1e6}; }},
    {0.6, 0.95, [](const Made& m) { return m.hbm_efficiency; },
     [](Made& m, double x) { m.hbm_efficiency = x; }},
    {0.0, 1.0, [](const Made& m) { return m.tile_overlap; },
     [](Made& m, double x) { m.tile_overlap = x; }},
    {8.0, 256.0, [](const Made& m) { return m.epilogue.base(); },
     [](Made& m, double x) { m.epilogue = Bytes{x}; }},
    {0.1, 2.0, [](const Made& m) { return 1e12 * m.tensor_flop.base(); },
     [](Made& m, double x) { m.tensor_flop = Joules{x / 1e12}; }},
    {0.3, 60.0, [](const Made& m) { return 1e3 * m.power_window.base(); },
     [](Made& m, double x) { m.power_window = Seconds{x / 1e3}; }},
}};
constexpr Number kL2{2500.0, 12000.0, [](const Made& m) { return m.l2.base(); },
                     [](Made& m, double x) { m.l2 = Bytes{x}; }};
constexpr std::array<Number, 2> kForwardNumbers{{
    {0.3, 1.0, [](const Made& m) { return m.attention_forward.issue; },
     [](Made& m, double x) { m.attention_forward.issue = x; }},
    {0.0, 1.0, [](const Made& m) { return m.attention_forward.overlap; },
     [](Made& m, double x) { m.attention_forward.overlap = x; }},
}};
constexpr std::array<Number, 2> kBackwardNumbers{{
    {0.3, 1.0, [](const Made& m) { return m.attention_backward.issue; },
     [](Made& m, double x) { m.attention_backward.issue = x; }},
    {0.0, 1.0, [](const Made& m) { return m.attention_backward.overlap; },
     [](Made& m, double x) { m.attention_backward.overlap = x; }},
}};

double rounded(double x) { return std::stod(fmt::format("{:.4g}", x)); }

/// Puts numbers into `made` that make `error` small.
template <class Error>
void fit_numbers(const std::vector<Number>& numbers, Made& made, Error error) {
  std::vector<Parameter> parameters;
  for (const Number& n : numbers) parameters.push_back({n.get(made), n.low, n.high});
  const auto with = [&](const std::vector<double>& x) {
    Made trial = made;
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i].put(trial, rounded(x[i]));
    return trial;
  };
  made = with(refine(parameters, [&](const auto& x) { return error(with(x)); }));
}

/// Rows of a table with the chip each was measured on.
template <class Row>
struct Sample {
  const Row* row;
  const Gpu* gpu;
  double weight;
};

template <class Row>
Score score(const std::vector<Sample<Row>>& samples, const Made& made, bool large) {
  Score out;
  for (const Sample<Row>& sample : samples) {
    if (large && sample.weight < 1.0) continue;
    const chip::ChipSpec spec = chip::make_spec(*sample.gpu, made);
    Seconds time{};
    if constexpr (std::is_same_v<Row, GemmRow>)
      time = simulate(*sample.row, *find_label(sample.row->dtype), spec);
    else
      time = simulate(*sample.row, spec);
    out.add(time / sample.row->time, 1.0, large ? 1.0 : sample.weight);
  }
  return out;
}

bool is_in(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<Sample<GemmRow>> gemms_of(const KernelTables& tables, const Generation& generation,
                                      ChipShelf& shelf) {
  std::vector<Sample<GemmRow>> out;
  for (const GemmRow& row : tables.gemm)
    if (row.dtype == "bf16" && is_in(generation.chips, row.gpu) &&
        row.source.find("AIC") != std::string::npos)
      out.push_back({&row, &shelf.find(row.gpu)->gpu, gemm_weight(row.shape)});
  return out;
}

constexpr double kShort = 0.2;  // weight of sequences below 1,024

std::vector<Sample<AttentionRow>> attention_of(const KernelTables& tables,
                                               const Generation& generation, bool forward,
                                               ChipShelf& shelf) {
  std::vector<Sample<AttentionRow>> out;
  for (const AttentionRow& row : tables.attention) {
    const std::string key = attention_key(row);  // "cudnn bf16 fwd"
    const std::vector<std::string>& classes = forward ? generation.forward : generation.backward;
    const bool wide = row.dtype == "bf16" || row.dtype == "fp16";
    const bool direction =
        forward ? row.direction == "fwd" : row.direction == "bwd" || row.direction == "fwd+bwd";
    if (wide && direction && is_in(generation.chips, row.gpu) &&
        is_in(classes, key.substr(0, key.find(' '))))
      out.push_back({&row, &shelf.find(row.gpu)->gpu, row.shape.keys >= 1024.0 ? 1.0 : kShort});
  }
  return out;
}

template <std::size_t N>
std::string fit_attention(const std::vector<Sample<AttentionRow>>& samples,
                          const std::array<Number, N>& numbers, std::string_view pass, Made& made) {
  if (samples.empty()) return {};
  fit_numbers({numbers.begin(), numbers.end()}, made,
              [&](const Made& trial) { return score(samples, trial, false).log_error(); });
  return fmt::format("attention {} of 1,024 and more: {}; ", pass,
                     score(samples, made, true).text());
}

FittedChip written(const Generation& generation, Made made, std::string quality,
                   const config::Loaded<Made>& present, const std::string& date) {
  made.provenance = fmt::format(
      "fitted on {} to bf16 kernels of {}; errors are means of |simulated / measured - 1|; {}",
      date, fmt::join(generation.chips, ", "), quality);
  std::string yaml =
      "# Written by `fleetcast calibrate TABLES --anew`; values that are not fitted come from the "
      "file before.\n" +
      config::to_yaml(made, present.sources) + config::sources_yaml(present.source_texts);
  return {"microarchitectures/" + std::string(generation.file), std::move(quality),
          std::move(yaml)};
}

}  // namespace

std::vector<FittedChip> fit_microarchitectures(const KernelTables& tables,
                                               const std::string& date) {
  std::vector<FittedChip> out;
  ChipShelf shelf;
  for (const Generation& generation : generations()) {
    const auto gemms = gemms_of(tables, generation, shelf);
    if (gemms.empty()) continue;
    const std::string path =
        config::path_of("microarchitectures", {std::string(generation.file), {}});
    const config::Loaded<Made> present = config::load<Made>(path);
    Made made = present.value;
    std::vector<Number> numbers(kGemmNumbers.begin(), kGemmNumbers.end());
    if (!generation.l2_known) numbers.push_back(kL2);
    fit_numbers(numbers, made,
                [&](const Made& trial) { return score(gemms, trial, false).log_error(); });
    std::string quality =
        fmt::format("GEMMs with m, n, k of 1,024 and more: {}; ", score(gemms, made, true).text());
    quality += fit_attention(attention_of(tables, generation, true, shelf), kForwardNumbers,
                             "forward", made);
    quality += fit_attention(attention_of(tables, generation, false, shelf), kBackwardNumbers,
                             "backward", made);
    out.push_back(written(generation, made, quality, present, date));
  }
  return out;
}

}  // namespace fleetcast::fit
