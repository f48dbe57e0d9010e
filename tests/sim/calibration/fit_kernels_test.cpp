#include "sim/calibration/fit_kernels.hpp"

#include "sim/config/library.hpp"
#include "tests/catch.hpp"

namespace fleetcast::fit {
namespace {

TEST_CASE("tables refit only the sections and the generations they measured", "[calibration]") {
  KernelTables tables;
  for (const double bytes : {1e8, 1e9, 4e9}) {  // a norm at half of the HBM bandwidth
    MemoryRow row;
    row.gpu = "H200-SXM";
    row.op = "rms_norm";
    row.source = "cudnn-frontend norms backend=cudnn";
    row.rows = 1;
    row.bytes = Bytes{bytes};
    row.time = Seconds{4e-6 + bytes / 2.4e12};
    tables.memory.push_back(row);
  }
  const std::vector<FittedChip> files = fit_kernels(tables, "2026-01-02");
  REQUIRE(files.size() == 2);
  CHECK((files[0].file == "kernels/h100" && files[1].file == "kernels/h200"));
  const auto present = config::load<KernelCurves>(config::path_of("kernels", {"h200", {}})).value;
  CHECK(files[1].quality.find("gemm bf16: ") != std::string::npos);
  CHECK(files[1].quality.find("norm 0.") != std::string::npos);
  CHECK(files[1].quality.find("quantise no rows") != std::string::npos);
  const std::string kept = "attention flash3: ";
  CHECK((files[1].quality.find(kept) == std::string::npos) ==
        (present.provenance.find(kept) == std::string::npos));
}

TEST_CASE("without rows nothing is written", "[calibration]") {
  CHECK(fit_kernels({}, "2026-01-02").empty());
}

}  // namespace
}  // namespace fleetcast::fit
