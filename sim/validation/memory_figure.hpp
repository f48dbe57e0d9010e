#pragma once

// What the key of a published memory figure means: "activations_gib_sp_plus_selective".

#include <optional>
#include <string>
#include <string_view>

#include "models/cost/memory.hpp"
#include "models/parallel/plan.hpp"

namespace fleetcast {

enum class FigureKind : unsigned char { kPeak, kPart, kPercent };

/// Which peak: of tensors handed out, of what the allocator holds, of what the driver sees.
enum class Peak : unsigned char { kAllocated, kReserved, kDevice };

/// How activations of a figure were kept, where its key says so.
struct ActivationSetting {
  bool sequence_parallel = false;
  Recompute recompute;
};

struct FigureMeaning {
  FigureKind kind = FigureKind::kPeak;
  std::optional<Peak> peak;  ///< none: as the stack reports
  bool weights = false, gradients = false, optimizer = false, activations = false;
  std::optional<ActivationSetting> setting;
};

/// None for a key that is no memory figure we know.
std::optional<FigureMeaning> meaning_of_figure(std::string_view key);

/// Of a stack's `reports`.
Peak peak_of(std::string_view reports);
Bytes peak_memory(const MemoryUse& use, Peak peak);
/// The parts that the figure adds up.
Bytes parts_of(const MemoryUse& use, const FigureMeaning& meaning);

}  // namespace fleetcast
