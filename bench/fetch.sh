#!/bin/bash
# Our fetcher beside libcurl alone, `curl --parallel` and wget2, all against one nginx on
# loopback: pages a second and pages a CPU second of the client. Skipped where nginx is absent.
#   BUILD=build bench/fetch.sh [ROUNDS]
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
rounds=${1:-3}
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || { echo "skipped: no nginx" >&2; exit 0; }
work=$(mktemp -d)
port=${PORT:-$((20000 + RANDOM % 20000))}
concurrency=${CONCURRENCY:-32}
trap 'kill $(cat "$work/pid") 2> /dev/null || true; sleep 0.2; rm -rf "$work"' EXIT

mkdir -p "$work/www/small" "$work/www/mean" "$work/tmp" "$work/warc"
# Words from a fixed generator: text that compresses about as pages do. 2 kB, and the
# 143 kB that a page of the shared set has in the mean.
pages() { # folder, bytes, pages
    awk -v dir="$1" -v bytes="$2" -v n="$3" 'BEGIN {
        srand(7)
        for (w = 0; w < 4000; w++) {
            word = ""
            for (k = 2 + int(rand() * 8); k > 0; k--) word = word sprintf("%c", 97 + int(rand() * 26))
            words[w] = word
        }
        for (i = 0; i < n; i++) {
            file = dir "/" i; have = 0
            printf "<!doctype html><title>Page %d</title><body>", i > file
            while (have < bytes) {
                line = "<p>"
                for (k = 0; k < 12; k++) line = line words[int(4000 * rand() * rand())] " "
                print line > file; have += length(line) + 1
            }
            close(file)
        }
    }'
}
pages "$work/www/small" 2000 500
pages "$work/www/mean" 143000 100
cat > "$work/nginx.conf" << EOF
worker_processes 1;
pid $work/pid;
error_log $work/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    default_type text/html;
    sendfile on;
    tcp_nodelay on;
    keepalive_requests 100000000;
    client_body_temp_path $work/tmp; proxy_temp_path $work/tmp; fastcgi_temp_path $work/tmp;
    uwsgi_temp_path $work/tmp; scgi_temp_path $work/tmp;
    open_file_cache max=10000;
    server { listen 127.0.0.1:$port backlog=4096; root $work/www; }
}
EOF
[ "$(id -u)" != 0 ] || sed -i '1i user root;' "$work/nginx.conf"
"$nginx" -c "$work/nginx.conf" -e "$work/error.log"

list() { # folder, files, pages; all different, as wget2 takes none twice
    seq 0 $(($3 - 1)) | awk -v base="http://127.0.0.1:$port/$1" -v files="$2" '{print base "/" $1 % files "?" $1}'
}
tool() { # name, pages, command...
    local name=$1 n=$2 wall
    shift 2
    TIMEFORMAT='%R %U %S'
    wall=$({ time "$@" > /dev/null 2> "$work/tool.err"; } 2>&1) || true
    echo "$wall" | awk -v name="$name" -v n="$n" '{cpu = $2 + $3; printf "%s\t%d\t-\t-\t%.2f\t%.2f\t%.0f\t%.0f\n", name, n, $1, cpu, n / $1, n / cpu}'
}
echo "pages	mode	pages	errors	MB	seconds	cpu	pages/s	pages/cpu-s"
for load in "small 500 ${SMALL:-20000}" "mean 100 ${MEAN:-2000}"; do
    set -- $load
    list "$1" "$2" "$3" > "$work/list"
    sed 's/.*/url="&"\noutput="\/dev\/null"/' "$work/list" > "$work/curl.cfg"
    for round in $(seq "$rounds"); do
        {
            for mode in fetch perform bare socket warc; do
                "$build/bench/bench_fetch" $mode "http://127.0.0.1:$port/$1" "$2" "$3" "$concurrency" "$work/warc"
                rm -rf "$work/warc"/*
            done
            command -v curl > /dev/null && tool "curl --parallel" "$3" curl -s -Z --parallel-max "$concurrency" -K "$work/curl.cfg"
            command -v wget2 > /dev/null && tool wget2 "$3" wget2 -q --no-config --max-threads="$concurrency" -O /dev/null -i "$work/list"
        } | sed "s/^/$1	/"
    done
done
