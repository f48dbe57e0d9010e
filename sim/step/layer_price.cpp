#include "sim/step/layer_price.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fleetcast {
namespace {

AttentionKernel attention_kernel(const Stack& stack) {
  return stack.attention == "unfused"  ? AttentionKernel::kUnfused
         : stack.attention == "flash2" ? AttentionKernel::kFlash2
                                       : AttentionKernel::kFlash3;
}

constexpr std::uint16_t kEverything = 0xffff;

std::uint16_t captured_modules(std::string_view scope) {
  if (scope == "full") return kEverything;
  std::uint16_t modules = kNoModule;
  for (const auto& [name, module] :
       {std::pair{"attn", kAttentionModule}, std::pair{"mlp", kMlpModule},
        std::pair{"moe_router", kRouter}})
    if (scope.find(name) != std::string_view::npos)
      modules = static_cast<std::uint16_t>(modules | module);
  return modules;
}

Seconds kernel_time(const Product& p, const Chip& chip) {
  const GemmOptions options{.epilogue = p.epilogue, .scaling = p.scaling};
  return p.grouped ? grouped_gemm_time(p.shape, p.format, chip, options)
                   : gemm_time(p.shape, p.format, chip, options);
}

/// Share of the copies that cross a boundary between `places`, when a token goes at most once to
/// each: expected distinct places of k random choices, over k.
double distinct(double places, double k) {
  return places * (1.0 - std::pow(1.0 - 1.0 / places, k)) / k;
}

}  // namespace

LayerPricer::LayerPricer(const Pricing& pricing, const Plan& plan, ProductPrices* known)
    : pricing_(pricing),
      plan_(plan),
      chip_(pricing.system->chip),
      network_(pricing.system->network),
      products_(known),
      attention_(attention_kernel(*pricing.stack)),
      split_(split_of(pricing.job, plan, *pricing.precision, *pricing.stack)),
      captured_(captured_modules(pricing.stack->cuda_graphs)) {
  split_.any_layout = pricing.system->gpu.microscaling;
}

Dtype LayerPricer::format(const Op& op) const {
  const Dtype recipe = pricing_.precision->gemm;
  const bool wide = bits_of(recipe) >= 16.0;
  if (op.low_precision || wide) return recipe;
  return chip_.runs(Dtype::kBf16) ? Dtype::kBf16 : Dtype::kFp16;
}

Seconds LayerPricer::product(const Op& op, GemmShape shape, bool accumulates) const {
  // Adding into main gradients: read and write, instead of a bf16 result.
  const double bytes = accumulates ? 2.0 * pricing_.stack->grad_bytes - 2.0 : 0.0;
  return launched(op, shape, Bytes{bytes * shape.m * shape.n * shape.groups}) /
         pricing_.calibration.gemm_rate;
}

Seconds LayerPricer::launched(const Op& op, const GemmShape& shape, Bytes epilogue) const {
  Product one{.shape = shape,
              .epilogue = epilogue,
              .format = format(op),
              .scaling = pricing_.precision->blockwise ? Scaling::kBlock : Scaling::kTensor,
              .grouped = op.kind == OpKind::kGroupedLinear && one_kernel()};
  double times = 1.0;
  if (op.kind == OpKind::kGroupedLinear && !one.grouped) {
    // A loop over experts: each fills its own waves.
    times = std::exchange(one.shape.groups, 1.0);
    one.epilogue = epilogue / times;
  }
  const auto price = [&] { return kernel_time(one, chip_); };
  return (products_ != nullptr ? products_->find_or_price(one, price) : price()) * times;
}

bool LayerPricer::one_kernel() const {
  return pricing_.stack->grouped_gemm ||
         pricing_.stack->fuses_experts(pricing_.precision->microscaling);
}

/// Hopper adds up fp8 gradients in full precision at a lower rate; kernels with block scales always
/// do, and are measured so.
double LayerPricer::gradient_rate(const Op& op) const {
  const bool fast = format(op) == Dtype::kFp8 && !pricing_.precision->blockwise;
  return fast ? pricing_.system->gpu.fp8_exact_rate : 1.0;
}

