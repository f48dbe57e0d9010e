#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "models/base/nearest.hpp"
#include "sim/config/echo.hpp"
#include "sim/interchange/megatron.hpp"

namespace fleetcast::interchange {
namespace {

struct Word {
  std::string text;
  int line = 1, column = 1;
  bool ends_line = false;  ///< nothing continues it

  [[nodiscard]] bool is_flag() const { return text.starts_with("--"); }
};

/// Of one line, behind a '#' none.
bool add_words(std::string_view line, int number, std::vector<Word>& out) {
  bool goes_on = false;
  for (std::size_t from = 0; from < line.size();) {
    from = line.find_first_not_of(" \t\r", from);
    if (from == std::string_view::npos || line[from] == '#') break;
    const std::size_t end = std::min(line.find_first_of(" \t\r", from), line.size());
    const std::string_view word = line.substr(from, end - from);
    goes_on = word == "\\";
    if (!goes_on) {
      const std::size_t equal = word.starts_with("--") ? word.find('=') : std::string_view::npos;
      const int column = static_cast<int>(from) + 1;
      out.push_back({std::string(word.substr(0, equal)), number, column});
      if (equal != std::string_view::npos)
        out.push_back(
            {std::string(word.substr(equal + 1)), number, column + static_cast<int>(equal) + 1});
    }
    from = end;
  }
  return goes_on;
}

std::string unquoted(std::string text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
      text.back() == text.front())
    return text.substr(1, text.size() - 2);
  return text;
}

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  int number = 1;
  for (std::size_t from = 0; from <= text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    if (!add_words(text.substr(from, end - from), number, out) && !out.empty())
      out.back().ends_line = true;
    from = end + 1;
  }
  for (Word& word : out) {
    word.text = unquoted(word.text);
    if (word.is_flag()) std::replace(word.text.begin() + 2, word.text.end(), '_', '-');
  }
  return out;
}

/// Flags into arguments.
class Parser {
 public:
  Parser(std::string file, std::string_view text)
      : file_(std::move(file)), words_(words_of(text)) {}

  Args parse() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (!words_[i].is_flag()) continue;
      const auto flag = std::find_if(kFlags.begin(), kFlags.end(),
                                     [&](const Flag& f) { return f.key == words_[i].text; });
      if (flag == kFlags.end())
        leave(words_[i]);
      else
        std::visit([&](auto member) { read(i, args_.*member); }, flag->member);
    }
    return args_;
  }

  void need(long value, std::string_view key) {
    if (value == 0 && !std::any_of(problems.begin(), problems.end(),
                                   [&](const config::Problem& p) { return p.key == key; }))
      problems.push_back({file_, 1, 1, std::string(key), "is missing"});
  }
  void report(std::string_view key, std::string what) {
    const auto at = std::find_if(words_.begin(), words_.end(),
                                 [&](const Word& word) { return word.text == key; });
    const bool is_there = at != words_.end();
    problems.push_back({file_, is_there ? at->line : 1, is_there ? at->column : 1, std::string(key),
                        std::move(what)});
  }

  std::vector<config::Problem> problems;
  std::vector<std::string> not_read;

 private:
  /// Null where the next word is a flag, or there is none.
  const Word* value(std::size_t flag) {
    if (!words_[flag].ends_line && flag + 1 < words_.size() && !words_[flag + 1].is_flag())
      return &words_[flag + 1];
    report_at(words_[flag], words_[flag].text, "needs a value");
    return nullptr;
  }

  void leave(const Word& word) {
    not_read.push_back(word.text);
    if (std::find(kPlanFlagsNotRead.begin(), kPlanFlagsNotRead.end(), word.text) !=
        kPlanFlagsNotRead.end())
      report_at(word, word.text, "changes the plan, and is not read yet");
  }

  void report_at(const Word& word, const std::string& key, std::string what) {
    problems.push_back({file_, word.line, word.column, key, std::move(what)});
  }

  void read(std::size_t /*flag*/, bool& out) { out = true; }
  void read(std::size_t flag, std::string& out) {
    if (const Word* word = value(flag); word != nullptr) out = word->text;
  }
  void read(std::size_t flag, long& out) {
    const Word* word = value(flag);
    if (word == nullptr) return;
    const char* end = word->text.data() + word->text.size();
    long number = 0;
    const auto [stop, error] = std::from_chars(word->text.data(), end, number);
    if (error != std::errc() || stop != end || number < 1 || number > 1'000'000'000)
      return report_at(*word, words_[flag].text,
                       quoted(word->text) + " is not a whole number above 0");
    out = number;
  }
  void read(std::size_t flag, std::vector<std::string>& out) {
    if (value(flag) == nullptr) return;
    for (std::size_t i = flag + 1; i < words_.size() && !words_[i].is_flag(); ++i) {
      out.push_back(words_[i].text);
      if (words_[i].ends_line) return;
    }
  }

  std::string file_;
  std::vector<Word> words_;
  Args args_;
};

/// As megatron_model() writes it: with what Megatron-LM assumes, without what says nothing.
MegatronModel normal(MegatronModel m) {
  // validate_args() of megatron/training/arguments.py.
  if (m.ffn_hidden == 0) m.ffn_hidden = m.swiglu ? m.hidden * 8 / 3 / 64 * 64 : 4 * m.hidden;
  if (m.kv_channels * m.heads == m.hidden) m.kv_channels = 0;
  if (m.query_groups == m.heads) m.grouped_query = false;
  if (!m.grouped_query) m.query_groups = 1;
  if (m.experts > 0 && m.moe_ffn_hidden == 0) m.moe_ffn_hidden = m.ffn_hidden;
  return m;
}

