#!/bin/bash
# Speed of every stage, on loads made from the real pages of the shared assets. Prints what docs/lab/BENCHMARKS.md records.
#   bench/run.sh [MEGABYTES]     size of the WARC load (default 400)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
megabytes=${1:-400}
load=$build/load
mkdir -p "$load"
pages=$("$top/tests/assets.sh" extract) || exit 0

echo "machine: $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores, $(free -g | awk '/^Mem/ {print $2}') GiB; $(gcc --version | head -1)"
make_load() { [ -s "$load/$4" ] || "$build/tools/make_load" "$1" "$2" "$3" "$load/$4"; }
make_load warc "$pages" "$megabytes" load.warc.gz
make_load plain "$pages" "$megabytes" load.warc
make_load wet "$pages" $((megabytes / 4)) load.warc.wet.gz
make_load jsonl "$pages" $((megabytes / 4)) load.jsonl
make_load bomb - 10000 bomb.warc.gz

echo
echo "== reading alone, beside libdeflate on the same members"
"$build/bench/bench_archive" "$load/load.warc.gz"

# scan NAME THREADS FILE [OPTION...]: best of three by CPU seconds, with peak memory
scan() {
    local name=$1 threads=$2 file=$3 best=
    shift 3
    for _ in 1 2 3; do
        /usr/bin/time -f '%U %S %e %M' -o "$load/time" \
            "$build/echometer" scan --threads "$threads" --summary json -o /dev/null "$@" "$file" 2> "$load/summary"
        read -r user sys wall rss < "$load/time"
        cpu=$(awk -v u="$user" -v s="$sys" 'BEGIN {print u + s}')
        if [ -z "$best" ] || awk -v a="$cpu" -v b="${best%% *}" 'BEGIN {exit !(a < b)}'; then
            best="$cpu $wall $rss"
            cp "$load/summary" "$load/best"
        fi
    done
    awk -v best="$best" -v name="$name" -v threads="$threads" '{
        split(best, b, " ")
        match($0, /"block_bytes":[0-9]+/); bytes = substr($0, RSTART + 14, RLENGTH - 14)
        match($0, /"text_bytes":[0-9]+/); text = substr($0, RSTART + 13, RLENGTH - 13)
        match($0, /"documents":[0-9]+/); docs = substr($0, RSTART + 12, RLENGTH - 12)
        match($0, /"stage_share":\{[^}]*\}/); share = substr($0, RSTART + 14, RLENGTH - 14)
        printf "%-22s threads %d  %7.1f MB/s payload a CPU second, %7.1f wall  text %6.1f MB/s  %7.0f docs/s  peak %d MB  %s\n", \
            name, threads, bytes / b[1] / 1e6, bytes / b[2] / 1e6, text / b[1] / 1e6, docs / b[1], b[3] / 1024, share
    }' < <(tail -n 1 "$load/best")
}
echo
echo "== end to end"
scan "WARC.gz" 1 "$load/load.warc.gz"
scan "WARC.gz" 2 "$load/load.warc.gz"
scan "WARC.gz, text only" 1 "$load/load.warc.gz" --text-only
scan "WARC plain" 1 "$load/load.warc"
scan "WET.gz" 1 "$load/load.warc.wet.gz"
scan "JSONL" 1 "$load/load.jsonl"
scan "10 GB in 25 files" 1 "$load/load.warc.gz" $(for _ in $(seq 24); do echo "$load/load.warc.gz"; done)
scan "10 GB bomb in 10 MB" 1 "$load/bomb.warc.gz"

echo
echo "== one stage each"
BUILD=$build "$top/bench/detector.sh"
"$build/bench/bench_page" "$pages/trafilatura"
"$top/bench/peers_page.sh" "$pages/trafilatura"
if command -v valgrind > /dev/null; then # every twelfth page: instructions repeat, times do not
    rm -rf "$load/few"; mkdir "$load/few"
    find "$pages/trafilatura" -name '*.html' | LC_ALL=C sort | awk 'NR % 12 == 0' | head -40 | xargs -d '\n' -I{} cp {} "$load/few"
    valgrind --tool=callgrind --toggle-collect=em_extract --callgrind-out-file="$load/callgrind" \
        "$build/bench/bench_page" -e "$load/few" 2>&1 | awk '/^bytes/ {b = $2} /Collected/ {printf "page to text: %.1f instructions a byte (callgrind)\n", $NF / b}'
fi
"$build/bench/bench_json" "$load/load.jsonl"

echo
echo "== URLs (links of 600 of the pages) and robots.txt, beside libcurl's URL API"
[ -s "$load/links.txt" ] || find "$pages" -name '*.html' | LC_ALL=C sort | head -600 | xargs -d '\n' perl -ne \
    'while (/<a\b[^>]*?href=["\x27]([^"\x27\n]+)/gi) { $l = $1; $l =~ s/&amp;/&/g; print "$l\n" }' > "$load/links.txt"
"$build/bench/bench_web" urls "$load/links.txt"
if robots=$("$top/tests/assets.sh" robots); then
    find "$robots/real" -type f -print0 | xargs -0 -n 100000 "$build/bench/bench_web" robots
fi
