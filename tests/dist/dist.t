#!/bin/bash
# What `make dist` and `make deb` made: the tarball runs where it is unpacked, with nothing of the machine's but its C
# library, and comes out the same again; the package installs into a root of its own, runs, and leaves nothing.
. "$(dirname "$0")/../cli/tap.sh"
if [ ! -r "${DIST:-}" ] || [ ! -d "${DEB:-}" ]; then
    skip "no tarball and package: make check-dist makes them"
    done_testing
fi
"$TOP/examples/demo/make_warc.sh" "$T/demo.warc.gz"
mkdir "$T/elsewhere"
tar xzf "$DIST" -C "$T/elsewhere"
D=$(echo "$T"/elsewhere/echometer-*)
run env -i "$D/bin/echometer" scan -q "$T/demo.warc.gz"
is "$code" 3 "the tarball's command scans, with its own model, in an empty environment"
is "$(wc -l < "$T/out")" "$("$E" scan -q "$T/demo.warc.gz" | wc -l)" "and finds as many documents"
ldd "$D/bin/echometer" | awk '$2 == "=>" {print $3}' | xargs realpath | grep -Ev "^$D/lib/|/(libc|libm|libpthread|libdl|librt|libresolv)\.so" > "$T/outside" || true
is "$(cat "$T/outside")" "" "of the machine's libraries only the C library is used"
# Statically linked ones are no more than needed from outside.
for l in liblmdb libdeflate libutf8proc libstdc++; do ! readelf -d "$D/bin/echometer" | grep -q "NEEDED.*$l"; ok $? "$l is in the binary"; done
for page in echometer.1 echometer-scan.1 echometer-merge.1 echometer-status.1; do
    [ -s "$D/share/man/man1/$page" ] || { ok 1 "$page"; continue; }
    grep -q '^\.SH NAME' "$D/share/man/man1/$page" && grep -q '^\.SH SYNOPSIS' "$D/share/man/man1/$page"
    ok $? "$page has a name and a synopsis"
done
"$E" help | sed -nE 's/^  ([a-z]+) .*/\1/p' | while read -r c; do [ -s "$D/share/man/man1/echometer-$c.1" ] || echo "$c"; done > "$T/missing"
is "$(cat "$T/missing")" "" "every command has a manual page"
grep -q -- '\\-\\-shard I/N' "$D/share/man/man1/echometer-scan.1"
ok $? "and the options are in it"
if command -v man > /dev/null; then
    # Debian's own check: no warnings.
    warnings=$(for p in "$D"/share/man/man1/*.1; do LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$p" 2>&1 > /dev/null; done)
    is "$warnings" "" "man finds nothing wrong"
fi
for f in slurm/submit.sh models/en.emm; do [ -s "$D/share/echometer/$f" ]; ok $? "$f is there"; done
cp "$DIST" "$T/first.tar.gz"
(cd "$TOP" && touch -d '1 hour ago' "$BUILD/dist/echometer" && packaging/dist.sh "$BUILD/dist/echometer" "$BUILD" "$(cat VERSION)" "$T/second.tar.gz" > /dev/null)
cmp -s "$T/first.tar.gz" "$T/second.tar.gz"
ok $? "packed again: the same bytes"

R=$T/root
mkdir -p "$R/var/lib/dpkg/info" "$R/var/lib/dpkg/updates"
touch "$R/var/lib/dpkg/status" "$R/var/lib/dpkg/available"
dpkg_root() { dpkg --root="$R" --force-not-root --force-depends --force-bad-path --log="$T/dpkg.log" "$@"; }
debs=("$DEB"/*.deb)
DEB=$(echo "$DEB"/echometer_*.deb)
run dpkg_root -i "$DEB"
is "$code" 0 "the package installs"
[ "$code" = 0 ] || sed 's/^/# /' "$T/err"
run env -i "$R/usr/bin/echometer" scan -q "$T/demo.warc.gz"
is "$code" 3 "its command scans, with the model beside it"
is "$(dpkg_root -s echometer | sed -n 's/^Status: //p')" "install ok installed" "dpkg knows it"
[ -s "$R/usr/share/man/man1/echometer-scan.1.gz" ] && [ -s "$R/usr/share/doc/echometer/copyright" ]
ok $? "manual pages and copyright are there"
dpkg-deb -f "$DEB" Depends | grep -q 'libc6 (>='
ok $? "it depends on the libraries' packages: $(dpkg-deb -f "$DEB" Depends | tr ',' '\n' | wc -l) of them"
dpkg-deb -c "$DEB" | awk '$2 != "root/root" || ($1 ~ /^-/ && $1 !~ /^-rw(-r--r--|xr-xr-x)$/) || ($1 ~ /^d/ && $1 != "drwxr-xr-x")' > "$T/odd"
is "$(cat "$T/odd")" "" "owners and modes are as Debian wants them"
(cd "$R" && md5sum --quiet -c var/lib/dpkg/info/echometer.md5sums) > "$T/out" 2>&1
ok $? "its files are what md5sums says"
is "${#debs[@]}" 4 "there are four packages: the command, the library, what programs are built with, and the Python package"
run dpkg_root -i "${debs[@]}"
is "$code" 0 "all install together"
[ "$code" = 0 ] || sed 's/^/# /' "$T/err"
L=$(echo "$R"/usr/lib/*-linux-*/)
[ -L "$L/libechometer.so.1" ] && [ -s "$L/libechometer.so.1" ] && [ -s "$L/libechometer.so" ] && [ -s "$L/libechometer.a" ]
ok $? "the library is there, shared and static"
flags="-I$R/usr/include -L$L -lechometer"
# shellcheck disable=SC2086
run gcc -std=c11 "$TOP/examples/scan.c" $flags -o "$T/scan"
is "$code" 0 "and a program is built with it"
run env LD_LIBRARY_PATH="$L" ECHOMETER_DATA="$R/usr/share/echometer" "$T/scan" "$T/demo.warc.gz"
is "$code" 0 "which runs"
for d in "${debs[@]}"; do dpkg-deb -c "$d" | awk '$2 != "root/root" || ($1 ~ /^-/ && $1 !~ /^-rw(-r--r--|xr-xr-x)$/) || ($1 ~ /^d/ && $1 != "drwxr-xr-x")'; done > "$T/odd"
is "$(cat "$T/odd")" "" "owners and modes are as Debian wants them in all four"
run env -i PYTHONPATH="$R/usr/lib/python3/dist-packages" ECHOMETER_LIBRARY="$L/libechometer.so.1" ECHOMETER_DATA="$R/usr/share/echometer" /usr/bin/python3 -B -c 'import echometer; print(echometer.Model().judge("Too short.")["abstain"])'
is "$(cat "$T/out")" "too-short" "Python finds the library and the models"
run dpkg_root -P python3-echometer libechometer-dev libechometer1
is "$code" 0 "library and header are removed"
run dpkg_root -P echometer
is "$code" 0 "it is removed"
is "$(find "$R" -type f ! -path '*/var/lib/dpkg/*' | wc -l)" 0 "and leaves nothing"

# The tarball's library, from where it was unpacked.
run gcc -std=c11 "$TOP/examples/scan.c" $(PKG_CONFIG_PATH=$D/lib/pkgconfig pkg-config --cflags --libs echometer) -o "$T/scan"
is "$code" 0 "a program is built with the tarball's library"
run env LD_LIBRARY_PATH="$D/lib" "$T/scan" "$T/demo.warc.gz"
is "$code" 0 "which finds the models beside it"

run make -s -C "$TOP" man BUILD="$BUILD"
is "$code" 0 "make man"
done_testing
