#include "sim/config/document.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "sim/config/tree.hpp"

namespace fleetcast::config {
namespace {

constexpr int kHopelessDepth = 1000;

[[noreturn]] void refuse(const std::string& path, std::string what) {
  throw ConfigError({Problem{path, 1, 1, "", std::move(what)}});
}

unsigned char byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

/// Length of the UTF-8 character at `i`; 0 when it is none, or a control character.
std::size_t character_size(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) return lead >= 0x20 || lead == '\n' || lead == '\r' || lead == '\t' ? 1 : 0;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  for (std::size_t k = 1; k < size; ++k) {
    if ((byte_at(text, i + k) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte_at(text, i + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second >= 0xA0;
  return overlong || surrogate || (lead == 0xF4 && second >= 0x90) ? 0 : size;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Counts open flow collections and their commas, as far as one pass without grammar can.
class FlowScan {
 public:
  enum class Verdict { kFine, kTooDeep, kTooMany };

  Verdict take(char c) {
    if (in_comment_) {
      in_comment_ = c != '\n';
    } else if (quote_ != 0) {
      take_quoted(c);
    } else {
      take_plain(c);
    }
    previous_ = c;
    if (depth_ > kHopelessDepth) return Verdict::kTooDeep;
    return commas_ > kMostNodes ? Verdict::kTooMany : Verdict::kFine;
  }

 private:
  void take_quoted(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (quote_ == '"' && c == '\\') {
      escaped_ = true;
    } else if (c == quote_) {
      quote_ = 0;
    }
  }

  void take_plain(char c) {
    const bool starts_word = is_space(previous_);
    if (c == '#' && starts_word) {
      in_comment_ = true;
    } else if ((c == '"' || c == '\'') && depth_ > 0 && may_start_node_) {
      quote_ = c;
    } else if ((c == '[' || c == '{') && (depth_ > 0 || may_start_node_)) {
      ++depth_;
    } else if ((c == ']' || c == '}') && depth_ > 0) {
      --depth_;
    } else if (c == ',' && depth_ > 0) {
      ++commas_;
    }
    if (!is_space(c)) follow(c, starts_word);
    if (c == '\n' && depth_ == 0) may_start_node_ = true;
  }

  /// A node may start after an indicator, an anchor or a tag; not inside "see [1".
  void follow(char c, bool starts_word) {
    if (starts_word) in_property_ = c == '&' || c == '!';
    const bool indicator = std::strchr("[{,:?-", c) != nullptr;
    may_start_node_ = indicator || (in_property_ && (may_start_node_ || !starts_word));
  }

  int depth_ = 0;
  std::size_t commas_ = 0;
  char previous_ = '\n';
  char quote_ = 0;
  bool escaped_ = false;
  bool in_comment_ = false;
  bool in_property_ = false;
  bool may_start_node_ = true;
};

}  // namespace

std::string read_document(const std::string& path) {
  return read_bytes(path, kMostBytes, "a configuration");
}

std::string read_bytes(const std::string& path, std::size_t most, std::string_view what) {
  const auto too_large = [&] {
    return "is larger than " + std::to_string(most >> 20U) + " MiB, too large for " +
           std::string(what);
  };
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) refuse(path, "no such file");
  if (fs::is_directory(status)) refuse(path, "is a directory, expected a file");
  if (fs::is_regular_file(status) && fs::file_size(path, error) > most && !error) {
    refuse(path, too_large());
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) refuse(path, std::string("cannot be read: ") + std::strerror(errno));
  std::string text;
  std::array<char, 65536> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    text.append(buffer.data(), got);
    if (text.size() > most) refuse(path, too_large());
  }
  if (std::ferror(file.get()) != 0) refuse(path, "cannot be read to its end");
  return text;
}

std::optional<Problem> screen(std::string_view name, std::string_view text) {
  const auto problem = [&](int line, int column, std::string what) {
    return Problem{std::string(name), line, column, "", std::move(what)};
  };
  FlowScan scan;
  int line = 1;
  int column = 1;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = character_size(text, i);
    if (size == 0) return problem(line, column, "is not text (UTF-8)");
    switch (scan.take(text[i])) {
      case FlowScan::Verdict::kFine: break;
      case FlowScan::Verdict::kTooDeep: return problem(line, column, kTooDeep);
      case FlowScan::Verdict::kTooMany: return problem(line, column, kTooMany);
    }
    column = text[i] == '\n' ? 1 : column + 1;
    line += text[i] == '\n' ? 1 : 0;
    i += size;
  }
  return std::nullopt;
}

std::string_view without_bom(std::string_view text) {
  return text.substr(0, 3) == "\xEF\xBB\xBF" ? text.substr(3) : text;
}

std::size_t offset_of(std::string_view text, int line, int column) {
  std::size_t offset = 0;
  for (; line > 1 && offset < text.size(); --line) {
    offset = std::min(text.find('\n', offset), text.size() - 1) + 1;
  }
  for (; column > 1 && offset < text.size(); --column) {
    offset += std::max<std::size_t>(1, character_size(text, offset));
  }
  return offset;
}

bool quote_is_closed(std::string_view text, std::size_t offset) {
  while (offset < text.size() && (text[offset] == '&' || text[offset] == '!')) {
    while (offset < text.size() && !is_space(text[offset])) ++offset;
    while (offset < text.size() && is_space(text[offset])) ++offset;
  }
  const char quote = offset < text.size() ? text[offset] : '\0';
  if (quote != '"' && quote != '\'') return true;
  for (std::size_t i = offset + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || byte_at(text, i + 1) != '\'') return true;
      ++i;
    }
  }
  return false;
}

}  // namespace fleetcast::config
