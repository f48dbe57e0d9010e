#include "sim/engine/step/messages.hpp"

#include <algorithm>

namespace fleetcast::step {
namespace {

/// One stretch of rounds as messages.
struct Leg {
  int messages = 1;     ///< of each rank
  Seconds call{};       ///< before the first
  Seconds on_wire{};    ///< of one message
  Seconds in_flight{};  ///< after it has left the wire
  bool relays = true;   ///< the next one waits for the last one's arrival
};

std::vector<Leg> legs_of(const Rounds& rounds, const Network& network) {
  std::vector<Leg> out;
  const Stretches stretches = stretches_of(rounds, network);
  std::vector<int> repeats, hops;
  for (const Round& round : rounds) {
    if (!round.alongside || repeats.empty()) {
      repeats.push_back(0);
      hops.push_back(0);
    }
    repeats.back() = std::max(repeats.back(), round.repeat);
    hops.back() += round.hops;
  }
  for (int i = 0; i < stretches.count; ++i) {
    const Stretch& s = stretches.stretch[static_cast<std::size_t>(i)];
    Leg leg{.messages = repeats[static_cast<std::size_t>(i)]};
    leg.on_wire = s.transfer / double(leg.messages);
    leg.relays = rounds.round[0].op != CollectiveOp::kAllToAll;
    // A call's own cost comes once; what is left of latency is that of hops.
    leg.call = leg.relays && hops[static_cast<std::size_t>(i)] > 0 ? s.call : s.latency;
    leg.in_flight = (s.latency - leg.call) / double(leg.messages);
    out.push_back(leg);
  }
  return out;
}

class Ring : public event::Process {
 public:
  Ring(event::Agenda& agenda, std::vector<Leg> legs, int ranks, const MessageNoise& noise)
      : agenda_(agenda),
        legs_(std::move(legs)),
        slowness_(noise.slowness),
        free_(static_cast<std::size_t>(ranks)),
        sent_(static_cast<std::size_t>(ranks), 0) {
    agenda.reserve(static_cast<std::size_t>(ranks));
  }

  void start_leg(Seconds at) {
    left_ = static_cast<std::uint64_t>(legs_[leg_].messages) * free_.size();
    std::fill(sent_.begin(), sent_.end(), 0);
    std::fill(free_.begin(), free_.end(), at + legs_[leg_].call);
    for (std::uint32_t r = 0; r < free_.size(); ++r) send(r, at + legs_[leg_].call);
  }

  /// A message has come to rank `actor`.
  void handle(const event::Event& event) override {
    ++messages_;
    end_ = event.at;
    const std::uint32_t rank = event.actor();
    if (--left_ == 0) {
      if (++leg_ < legs_.size()) start_leg(event.at);
      return;
    }
    if (sent_[rank] < legs_[leg_].messages) send(rank, std::max(event.at, free_[rank]));
  }

  [[nodiscard]] Seconds end() const { return end_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }

 private:
  void send(std::uint32_t rank, Seconds at) {
    const Leg& leg = legs_[leg_];
    const Seconds wire = slowness_.empty() ? leg.on_wire : leg.on_wire * slowness_[rank];
    free_[rank] = at + wire;
    ++sent_[rank];
    const std::uint32_t next = rank + 1 == free_.size() ? 0 : rank + 1;
    // Without relays, hearing of one's own wire is what lets the next one go.
    agenda_.post(free_[rank] + leg.in_flight, 0, leg.relays ? next : rank);
  }

  event::Agenda& agenda_;
  std::vector<Leg> legs_;
  std::vector<double> slowness_;
  std::vector<Seconds> free_;  ///< [rank]: when its link is
  std::vector<int> sent_;      ///< [rank]: messages of this leg
  std::size_t leg_ = 0;
  std::uint64_t left_ = 0, messages_ = 0;
  Seconds end_{};
};

}  // namespace

MessagesPlayed play_messages(const Rounds& rounds, const Network& network, int ranks,
                             const MessageNoise& noise, const event::RunOptions& run) {
  event::Kernel kernel;
  Ring ring(kernel.agenda(), legs_of(rounds, network), ranks, noise);
  kernel.agenda().add(0, ring);
  ring.start_leg(Seconds{});
  const bool finished = kernel.run(run);
  return {ring.end(), ring.messages(), finished};
}

}  // namespace fleetcast::step
