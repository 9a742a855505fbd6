#include "config/locations.hpp"

#include <algorithm>
#include <cstdlib>

#include "config/schema/suggest.hpp"

namespace config {
namespace fs = std::filesystem;

namespace {

// As the XDG Base Directory Specification has it: a relative XDG_CACHE_HOME does not count.
std::optional<fs::path> user_cache() {
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return fs::path{cache} / "disco";
  }
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return fs::path{home} / ".cache" / "disco";
  }
  return std::nullopt;
}

// Linux is not built with the program.
Error not_built(Error error) {
  if (error.where.starts_with("guests/linux")) {
    error.what = "not found: Linux is built separately";
    error.remedy = "run ./bootstrap linux";
  }
  return error;
}

}  // namespace

Locations Locations::of_program() {
  std::error_code ignored;
  const fs::path bin = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  std::vector<fs::path> roots = {bin, bin / ".." / "share" / "disco"};
  if (auto cache = user_cache()) roots.push_back(std::move(*cache));
  return Locations{std::move(roots)};
}

std::optional<fs::path> Locations::kept_input(const std::string& name) const {
  std::error_code ignored;
  const fs::path kept = inputs_ / fs::path{name}.filename();
  if (inputs_.empty() || !fs::is_regular_file(kept, ignored)) return std::nullopt;
  return kept;
}

void Locations::add_experiment(fs::path folder, std::set<std::string> typed) {
  experiment_ = std::move(folder);
  typed_ = std::move(typed);
}

std::vector<fs::path> Locations::places_of(const std::string& name) const {
  std::vector<fs::path> places;
  const bool may_lie_beside = fs::path{name}.is_relative() && !typed_.contains(name);
  if (may_lie_beside && !experiment_.empty()) {
    places.push_back((experiment_ / name).lexically_normal());
  }
  places.emplace_back(name);
  return places;
}

fs::path Locations::file(const std::string& name) const {
  std::error_code ignored;
  for (const fs::path& place : places_of(name)) {
    if (fs::exists(place, ignored)) return place;
  }
  return name;
}

std::optional<fs::path> Locations::find(const std::string& relative) const {
  std::error_code ignored;
  if (auto kept = kept_input(relative)) return kept;
  for (const fs::path& root : roots_) {
    if (fs::exists(root / relative, ignored)) return (root / relative).lexically_normal();
  }
  return std::nullopt;
}

Result<fs::path, Error> Locations::need(const std::string& relative) const {
  if (auto found = find(relative)) return *found;
  std::string looked;
  for (const fs::path& root : roots_) {
    looked += (looked.empty() ? "" : ", ") + (root / relative).lexically_normal().string();
  }
  return Failure{Error{ErrorCode::kInput, relative, "not found", "looked for " + looked}};
}

std::vector<std::string> Locations::list(const std::string& folder,
                                         const std::string& suffix) const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const fs::path& root : roots_) {
    for (const auto& entry : fs::directory_iterator(root / folder, ignored)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(suffix) && entry.is_regular_file(ignored)) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<fs::path, Error> Locations::program(const std::string& program) const {
  std::error_code ignored;
  if (auto kept = kept_input(program)) return *kept;
  if (program.find('/') == std::string::npos) {
    if (auto shipped = find("guests/bin/" + program)) return *shipped;
  }
  std::string looked;
  for (const fs::path& place : places_of(program)) {
    if (fs::is_regular_file(place, ignored)) return place;
    const std::string full = fs::absolute(place, ignored).lexically_normal().string();
    if (looked != full) looked += (looked.empty() ? "" : " and ") + full;
  }
  const auto known = list("guests/bin", "");
  return Failure{Error{ErrorCode::kInput, program, "no such program" + did_you_mean(program, known),
                       "looked for " + looked +
                           "; a program is a shipped one's name, or the path of an ELF file made "
                           "by `disco cc`"}};
}

Result<fs::path, Error> Locations::kernel(const std::string& name, bool below_monitor) const {
  if (name.find('/') != std::string::npos) return file(name);
  auto found = need("guests/" + name + (below_monitor ? "-disco.elf" : "-native.elf"));
  if (!found) return Failure{not_built(found.error())};
  return found;
}

Result<fs::path, Error> Locations::monitor(const std::string& name) const {
  if (name.find('/') != std::string::npos) return file(name);
  return need(name);
}

Result<fs::path, Error> Locations::disk(const std::string& name) const {
  if (name.find('/') != std::string::npos) return file(name);
  auto found = need("guests/" + name + ".cpio");
  if (!found) return Failure{not_built(found.error())};
  return found;
}

Result<fs::path, Error> Locations::image(const std::string& name) const {
  std::error_code ignored;
  if (auto kept = kept_input(name)) return *kept;
  const fs::path path = file(name);
  if (name.find('/') != std::string::npos || fs::exists(path, ignored)) return path;
  auto found = need("guests/" + name);
  if (!found) return Failure{not_built(found.error())};
  return found;
}

Result<fs::path, Error> Locations::experiment(const std::string& name) const {
  std::error_code ignored;
  if (!name.starts_with('@')) {
    if (fs::is_regular_file(name, ignored)) return fs::path{name};
    return Failure{Error{ErrorCode::kInput, name, "no such experiment file",
                         "shipped experiments are named with @; see `disco info examples`"}};
  }
  const std::string stem = name.substr(1);
  if (stem.find('/') == std::string::npos) {
    if (auto found = find("experiments/" + stem + ".lua")) return *found;
  }
  std::vector<std::string> known = list("experiments", ".lua");
  for (std::string& one : known) one = "@" + one.substr(0, one.size() - 4);
  return Failure{Error{ErrorCode::kInput, name,
                       "no shipped experiment of this name" + did_you_mean(name, known),
                       "see `disco info examples`"}};
}

}  // namespace config
