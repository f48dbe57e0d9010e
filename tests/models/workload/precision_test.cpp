#include "models/workload/precision.hpp"

#include <set>
#include <string_view>

#include "tests/catch.hpp"

namespace fleetcast {

TEST_CASE("bfloat16 is the default recipe, found under its key", "[workload]") {
  CHECK(precisions().front() == &kBf16);
  CHECK(find_precision("bf16") == &kBf16);
  CHECK(find_precision("bf61") == nullptr);
}

TEST_CASE("a data type's size is what its bits say", "[workload]") {
  CHECK(bytes_of(Dtype::kFp32) == Bytes{4});
  CHECK(bytes_of(Dtype::kBf16) == Bytes{2});
  CHECK(bytes_of(Dtype::kFp16) == Bytes{2});
  CHECK(bytes_of(Dtype::kFp8) == Bytes{1});
  CHECK(bytes_of(Dtype::kFp4) == Bytes{0.5});
}

TEST_CASE("every recipe has a key and a meaning of its own", "[workload][contract]") {
  std::set<std::string_view> keys, meanings;
  for (const Precision* p : precisions()) {
    INFO(p->key);
    CHECK(find_precision(p->key) == p);
    CHECK(keys.insert(p->key).second);
    CHECK(meanings.insert(p->meaning).second);
  }
}

TEST_CASE("a recipe quantises exactly when its GEMMs are narrower than 16 bits",
          "[workload][contract]") {
  for (const Precision* p : precisions()) {
    INFO(p->key);
    const bool narrow = bytes_of(p->gemm) < Bytes{2};
    CHECK((p->quantize_kernels > 0) == narrow);
    CHECK((p->quantize_bytes > 0) == narrow);
    // A cast reads two bytes and writes the narrow tensor, its transpose as well.
    if (narrow) CHECK(p->quantize_bytes >= 2 + 2 * bytes_of(p->gemm).base());
  }
}

TEST_CASE("no recipe keeps or sends more an element than bfloat16, nor less than its format",
          "[workload][contract]") {
  for (const Precision* p : precisions()) {
    INFO(p->key);
    for (const double bytes : {p->saved_bytes, p->gather_bytes, p->param_gather_bytes}) {
      CHECK(bytes <= 2);
      CHECK(bytes >= bytes_of(p->gemm).base());
    }
    CHECK(p->weight_bytes >= 2);
  }
}

}  // namespace fleetcast
