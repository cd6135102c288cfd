#!/bin/bash
# The figures of docs/SCALE.md: slopes measured on loads of two sizes, and what they come to for whole crawls. What is
# measured and what is assumed is printed apart; every assumption is a variable below that the environment may set.
#   bench/scale.sh            measures (some minutes), then computes
#   bench/scale.sh FILE       computes from a FILE of measurements that an earlier run printed
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$top/build}
E=$build/echometer
load=$build/load

# --- assumptions ---------------------------------------------------------------------------------------------------
# One crawl, from the brief of the project: 90,000 WARC files of 1 GB. Pages, and bytes behind the compression, follow
# from them by the means below, which are of the kind that the crawl's own statistics give, rounded.
: "${CRAWL_FILES:=90000}"        # WARC files, and WET files, of a crawl
: "${WARC_GB:=1.0}"              # stored, each
: "${WARC_PAGES:=30000}"         # responses in each
: "${WARC_RATIO:=4.5}"           # payload bytes a stored byte
: "${WET_GB:=0.085}"             # stored, each
: "${WET_RATIO:=2.6}"            # text bytes a stored byte
: "${JSONL_TB:=10}"              # a corpus
: "${JSONL_TEXT:=4000}"          # bytes of text a document
: "${MERGE_MB:=30}"            # of index read a CPU second: bench/merge_curve.sh, 64 indexes at once
: "${CRAWLS:=40}" "${SHARE:=0.01}"
: "${TASK_HOURS:=1}"             # of one core-task: how many shards
: "${CORES:=4}"                  # threads of a task
# Prices in dollars: list prices of the large clouds, rounded; your own are what counts.
: "${CORE_HOUR:=0.04}"           # one virtual core, on demand
: "${SPOT_HOUR:=0.015}"          # the same, taken away at any time (requeue)
: "${GET_1000:=0.0004}"          # 1,000 GET requests to an object store
: "${GB_MONTH:=0.023}"           # keeping the index
: "${EGRESS_GB:=0.09}"           # a byte that leaves its cloud; none inside it, or from the crawl's own front end

measure() {
    local pages
    pages=$("$top/tests/assets.sh" extract) || { echo "scale: the shared pages are needed" >&2; exit 77; }
    mkdir -p "$load"
    make_load() { [ -s "$load/$3" ] || "$build/tools/make_load" "$1" "$pages" "$2" "$load/$3"; }
    echo "# $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores, $(uname -m)"
    for kind in warc wet jsonl; do
        for size in small large; do
            case $kind-$size in
            warc-small) mb=100 ;; warc-large) mb=300 ;;
            *-small) mb=20 ;; *-large) mb=60 ;;
            esac
            file=$load/scale.$kind.$mb.$([ $kind = jsonl ] && echo jsonl || echo warc.gz)
            make_load $kind $mb "${file##*/}"
            best=
            for _ in 1 2; do
                rm -rf "$load/scale.index"
                /usr/bin/time -f '%U %S %M' -o "$load/time" "$E" scan --threads 1 --summary json --index "$load/scale.index" \
                    --no-output "$file" 2> "$load/summary"
                read -r user sys rss < "$load/time"
                cpu=$(awk -v u="$user" -v s="$sys" 'BEGIN {print u + s}')
                if [ -z "$best" ] || awk -v a="$cpu" -v b="$best" 'BEGIN {exit !(a < b)}'; then best=$cpu; fi
            done
            value() { tail -n 1 "$load/summary" | sed -nE "s/.*\"$1\":([0-9]+).*/\\1/p"; }
            # Merged alone it has no free pages left over from commits: what a merge of shards would hold.
            rm -rf "$load/scale.packed"
            "$E" merge -q -o "$load/scale.packed" "$load/scale.index"
            # kind size cpu-seconds payload-bytes text-bytes stored-bytes documents index-bytes peak-MB
            echo "$kind $size $best $(value block_bytes) $(value text_bytes) $(stat -c %s "$file") $(value documents)" \
                "$(stat -c %s "$load/scale.packed/data.mdb") $((rss / 1024))"
        done
    done
    # Merging: eight indexes of the same pages under other names.
    rm -rf "$load"/scale.part.* "$load/scale.merged"
    for i in 1 2 3 4 5 6 7 8; do
        "$build/tools/make_load" jsonl "$pages" $((i + 2)) "$load/scale.m.jsonl"
        sed -E "s#https?://#https://m$i.#" "$load/scale.m.jsonl" > "$load/scale.m.$i.jsonl"
        rm -rf "$load/scale.index"
        "$E" scan -q --index "$load/scale.index" --no-output "$load/scale.m.$i.jsonl"
        "$E" merge -q -o "$load/scale.part.$i" "$load/scale.index"
    done
    /usr/bin/time -f '%U %S %M' -o "$load/time" "$E" merge -q -o "$load/scale.merged" "$load"/scale.part.*
    read -r user sys rss < "$load/time"
    echo "merge all $(awk -v u="$user" -v s="$sys" 'BEGIN {print u + s}') $(cat "$load"/scale.part.*/data.mdb | wc -c)" \
        "0 $(stat -c %s "$load/scale.merged/data.mdb") 0 0 $((rss / 1024))"
}

