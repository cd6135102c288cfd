#!/bin/bash
# What `merge`, `validate`, `export` and `forget` cost a key as an index grows: indexes of documents of 300 random words
# under 20,000 sites, nearly every passage of which is a key of its own, each of four shards that are merged. Prints
# processor seconds, microseconds a key and the memory each needs of its own.
#   bench/keys_curve.sh [DOCUMENTS...]     default 12500 50000 200000; a document has some 20 keys
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
E=$build/echometer
dir=$build/keys
mkdir -p "$dir"
[ $# -gt 0 ] || set -- 12500 50000 200000

# Processor seconds and peak of anonymous memory in MB of a command, into $cpu and $own.
measure() {
    perl -e '
        use strict; use Time::HiRes "sleep"; use POSIX ":sys_wait_h";
        my $own = 0; my $pid = fork;
        if (!$pid) { open(STDOUT, ">", "/dev/null"); exec @ARGV or die }
        while (waitpid($pid, WNOHANG) == 0) {
            if (open(my $f, "<", "/proc/$pid/status")) { while (<$f>) { $own = $1 if /^RssAnon:\s+(\d+)/ && $1 > $own } }
            sleep 0.02;
        }
        die "failed\n" if $?;
        my (undef, undef, $u, $s) = times;
        printf "%.2f %d\n", $u + $s, $own / 1024' "$@" > "$dir/line"
    read -r cpu own < "$dir/line"
}
line() { # what
    printf '%-10s %12s %8s %10s %8s\n' "$1" "$keys" "$cpu" "$(awk -v c="$cpu" -v k="$keys" 'BEGIN { printf "%.3f", 1e6 * c / k }')" "$own"
}
printf '%-10s %12s %8s %10s %8s\n' what keys 'CPU s' 'us a key' 'own MB'
for n in "$@"; do
    at=$dir/$n
    if [ ! -e "$at/.done" ]; then
        rm -rf "$at" && mkdir -p "$at"
        perl -e '
            use strict; my ($n, $dir) = @ARGV; my (@words, @out); srand(7);
            for (1 .. 3000) { push @words, join "", map { chr(97 + int rand 26) } 1 .. 3 + rand 6 }
            for my $f (0 .. 3) { open($out[$f], ">", "$dir/part0$f.jsonl") or die }
            for my $i (0 .. $n - 1) {
                printf { $out[$i % 4] } "{\"id\":\"d%d\",\"url\":\"https://site%d.example/%d\",\"date\":\"20%02d-%02d-01\",\"text\":\"%s\"}\n",
                    $i, $i % 20000, $i, 18 + $i % 8, 1 + $i % 12, join " ", map { $words[rand @words] } 1 .. 300;
            }' "$n" "$at"
        for s in 0 1 2 3; do
            "$E" scan -q --text-only --threads 1 --index "$at/index$s" --no-output "$at/part0$s.jsonl"
            rm "$at/part0$s.jsonl"
        done
        touch "$at/.done"
    fi
    rm -rf "$at/out"
    keys=1 && measure "$E" merge -q -o "$at/out" "$at"/index[0-3] && merge_cpu=$cpu merge_own=$own
    measure "$E" validate "$at/out"
    keys=$("$E" validate "$at/out" | sed 's/.*rows: //' | tr -cs '0-9' '\n' | awk '{ n += $1 } END { print n }')
    line validate
    cpu=$merge_cpu own=$merge_own && line merge
    measure "$E" export --index "$at/out" && line export
    measure "$E" forget --index "$at/out" --domain site7.example && line forget
done
