#include "sim/report/json.hpp"

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace fleetcast::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kExact = 9007199254740992.0;  // beyond 2^53 a double skips whole numbers

Json json_of(const Record& record);

struct Converter {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const std::string& text) const { return text; }
  Json operator()(bool flag) const { return flag; }
  Json operator()(double number) const {
    if (!std::isfinite(number)) return nullptr;
    if (number == std::floor(number) && std::abs(number) < kExact)
      return static_cast<std::int64_t>(number);
    return number;
  }
  Json operator()(const Records& items) const {
    Json out = Json::array();
    for (const Record& item : items) out.push_back(json_of(item));
    return out;
  }
  Json operator()(const Entries& entries) const {
    Json out = Json::object();
    for (const Entry& entry : entries) out[entry.key] = json_of(entry.value);
    return out;
  }
};

Json json_of(const Record& record) { return std::visit(Converter{}, record.value); }

}  // namespace

// File names need not be UTF-8: what is not becomes a replacement character.
std::string to_json(const Record& record) {
  return json_of(record).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_compact_json(const Record& record) {
  return json_of(record).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string valid_utf8(const std::string& text) {
  const std::string replaced = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(replaced).get<std::string>();
}

}  // namespace fleetcast::report