compute() {
    awk -v files="$CRAWL_FILES" -v warc_gb="$WARC_GB" -v warc_pages="$WARC_PAGES" -v warc_ratio="$WARC_RATIO" -v wet_gb="$WET_GB" \
        -v wet_ratio="$WET_RATIO" -v jsonl_tb="$JSONL_TB" -v jsonl_text="$JSONL_TEXT" -v crawls="$CRAWLS" -v share="$SHARE" \
        -v task_hours="$TASK_HOURS" -v cores="$CORES" -v core_hour="$CORE_HOUR" -v spot="$SPOT_HOUR" -v get="$GET_1000" \
        -v month="$GB_MONTH" -v merge_mb="$MERGE_MB" -v egress="$EGRESS_GB" '
    function human(n) { return n >= 1e9 ? sprintf("%.2f G", n / 1e9) : n >= 1e6 ? sprintf("%.1f M", n / 1e6) : n >= 1e4 ? sprintf("%.0f k", n / 1e3) : sprintf("%.0f", n) }
    function money(d) { return d >= 100 ? sprintf("$ %.0f", d) : sprintf("$ %.2f", d) }
    function row(name, stored, payload, docs, requests, kind,    cpu, hours, index_b, merge_h) {
        # By the slope in payload bytes: what a document costs beside its bytes is in the slope of loads of like pages.
        cpu = payload * slope[kind]; hours = cpu / 3600
        index_b = payload * text_share[kind] * per_text[kind]
        merge_h = index_b * 2 / (merge_mb * 1e6) / 3600 # every byte is merged twice: to a group, to the whole
        printf "| %s | %.1f TB | %s | %s | %.0f | %.1f | %s | %.0f GB | %.1f | %s | %s | %s | %s |\n", name, stored / 1e12, human(docs), human(requests), hours,
            merge_h, human(hours / task_hours / cores + 0.5), index_b / 1e9, stored / cpu / 1e6, money((hours + merge_h) * core_hour),
            money((hours + merge_h) * spot), money(requests / 1000 * get), money(index_b / 1e9 * month)
        outside[name] = stored / 1e9 * egress
    }
    /^#/ {next}
    $1 == "merge" {merge_slope = $3 / $4; merge_ratio = $6 / $4; next}
    $2 == "small" {for (i = 3; i <= 9; i++) small[$1, i] = $i}
    $2 == "large" {
        k = $1
        slope[k] = ($3 - small[k, 3]) / ($4 - small[k, 4])
        text_slope[k] = ($3 - small[k, 3]) / ($5 - small[k, 5])
        text_share[k] = ($5 - small[k, 5]) / ($4 - small[k, 4])
        per_text[k] = ($8 - small[k, 8]) / ($5 - small[k, 5])
        printf "| %s, with index | %.1f | %.1f | %.0f | %.1f | %.2f | %.0f |\n", k, 1 / slope[k] / 1e6, 1 / text_slope[k] / 1e6, ($7 - small[k, 7]) / ($3 - small[k, 3]), 
            ($6 - small[k, 6]) / ($3 - small[k, 3]) / 1e6, per_text[k], $9
    }
    END {
        printf "\nmerge of eight small indexes: %.1f MB/s of index read a CPU second; what comes out has %.2f of the bytes that go in\n\n", 1 / merge_slope / 1e6, merge_ratio
        print "| | stored | documents | requests | scan, core-hours | merge, core-hours | tasks | index | MB/s stored a core | at " core_hour " | at " spot " | requests cost | index a month |"
        print "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
        warc = files * warc_gb * 1e9; pages = files * warc_pages; wet = files * wet_gb * 1e9
        row("one WET crawl", wet, wet * wet_ratio, pages, files, "wet")
        row("one WARC crawl", warc, warc * warc_ratio, pages, files, "warc")
        row(sprintf("%g %% of %d crawls, whole WARC files", share * 100, crawls), warc * crawls * share, warc * warc_ratio * crawls * share, pages * crawls * share, files * crawls * share, "warc")
        row(sprintf("%g %% of %d crawls, a request a record", share * 100, crawls), warc * crawls * share, warc * warc_ratio * crawls * share, pages * crawls * share, pages * crawls * share, "warc")
        row(sprintf("%g TB of JSONL", jsonl_tb), jsonl_tb * 1e12, jsonl_tb * 1e12, jsonl_tb * 1e12 / jsonl_text, jsonl_tb * 1e3, "jsonl")
        print "\nLeaving the cloud that holds them, the stored bytes would cost: one WET crawl " money(outside["one WET crawl"]) ", one WARC crawl " money(outside["one WARC crawl"]) "."
    }' "$1"
}

if [ $# = 1 ]; then
    measured=$1
else
    measured=$build/scale.txt
    measure | tee "$measured" >&2
fi
echo "| measured slope | payload MB/s a core | text MB/s a core | documents/s a core | stored MB/s a core | index bytes a byte of text | peak MB |"
echo "|---|---|---|---|---|---|---|"
compute "$measured"
