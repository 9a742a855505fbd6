#include "tests/fuzz/subject.hpp"

#include <algorithm>
#include <cctype>

namespace fuzz {

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t' || (c & 0x80) != 0;
  });
}

Verdict judge(const common::Error& error, common::ErrorCode code, std::string_view name) {
  if (error.code != code) {
    return broken("an error with code " + std::to_string(static_cast<int>(error.code)) + ": " +
                  error.message());
  }
  if (error.what.empty()) return broken("an error without a clause");
  const std::string message = error.message();
  if (message.find(name) == std::string::npos) {
    return broken("an error that does not name its input: " + message);
  }
  if (!is_plain(message)) return broken("a message that a terminal would act upon: " + message);
  return refused(class_of(error.what));
}

std::string class_of(std::string_view message) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string text;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    const bool opens = (c == '"' || c == '\'') && (i == 0 || !is_word(message[i - 1]));
    const std::size_t close = opens ? message.find(c, i + 1) : std::string_view::npos;
    if (close != std::string_view::npos) {
      text += std::string{c} + ".." + c;
      i = close;
    } else if (is_digit(c) && (i == 0 || !is_word(message[i - 1]))) {
      text += '#';
      while (i + 1 < message.size() && (is_word(message[i + 1]) || message[i + 1] == '.')) ++i;
    } else {
      text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return text;
}

const std::vector<SubjectInfo>& subjects() {
  static const std::vector<SubjectInfo> all{
      {"trace", "trace files: reader, checker, views, seeking, replay", make_trace_subject},
      {"elf", "boot images and their symbols, loaded and run", make_elf_subject},
      {"image", "the monitor's reader of guest kernels, judged by the loader", make_image_subject},
      {"tree", "device trees: the monitor's reader judged by libfdt, and its boot",
       make_tree_subject},
      {"lua", "experiment files and resolved experiments", make_lua_subject},
      {"gdb", "packets to the gdb stub, over a fake and over a machine", make_gdb_subject},
      {"snapshot", "snapshots, restored and run", make_snapshot_subject},
      {"json", "JSON of others: nesting, width, resolved experiments", make_json_subject},
      {"run", "run directories, read by every verb that reads one", make_run_subject},
      {"points", "points.csv, read back to the labels of its sweep", make_points_subject},
  };
  return all;
}

}  // namespace fuzz
