#pragma once

// A scenario's plan as a command line of Megatron-LM, and back. Of the software stack only what the
// plan says is carried: overlaps, kernels and dispatchers stay the stack's.

#include <string>
#include <string_view>

#include "sim/config/scenario.hpp"
#include "sim/interchange/megatron_flags.hpp"

namespace fleetcast::interchange {

/// `torchrun ... pretrain_gpt.py ...` of the scenario's plan on its first system, a flag a line.
/// Throws: config::ConfigError for what Megatron-LM has no flags for.
std::string megatron_command(const config::Scenario& scenario);

/// The scenario that a command line (of a script named `file`) describes. Its model is the one of
/// configs/llms with that shape, its system the one given: the command names none.
/// Throws: config::ConfigError with all problems.
std::string megatron_scenario(const std::string& file, std::string_view text,
                              const std::string& system);

/// A model in flags.
MegatronModel megatron_model(const Transformer& model);

}  // namespace fleetcast::interchange
