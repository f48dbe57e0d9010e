#include "sim/validation/names.hpp"

#include <algorithm>

#include "sim/config/library.hpp"

namespace fleetcast {

std::string stack_of(const config::Measurement& row) {
  if (!row.stack.empty()) return row.stack;
  const auto framework = row.knobs.find("framework");
  const std::string text =
      row.source + " " + (framework == row.knobs.end() ? "" : framework->second);
  for (const Stack& stack : config::all_stacks())
    for (const std::string& word : stack.cited_as)
      if (text.find(word) != std::string::npos) return stack.name + " " + stack.release;
  return {};
}

std::string known_system(const std::string& name) {
  static const std::vector<std::string> known = config::names_in("clusters");
  for (std::string words = name; !words.empty();
       words.resize(std::min(words.size(), words.rfind('-')))) {
    if (std::find(known.begin(), known.end(), words) != known.end()) return words;
    if (words.find('-') == std::string::npos) break;
  }
  return name;
}

}  // namespace fleetcast
