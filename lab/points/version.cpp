#include "lab/points/version.hpp"

#include <fmt/core.h>
#include <openssl/opensslv.h>
#include <xxhash.h>
#include <zstd.h>
#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "build_info.hpp"
#include "config/lua/lua_version.hpp"

namespace lab {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

}  // namespace

std::string version_line() { return "disco " DISCO_VERSION " (" DISCO_COMMIT ")"; }

Json version_json() {
  return {
      {"program", "disco"},
      {"version", DISCO_VERSION},
      {"commit", DISCO_COMMIT},
      {"compiler", compiler()},
      {"build_type", DISCO_BUILD_TYPE},
      {"flags", DISCO_CXX_FLAGS},
      {"libraries",
       {{"lua", config::lua_version()},
        {"cli11", CLI11_VERSION},
        {"fmt",
         fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
        {"nlohmann_json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                      NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
        {"openssl", OPENSSL_VERSION_TEXT},
        {"xxhash",
         fmt::format("{}.{}.{}", XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE)},
        {"zstd", ZSTD_versionString()}}}};
}

}  // namespace lab
