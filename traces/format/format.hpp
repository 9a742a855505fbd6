// The constants of the trace format (docs/trace-format.md), shared by everything that reads or
// writes one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace traces {

inline constexpr unsigned kVersion = 1;

// zstd frames
inline constexpr std::uint32_t kHeaderMagic = 0x184d2a50;
inline constexpr std::uint32_t kFooterMagic = 0x184d2a51;
inline constexpr std::uint32_t kSeekTableMagic = 0x184d2a5e;
inline constexpr std::uint32_t kSeekFooterMagic = 0x8f92eab1;
inline constexpr std::uint32_t kZstdMagic = 0xfd2fb528;

// blocks
inline constexpr std::uint32_t kBlockMagic = 0x31425444;  // "DTB1"
inline constexpr std::size_t kBlockHeaderBytes = 88;
inline constexpr std::uint64_t kMaxBlockInstructions = 1u << 20;
inline constexpr std::size_t kMaxBlockBytes = 64u << 20;  // unpacked; readers refuse more
inline constexpr std::size_t kMaxHeaderBytes = 1u << 20;
inline constexpr std::size_t kMaxTextBytes = 64u << 20;  // of the footer, which lists the blocks
inline constexpr std::size_t kMaxKeys = 4096;            // of header and footer, blocks not counted
// So that what a few bytes unpack to is work in proportion to the instructions it is about. A
// recorder stays far below both: an instruction has two references, each with a mapping, a TLB
// exception and what its handler does to the TLB.
inline constexpr std::uint64_t kMaxRecords = 65536;  // of a block, and for each instruction:
inline constexpr std::uint64_t kMaxRecordsPerInstruction = 16;
inline constexpr std::uint64_t kMaxIdle = 65536;  // records that tell nothing, and for each other:
inline constexpr std::uint64_t kMaxIdlePerRecord = 4;
inline constexpr std::uint32_t kMaxCpus = 4096;
inline constexpr std::uint32_t kMaxTlbEntries = 512;

/// The high nibble of a record's first byte.
enum class Code : std::uint8_t {
  kRun = 0,
  kJumpAgain = 1,
  kJump = 2,
  kDataAgain = 3,
  kDataNear = 4,
  kData = 5,
  kAttempt = 6,
  kMap = 7,
  kContext = 8,
  kTlbWrite = 9,
  kTlbOperation = 10,
  kException = 11,
  kEret = 12,
  kCpu = 13,
  kDma = 14,
  kExtended = 15,
};

enum class Extended : std::uint8_t { kState = 0, kMark = 1, kVcpu = 2, kCacheOperation = 3 };

/// The value of the header's key `schema`.
inline constexpr const char* kSchema =
    "run=0 jump-again=1 jump=2 data-again=3 data-near=4 data=5 attempt=6 map=7 context=8 "
    "tlb-write=9 "
    "tlb-op=10 exception=11 eret=12 cpu=13 dma=14 extended=15 extended.state=0 extended.mark=1 "
    "extended.vcpu=2 extended.cache=3";

/// In a descriptor: the size is not known.
inline constexpr unsigned kUnknownSize = 7;

}  // namespace traces
