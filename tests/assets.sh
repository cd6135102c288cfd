#!/bin/bash
# Prints the folder where shared asset NAME (warc, extract, http, ...) lies unpacked, unpacking it under
# $BUILD/assets the first time. Exit 77 (skip) where the shared folder is absent.
set -eu
name=$1
top=$(cd "$(dirname "$0")/.." && pwd)
shared=${ECHOMETER_SHARED:-$top/../shared}
into=${ECHOMETER_ASSETS:-$top/build/assets}
archive=$shared/assets/$name.tar.zst
[ -r "$archive" ] || { echo "skipped: no $name in the shared assets" >&2; exit 77; }
if [ ! -e "$into/.$name.done" ]; then
    mkdir -p "$into"
    # A lock, so that tests run side by side do not unpack the same archive twice.
    exec 9>"$into/.$name.lock"
    flock 9
    if [ ! -e "$into/.$name.done" ]; then
        zstd -dc --long=27 "$archive" | tar x -C "$into"
        touch "$into/.$name.done"
    fi
fi
echo "$into/$name"
