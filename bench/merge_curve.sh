#!/bin/bash
# The curve of `merge`: the same documents as 8, 64 and 512 shards, merged with different fan-ins and threads. Prints
# time, processor time, peak memory (its own; and with mapped pages), most files open at once, and whether the export is the same.
#   bench/merge_curve.sh [DOCUMENTS]     default 163840, made-up pages of real words from the shared corpora
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
E=$build/echometer
documents=${1:-163840}
shared=${ECHOMETER_SHARED:-$top/../shared}
dir=$build/curve
mkdir -p "$dir/in"
# 512 files: texts of the shared corpora, again and again under other addresses and dates.
if [ ! -e "$dir/in/.done.$documents" ]; then
    rm -rf "$dir/in" "$dir"/s* && mkdir -p "$dir/in"
    zstd -dc "$shared"/data/dev/c4_pfdecoding.jsonl.zst "$shared"/data/dev/news_fakenewscorpus_sample.jsonl.zst \
        "$shared"/data/dev/web_pages_pre2022.jsonl.zst |
        perl -e '
            use strict; my ($n, $dir) = @ARGV; my @texts;
            while (<STDIN>) { push @texts, $1 if /"text": ("(?:[^"\\]|\\.)*")/ }
            srand(7); my @out;
            for my $f (0 .. 511) { open($out[$f], ">", "$dir/$f.jsonl") or die }
            for my $i (0 .. $n - 1) {
                my $t = $texts[$i % @texts];
                printf { $out[$i % 512] } "{\"id\":\"d%d\",\"url\":\"https://www.site%d.example/%d\",\"date\":\"20%02d-%02d-%02dT00:00:00Z\",\"text\":%s}\n",
                    $i, int(rand() ** 2 * 20000), $i, 18 + rand() * 8, 1 + rand() * 12, 1 + rand() * 28, $t;
            }' "$documents" "$dir/in"
    touch "$dir/in/.done.$documents"
fi
echo "machine: $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores; $documents documents, $(du -sm "$dir/in" | cut -f 1) MB of JSON"
for n in 8 64 512; do
    [ -e "$dir/s$n/.done" ] && continue
    rm -rf "$dir/s$n" && mkdir "$dir/s$n"
    for ((s = 0; s < n; s++)); do
        "$E" scan --shard "$s/$n" --index "$dir/s$n/$(printf '%04d' "$s")" --no-output -q --threads 2 "$dir/in"
    done
    touch "$dir/s$n/.done"
done
want=
printf '%7s %7s %7s %8s %8s %8s %9s %8s %8s %6s  %s\n' shards fan-in threads 'wall s' 'cpu s' 'own MB' 'mapped MB' 'in MB' 'out MB' files export
measure() { # shards fan-in threads
    rm -rf "$dir/out" "$dir/out".*
    perl -e '
        use strict; use Time::HiRes qw(time sleep); use POSIX ":sys_wait_h";
        my $from = time; my ($files, $own, $all) = (0, 0, 0); my $pid = fork;
        if (!$pid) { exec @ARGV or die }
        while (waitpid($pid, WNOHANG) == 0) {
            if (opendir(my $d, "/proc/$pid/fd")) { my $n = grep { /^\d/ } readdir $d; $files = $n if $n > $files }
            if (open(my $f, "<", "/proc/$pid/status")) {
                while (<$f>) {
                    $own = $1 if /^RssAnon:\s+(\d+)/ && $1 > $own;
                    $all = $1 if /^VmHWM:\s+(\d+)/ && $1 > $all;
                }
            }
            sleep 0.02;
        }
        die "failed\n" if $?;
        my $wall = time - $from; my (undef, undef, $u, $s) = times;
        printf "%.2f %.2f %d %d %d\n", $wall, $u + $s, $own / 1024, $all / 1024, $files' \
        "$E" merge -q -o "$dir/out" --fan-in "$2" --threads "$3" "$dir/s$1"/0* > "$dir/line"
    read -r wall cpu own all files < "$dir/line"
    sum=$("$E" export --index "$dir/out" | sha256sum | cut -c1-12)
    [ -n "$want" ] || want=$sum
    # Mapped: pages of the indexes that the kernel keeps as long as nobody else wants the memory.
    printf '%7d %7d %7d %8s %8s %8d %9d %8d %8d %6d  %s\n' "$1" "$2" "$3" "$wall" "$cpu" "$own" $((all - own)) \
        "$(du -sm --apparent-size "$dir/s$1" | cut -f 1)" "$(du -sm --apparent-size "$dir/out" | cut -f 1)" "$files" \
        "$([ "$sum" = "$want" ] && echo same || echo DIFFERENT)"
}
for n in 8 64 512; do
    for how in '64 1' '64 2' '8 2' "$n 2"; do
        # shellcheck disable=SC2086
        measure $n $how
    done
done
