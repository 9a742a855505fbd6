// A processor without an engine: the core and its ways to memory, put together. Engines execute on
// it; the machine and a debugger speak to it in the meantime. It has no logic of its own but what
// joins the parts: who must forget what when memory, the TLB or an observer's wishes change.
#pragma once

#include "cpu/core/core.hpp"
#include "cpu/core/cp0.hpp"
#include "cpu/core/exceptions.hpp"
#include "cpu/core/interrupts.hpp"
#include "cpu/core/observer_control.hpp"
#include "cpu/memory/cache_instruction.hpp"
#include "cpu/memory/cache_timing.hpp"
#include "cpu/memory/data_path.hpp"
#include "cpu/memory/fetch_path.hpp"
#include "cpu/memory/instrumentation.hpp"
#include "cpu/memory/store_watch.hpp"

namespace cpu {

class Processor final : public StoreWatchClient, public TranslationCaches {
 public:
  /// `code` is what engines decode into; all of these outlive the processor.
  Processor(const CpuConfig& config, MemoryPort& memory, StoreWatch& watch, CodePages& code);

  // In the order in which code that executes needs them.
  Core core;
  CacheTiming timing;
  FetchPath fetch;
  DataPath data;
  CacheInstruction cache;
  Exceptions exceptions;
  Interrupts interrupts;
  Cp0 cp0;
  Instrumentation instrumentation;
  ObserverControl observer_control;

  void set_fidelity(Fidelity fidelity);
  void forget_host_pointers();
  /// A run ends: from now on others may break the link.
  void publish_link() { data.publish_link(); }
  /// Between runs: not with a branch's delay slot to come.
  void visit(StateVisitor& v);

  // StoreWatchClient
  void revoke_write(MachineAddr page) override { data.revoke_write(page); }
  bool code_written(MachineAddr at, std::uint64_t size) override;
  bool has_link(MachineAddr page) const override { return core.link.is_in(page); }
  void break_link(MachineAddr at, std::uint64_t size) override { core.link.drop_if_met(at, size); }

  // TranslationCaches
  void forget_translations() override;
  void forget_pages(VirtAddr first, VirtAddr end) override;
  void forget_code() override;

 private:
  CodePages& code_;
};

}  // namespace cpu
