#pragma once

// Curves of kernels that others than training stacks run, inference engines and framework defaults:
// measured tables of such kernels are priced with them. Files: configs/implementations, one a chip.

#include <string>
#include <vector>

#include "models/hardware/attention_curve.hpp"
#include "models/hardware/memory_curve.hpp"

namespace fleetcast {

/// Attention by kernel class, number format and direction.
struct AttentionImplementation {
  std::string name;  ///< "vllm_flash3 bf16 fwd"; fp16 counts as bf16
  std::string fit;   ///< rows and error
  AttentionPass pass;
};

struct DecodeImplementation {
  std::string name;  ///< "vllm bf16"
  std::string fit;
  AttentionDecode decode;
};

/// A memory-bound kernel by implementation, operation and direction.
struct MemoryImplementation {
  std::string name;  ///< "liger rms_norm bf16 fwd"
  std::string fit;
  MemoryPass pass;
};

struct Implementations {
  std::string name;
  std::string provenance;
  std::vector<AttentionImplementation> attention;
  std::vector<DecodeImplementation> decode;
  std::vector<MemoryImplementation> memory;
};

}  // namespace fleetcast

namespace fleetcast::fields {
template <>
struct List<AttentionImplementation> {
  static constexpr auto value = std::tuple{
      required("name", &AttentionImplementation::name, "kernel class, number format, direction"),
      required("fit", &AttentionImplementation::fit, "rows and error"),
      required("pass", &AttentionImplementation::pass, "its curve"),
  };
};
template <>
struct List<DecodeImplementation> {
  static constexpr auto value = std::tuple{
      required("name", &DecodeImplementation::name, "engine, number format"),
      required("fit", &DecodeImplementation::fit, "rows and error"),
      required("decode", &DecodeImplementation::decode, "its curve"),
  };
};
template <>
struct List<MemoryImplementation> {
  static constexpr auto value = std::tuple{
      required("name", &MemoryImplementation::name,
               "implementation, operation, number format, direction"),
      required("fit", &MemoryImplementation::fit, "rows and error"),
      required("pass", &MemoryImplementation::pass, "its curve"),
  };
};
template <>
struct List<Implementations> {
  static constexpr auto value = std::tuple{
      required("name", &Implementations::name, "chip measured"),
      required("provenance", &Implementations::provenance, "tables, date"),
      optional("attention", &Implementations::attention, "by class, format and direction"),
      optional("decode", &Implementations::decode, "one query against many keys"),
      optional("memory", &Implementations::memory, "by implementation and operation"),
  };
};
}  // namespace fleetcast::fields
