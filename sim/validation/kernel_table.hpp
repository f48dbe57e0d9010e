#pragma once

// Tables of measured kernels, CSV with a header line:
//   GEMM       gpu,dtype,m,n,k,time_us,tflops,source                       C[m,n] = A[m,k] B[k,n]
//   attention  gpu,dtype,direction,batch,heads,kv_heads,head_dim,seq,causal,time_us,tflops,source
//   memory     gpu,op,dtype,direction,rows,cols,bytes,time_us,GBps,frac_peak,source
//   collective system,collective,ranks,nodes,link,bytes,time_us,algbw_GBps,busbw_GBps,source
// Columns may come in any order; further ones are ignored.

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/quantity.hpp"
#include "models/workload/op.hpp"

namespace fleetcast {

struct GemmRow {
  std::string gpu;    ///< as the source calls it: "H100-SXM5-80GB"
  std::string dtype;  ///< bf16, fp8, ...; "fp8_dynq" includes quantising A
  GemmShape shape;
  Seconds time{};
  std::string source;
};

struct AttentionRow {
  std::string gpu;
  std::string dtype;
  std::string direction;  ///< fwd, bwd, fwd+bwd, decode (one query against `seq` keys)
  AttentionShape shape;   ///< values as wide as keys unless the source says "dv=128"
  Seconds time{};
  std::string source;
};

struct MemoryRow {
  std::string gpu;
  std::string op;
  std::string dtype;
  std::string direction;
  double rows = 0, cols = 0;
  Bytes bytes{};
  Seconds time{};
  double share = 0.0;  ///< of the HBM peak; streams state only this, with bytes and time zero
  std::string source;
};

struct CollectiveRow {
  std::string system;      ///< "H100-SXM5"
  std::string collective;  ///< as nccl-tests: all_reduce, alltoall, ...; or a DeepEP kernel
  double ranks = 0, nodes = 0;
  std::string link;
  Bytes bytes{};   ///< "size" of nccl-tests
  Seconds time{};  ///< zero where a source states only a rate
  std::string source;
};

template <class Row>
struct KernelTable {
  std::vector<Row> rows;
  std::vector<std::string>
      problems;  ///< "file:line:column: key: what", every one; then rows lack some
};

/// `file` is only for the problems' text.
KernelTable<GemmRow> read_gemm_table(std::istream& in, std::string_view file);
KernelTable<AttentionRow> read_attention_table(std::istream& in, std::string_view file);
KernelTable<MemoryRow> read_memory_table(std::istream& in, std::string_view file);
KernelTable<CollectiveRow> read_collective_table(std::istream& in, std::string_view file);

enum class TableKind : unsigned char { kGemm, kAttention, kMemory, kCollective };

/// By the columns of its header line; GEMM where none tells, so that its reader names what lacks.
TableKind kind_of_table(std::string_view header);

}  // namespace fleetcast
