#include "sim/validation/nccl_log.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
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
  int first_rank = 1;  ///< line
  std::set<std::string> hosts;
  const Device* device = nullptr;
  std::string_view test;
};

/// "#  Rank  0 Group  0 Pid 1234 on host device  0 [0x1b] NVIDIA H100 80GB HBM3".
void read_rank(const std::string& line, int number, Log& log) {
  if (++log.ranks == 1) log.first_rank = number;
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

void read_comment(const std::string& line, int number, Log& log) {
  std::istringstream words(line);
  std::string hash, word;
  words >> hash >> word;
  if (word == "Rank") read_rank(line, number, log);
  for (const auto& [text, name] : kTests) {
    if (log.test.empty() && line.find(text) != std::string::npos) log.test = name;
  }
}

/// A line of results: "size count type ... time algbw busbw #wrong ...", out of place first.
struct Result {
  bool present = false;  ///< begins as one
  double bytes = 0, time = 0;
  std::string wrong;  ///< values; empty or "N/A": not checked
};

bool is_number(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

Result read_result(const std::string& line) {
  std::istringstream words(line);
  std::string bytes, count, type, redop, root, rates;
  words >> bytes >> count >> type;
  Result out;
  out.present = is_number(bytes) && is_number(count) && !type.empty() && !is_number(type);
  if (!out.present) return out;
  out.bytes = std::strtod(bytes.c_str(), nullptr);
  // Without a reduction some releases leave the two columns out.
  const auto before = words.tellg();
  if (!(words >> redop >> root >> out.time) ||
      std::isdigit(static_cast<unsigned char>(redop.front()))) {
    words.clear();
    words.seekg(before);
    out.time = 0;
    words >> out.time;
  }
  words >> rates >> rates >> out.wrong;
  return out;
}

/// Lines of a log that hold what it is about, and what is wrong with them.
class Reader {
 public:
  Reader(std::string_view file, std::vector<std::string>& problems)
      : file_(file), problems_(problems) {}

  void complain(int line, std::string_view key, std::string_view what) {
    problems_.push_back(fmt::format("{}:{}:1: {}: {}", file_, line, key, what));
  }

  void read(const std::string& line, int number) {
    if (line.find(" failure ") != std::string::npos) {
      complain(number, "log", "the test failed: " + line.substr(line.find_first_not_of(' ')));
    } else if (line.starts_with('#') || line.find("_perf") != std::string::npos) {
      read_comment(line, number, log);
    } else if (const Result result = read_result(line); result.present) {
      add(result, number);
    }
  }

  Log log;
  std::vector<std::pair<double, double>> results;  ///< bytes, us

 private:
  void add(const Result& result, int number) {
    if (is_number(result.wrong) && result.wrong.find_first_not_of('0') != std::string::npos)
      complain(number, "#wrong", result.wrong + " values are wrong");
    else if (result.time > 0.0 && result.bytes > 0.0)
      results.emplace_back(result.bytes, result.time);
    else if (result.bytes > 0.0)
      complain(number, "time", "is missing behind size, count and type");
  }

  std::string_view file_;
  std::vector<std::string>& problems_;
};

std::string known_devices() {
  std::string out;
  for (const Device& device : kDevices) out += (out.empty() ? "" : ", ") + std::string(device.text);
  return out;
}

}  // namespace

KernelTable<CollectiveRow> read_nccl_log(std::istream& in, std::string_view file) {
  KernelTable<CollectiveRow> out;
  Reader reader(file, out.problems);
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) reader.read(text, number);
  const bool lines_are_fine = out.problems.empty();
  Log& log = reader.log;
  if (log.ranks == 0) reader.complain(1, "log", "names no ranks");
  if (log.ranks > 0 && log.device == nullptr)
    reader.complain(log.first_rank, "device", "is none we know; known: " + known_devices());
  for (const auto& [word, name] : kTests)  // old releases do not print their own name
    if (log.test.empty() && file.find(word) != std::string_view::npos) log.test = name;
  if (log.test.empty())
    reader.complain(1, "log", "names no collective we know; call the file all_reduce.log");
  if (reader.results.empty() && lines_are_fine) reader.complain(1, "log", "holds no times");
  if (!out.problems.empty()) return out;
  for (const auto& [bytes, time] : reader.results) {
    out.rows.push_back({std::string(log.device->system), std::string(log.test), 1.0 * log.ranks,
                        static_cast<double>(std::max<std::size_t>(1, log.hosts.size())),
                        std::string(log.device->link), Bytes{bytes}, kMicrosecond * time,
                        fmt::format("nccl-tests log {}", file)});
  }
  return out;
}

}  // namespace fleetcast
