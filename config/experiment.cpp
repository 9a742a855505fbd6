#include "config/experiment.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/check.hpp"
#include "config/schema/schema.hpp"
#include "machine/loaders/load_file.hpp"

namespace config {
namespace {

SortedJson selector_json(const Selector& selector) { return SortedJson(selector); }

SortedJson bound_json(const Bound& bound) {
  return bound.number ? SortedJson(*bound.number) : selector_json(bound.at);
}

SortedJson expectation_json(const Expectation& e) {
  SortedJson json = {{"that", e.that}, {"metric", e.metric}};
  if (!e.where.empty()) json["where"] = selector_json(e.where);
  if (!e.at.empty()) json["at"] = selector_json(e.at);
  if (e.below) json["below"] = bound_json(*e.below);
  if (e.above) json["above"] = bound_json(*e.above);
  if (e.near) json["near"] = bound_json(*e.near);
  if (e.near) json["within"] = e.within;
  return json;
}

SortedJson dimension_json(const Dimension& d) {
  SortedJson cases = SortedJson::array();
  for (const Case& one : d.cases) cases.push_back({{"labels", one.labels}, {"set", one.set}});
  return {{"name", d.names}, {"values", cases}};
}

}  // namespace

namespace {

std::string hex_of(std::span<const unsigned char> digest) {
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

}  // namespace

std::string sha256(std::span<const std::byte> bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return hex_of(std::span{digest}.first(size));
}

Result<std::string, Error> sha256_of_file(const std::string& path) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
  CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  const auto read =
      machine::read_pieces(path, ~std::uint64_t{0}, [&context](std::span<const std::byte> piece) {
        CHECK(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
      });
  if (!read) return Failure{read.error()};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  return hex_of(std::span{digest}.first(size));
}

std::string sha256(const std::string& text) { return sha256(std::as_bytes(std::span{text})); }

std::string Point::hash() const { return sha256(SortedJson(values).dump()); }

// Where the labels cannot be read from the name, because it is cut, a character was replaced or a
// label holds the "=" that separates them, a hash of them follows: no other name has a "~".
std::string Point::name() const {
  if (labels.empty()) return "all";
  std::string text, exact;
  bool readable = true;
  for (const auto& [dimension, label] : labels) {
    text += (text.empty() ? "" : ",") + dimension + "=" + label;
    exact += std::to_string(label.size()) + ":" + label;
    readable = readable && label.find('=') == std::string::npos;
  }
  for (char& c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view{"=,._+-"}.find(c) != std::string_view::npos;
    readable = readable && plain;
    if (!plain) c = '_';
  }
  if (readable && text.size() <= kLongestName) return text;
  constexpr std::size_t kHashDigits = 16;
  return text.substr(0, kLongestName - kHashDigits - 1) + "~" +
         sha256(exact).substr(0, kHashDigits);
}

bool Point::matches(const Selector& selector) const {
  return std::all_of(selector.begin(), selector.end(), [this](const auto& wanted) {
    return std::find(labels.begin(), labels.end(),
                     std::pair<std::string, std::string>{wanted.first, wanted.second}) !=
           labels.end();
  });
}

SortedJson Experiment::canonical() const {
  SortedJson json = {{"schema", "disco-experiment 1"},
                     {"name", name},
                     {"question", question},
                     {"measure", measure},
                     {"repeats", repeats},
                     {"phases", SortedJson::object()},
                     {"values", values},
                     {"sweep", SortedJson::array()},
                     {"points", SortedJson::array()},
                     {"expect", SortedJson::array()},
                     {"report", {{"compare", compare}, {"baseline", baseline}}}};
  if (!(headline == Headline{})) {
    json["report"]["headline"] = {{"metric", headline.metric}, {"mean", headline.mean}};
    if (!headline.where.empty())
      json["report"]["headline"]["where"] = selector_json(headline.where);
  }
  if (!differs.empty()) json["report"]["differs"] = differs;
  for (const Phase& phase : phases)
    json["phases"][phase.name] = {
        {"from", phase.from}, {"to", phase.to}, {"fidelity", phase.fidelity}};
  for (const Dimension& d : dimensions) json["sweep"].push_back(dimension_json(d));
  for (const Point& p : points) json["points"].push_back(p.name());
  for (const Expectation& e : expectations) json["expect"].push_back(expectation_json(e));
  return json;
}

std::string Experiment::hash() const { return sha256(canonical().dump()); }

SortedJson Experiment::resolved() const {
  SortedJson json = canonical();
  SortedJson parameters = SortedJson::object();
  for (const auto& [path, value] : values) {
    const ParameterRow* const row = find_row(path);
    CHECK(row != nullptr);
    const auto origin = origins.find(path);
    parameters[path] = {{"value", value},
                        {"written", write_value(*row, value)},
                        {"origin", origin == origins.end() ? "default" : origin->second}};
  }
  json["values"] = parameters;
  json["notes"] = notes;
  json["warnings"] = warnings;
  json["hash"] = hash();
  return json;
}

}  // namespace config
