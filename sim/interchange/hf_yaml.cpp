#include <algorithm>

#include "models/base/nearest.hpp"
#include "sim/config/echo.hpp"
#include "sim/interchange/hf.hpp"
#include "sim/report/number.hpp"

namespace fleetcast::interchange {
namespace {

constexpr std::size_t kWidth = 100;

/// Comment lines of at most kWidth characters.
std::string comment(const std::string& text) {
  std::string out, line = "#";
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(' ', from), text.size());
    const std::string word = text.substr(from, end - from);
    if (line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = "#";
    }
    line += " " + word;
    from = end + 1;
  }
  return out + line + "\n";
}

std::string counts(const ImportedModel& imported) {
  const double all = published_parameters(imported);
  const double priced = count_parameters(imported.model).total;
  std::string out = comment(report::whole(all) + " parameters, every tensor counted.");
  if (imported.model.mtp_layers > 0)
    out += comment(report::whole(all + published_mtp_parameters(imported)) +
                   " with multi-token prediction, which repeats embedding and output.");
  if (priced != all)
    out += comment("Forecasts count " + report::whole(priced) +
                   ": they know the norms and biases " + "of most models, not each family's.");
  return out;
}

std::string list(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

/// Without optional values that say what their absence says.
config::Echo shortened(const Transformer& model) {
  config::Echo echo = config::detail::echo_spec(model);
  const config::Echo unset = config::detail::echo_spec(Transformer{});
  std::vector<std::string> required;
  fields::for_each<Transformer>([&](const auto& field) {
    if (field.required) required.emplace_back(field.key);
  });
  std::erase_if(echo.children, [&](const config::Echo& child) {
    return std::find(required.begin(), required.end(), child.key) == required.end() &&
           std::find(unset.children.begin(), unset.children.end(), child) != unset.children.end();
  });
  return echo;
}

}  // namespace

std::string to_yaml(const ImportedModel& imported, const std::string& file) {
  std::string out = counts(imported);
  if (!imported.left_out.empty())
    out += comment("Not modelled: " + list(imported.left_out, "; ") + ".");
  if (!imported.not_read.empty())
    out += comment("Not read: " + list(imported.not_read, ", ") + ".");
  return out + config::yaml_of(shortened(imported.model), {}) +
         "sources:\n  config: " + quoted(file) + "\n";
}

}  // namespace fleetcast::interchange
