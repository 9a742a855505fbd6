// Loads and stores: the copy of a soft-TLB entry that the base register used last, then the table,
// then the interpreter's body.
#pragma once

#include "cpu/jit/emitter.hpp"
#include "cpu/jit/expression_emitter.hpp"
#include "cpu/jit/recorded.hpp"

namespace cpu::jit {

class MemoryEmitter {
 public:
  /// `tags`: of the primary data cache, in fidelity kMemory. `call` emits the call of the whole
  /// instruction, after which it has completed: at `end`.
  MemoryEmitter(Emitter& to, ExpressionEmitter& x, const Recorded& instruction,
                const PrimaryTags& tags, std::function<void()> call, const asmjit::Label& end)
      : e_{to}, x_{x}, r_{instruction}, tags_{tags}, call_{std::move(call)}, end_{end} {}

  /// Returns how many effects after the load it has emitted, too.
  std::size_t load(std::size_t number);
  void store(const Effect& effect);

 private:
  struct Place {
    Gp base;
    std::int32_t offset = 0;
    unsigned register_number = 0;  // of the guest, that addresses are remembered by
    bool is_temporary = false;
  };
  Place place_of(std::uint8_t address);
  /// Where the host has the data: at base + rcx + offset.
  void find(const Place& place, unsigned bytes, bool is_store);
  /// Whether the primary data cache has it, so that the reference waits for nothing.
  void look_into_cache(const Place& place, bool is_store, const asmjit::Label& slow);
  void read(const x86::Mem& from, const Gp& to, unsigned bytes, bool is_signed);

  Emitter& e_;
  ExpressionEmitter& x_;
  const Recorded& r_;
  const PrimaryTags& tags_;
  std::function<void()> call_;
  asmjit::Label end_;
};

}  // namespace cpu::jit
