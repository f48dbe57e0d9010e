#pragma once

// The ranks of a training step: blocks of ranks that exchange in every layer, each running its
// stage's slots in the order of the schedule, layer by layer and task by task.

#include <functional>
#include <vector>

#include "sim/engine/event/agenda.hpp"
#include "sim/engine/step/carrier.hpp"
#include "sim/engine/step/links.hpp"
#include "sim/engine/step/noise.hpp"
#include "sim/engine/step/script.hpp"
#include "sim/engine/step/tracer.hpp"

namespace fleetcast::step {

/// What ranks play; all of it outlives them.
struct Play {
  const Step* step = nullptr;
  const StepTraffic* traffic = nullptr;
  const Scripts* scripts = nullptr;
  Grid grid;
  Noise noise;
  Tracer* tracer = nullptr;  ///< null: nobody looks
  bool contention = true;    ///< exchanges share links; else each takes its price
  Seconds late{};            ///< the first forward waits so long for its weights
};

/// Layers of one chunk in model order, as (kind, how many).
struct ChunkScript {
  struct Part {
    std::uint8_t kind = 0;
    std::int16_t layers = 0;
  };
  std::vector<Part> parts;
};

/// One block of ranks and where it is. Times below zero: not known yet.
struct Block {
  int stage = 0;
  int slot = 0;       ///< of its stage's order: running, or next
  bool runs = false;  ///< the slot has begun
  bool held = false;  ///< and would be over, but for weights on their way
  Seconds free_at{};  ///< when its last slot ended
  Seconds begun{};    ///< when this one began

  // The layer it is in.
  int part = 0, layers_left = 0, next_task = 0;
  std::uint16_t layer = 0;  ///< counted, modulo 65,536
  int waits_for = -1;       ///< task
  Seconds layer_begun{}, credit{}, beside{}, hidden{};
  std::array<Seconds, kStreamCount> free{};
  std::array<Seconds, kStreamCount> sent{};
  std::array<int, kStreamCount> last{};
  std::vector<Seconds> end;  ///< [task]
  struct Queued {
    int number = 0;
    Seconds ready{};
  };
  std::vector<Queued> queued;  ///< exchanges behind another of their stream

  std::vector<float> transit;  ///< [arrival]: seconds on the way; 0: not there yet; < 0: since when
  std::vector<double> lag, slowness;  ///< [rank of the block]
  std::vector<RandomStream> draws;    ///< likewise
  double skew = 1.0;                  ///< tokens of its busiest rank in this layer, over their mean
  Breakdown parts;
  std::array<std::array<std::uint32_t, kPassCount>, kLayerKindCount> played{};  ///< whole layers
  Seconds worked{};                                                             ///< in slots
  Seconds in_transit{};          ///< waited for what was on its way
  std::int16_t final_slots = 0;  ///< begun of those that complete a chunk's gradients

  [[nodiscard]] double skew_of(const ScriptTask& task) const {
    const bool of_experts = (task.traits & kOfExperts) != 0 || task.cost == Cost::kExpertComm;
    return of_experts ? skew : 1.0;
  }
};

/// Gradients and weights of one stage on their way, bucket after bucket.
struct StageStates {
  struct Bucket {
    int chunk = 0, route = StepTraffic::kNone;
    Seconds duration{};
    int ready = 0;  ///< columns
    Seconds ready_at{};
  };
  std::vector<Bucket> reduce, gather;
  std::size_t next_reduce = 0, next_gather = 0;
  bool reducing = false;
  Seconds link_free{};
  Seconds sent{}, gather_sent{};                ///< of what is on its way
  std::vector<Seconds> first_there, all_there;  ///< [chunk]; < 0: not yet
  Seconds finish{};                             ///< last slot, and what was put off
};

class Ranks : public event::Process, public Receiver {
 public:
  /// Micro-batches times chunks of a stage: events number them.
  static constexpr int kMostSlots = (1 << 21) - 1;

  /// Requires: no more than kMostSlots.
  Ranks(event::Agenda& agenda, const Play& play);
  /// Requires: before start(); `carrier` outlives the ranks.
  void connect(Carrier& carrier) { carrier_ = &carrier; }

  /// Called when the last block has run its last slot.
  void when_done(std::function<void()> done) { done_ = std::move(done); }

  void start();
  void handle(const event::Event& event) override;
  void arrived(Seconds at, std::uint64_t token) override;

  /// All blocks have run their last slot.
  [[nodiscard]] bool is_done() const { return running_ == 0; }
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }
  [[nodiscard]] const std::vector<StageStates>& states() const { return states_; }
  /// Where a block's working time went, of all slots so far.
  [[nodiscard]] Breakdown parts_of(const Block& block) const;
  [[nodiscard]] Seconds put_off_on(int stage) const;
  /// Without contention and noise.
  [[nodiscard]] Seconds slot_length(int stage, int chunk, SlotPass pass) const;

