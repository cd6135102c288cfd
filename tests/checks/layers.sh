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
allowed() { # file: sets $pattern
    case $1 in
    base/wire/* | base/net/* | base/store/*) pattern='^base/' ;;
    base/*) pattern='^base/[a-z0-9_]*\.h$' ;;
    crawler/archive/*) pattern='^(base|crawler/archive)/' ;;
    crawler/web/*) pattern='^(base|crawler/web)/' ;;
    crawler/page/*) pattern='^(base|crawler/page)/' ;;
    detector/learn/*) pattern='^(base|detector)/' ;;
    detector/*) pattern='^(base/|detector/[a-z0-9_]*\.h$)' ;;
    index/answers/*) pattern='^(base|index)/' ;;
    index/*) pattern='^(base/|index/([a-z0-9_]*|refs/[a-z0-9_]*)\.h$)' ;;
    report/*) pattern="^(report/|($public_rooms)[a-z0-9_]*\.h$)" ;;
    pipeline/*) pattern="^(pipeline/|include/|($public_rooms)[a-z0-9_]*\.h$)" ;;
    include/*) pattern='^$' ;;
    *) pattern='.' ;;
    esac
}

# Headers that only their own room may see.
private='(_int|_private|_format)\.h$'
room_of() { # path: sets $room, at most two folders deep
    local dir=${1%/*}
    local rest=${dir#*/}
    room=$dir
    [ "$rest" = "$dir" ] || room=${dir%%/*}/${rest%%/*}
}

# header of a foreign library -> who may see it, as $who
owner() {
    case $1 in
    xxhash.h) who='^base/hash\.c$' ;;
    simdjson.h) who='^base/json_read\.cc$' ;;
    zlib.h) who='^(crawler/(archive/|web/(sitemap|fetch/warc_recover)\.c$)|index/diversity\.c$)' ;;
    libdeflate.h) who='^(base/compress\.c$|crawler/(archive/|web/fetch/warc_write\.c$)|pipeline/clean/clean_stream\.c$)' ;;
    zstd.h) who='^(base/compress\.c$|crawler/archive/|pipeline/clean/clean_stream\.c$)' ;;
    snappy-c.h | lz4.h) who='^crawler/archive/parquet_codec\.c$' ;;
    zip.h) who='^crawler/archive/wacz\.c$' ;;
    zdict.h | brotli/*) who='^crawler/archive/' ;;
    openssl/*) who='^(base/net/transfer|crawler/(archive/(digest|remote_s3)|web/fetch/warc_digest))\.c$' ;;
    libxml/*) who='^crawler/(page/libxml2|web/(sitemap|rsl))\.c$' ;;
    iconv.h) who='^crawler/page/' ;;
    cld2/* | compact_lang_det.h) who='^crawler/page/lang_cld2\.cc$' ;;
    libpsl.h) who='^base/wire/domain\.c$' ;;
    utf8proc.h) who='^(detector/|base/wire/idna\.c$)' ;;
    yaml.h) who='^base/config\.c$' ;;
    lmdb.h) who='^(index|crawler/web/frontier)/' ;;
    microhttpd.h) who='^report/serve/serve\.c$' ;;
    curl/*) who='^base/net/' ;;
    *) who='' ;;
    esac
}

# Every include once: file:#include "path" or file:#include <path>. No process is forked in the loop, which runs thousands of times.
while IFS=: read -r file line; do
    if [[ $line == *\"*\"* ]]; then
        include=${line#*\"}
        include=${include%%\"*}
        allowed "$file"
        [[ $include =~ $pattern ]] || violation "$file includes \"$include\""
        if [[ $include =~ $private && $file != cli/* && ${include%%/*} != "${file%%/*}" ]]; then
            room_of "$include"
            theirs=$room
            room_of "$file"
            [ "$theirs" = "$room" ] || violation "$file includes \"$include\", which is private to ${include%/*}/"
        fi
    else
        header=${line#*<}
        header=${header%%>*}
        owner "$header"
        [ -z "$who" ] || [[ $file =~ $who ]] || violation "$file includes <$header>, which only $who may see"
    fi
done < <(git ls-files -- {base,crawler,detector,index,report,pipeline,cli,include}/'*.'{h,c,cc} |
    xargs grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]+("[^"]+"|<[^>]+>)')
[ $bad = 0 ] && echo "layers: ok"
exit $bad
