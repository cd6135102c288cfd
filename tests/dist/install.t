#!/bin/bash
# `make install` into a folder of its own, and programs built against what was installed there: by gcc and by clang, against
# the shared and the static library, and from Python. Also that the shared library exports its interface and nothing else.
. "$(dirname "$0")/../cli/tap.sh"
P=$T/usr
run make -s -C "$TOP" install BUILD="$BUILD" PREFIX="$P"
is "$code" 0 "make install"
[ "$code" = 0 ] || sed 's/^/# /' "$T/err"
export PKG_CONFIG_PATH=$P/lib/pkgconfig LD_LIBRARY_PATH=$P/lib
unset ECHOMETER_DATA
is "$(pkg-config --modversion echometer)" "$(cat "$TOP/VERSION")" "pkg-config knows the version"
for i in 1 2 3; do echo "In today's fast-paced world, effective communication plays a crucial role in fostering collaboration and driving success. Additionally, it enables individuals to build meaningful connections and navigate complex challenges with confidence. Moreover, by leveraging a wide range of innovative strategies, organizations can unlock their full potential. As an AI language model, I cannot say more about part $i of it."; done > "$T/text"
"$TOP/examples/demo/make_warc.sh" "$T/demo.warc.gz"
judged=$(printf '%.3f' "$("$E" detect --json "$T/text" | jq .score)")
"$E" scan -q --index "$T/index" "$T/demo.warc.gz" > "$T/ignored"
measured=$("$E" prevalence --index "$T/index" --json | jq -r '"\(.month // "undated") \(.documents)"')
flagged=$("$E" scan -q "$T/demo.warc.gz" | grep -c '"verdict":"machine"')
# shellcheck disable=SC2046
for cc in gcc clang; do
    command -v $cc > /dev/null || { skip "no $cc"; continue; }
    for how in shared static; do
        flags=$(pkg-config --cflags --libs echometer)
        [ $how = shared ] || flags="$(pkg-config --cflags echometer) -Wl,-Bstatic -L$P/lib -lechometer -Wl,-Bdynamic $(pkg-config --static --libs-only-l --libs-only-other echometer | sed 's/-lechometer//')"
        for e in judge scan prevalence; do
            run $cc -std=c11 -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L "$TOP/examples/$e.c" $flags -o "$T/$e"
            is "$code" 0 "$cc, $how: examples/$e.c compiles without a warning"
            [ "$code" = 0 ] || sed 's/^/# /' "$T/err"
        done
        linked=$(readelf -d "$T/judge" | grep -c 'NEEDED.*libechometer') || true
        is "$linked" "$([ $how = shared ] && echo 1 || echo 0)" "$cc, $how: linked as asked"
        if [ $how = shared ]; then unset ECHOMETER_DATA; else export ECHOMETER_DATA=$P/share/echometer; fi
        run "$T/judge" < "$T/text"
        is "$code" 0 "$cc, $how: judge runs"
        grep -q "^probability $judged" "$T/out"
        ok $? "and gives the command's score, $judged"
        grep -q '^leak at byte [0-9]*: As an AI language model' "$T/out"
        ok $? "and the leak"
        run "$T/scan" "$T/demo.warc.gz"
        is "$code" 0 "$cc, $how: scan runs"
        is "$(wc -l < "$T/out")" "$flagged" "and finds as many machine-written documents as the command"
        run "$T/prevalence" "$T/index"
        is "$code" 0 "$cc, $how: prevalence runs"
        is "$(awk '{ print $1, $2 }' "$T/out")" "$measured" "and gives the command's rows"
        run "$T/prevalence" "$T/nothing"
        is "$code" 2 "and says what is wrong with no index"
    done
done
unset ECHOMETER_DATA
run python3 "$TOP/examples/judge.py" < "$T/text"
is "$code" 0 "Python by ctypes"
grep -q "^probability $judged" "$T/out"
ok $? "and gives the same score"
PYTHONPATH=$P/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1 ECHOMETER_COMMAND=$P/bin/echometer run python3 -m unittest discover -s "$TOP/tests/python"
is "$code" 0 "the installed Python package passes its tests"
[ "$code" = 0 ] || sed 's/^/# /' "$T/err"
echo 'int main(void) { return 0; }' > "$T/header.cc"
run g++ -std=c++17 -Wall -Wextra -Werror -include "$P/include/echometer.h" -o "$T/header" "$T/header.cc"
is "$code" 0 "the header is C++ as well"
is "$(nm -D --defined-only "$P/lib/libechometer.so" | awk '$2 != "A" && $3 !~ /^echometer_/')" "" "the shared library exports echometer_* and nothing else"
sed -nE 's/.*\b(echometer_[a-z_]+)\(.*/\1/p' "$P/include/echometer.h" | grep -vE '^echometer_(visit|damage|options)$' | sort -u > "$T/declared"
nm -D --defined-only "$P/lib/libechometer.so" | sed -nE 's/.* T (echometer_[a-z_]+)@.*/\1/p' | sort -u > "$T/exported"
is "$(diff "$T/declared" "$T/exported")" "" "and all that the header declares"
readelf -d "$P/lib/libechometer.so" | grep -q 'SONAME.*libechometer.so.1\]'
ok $? "its soname has the version of the interface"
if command -v man > /dev/null; then
    is "$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$P/share/man/man3/libechometer.3" 2>&1 > /dev/null)" "" "man finds nothing wrong with libechometer(3)"
fi
done_testing
