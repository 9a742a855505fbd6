#include "cli/boot_vms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "config/schema/schema.hpp"
#include "config/schema/suggest.hpp"

namespace cli {
namespace {

struct Word {
  const char* word;
  const char* key;  // behind "vms.NAME."; "" where it is no key
};

constexpr Word kWords[] = {{"name", ""},
                           {"count", "count"},
                           {"memory", "memory"},
                           {"mem", "memory"},
                           {"kernel", "kernel"},
                           {"initrd", "initrd"},
                           {"program", "workload"},
                           {"args", "args"},
                           {"append", "append"},
                           {"start", "start"},
                           {"every", "every"},
                           {"stop", "stop"},
                           {"restarts", "restarts"},
                           {"cpus", "cpus"},
                           {"placement", "placement"},
                           {"node", "node"}};

Failure<Error> refuse(const std::string& text, const std::string& what, const std::string& remedy) {
  return Failure{Error{ErrorCode::kUsage, "--vm " + text, what, remedy}};
}

// "a,b,,c" holds "a" and "b,c".
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool twice = text[i] == ',' && i + 1 < text.size() && text[i + 1] == ',';
    if (text[i] != ',' || twice) {
      parts.back() += text[i];
      i += twice ? 1 : 0;
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

/// One --vm: values of keys below "vms.x.", and its name.
struct Said {
  config::Values values = config::default_values();
  std::string name;
};

Result<Nothing, Error> take(Said& said, const std::string& text, const std::string& part) {
  const std::size_t equals = part.find('=');
  const std::string word = part.substr(0, equals);
  const auto* const known = std::find_if(std::begin(kWords), std::end(kWords),
                                         [&word](const Word& one) { return one.word == word; });
  if (known == std::end(kWords) || equals == std::string::npos) {
    std::vector<std::string> words;
    for (const Word& one : kWords) words.emplace_back(one.word);
    return refuse(text, "\"" + part + "\" is no WORD=VALUE" + config::did_you_mean(word, words),
                  "the words are " + vm_words());
  }
  std::string value = part.substr(equals + 1);
  if (word == "name") {
    said.name = value;
    if (config::is_vm_name(value)) return Nothing{};
    return refuse(text, "\"" + value + "\" is not a name",
                  "use letters, digits, _ and -, at most 32");
  }
  const std::string key = std::string{"vms.x."} + known->key;
  if (word == "cpus") std::replace(value.begin(), value.end(), '+', ',');
  if (word == "args") {
    config::SortedJson words = config::SortedJson::array();
    std::istringstream in{value};
    for (std::string one; in >> one;) words.push_back(one);
    said.values[key] = std::move(words);
    return Nothing{};
  }
  const auto done = config::set_key(said.values, key, value);
  if (done) return Nothing{};
  const std::string clause = done.error().clause.substr(key.size() + 2);
  return refuse(text, word + ": " + clause, "");
}

}  // namespace

std::string vm_words() {
  std::string words;
  for (const Word& one : kWords) {
    if (std::string_view{one.word} == "mem") continue;
    words += (words.empty() ? "" : ", ") + std::string{one.word};
  }
  return words;
}

Result<std::vector<config::VmSetup>, Error> parse_vms(const std::vector<std::string>& texts) {
  std::vector<config::VmSetup> vms;
  std::set<std::string> names;
  for (const std::string& text : texts) {
    Said said;
    said.values["vms.x.count"] = 1;
    for (const std::string& part : parts_of(text)) {
      if (part.empty()) continue;
      if (const auto taken = take(said, text, part); !taken) return Failure{taken.error()};
    }
    config::VmSetup vm = config::setup_of(said.values).vms.at(0);
    const std::string usual = texts.size() == 1 ? "vm" : "vm" + std::to_string(vms.size());
    vm.name = said.name.empty() ? usual : said.name;
    if (!names.insert(vm.name).second) {
      return refuse(text, "a second kind of virtual machines is called " + vm.name,
                    "count=N makes several of a kind");
    }
    vms.push_back(std::move(vm));
  }
  return vms;
}

std::vector<std::string> names_of(const std::vector<config::VmSetup>& vms) {
  std::vector<std::string> names;
  for (const config::VmSetup& vm : vms) {
    machine::VmImage image;
    image.name = vm.name;
    image.count = static_cast<std::uint32_t>(vm.count);
    for (std::uint32_t k = 0; k < image.count; ++k) names.push_back(image.name_of(k));
  }
  return names;
}

}  // namespace cli