 private:
  enum What : std::uint32_t { kSlotEnds, kArrives, kBucketReady, kGatherEnds };
  enum class Token : std::uint64_t { kTask, kMeeting, kHop, kReduce, kGather };
  static constexpr int kNobody = -1;                     ///< stage of a block that plays alone
  static constexpr int kNoArrival = 2 * kMostSlots + 1;  ///< only the time to begin
  static constexpr double kLeastScale = 1e-12;
  struct Played {
    Seconds length{};
    Breakdown parts;
  };
  /// Columns that wait for each other in one exchange.
  struct Meeting {
    int count = 0;
    Seconds at{};
  };

  // ranks_slots.cpp
  void make_blocks();
  [[nodiscard]] const Slot& slot_of(const Block& b) const;
  [[nodiscard]] int arrival_code(int micro_batch, int chunk, bool backward) const;
  [[nodiscard]] bool may_begin(const Block& b, const Slot& slot) const;
  void try_begin(int block, Seconds at);
  void end_slot(int block);
  void send_on(int block, const Slot& slot);
  void receive(int block, int code, Seconds at);

  [[nodiscard]] bool is_traced(int block) const {
    return play_.tracer != nullptr && block >= 0 && play_.tracer->traces(block);
  }

  // ranks_layers.cpp
  void play_all_alone();
  [[nodiscard]] const ChunkScript& chunk_of(int stage, int chunk) const;
  [[nodiscard]] const Script& script_of(const Block& b) const;
  [[nodiscard]] bool states_move(const Block& b) const;
  template <class Part>
  [[nodiscard]] bool contends(const Block& b, const Part& part) const;
  void begin_pass(int block);
  bool next_layer(int block, Block& b);
  void begin_layer(Block& b, const Script& script, Seconds at);
  void go_on(int block);
  bool advance(int block, Block& b, const Script& script);
  bool run_task(int block, Block& b, const Script& script);
  void run_compute(int block, Block& b, const Script& script, const ScriptTask& task, Seconds ready,
                   Seconds launched);
  void run_exchange(int block, Block& b, const ScriptTask& task, Seconds due, Seconds launched);
  static void shorten_others(Block& b, std::size_t stream, Seconds from, Seconds hidden);
  void send(int block, Block& b, const ScriptTask& task, int number, Seconds at);
  void send_next(int block, Block& b, const Script& script, Stream stream, Seconds at);
  void task_ended(int block, int code, Seconds at);
  void meeting_ended(int stage, int code, Seconds at);
  void end_layer(Block& b, const Script& script);

  // ranks_noise.cpp
  void draw_slow_nodes();
  [[nodiscard]] bool is_slow(std::uint64_t rank) const;
  void draw_ranks(int block, Block& b);
  void draw_experts(Block& b);
  void slow_down(Block& b, const ScriptTask& task);
  Seconds meet(Block& b, bool tensor_only);

  // ranks_states.cpp
  void make_states();
  void add_buckets(int stage, int chunk, bool reduces, std::vector<StageStates::Bucket>& out);
  void fill_buckets(int block, int chunk, Seconds begin, Seconds length);
  void last_bucket_ready(int block, int chunk);
  void bucket_ready(int stage, int bucket, Seconds at);
  void start_reduces(int stage);
  void reduce_ended(int stage, Seconds at);
  void start_gather(int stage, Seconds at);
  void gather_ended(int stage, Seconds at);
  [[nodiscard]] Seconds last_weights(const Block& b, int chunk) const;
  void finish_block(int block);
  [[nodiscard]] Ends columns_of(int stage) const;

  [[nodiscard]] static std::uint64_t token_of(Token kind, int block, int code) {
    return static_cast<std::uint64_t>(kind) << 56 | static_cast<std::uint64_t>(block) << 24 |
           static_cast<std::uint64_t>(code);
  }
  void post(Seconds at, What what, int actor, int code) {
    agenda_.post(at, kRanks, static_cast<std::uint32_t>(actor),
                 static_cast<std::uint32_t>(code) << 2 | what);
  }

  event::Agenda& agenda_;
  Carrier* carrier_ = nullptr;
  std::function<void()> done_;
  int running_ = 0;  ///< blocks
  Play play_;
  PipelineShape shape_;
  std::vector<std::vector<Slot>> order_;      ///< [stage]
  std::vector<ChunkScript> chunks_;           ///< as Layout::distinct
  std::vector<std::vector<int>> final_slot_;  ///< [stage][chunk]: completes its gradients
  std::vector<Block> blocks_;
  std::vector<StageStates> states_;
  std::vector<Meeting> meetings_;          ///< [stage]
  std::vector<std::uint64_t> slow_nodes_;  ///< in order
  std::array<std::array<Played, kPassCount>, kLayerKindCount> alone_;
};

}  // namespace fleetcast::step