/// The name in configs/llms; "" where none has this shape.
std::string find_model(const MegatronModel& wanted) {
  for (const std::string& name : config::names_in("llms")) {
    MegatronModel model = megatron_model(config::load_model({name, {}}).value);
    if (wanted.vocab == 0) model.vocab = 0;  // of the tokenizer
    if (model == wanted) return name;
  }
  return "";
}

const Precision* precision_of(const Args& args) {
  for (const MegatronPrecision& row : kMegatronPrecisions)
    if (row.fp16 == args.fp16 && row.fp8_format == args.fp8_format &&
        row.fp4_format == args.fp4_format &&
        (args.fp8_format.empty() || row.fp8_recipe == args.fp8_recipe))
      return find_precision(row.key);
  return nullptr;
}

int zero_of(const Args& args, Parser& parser) {
  if (!args.fsdp) return args.distributed_optimizer ? 1 : 0;
  const auto row = std::find(kShardings.begin(), kShardings.end(), args.sharding);
  if (row != kShardings.end()) return 2 + static_cast<int>(row - kShardings.begin());
  parser.report("--data-parallel-sharding-strategy",
                quoted(args.sharding) + " is not known here" +
                    suggestion(args.sharding, "known", kShardings));
  return 0;
}

int chunks_of(const Args& args, Parser& parser) {
  if (args.chunks > 0) return static_cast<int>(args.chunks);
  if (args.layers_a_chunk == 0) return 1;
  const long layers =
      args.layers + (args.without_embedding_layer ? 1 : 0) + (args.without_loss_layer ? 1 : 0);
  const long a_stage = args.pp * args.layers_a_chunk;
  if (layers % a_stage == 0) return static_cast<int>(layers / a_stage);
  parser.report(
      "--num-layers-per-virtual-pipeline-stage",
      fmt::format("{} stages of {} do not divide {} layers", args.pp, args.layers_a_chunk, layers));
  return 1;
}

void read_recompute(const Args& args, Parser& parser, config::PlanSpec& plan) {
  plan.recompute = args.granularity.empty() ? "none" : args.granularity;
  if (args.granularity == "full" && args.method == "block")
    plan.recompute_num_layers = static_cast<int>(args.recompute_layers);
  if (args.granularity != "selective") return;
  for (const std::string& module : args.modules)
    if (std::find(kMegatronModules.begin(), kMegatronModules.end(), module) ==
        kMegatronModules.end())
      parser.report("--recompute-modules", quoted(module) + " is not known here" +
                                               suggestion(module, "known", kMegatronModules));
  plan.recompute_modules = args.modules;
}

config::PlanSpec plan_of(const Args& args, Parser& parser) {
  config::PlanSpec out;
  const auto size = [](long value) { return static_cast<int>(value); };
  out.tp = size(args.tp);
  out.cp = size(args.cp);
  out.pp = size(args.pp);
  out.vp = chunks_of(args, parser);
  if (args.experts > 0) {
    out.ep = size(args.ep);
    out.etp = size(args.etp > 0 ? args.etp : args.tp);
  }
  out.micro_batch = size(args.micro_batch);
  out.zero = zero_of(args, parser);
  if (args.tp > 1) out.sequence_parallel = args.sequence_parallel;
  out.ep_overlap = args.ep_overlap;
  read_recompute(args, parser, out);
  return out;
}

void check_needed(const Args& args, Parser& parser) {
  parser.need(args.nodes, "--nnodes");
  parser.need(args.gpus_a_node, "--nproc-per-node");
  parser.need(args.layers, "--num-layers");
  parser.need(args.hidden, "--hidden-size");
  parser.need(args.heads, "--num-attention-heads");
  parser.need(args.seq_len, "--seq-length");
  parser.need(args.micro_batch, "--micro-batch-size");
  parser.need(args.global_batch, "--global-batch-size");
}

std::string yaml_of(const config::PlanSpec& plan) {
  config::Echo echo = config::detail::echo_spec(plan);
  std::erase_if(echo.children, [](const config::Echo& child) {
    return child.kind == config::Kind::kSequence && child.children.empty();
  });
  return config::flow_text(echo);
}

}  // namespace

std::string megatron_scenario(const std::string& file, std::string_view text,
                              const std::string& system) {
  Parser parser(file, text);
  const Args args = parser.parse();
  check_needed(args, parser);
  const config::PlanSpec plan = plan_of(args, parser);
  const Precision* precision = precision_of(args);
  if (precision == nullptr) parser.report("--fp8-format", "with these recipes is not known here");
  const std::string model = parser.problems.empty() ? find_model(normal(args)) : "";
  if (parser.problems.empty() && model.empty())
    parser.report("--num-layers", "no model of configs/llms has the shape of these flags");
  if (!parser.problems.empty()) throw config::ConfigError(parser.problems);
  std::string out;
  if (!parser.not_read.empty())
    out += fmt::format("# Not read: {}.\n", fmt::join(parser.not_read, " "));
  return out + fmt::format(
                   "name: {}\nmodel: {}\nsystems: [{}]\nprecisions: [{}]\ngpus: {}\n"
                   "training: {{seq_len: {}, global_batch: {}}}\nplan: {}\n",
                   quoted(file), model, quoted(system), precision->key,
                   args.nodes * args.gpus_a_node, args.seq_len, args.global_batch, yaml_of(plan));
}

}  // namespace fleetcast::interchange
