#pragma once

// What one rank's share of a layer is: divisors and sizes that the parallelism dimensions fill in
// and the blocks read. A block knows none of the dimensions by name.

namespace fleetcast {

struct Precision;
struct Stack;

struct Split {
  double micro_batch = 1;      ///< sequences
  double seq_len = 0;          ///< whole sequence, tokens
  double sequence_shards = 1;  ///< the sequence is divided by this (context parallel)
  double tensor_shards = 1;    ///< heads, MLP width and vocabulary are divided by this
  double norm_shards =
      1;  ///< tokens outside tensor regions are divided by this (sequence parallel)
  double expert_shards = 1;         ///< routed experts are divided by this
  double expert_tensor_shards = 1;  ///< width of each expert
  bool any_layout = false;          ///< tensor cores take fp8 operands in any layout: no transposes
  const Precision* precision = nullptr;
  const Stack* stack = nullptr;

  /// Tokens of one micro-batch inside tensor regions, and outside of them.
  [[nodiscard]] constexpr double tokens() const { return micro_batch * seq_len / sequence_shards; }
  [[nodiscard]] constexpr double norm_tokens() const { return tokens() / norm_shards; }
};

}  // namespace fleetcast
