#!/bin/bash
# Writes a small WARC (one gzip member a record) from examples/demo/pages: the pages, and beside them what a crawl
# also holds: a request, an image, an error page, a revisit, and a stretch of garbage.
# Deterministic: the same pages give the same bytes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: make_warc.sh OUT.warc.gz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$out"

n=0
record() { # type url content-type block-file
    n=$((n + 1))
    {
        printf 'WARC/1.1\r\nWARC-Type: %s\r\n' "$1"
        [ -z "$2" ] || printf 'WARC-Target-URI: %s\r\n' "$2"
        printf 'WARC-Date: 2024-05-%02dT10:00:00Z\r\n' $((n % 28 + 1))
        printf 'WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-%012d>\r\n' "$n"
        printf 'Content-Type: %s\r\n' "$3"
        printf 'WARC-Block-Digest: sha256:%s\r\n' "$(sha256sum < "$4" | cut -d' ' -f1)"
        printf 'Content-Length: %d\r\n\r\n' "$(stat -c %s "$4")"
        cat "$4"
        printf '\r\n\r\n'
    } | gzip -9n >> "$out"
}
response() { # url status type body-file
    { printf 'HTTP/1.1 %s\r\nContent-Type: %s\r\n\r\n' "$2" "$3"; cat "$4"; } > "$work/block"
    record response "$1" 'application/http; msgtype=response' "$work/block"
}

printf 'software: echometer demo\r\nformat: WARC File Format 1.1\r\n' > "$work/info"
record warcinfo '' application/warc-fields "$work/info"
printf 'GET / HTTP/1.1\r\nHost: blog.example.com\r\n\r\n' > "$work/request"
record request https://blog.example.com/ 'application/http; msgtype=request' "$work/request"
for page in "$here"/pages/*.html; do
    name=$(basename "$page" .html)
    response "https://www.site-${name%%-*}.example.org/${name#*-}" '200 OK' 'text/html; charset=utf-8' "$page"
done
printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR' > "$work/png"
response https://www.example.com/logo.png '200 OK' image/png "$work/png"
printf '<title>Not found</title><p>There is no such page.' > "$work/missing"
response https://www.example.com/old '404 Not Found' text/html "$work/missing"
printf 'HTTP/1.1 304 Not Modified\r\n\r\n' > "$work/revisit"
record revisit https://www.example.com/ 'application/http; msgtype=response' "$work/revisit"
printf 'these bytes belong to no record\n' >> "$out"
printf 'The last record is read, although what stood before it was damaged.\n' > "$work/text"
record resource https://www.example.com/readme.txt text/plain "$work/text"
