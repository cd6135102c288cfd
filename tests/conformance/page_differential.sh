#!/bin/bash
# The visible text of every page in the shared assets, ours against libxml2's SAX parser. Differences are
# explained by what the parsers are known to read differently, a class each (bench/diff_page.c says how);
# what remains unexplained may be one page in a thousand at most.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in extract charset warc; do
    assets=$("$top/tests/assets.sh" $name) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
    find "$assets" -type f \( -name '*.html' -o -name '*.htm' -o -name '*.html.gz' -o -name '*.warc*' -o -name '*.arc*' \) \
        ! -name '*.cdx*' ! -name '*.lz4' ! -name '*.wacz' ! -name '*.zip' ! -name '*.tar*' -print0 >> "$work/list"
done
make -s -C "$top" BUILD="$build" "$build/bench/diff_page" >&2 || exit 1
sort -z "$work/list" | "$build/bench/diff_page" -l > "$work/out" 2> "$work/err" || exit 1
sed 's/^/# /' "$work/out"
count() { awk -v k="$1" 'index($0, k) == 1 {sub(k, ""); print $1; exit}' "$work/out"; }
pages=$(count pages) same=$(count identical) unexplained=$(count unexplained)
check() { # NAME CONDITION
    n=$((n + 1))
    if [ "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; failed=1; fi
}
n=0 failed=0
check "$pages pages compared" "$([ "$pages" -ge 1500 ] && echo y)"
check "$same have the same text (at least nine in ten)" "$([ $((same * 10)) -ge $((pages * 9)) ] && echo y)"
check "$unexplained unexplained (at most one in a thousand)" "$([ $((unexplained * 1000)) -le "$pages" ] && echo y)"
echo "1..$n"
exit $failed
