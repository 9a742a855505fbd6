// The guests' runtime as compiled for the host (runtime_names.h).
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

__extension__ typedef unsigned __int128 Wide;
__extension__ typedef __int128 SignedWide;

extern "C" {
void* guest_memcpy(void* to, const void* from, std::size_t n);
void* guest_memmove(void* to, const void* from, std::size_t n);
void* guest_memset(void* to, int value, std::size_t n);
int guest_memcmp(const void* a, const void* b, std::size_t n);
std::size_t guest_strlen(const char* s);
std::size_t guest_strnlen(const char* s, std::size_t limit);
int guest_strcmp(const char* a, const char* b);
int guest_strncmp(const char* a, const char* b, std::size_t n);
char* guest_strchr(const char* s, int c);
char* guest_strcpy(char* to, const char* from);
int guest_format(void (*put)(void*, char), void* context, const char* text, std::va_list arguments);

int guest_clzsi2(std::uint32_t);
int guest_clzdi2(std::uint64_t);
int guest_ctzsi2(std::uint32_t);
int guest_ctzdi2(std::uint64_t);
int guest_ffssi2(std::int32_t);
int guest_ffsdi2(std::int64_t);
int guest_popcountsi2(std::uint32_t);
int guest_popcountdi2(std::uint64_t);
int guest_paritysi2(std::uint32_t);
int guest_paritydi2(std::uint64_t);
std::uint32_t guest_bswapsi2(std::uint32_t);
std::uint64_t guest_bswapdi2(std::uint64_t);

Wide guest_multi3(Wide, Wide);
Wide guest_udivti3(Wide, Wide);
Wide guest_umodti3(Wide, Wide);
SignedWide guest_divti3(SignedWide, SignedWide);
SignedWide guest_modti3(SignedWide, SignedWide);
Wide guest_ashlti3(Wide, int);
Wide guest_lshrti3(Wide, int);
SignedWide guest_ashrti3(SignedWide, int);

std::uint64_t guest_muldi3(std::uint64_t, std::uint64_t);
std::uint64_t guest_udivdi3(std::uint64_t, std::uint64_t);
std::uint64_t guest_umoddi3(std::uint64_t, std::uint64_t);
std::int64_t guest_divdi3(std::int64_t, std::int64_t);
std::int64_t guest_moddi3(std::int64_t, std::int64_t);
std::uint64_t guest_ashldi3(std::uint64_t, int);
std::uint64_t guest_lshrdi3(std::uint64_t, int);
std::int64_t guest_ashrdi3(std::int64_t, int);
}