Seconds LayerPricer::input_gradient(const Op& op) const {
  const GemmShape& g = op.gemm;
  return product(op, {g.m, g.k, g.n, g.groups}, false) / gradient_rate(op);
}

Seconds LayerPricer::weight_gradient(const Op& op) const {
  const GemmShape& g = op.gemm;
  return product(op, {g.n, g.k, g.m, g.groups}, true) / gradient_rate(op);
}

Seconds LayerPricer::attention(const Op& op, Pass pass) const {
  return attention_time(op.attention, pass, attention_, chip_) /
         pricing_.calibration.attention_rate;
}

Seconds LayerPricer::traffic(const Traffic& traffic) const {
  return memory_time(traffic, chip_) / pricing_.calibration.memory_rate;
}

Launches LayerPricer::launches(const Op& op) const {
  if (op.kind != OpKind::kGroupedLinear) return {1.0, 1.0};
  const double kernels = one_kernel() ? 1.0 : op.gemm.groups;
  return {kernels, kernels + pricing_.stack->calls_per_expert_gemm * op.gemm.groups};
}

bool LayerPricer::captured(const Op& op) const {
  return captured_ == kEverything || (op.modules & captured_) != 0;
}

SentList LayerPricer::sent_by(const Exchange& e, CollectiveOp op, Bytes payload) const {
  SentList out;
  const GroupPlace where = place(e.group, plan_);
  const NetworkGroup group = strided_group(where.size, where.stride, network_);
  const double ranks = group.ranks;
  const double domains = ranks / group.span[0];
  // Recipes take DeepEP where experts span domains, and plain all-to-all inside one.
  const bool plain = domains <= 1.0 && pricing_.stack->dispatcher != "hybridep";
  if (e.copies <= 1.0 || plain) {
    out.add({op, payload, group, e.group, where});
    return out;
  }
  const double limit = pricing_.job.model->expert_group_limit;
  double across = distinct(domains, e.copies);
  if (limit > 0.0) across = std::min(across, limit / e.copies);
  NetworkGroup domain;
  domain.ranks = group.span[0];
  domain.span.fill(group.span[0]);
  out.add({op, payload * distinct(ranks, e.copies), domain, e.group, {domain.ranks, where.stride}});
  if (domains > 1.0) out.add({op, payload * across, group, e.group, where});
  return out;
}

Seconds LayerPricer::exchange_time(const Exchange& e, CollectiveOp op, Bytes payload) const {
  Seconds longest{};
  for (const Sent& sent : sent_by(e, op, payload))
    longest = std::max(longest, fleetcast::exchange_time(sent, pricing_));
  return longest;
}

SentList LayerPricer::sent_at(const Op& boundary, Pass pass) const {
  Exchange e;
  if (!find_exchange(boundary, e)) return {};
  return pass == Pass::kForward ? sent_by(e, e.forward, e.forward_payload)
                                : sent_by(e, e.backward, e.backward_payload);
}

PricedExchange LayerPricer::exchange(const Op& boundary) {
  for (std::size_t i = 0; i < std::min(known_count_, known_.size()); ++i)
    if (known_[i].boundary == boundary.boundary && known_[i].payload == boundary.payload)
      return known_[i].price;
  Known& next = known_[known_count_++ % known_.size()];
  next = {boundary.boundary, boundary.payload, price_exchange(boundary)};
  return next.price;
}

bool LayerPricer::find_exchange(const Op& boundary, Exchange& out) const {
  for (const Dimension* d : dimensions())
    if (d->exchange(boundary, *pricing_.job.model, plan_, split_, out)) return true;
  return false;
}

PricedExchange LayerPricer::price_exchange(const Op& boundary) const {
  PricedExchange out;
  Exchange& e = out.exchange;
  out.present = find_exchange(boundary, e);
  if (!out.present) return out;
  out.forward = exchange_time(e, e.forward, e.forward_payload);
  out.backward = exchange_time(e, e.backward, e.backward_payload);
  return out;
}

}  // namespace fleetcast
