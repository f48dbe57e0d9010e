#pragma once

// Models as published rows describe them, in the words of a Transformer.

#include "sim/config/tree.hpp"

namespace fleetcast::config {

/// The mapping with what its words imply: "attention: MLA(q_lora1536, kv_lora512, ...)" spelt out,
/// `dense_layers` those before the first experts, as many key/value heads as heads and as wide a
/// shared expert as a routed one where none is stated.
Node whole_model(const Node& model);

}  // namespace fleetcast::config
