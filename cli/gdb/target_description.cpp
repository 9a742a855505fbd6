#include "cli/gdb/target_description.hpp"

#include <array>
#include <vector>

#include "common/check.hpp"

namespace cli::gdb {

namespace {

using cpu::RegisterClass;

struct Feature {
  const char* name;
  std::vector<GdbRegister> registers;
};

std::vector<GdbRegister> numbered(RegisterClass which, const std::array<const char*, 32>& names) {
  std::vector<GdbRegister> out;
  for (unsigned n = 0; n < names.size(); ++n) out.push_back({names[n], which, n});
  return out;
}

constexpr std::array<const char*, 32> kGprNames = {
    "r0",  "r1",  "r2",  "r3",  "r4",  "r5",  "r6",  "r7",  "r8",  "r9",  "r10",
    "r11", "r12", "r13", "r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21",
    "r22", "r23", "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31"};
constexpr std::array<const char*, 32> kFprNames = {
    "f0",  "f1",  "f2",  "f3",  "f4",  "f5",  "f6",  "f7",  "f8",  "f9",  "f10",
    "f11", "f12", "f13", "f14", "f15", "f16", "f17", "f18", "f19", "f20", "f21",
    "f22", "f23", "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31"};

std::vector<Feature> make_features() {
  constexpr auto kCp0 = RegisterClass::kCp0;
  auto cpu = numbered(RegisterClass::kGpr, kGprNames);
  cpu.push_back({"lo", RegisterClass::kLo, 0});
  cpu.push_back({"hi", RegisterClass::kHi, 0});
  cpu.push_back({"pc", RegisterClass::kPc, 0});
  auto fpu = numbered(RegisterClass::kFpr, kFprNames);
  fpu.push_back({"fcsr", RegisterClass::kFcr, 31});
  fpu.push_back({"fir", RegisterClass::kFcr, 0});
  return {
      {"org.gnu.gdb.mips.cpu", cpu},
      {"org.gnu.gdb.mips.cp0", {{"status", kCp0, 12}, {"badvaddr", kCp0, 8}, {"cause", kCp0, 13}}},
      {"org.gnu.gdb.mips.fpu", fpu},
      {"org.disco.r10000.cp0",
       {{"index", kCp0, 0},     {"random", kCp0, 1},    {"entrylo0", kCp0, 2},
        {"entrylo1", kCp0, 3},  {"context", kCp0, 4},   {"pagemask", kCp0, 5},
        {"wired", kCp0, 6},     {"count", kCp0, 9},     {"entryhi", kCp0, 10},
        {"compare", kCp0, 11},  {"epc", kCp0, 14},      {"prid", kCp0, 15},
        {"config", kCp0, 16},   {"lladdr", kCp0, 17},   {"watchlo", kCp0, 18},
        {"watchhi", kCp0, 19},  {"xcontext", kCp0, 20}, {"ecc", kCp0, 26},
        {"cacheerr", kCp0, 27}, {"taglo", kCp0, 28},    {"taghi", kCp0, 29},
        {"errorepc", kCp0, 30}}}};
}

const std::vector<Feature>& features() {
  static const std::vector<Feature> all = make_features();
  return all;
}

std::vector<GdbRegister> flatten() {
  std::vector<GdbRegister> out;
  for (const Feature& feature : features()) {
    out.insert(out.end(), feature.registers.begin(), feature.registers.end());
  }
  return out;
}

const std::vector<GdbRegister>& registers() {
  static const std::vector<GdbRegister> all = flatten();
  return all;
}

std::string describe() {
  // Without an operating system gdb leaves single steps to the machine. As a Linux program's
  // debugger it would step by breakpoints of its own, and lose the program at an eret or an
  // exception.
  std::string xml =
      "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
      "<target version=\"1.0\"><architecture>mips:10000</architecture><osabi>none</osabi>";
  std::size_t number = 0;
  for (const Feature& feature : features()) {
    xml += "<feature name=\"" + std::string{feature.name} + "\">";
    for (const GdbRegister& r : feature.registers) {
      const bool is_float = r.which == RegisterClass::kFpr;
      xml += "<reg name=\"" + std::string{r.name} + "\" bitsize=\"64\" regnum=\"" +
             std::to_string(number++) + "\"" + (is_float ? " type=\"ieee_double\"" : "") +
             (r.which == RegisterClass::kFcr ? " group=\"float\"" : "") + "/>";
    }
    xml += "</feature>";
  }
  return xml + "</target>";
}

}  // namespace

std::size_t register_count() { return registers().size(); }

const GdbRegister& register_at(std::size_t index) {
  CHECK(index < registers().size());
  return registers()[index];
}

const std::string& target_description() {
  static const std::string xml = describe();
  return xml;
}

}  // namespace cli::gdb
