#include <array>

#include "sim/cli/manual.hpp"

namespace fleetcast::cli {
namespace {

constexpr std::array kChoices{
    Choice{"", "SCENARIO", "", "scenarios"},
    Choice{"", "--system", "", "clusters"},
    Choice{"", "--precision", "", "precisions"},
    Choice{"", "--color", "auto always never", ""},
    Choice{"search", "--objective", "time energy cost pareto", ""},
    Choice{"explain", "--from", "", "clusters"},
    Choice{"explain", "--to", "", "clusters"},
    Choice{"simulate", "--scale", "chip step run", ""},
    Choice{"sweep", "SWEEP", "", "sweeps"},
    Choice{"import", "KIND", "hf megatron chakra nccl-tests", ""},
    Choice{"validate", "--engine", "analytic event", ""},
    Choice{"list", "KIND",
           "gpus clusters llms stacks scenarios sweeps columns keys precisions schedules "
           "collectives recompute dimensions",
           ""},
    Choice{"show", "KIND", "gpu microarchitecture cluster llm stack kernels fabric scenario", ""},
    Choice{"completion", "SHELL", "bash zsh fish", ""},
};

}  // namespace

std::span<const Choice> choices() { return kChoices; }

}  // namespace fleetcast::cli
