#include "sim/validation/nccl_log.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace fleetcast {
namespace {

struct Device {
  std::string_view text, system, link;
};
// The link of a node is the chip's; that between nodes is not in a log and stays open.
constexpr std::array<Device, 8> kDevices{{{"GB300", "GB300", "NVLink5 900GB/s/dir"},
                                          {"B300", "B300-SXM", "NVLink5 900GB/s/dir"},
                                          {"GB200", "GB200", "NVLink5 900GB/s/dir"},
                                          {"B200", "B200-SXM", "NVLink5 900GB/s/dir"},
                                          {"H200", "H200-SXM", "NVLink4 450GB/s/dir"},
                                          {"H800", "H800", "NVLink4 200GB/s/dir"},
                                          {"H100", "H100-SXM5", "NVLink4 450GB/s/dir"},
                                          {"A100", "A100-SXM4", "NVLink3 300GB/s/dir"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kTests{
    {{"all_reduce", "all_reduce"},
     {"all_gather", "all_gather"},
     {"reduce_scatter", "reduce_scatter"},
     {"alltoall", "alltoall"},
     {"sendrecv", "send_recv"},
     {"AllReduce", "all_reduce"}}};

struct Log {
  int ranks = 0;
  std::set<std::string> hosts;
  const Device* device = nullptr;
  std::string_view test;
};

/// "#  Rank  0 Group  0 Pid 1234 on host device  0 [0x1b] NVIDIA H100 80GB HBM3".
void read_rank(const std::string& line, Log& log) {
  ++log.ranks;
  if (const auto on = line.find(" on "); on != std::string::npos) {
    std::istringstream rest(line.substr(on + 4));
    std::string host;
    rest >> host;
    log.hosts.insert(host);
  }
  for (const Device& device : kDevices) {
    if (log.device == nullptr && line.find(device.text) != std::string::npos) log.device = &device;
  }
}

void read_comment(const std::string& line, Log& log) {
  std::istringstream words(line);
  std::string hash, word;
  words >> hash >> word;
  if (word == "Rank") read_rank(line, log);
  for (const auto& [text, name] : kTests) {
    if (log.test.empty() && line.find(text) != std::string::npos) log.test = name;
  }
}

/// Size and out-of-place time in us; zero time where the line is no result.
std::pair<double, double> read_times(const std::string& line) {
  std::istringstream words(line);
  double bytes = 0.0, count = 0.0, time = 0.0;
  std::string type, redop, root;
  if (!(words >> bytes >> count >> type)) return {};
  // Without a reduction some releases leave the two columns out.
  const auto before = words.tellg();
  if (words >> redop >> root >> time && !std::isdigit(static_cast<unsigned char>(redop.front())))
    return {bytes, time};
  words.clear();
  words.seekg(before);
  return words >> time ? std::pair{bytes, time} : std::pair{0.0, 0.0};
}

}  // namespace

KernelTable<CollectiveRow> read_nccl_log(std::istream& in, std::string_view file) {
  KernelTable<CollectiveRow> out;
  Log log;
  std::vector<std::pair<double, double>> results;
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with('#') || line.find("_perf") != std::string::npos) {
      read_comment(line, log);
    } else if (const auto result = read_times(line); result.second > 0.0 && result.first > 0.0) {
      results.push_back(result);
    }
  }
  const auto complain = [&](std::string_view what) {
    out.problems.push_back(fmt::format("{}:1:1: log: {}", file, what));
  };
  if (log.ranks == 0) complain("names no ranks");
  if (log.ranks > 0 && log.device == nullptr) complain("names no device we know");
  for (const auto& [text, name] : kTests)  // old releases do not print their own name
    if (log.test.empty() && file.find(text) != std::string_view::npos) log.test = name;
  if (log.test.empty()) complain("names no collective we know; call the file all_reduce.log");
  if (results.empty()) complain("holds no times");
  if (!out.problems.empty()) return out;
  for (const auto& [bytes, time] : results) {
    out.rows.push_back({std::string(log.device->system), std::string(log.test), 1.0 * log.ranks,
                        static_cast<double>(std::max<std::size_t>(1, log.hosts.size())),
                        std::string(log.device->link), Bytes{bytes}, kMicrosecond * time,
                        fmt::format("nccl-tests log {}", file)});
  }
  return out;
}

}  // namespace fleetcast
