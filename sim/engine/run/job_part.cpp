#include "sim/engine/run/job.hpp"

namespace fleetcast {
namespace {

struct Name {
  std::string_view key, meaning;
};
constexpr std::array<Name, kJobParts> kNames{{
    {"training", "work that is in the model"},
    {"shrunk", "what it took longer for lack of replicas"},
    {"checkpoint", "standing still for checkpoints"},
    {"lost", "work since the last checkpoint, done again"},
    {"detection", "until a failure is noticed"},
    {"restart", "re-scheduling, reload, warm-up"},
    {"waiting", "for a node to be repaired"},
    {"maintenance", "planned"},
}};

}  // namespace

std::string_view key_of(JobPart part) { return kNames[static_cast<std::size_t>(part)].key; }
std::string_view meaning_of(JobPart part) { return kNames[static_cast<std::size_t>(part)].meaning; }

}  // namespace fleetcast
