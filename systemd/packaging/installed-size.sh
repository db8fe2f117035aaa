#!/bin/sh
# installed-size.sh TREE: KiB that the unpacked package takes, counted as dpkg-gencontrol(1) does: each file
# rounded up, and one for whatever else there is. Not du: a directory keeps the size that it once grew to.
set -eu
find "$1" -path "$1/DEBIAN" -prune -o -printf '%y %s\n' |
    awk '/^[fl]/ { kib += int(($2 + 1023) / 1024); next } { kib += 1 } END { print kib }'
