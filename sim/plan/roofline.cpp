#include "sim/plan/roofline.hpp"

#include <algorithm>
#include <array>

#include "sim/step/layer_price.hpp"

namespace fleetcast {
namespace {

constexpr double kLeast = 0.25;        // of the kernel's time, to be what bounds it
constexpr double kBackwardWork = 2.5;  // of attention, as AttentionShape says
constexpr Bytes kWide{2.0};            // bf16 and fp16

/// Collects kernels by name.
class Collector {
 public:
  Collector(const Pricing& pricing, const Plan& plan) : pricing_(pricing), price_(pricing, plan) {}

  [[nodiscard]] const Split& split() const { return price_.split(); }

  void add_op(const Op& op, double times) {
    times_ = times;
    if (op.kind == OpKind::kLinear || op.kind == OpKind::kGroupedLinear) add_linear(op);
    if (op.kind == OpKind::kAttention) add_attention(op);
    if (op.kind == OpKind::kMemory) add_memory(op);
  }

  [[nodiscard]] std::vector<KernelRoof> take();

 private:
  void add_linear(const Op& op) {
    const GemmShape& g = op.gemm;
    const Dtype in = price_.format(op);
    const std::string name(op.name);
    add(name, in, g.work(), traffic_of(g, in, kWide), price_.product(op, g, false));
    const GemmShape input{g.m, g.k, g.n, g.groups}, weight{g.n, g.k, g.m, g.groups};
    add(name + " dgrad", in, g.work(), traffic_of(input, in, kWide), price_.input_gradient(op));
    // Gradients are read, added to and written.
    add(name + " wgrad", in, g.work(),
        traffic_of(weight, in, Bytes{2.0 * pricing_.stack->grad_bytes}),
        price_.weight_gradient(op));
  }

  void add_attention(const Op& op) {
    const AttentionShape& s = op.attention;
    const double query = s.batch * s.heads * s.queries, key = s.batch * s.kv_heads * s.keys;
    const double read = query * s.head_dim + key * (s.head_dim + s.value_dim);
    const double output = query * s.value_dim;
    const std::string name(op.name);
    const Dtype in = wide();
    add(name, in, s.work(), kWide * (read + output), price_.attention(op, Pass::kForward));
    // Reads these, the output and its gradient; writes as many gradients as it read inputs.
    add(name + " backward", in, kBackwardWork * s.work(), kWide * (2.0 * read + 2.0 * output),
        price_.attention(op, Pass::kBackward));
  }

  void add_memory(const Op& op) {
    const std::string name(op.name);
    add(name, wide(), {}, op.forward.bytes, price_.traffic(op.forward));
    add(name + " backward", wide(), {}, op.backward.bytes, price_.traffic(op.backward));
  }

  static Bytes traffic_of(const GemmShape& g, Dtype in, Bytes result) {
    return ((g.m * g.k + g.k * g.n) * bytes_of(in) + g.m * g.n * result) * g.groups;
  }

  /// What attention, and memory-bound kernels, work in.
  [[nodiscard]] Dtype wide() const {
    return pricing_.system->chip.runs(Dtype::kBf16) ? Dtype::kBf16 : Dtype::kFp16;
  }

  void add(const std::string& name, Dtype format, Flops work, Bytes traffic, Seconds time) {
    if (traffic <= Bytes{}) return;
    auto found = std::find_if(out_.begin(), out_.end(), [&](const KernelRoof& k) {
      return k.name == name && k.format == format;
    });
    if (found == out_.end()) found = out_.insert(found, {.name = name, .format = format});
    found->count += times_;
    found->work += work * times_;
    found->traffic += traffic * times_;
    found->time += time * times_;
  }

  const Pricing& pricing_;
  LayerPricer price_;
  double times_ = 0;
  std::vector<KernelRoof> out_;
};

std::vector<KernelRoof> Collector::take() {
  const Gpu& gpu = pricing_.system->gpu;
  for (KernelRoof& k : out_) {
    const Seconds computing = k.work / gpu.peak.of(k.format);
    const Seconds moving = k.traffic / gpu.hbm_bandwidth;
    k.intensity = k.work / k.traffic;
    k.ridge = gpu.peak.of(k.format) / gpu.hbm_bandwidth;
    k.reached = std::max(computing, moving) / k.time;
    k.bound = k.intensity < k.ridge ? Bound::kMemory : Bound::kCompute;
    if (k.reached < kLeast) k.bound = Bound::kLatency;
  }
  std::stable_sort(out_.begin(), out_.end(),
                   [](const KernelRoof& a, const KernelRoof& b) { return a.time > b.time; });
  return std::move(out_);
}

}  // namespace

std::string_view key_of(Bound bound) {
  constexpr std::array<std::string_view, 3> kKeys{"compute", "memory", "latency"};
  return kKeys[static_cast<std::size_t>(bound)];
}

std::vector<KernelRoof> roofline(const Pricing& pricing, const Plan& plan) {
  ProgramCache cache;
  const Layout& layout = cache.find_or_cut(pricing, plan);
  Collector collector(pricing, plan);
  for (int i = 0; i < kLayerKindCount; ++i) {
    const auto kind = static_cast<LayerKind>(i);
    double layers = 0;
    for (const ChunkLayers& stage : layout.stage) layers += stage.of(kind);
    if (layers == 0) continue;
    OpList ops;
    emit_layer(kind, *pricing.job.model, collector.split(), ops);
    const double times = layers / double(layout.stage.size()) * plan.micro_batches;
    for (const Op& op : ops) collector.add_op(op, times);
  }
  return collector.take();
}

}  // namespace fleetcast
