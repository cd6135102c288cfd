#!/bin/bash
# No include points up or sideways between rooms, and each foreign library has one file or folder that sees
# it (docs/ARCHITECTURE.md). Prints every violation; exit 1 when there is one.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
violation() { echo "layers: $1"; bad=1; }

# The directed graph of rooms (docs/ARCHITECTURE.md): a file's folder -> what it may include, as a pattern of
# include paths. The first pattern that fits the file decides, so sub-rooms stand before their parents.
public_rooms='base/([a-z]+/)?|crawler/(archive|page|web|web/fetch|web/frontier)/|detector/|detector/learn/|index/|index/refs/|index/answers/'
allowed() {
    case $1 in
    base/wire/* | base/net/* | base/store/*) echo '^base/' ;;
    base/*) echo '^base/[a-z0-9_]*\.h$' ;;
    crawler/archive/*) echo '^(base|crawler/archive)/' ;;
    crawler/web/*) echo '^(base|crawler/web)/' ;;
    crawler/page/*) echo '^(base|crawler/page)/' ;;
    detector/learn/*) echo '^(base|detector)/' ;;
    detector/*) echo '^(base/|detector/[a-z0-9_]*\.h$)' ;;
    index/answers/*) echo '^(base|index)/' ;;
    index/*) echo '^(base/|index/([a-z0-9_]*|refs/[a-z0-9_]*)\.h$)' ;;
    report/*) echo "^(report/|($public_rooms)[a-z0-9_]*\.h$)" ;;
    pipeline/*) echo "^(pipeline/|include/|($public_rooms)[a-z0-9_]*\.h$)" ;;
    include/*) echo '^$' ;;
    *) echo '.' ;;
    esac
}

# Headers that only their own room may see.
private='(_int|_private|_format)\.h$'
room_of() { echo "${1%/*}" | cut -d/ -f1,2; }

# header of a foreign library -> who may see it
owner() {
    case $1 in
    xxhash.h) echo '^base/hash\.c$' ;;
    simdjson.h) echo '^base/json_read\.cc$' ;;
    zlib.h) echo '^(crawler/(archive/|web/(sitemap|fetch/warc_recover)\.c$)|index/diversity\.c$)' ;;
    libdeflate.h) echo '^(base/compress\.c$|crawler/(archive/|web/fetch/warc_write\.c$)|pipeline/clean/clean_stream\.c$)' ;;
    zstd.h) echo '^(base/compress\.c$|crawler/archive/|pipeline/clean/clean_stream\.c$)' ;;
    snappy-c.h | lz4.h) echo '^crawler/archive/parquet_codec\.c$' ;;
    zip.h) echo '^crawler/archive/wacz\.c$' ;;
    zdict.h | brotli/*) echo '^crawler/archive/' ;;
    openssl/*) echo '^(base/net/transfer|crawler/(archive/(digest|remote_s3)|web/fetch/warc_digest))\.c$' ;;
    libxml/*) echo '^crawler/(page/libxml2|web/(sitemap|rsl))\.c$' ;;
    iconv.h) echo '^crawler/page/' ;;
    cld2/* | compact_lang_det.h) echo '^crawler/page/lang_cld2\.cc$' ;;
    libpsl.h) echo '^base/wire/domain\.c$' ;;
    utf8proc.h) echo '^(detector/|base/wire/idna\.c$)' ;;
    yaml.h) echo '^cli/config\.c$' ;;
    lmdb.h) echo '^(index|crawler/web/frontier)/' ;;
    microhttpd.h) echo '^report/serve/serve\.c$' ;;
    curl/*) echo '^base/net/' ;;
    *) echo '' ;;
    esac
}

while read -r file; do
    pattern=$(allowed "$file")
    while read -r include; do
        [[ $include =~ $pattern ]] || violation "$file includes \"$include\""
        [[ ! $include =~ $private || $file == cli/* || $(room_of "$include") == $(room_of "$file") || ${include%%/*} == "${file%%/*}" ]] ||
            violation "$file includes \"$include\", which is private to ${include%/*}/"
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]+"([^"]+)".*/\1/p' "$file")
    while read -r header; do
        who=$(owner "$header")
        [ -z "$who" ] || [[ $file =~ $who ]] || violation "$file includes <$header>, which only $who may see"
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]+<([^>]+)>.*/\1/p' "$file")
done < <(git ls-files '*.[ch]' '*.cc' | grep -E '^(base|crawler|detector|index|report|pipeline|cli|include)/' | sort)
[ $bad = 0 ] && echo "layers: ok"
exit $bad
