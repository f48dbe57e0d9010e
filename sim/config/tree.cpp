#include "sim/config/tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "models/base/nearest.hpp"
#include "sim/config/document.hpp"

namespace fleetcast::config {
namespace {

constexpr std::size_t kMostProblems = 100;

/// Makes the tree from yaml-cpp's events, so that limits hold while it parses.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view file) : file_(std::make_shared<const std::string>(file)) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) fail(place(mark), "a second document starts here, expected one a file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = make(Kind::kNull, mark);
    // An empty value has no place of its own: yaml-cpp gives that of whatever comes next.
    if (!open_.empty() && open_.back().has_key) node->at = open_.back().key_at;
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make(Kind::kScalar, mark);
    node->text = value;
    node->is_quoted = tag == "!";
    if (node->is_quoted) last_quoted_ = node->at;
    check_tag(tag, *node);
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(make(Kind::kSequence, mark), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(make(Kind::kMapping, mark), tag, anchor);
  }
  void OnMapEnd() override {
    check_duplicates(*open_.back().node);
    close();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(place(mark), "an alias inside of what it stands for");
    alias_at_ = place(mark);
    add(found->second, 0);
  }

  [[nodiscard]] NodePtr root() const { return root_; }
  [[nodiscard]] const Place& last_quoted() const { return last_quoted_; }
  [[nodiscard]] const Place& start() const { return start_; }
  [[nodiscard]] std::vector<Problem>& problems() { return problems_; }

  [[noreturn]] void fail(const Place& at, std::string what) {
    problems_.push_back(problem_at(at, path(), std::move(what)));
    throw ConfigError(std::move(problems_));
  }

  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    return {file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
  }

 private:
  struct Open {
    std::shared_ptr<Node> node;
    YAML::anchor_t anchor;
    bool has_key = false;
    std::string key = {};
    Place key_at = {};
  };

  std::shared_ptr<Node> make(Kind kind, const YAML::Mark& mark) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->at = place(mark);
    return node;
  }

  void open(std::shared_ptr<Node> node, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(tag, *node);
    if (open_.size() >= static_cast<std::size_t>(kMostDepth)) fail(node->at, kTooDeep);
    if (expects_key())
      fail(node->at, "a key must be a word, not a list or mapping; is a bracket left open?");
    open_.push_back({std::move(node), anchor});
  }

  void close() {
    const Open done = std::move(open_.back());
    open_.pop_back();
    add(done.node, done.anchor);
  }

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node->kind == Kind::kMapping && !open_.back().has_key;
  }

  void add(NodePtr node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (expects_key()) return add_key(*node);
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Node& parent = *open_.back().node;
    const Place at = alias_at_.file ? std::exchange(alias_at_, {}) : node->at;
    if (static_cast<int>(open_.size()) + node->height > kMostDepth) fail(at, kTooDeep);
    // Scalars count at once, collections as they close: no more than twice the limit is ever held.
    total_ += node->kind == Kind::kScalar || node->kind == Kind::kNull ? 1 : 0;
    parent.size += node->size;
    parent.height = std::max(parent.height, node->height + 1);
    if (parent.size > kMostNodes || total_ > kMostNodes) fail(at, kTooMany);
    if (parent.kind == Kind::kSequence) {
      parent.items.push_back(std::move(node));
    } else {
      parent.entries.push_back(
          {std::move(open_.back().key), std::move(open_.back().key_at), std::move(node)});
      open_.back().has_key = false;
    }
  }

  void add_key(const Node& node) {
    alias_at_ = {};
    if (node.kind != Kind::kScalar) fail(node.at, "a key must be a word");
    open_.back().has_key = true;
    open_.back().key = node.text;
    open_.back().key_at = node.at;
    if (node.text == "<<" && !node.is_quoted) note(node.at, "merge keys are not supported");
  }

  void check_tag(const std::string& tag, const Node& node) {
    if (!tag.empty() && tag != "?" && tag != "!") note(node.at, "tags are not supported");
  }

  void check_duplicates(const Node& mapping) {
    std::unordered_map<std::string_view, const Entry*> seen;
    for (const Entry& entry : mapping.entries) {
      const auto [first, is_new] = seen.emplace(entry.key, &entry);
      if (is_new) continue;
      const Place& at = first->second->at;
      const std::string prefix = path().empty() ? "" : path() + ".";
      note_as(
          entry.at, prefix + entry.key,
          "is given twice, first at " + std::to_string(at.line) + ":" + std::to_string(at.column));
    }
  }

  void note(const Place& at, std::string what) { note_as(at, path(), std::move(what)); }

  void note_as(const Place& at, std::string key, std::string what) {
    problems_.push_back(problem_at(at, std::move(key), std::move(what)));
    if (problems_.size() >= kMostProblems) throw ConfigError(std::move(problems_));
  }

  /// Dotted path of what is being read.
  [[nodiscard]] std::string path() const {
    std::string text;
    for (const Open& level : open_) {
      const bool is_sequence = level.node->kind == Kind::kSequence;
      if (!is_sequence && !level.has_key) break;
      if (!text.empty()) text += '.';
      text += is_sequence ? std::to_string(level.node->items.size()) : level.key;
    }
    return text;
  }

  std::shared_ptr<const std::string> file_;
  Place start_{file_, 1, 1};
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, NodePtr> anchors_;
  std::vector<Problem> problems_;
  Place alias_at_;
  Place last_quoted_;
  NodePtr root_;
  std::size_t total_ = 0;
  int documents_ = 0;
};

void run_parser(std::string_view text, Builder& builder) {
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    builder.fail(builder.place(error.mark), "is not YAML: " + error.msg);
  }
}

}  // namespace

Tree parse_text(std::string_view name, std::string_view text) {
  text = without_bom(text);
  if (std::optional<Problem> problem = screen(name, text)) throw ConfigError({*problem});
  Builder builder(name);
  run_parser(text, builder);
  const Place& quote = builder.last_quoted();
  if (quote.file && !quote_is_closed(text, offset_of(text, quote.line, quote.column))) {
    builder.fail(quote, "is not YAML: a quote is never closed");
  }
  if (!builder.root() || builder.root()->kind == Kind::kNull) {
    builder.fail(builder.start(), "is empty");
  }
  if (!builder.problems().empty()) throw ConfigError(std::move(builder.problems()));
  return Tree(builder.root());
}

Tree parse_file(const std::string& path) { return parse_text(path, read_document(path)); }

}  // namespace fleetcast::config
