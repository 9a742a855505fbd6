// Included before every source of the guests' runtime when it is compiled for the host: its
// functions get names that do not replace the host's own.
#pragma once

#define memcpy guest_memcpy
#define memmove guest_memmove
#define memset guest_memset
#define memcmp guest_memcmp
#define strlen guest_strlen
#define strnlen guest_strnlen
#define strcmp guest_strcmp
#define strncmp guest_strncmp
#define strchr guest_strchr
#define strcpy guest_strcpy
#define format guest_format
#define format_decimal guest_format_decimal
#define __clzsi2 guest_clzsi2
#define __clzdi2 guest_clzdi2
#define __ctzsi2 guest_ctzsi2
#define __ctzdi2 guest_ctzdi2
#define __ffssi2 guest_ffssi2
#define __ffsdi2 guest_ffsdi2
#define __popcountsi2 guest_popcountsi2
#define __popcountdi2 guest_popcountdi2
#define __paritysi2 guest_paritysi2
#define __paritydi2 guest_paritydi2
#define __bswapsi2 guest_bswapsi2
#define __bswapdi2 guest_bswapdi2
#define __multi3 guest_multi3
#define __udivti3 guest_udivti3
#define __umodti3 guest_umodti3
#define __divti3 guest_divti3
#define __modti3 guest_modti3
#define __ashlti3 guest_ashlti3
#define __lshrti3 guest_lshrti3
#define __ashrti3 guest_ashrti3
#define __muldi3 guest_muldi3
#define __udivdi3 guest_udivdi3
#define __umoddi3 guest_umoddi3
#define __divdi3 guest_divdi3
#define __moddi3 guest_moddi3
#define __ashldi3 guest_ashldi3
#define __lshrdi3 guest_lshrdi3
#define __ashrdi3 guest_ashrdi3
