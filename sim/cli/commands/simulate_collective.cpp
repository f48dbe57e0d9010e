#include <algorithm>

#include "models/base/nearest.hpp"
#include "models/base/quantity_text.hpp"
#include "sim/cli/commands/simulate.hpp"
#include "sim/cli/output.hpp"
#include "sim/cli/stop.hpp"
#include "sim/cli/subject.hpp"
#include "sim/engine/step/messages.hpp"
#include "sim/engine/step/noise.hpp"

namespace fleetcast::cli {
namespace {

struct Named {
  std::string_view key;
  CollectiveOp op;
};
constexpr std::array<Named, 5> kOps{{{"all_gather", CollectiveOp::kAllGather},
                                     {"reduce_scatter", CollectiveOp::kReduceScatter},
                                     {"all_reduce", CollectiveOp::kAllReduce},
                                     {"all_to_all", CollectiveOp::kAllToAll},
                                     {"send_recv", CollectiveOp::kSendRecv}}};
constexpr int kMostRanks = 1 << 20;

/// What --collective says.
struct Asked {
  const Named* op = nullptr;
  Bytes payload{};
  int ranks = 0;
  const Collective* algorithm = nullptr;  ///< null: the fastest
};

void complain_of(std::vector<config::Problem>& problems, std::string what) {
  problems.push_back({"command line", 1, 1, "--collective", std::move(what)});
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text)
    if (c == ':')
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

template <class Table>
auto find_in(const Table& table, const std::string& key, std::vector<config::Problem>& problems) {
  std::vector<std::string_view> keys;
  for (const auto& row : table) keys.push_back(row->key);
  const auto at = std::find(keys.begin(), keys.end(), key);
  if (at != keys.end()) return table[static_cast<std::size_t>(at - keys.begin())];
  complain_of(problems,
              fleetcast::quoted(key) + " is not known here" + suggestion(key, "known", keys));
  return typename Table::value_type{};
}

Asked read(const std::string& text) {
  std::vector<config::Problem> problems;
  const std::vector<std::string> parts = split(text);
  if (parts.size() < 3 || parts.size() > 4)
    throw config::ConfigError({{"command line", 1, 1, "--collective",
                                fleetcast::quoted(text) + " is not OP:BYTES:RANKS or "
                                                          "OP:BYTES:RANKS:ALGORITHM, such as "
                                                          "all_reduce:1GB:4096:ring"}});
  Asked out;
  std::array<const Named*, kOps.size()> ops{};
  for (std::size_t i = 0; i < kOps.size(); ++i) ops[i] = &kOps[i];
  out.op = find_in(ops, parts[0], problems);
  const Parsed<Bytes> payload = parse_quantity<Bytes>(parts[1]);
  if (!payload.error.empty() || payload.value <= Bytes{})
    complain_of(problems, payload.error.empty() ? "bytes must be more than 0" : payload.error);
  out.payload = payload.value;
  const Parsed<double> ranks = parse_number(parts[2]);
  const bool whole = ranks.value == static_cast<double>(static_cast<int>(ranks.value));
  if (!ranks.error.empty() || ranks.value < 2 || ranks.value > kMostRanks || !whole)
    complain_of(problems, "ranks must be a whole number from 2 to 1,048,576, is " +
                              fleetcast::quoted(parts[2]));
  out.ranks = static_cast<int>(ranks.value);
  if (parts.size() == 4) out.algorithm = find_in(kCollectives, parts[3], problems);
  if (!problems.empty()) throw config::ConfigError(problems);
  return out;
}

step::MessageNoise noise_of(const config::Scenario& scenario, const Asked& asked,
                            std::uint64_t seed) {
  const config::SimulationSpec& spec = scenario.spec.simulation;
  const auto node = static_cast<int>(scenario.systems.front().system.cluster.node_gpus);
  const int nodes = (asked.ranks + node - 1) / node;
  step::MessageNoise out;
  if (spec.slow_nodes <= 0) return out;
  out.slowness.assign(static_cast<std::size_t>(asked.ranks), 1.0);
  for (const std::uint64_t slow : step::drawn_nodes(seed, static_cast<int>(spec.slow_nodes),
                                                    static_cast<std::uint64_t>(nodes)))
    for (int r = static_cast<int>(slow) * node;
         r < std::min(asked.ranks, (static_cast<int>(slow) + 1) * node); ++r)
      out.slowness[static_cast<std::size_t>(r)] = spec.slow_by;
  return out;
}

/// Bus bandwidth as nccl-tests count it.
double bus_factor(CollectiveOp op, double ranks) {
  if (op == CollectiveOp::kSendRecv) return 1.0;
  return (op == CollectiveOp::kAllReduce ? 2.0 : 1.0) * (ranks - 1.0) / ranks;
}

}  // namespace

int simulate_collective(const Arguments& arguments, const config::Scenario& scenario) {
  const Asked asked = read(arguments.collective);
  const Network& network = scenario.systems.front().system.network;
  const NetworkGroup group = strided_group(asked.ranks, 1, network);
  const Collective* algorithm = asked.algorithm;
  if (algorithm == nullptr)
    algorithm = collective_price(asked.op->op, asked.payload, group, network).algorithm;
  if (!algorithm->admits(asked.op->op, group, network))
    throw config::ConfigError({{"command line", 1, 1, "--collective",
                                std::string(algorithm->key) + " does not do " +
                                    std::string(asked.op->key) + " among these ranks"}});
  const Rounds rounds = algorithm->rounds(asked.op->op, asked.payload, group, network);
  const step::MessageNoise noise = noise_of(scenario, asked, arguments.seed);
  const StopSignals stop;
  const step::MessagesPlayed played =
      step::play_messages(rounds, network, asked.ranks, noise, {&StopSignals::signal(), {}});
  if (!played.finished) {
    complain("fleetcast: stopped; a collective that is not over has no time");
    return StopSignals::exit_code();
  }
  report::CollectiveReport report{.subject = subject_of(scenario, 0),
                                  .op = asked.op->key,
                                  .algorithm = algorithm->key,
                                  .payload = asked.payload,
                                  .ranks = asked.ranks,
                                  .time = played.time,
                                  .analytic = price(rounds, network).time,
                                  .messages = played.messages};
  report.slow_ranks = static_cast<int>(
      std::count_if(noise.slowness.begin(), noise.slowness.end(), [](double s) { return s > 1; }));
  report.bus = asked.payload * bus_factor(asked.op->op, asked.ranks) / played.time;
  write(arguments, report);
  return kFine;
}

}  // namespace fleetcast::cli
