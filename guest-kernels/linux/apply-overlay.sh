#!/bin/sh
# Usage: apply-overlay.sh LINUX-TREE. Copies the overlay into an unpacked linux-source-6.1 and tells Kconfig and
# Kbuild of it in three places. May be repeated.
set -eu
tree=$1
here=$(dirname "$(readlink -f "$0")")
kconfig=$tree/arch/mips/Kconfig
platforms=$tree/arch/mips/Kbuild.platforms

fail() { echo "apply-overlay.sh: $*" >&2; exit 1; }
[ -f "$kconfig" ] && [ -f "$platforms" ] || fail "$tree is not an unpacked Linux source tree"

# What has not changed keeps its time, or make would compile everything again.
(cd "$here/overlay" && find arch -type f) | while read -r file; do
  cmp -s "$here/overlay/$file" "$tree/$file" && continue
  mkdir -p "$(dirname "$tree/$file")"
  cp "$here/overlay/$file" "$tree/$file"
done
# The entry in the choice of machines must be inlined: `source` is a syntax error inside a choice.
grep -q '^config MACH_FLASH$' "$kconfig" ||
  sed -i -e "/^config SGI_IP27\$/e cat $tree/arch/mips/flash/Kconfig.machine; echo" \
    -e '/^source .arch.mips.sgi-ip27.Kconfig/i source "arch/mips/flash/Kconfig"' "$kconfig"
grep -q 'flash/' "$platforms" ||
  sed -i '/CONFIG_SGI_IP27/i platform-$(CONFIG_MACH_FLASH)\t\t+= flash/' "$platforms"

grep -q '^config MACH_FLASH$' "$kconfig" && grep -q 'arch/mips/flash/Kconfig"' "$kconfig" &&
  grep -q 'flash/' "$platforms" || fail "$tree: the places to insert the platform were not found; is it Linux 6.1?"
