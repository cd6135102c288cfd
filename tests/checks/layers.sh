#!/bin/bash
# No include points up or sideways between rooms, and each foreign library has one file or folder that sees
# it (docs/ARCHITECTURE.md). Prints every violation; exit 1 when there is one.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
violation() { echo "layers: $1"; bad=1; }

# room -> what it may include, as a pattern of include paths
allowed() {
    case $1 in
    base/*) echo '^base/' ;;
    crawler/archive/*) echo '^(base|crawler/archive)/' ;;
    crawler/web/*) echo '^(base|crawler/web)/' ;;
    crawler/page/*) echo '^(base|crawler/page)/' ;;
    detector/*) echo '^(base|detector)/' ;;
    index/*) echo '^(base|index)/' ;;
    report/*) echo '^(base|report|crawler/archive/archive\.h|crawler/page/extract\.h|crawler/web/domain\.h|detector/(detector|explain)\.h)' ;;
    pipeline/*) echo '^(base|pipeline|include|crawler/web/(fetch/|frontier/)?[a-z_]*\.h|crawler/page/[a-z_]*\.h|crawler/archive/(archive|coding|http)\.h|crawler/page/extract\.h|crawler/web/domain\.h|detector/(detector|prints|lexical)\.h|index/(cell|diversity|document|hit|ledger|passage|refs|refs_match|store|table)\.h)' ;;
    include/*) echo '^$' ;;
    *) echo '.' ;;
    esac
}

# header of a foreign library -> who may see it
owner() {
    case $1 in
    xxhash.h) echo '^base/hash\.c$' ;;
    simdjson.h) echo '^base/json_read\.cc$' ;;
    zlib.h) echo '^(crawler/(archive/|web/(sitemap|fetch/warc_recover)\.c$)|index/diversity\.c$)' ;;
    libdeflate.h) echo '^(crawler/(archive/|web/fetch/warc_write\.c$)|pipeline/clean_stream\.c$)' ;;
    zstd.h) echo '^(crawler/archive/|pipeline/clean_stream\.c$)' ;;
    snappy-c.h | lz4.h) echo '^crawler/archive/parquet_codec\.c$' ;;
    zdict.h | brotli/*) echo '^crawler/archive/' ;;
    openssl/*) echo '^crawler/(archive/(digest|remote_s3)|web/fetch/warc_digest)\.c$' ;;
    libxml/*) echo '^crawler/(page/libxml2|web/sitemap)\.c$' ;;
    iconv.h) echo '^crawler/page/' ;;
    cld2/* | compact_lang_det.h) echo '^crawler/page/lang_cld2\.cc$' ;;
    libpsl.h) echo '^crawler/web/domain\.c$' ;;
    utf8proc.h) echo '^(detector/|crawler/web/idna\.c$)' ;;
    yaml.h) echo '^cli/config\.c$' ;;
    lmdb.h) echo '^(index|crawler/web/frontier)/' ;;
    curl/*) echo '^crawler/(web/|archive/remote)' ;;
    *) echo '' ;;
    esac
}

while read -r file; do
    pattern=$(allowed "$file")
    while read -r include; do
        [[ $include =~ $pattern ]] || violation "$file includes \"$include\""
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]+"([^"]+)".*/\1/p' "$file")
    while read -r header; do
        who=$(owner "$header")
        [ -z "$who" ] || [[ $file =~ $who ]] || violation "$file includes <$header>, which only $who may see"
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]+<([^>]+)>.*/\1/p' "$file")
done < <(git ls-files '*.[ch]' '*.cc' | grep -E '^(base|crawler|detector|index|report|pipeline|cli|include)/' | sort)
[ $bad = 0 ] && echo "layers: ok"
exit $bad
