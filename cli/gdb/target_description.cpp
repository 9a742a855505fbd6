#include "cli/gdb/target_description.hpp"

#include <array>
#include <vector>

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
  constexpr auto kCp0 = RegisterClass::kCp0, kPerf = RegisterClass::kPerformance;
  auto cpu = numbered(RegisterClass::kGpr, kGprNames);
  cpu.push_back({"lo", RegisterClass::kLo, 0});
  cpu.push_back({"hi", RegisterClass::kHi, 0});
  cpu.push_back({"pc", RegisterClass::kPc, 0});
  auto fpu = numbered(RegisterClass::kFpr, kFprNames);
  fpu.push_back({"fcsr", RegisterClass::kFcr, 31});
  fpu.push_back({"fir", RegisterClass::kFcr, 0});
  // gdb shows what it counts as registers 70 to 94 with 32 bits, whatever is said here: on
  // processors that it calls embedded they are CP0's. Of the own feature those are the first 19,
  // which have 32 bits.
  return {
      {"org.gnu.gdb.mips.cpu", cpu},
      {"org.gnu.gdb.mips.cp0", {{"status", kCp0, 12}, {"badvaddr", kCp0, 8}, {"cause", kCp0, 13}}},
      {"org.gnu.gdb.mips.fpu", fpu},
      {"org.disco.r10000.cp0",
       {{"index", kCp0, 0},         {"random", kCp0, 1},      {"pagemask", kCp0, 5},
        {"wired", kCp0, 6},         {"count", kCp0, 9},       {"compare", kCp0, 11},
        {"prid", kCp0, 15},         {"config", kCp0, 16},     {"lladdr", kCp0, 17},
        {"watchlo", kCp0, 18},      {"watchhi", kCp0, 19},    {"ecc", kCp0, 26},
        {"cacheerr", kCp0, 27},     {"taglo", kCp0, 28},      {"taghi", kCp0, 29},
        {"perfcontrol0", kPerf, 0}, {"perfcount0", kPerf, 1}, {"perfcontrol1", kPerf, 2},
        {"perfcount1", kPerf, 3},   {"entrylo0", kCp0, 2},    {"entrylo1", kCp0, 3},
        {"context", kCp0, 4},       {"entryhi", kCp0, 10},    {"epc", kCp0, 14},
        {"xcontext", kCp0, 20},     {"errorepc", kCp0, 30}}}};
}

std::vector<Feature> numbered_features() {
  std::vector<Feature> all = make_features();
  unsigned number = 0;
  for (Feature& feature : all) {
    for (GdbRegister& r : feature.registers) r.gdb_number = number++;
  }
  return all;
}

const std::vector<Feature>& features() {
  static const std::vector<Feature> all = numbered_features();
  return all;
}

std::vector<GdbRegister> flatten() {
  std::vector<GdbRegister> out;
  for (const Feature& feature : features()) {
    out.insert(out.end(), feature.registers.begin(), feature.registers.end());
  }
  return out;
}

std::string describe() {
  // Without an operating system gdb leaves single steps to the machine. As a Linux program's
  // debugger it would step by breakpoints of its own, and lose the program at an eret or an
  // exception.
  std::string xml =
      "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
      "<target version=\"1.0\"><architecture>mips:10000</architecture><osabi>none</osabi>";
  for (const Feature& feature : features()) {
    xml += "<feature name=\"" + std::string{feature.name} + "\">";
    for (const GdbRegister& r : feature.registers) {
      const bool is_float = r.which == RegisterClass::kFpr;
      xml += "<reg name=\"" + std::string{r.name} + "\" bitsize=\"64\" regnum=\"" +
             std::to_string(r.gdb_number) + "\"" + (is_float ? " type=\"ieee_double\"" : "") +
             (r.which == RegisterClass::kFcr ? " group=\"float\"" : "") + "/>";
    }
    xml += "</feature>";
  }
  return xml + "</target>";
}

}  // namespace

const std::vector<GdbRegister>& all_registers() {
  static const std::vector<GdbRegister> all = flatten();
  return all;
}

const GdbRegister* register_numbered(std::uint64_t number) {
  for (const GdbRegister& r : all_registers()) {
    if (r.gdb_number == number) return &r;
  }
  return nullptr;
}

const std::string& target_description() {
  static const std::string xml = describe();
  return xml;
}

}  // namespace cli::gdb
