#pragma once

// Prices of one layer's operations on one rank: kernels and exchanges.

#include <array>

#include "sim/step/lower.hpp"

namespace fleetcast {

/// What a boundary exchanges under a plan, and how long that takes each way.
struct PricedExchange {
  bool present = false;
  Exchange exchange;
  Seconds forward{}, backward{};
};

/// Kernels on the GPU, and work of the CPU for them, in kernel launches.
struct Launches {
  double kernels = 1;
  double calls = 1;
};

/// Requires: what lower_layer requires; pricing and plan outlive the pricer.
class LayerPricer {
 public:
  /// `known`: prices of products on this Pricing's chip, where they are kept.
  LayerPricer(const Pricing& pricing, const Plan& plan, ProductPrices* known = nullptr);

  [[nodiscard]] const Split& split() const { return split_; }
  /// What a linear's operands are in.
  [[nodiscard]] Dtype format(const Op& op) const;
  /// Product of a linear; `accumulates`: adds into the main gradients.
  [[nodiscard]] Seconds product(const Op& op, GemmShape shape, bool accumulates) const;
  /// Gradients of a linear's input and of its weights.
  [[nodiscard]] Seconds input_gradient(const Op& op) const;
  [[nodiscard]] Seconds weight_gradient(const Op& op) const;
  [[nodiscard]] Seconds attention(const Op& op, Pass pass) const;
  [[nodiscard]] Seconds traffic(const Traffic& traffic) const;
  [[nodiscard]] PricedExchange exchange(const Op& boundary);
  /// What is sent there, at the same time; nothing where nobody exchanges.
  [[nodiscard]] SentList sent_at(const Op& boundary, Pass pass) const;
  /// What one product of a linear takes.
  [[nodiscard]] Launches launches(const Op& op) const;
  /// Whether CUDA graphs launch it, at no time of the CPU.
  [[nodiscard]] bool captured(const Op& op) const;

 private:
  /// In one kernel, or in one for each expert.
  [[nodiscard]] Seconds launched(const Op& op, const GemmShape& shape, Bytes epilogue) const;
  [[nodiscard]] bool one_kernel() const;
  [[nodiscard]] double gradient_rate(const Op& op) const;
  [[nodiscard]] bool find_exchange(const Op& boundary, Exchange& out) const;
  [[nodiscard]] SentList sent_by(const Exchange& e, CollectiveOp op, Bytes payload) const;
  [[nodiscard]] PricedExchange price_exchange(const Op& boundary) const;
  [[nodiscard]] Seconds exchange_time(const Exchange& e, CollectiveOp op, Bytes payload) const;

  /// A layer meets the same exchange again and again: forward, recomputed and backward, around
  /// attention and around its MLP.
  struct Known {
    Boundary boundary{};
    Bytes payload{};
    PricedExchange price;
  };

  const Pricing& pricing_;
  const Plan& plan_;
  const Chip& chip_;
  const Network& network_;
  ProductPrices* products_;
  AttentionKernel attention_;
  Split split_;
  std::uint16_t captured_;  ///< modules whose kernels CUDA graphs launch; all bits: of every op
  std::array<Known, 8> known_;
  std::size_t known_count_ = 0;
};

}  // namespace fleetcast
