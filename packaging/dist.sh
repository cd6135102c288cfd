#!/bin/bash
# One tarball that runs where it is unpacked, on any x86-64 Linux with the same or a newer C library: the command,
# the shared libraries that Debian has no static ones of (found through $ORIGIN/../lib), models, manual pages,
# configs, licence. The same sources and compiler give the same bytes.
#   packaging/dist.sh BINARY BUILD VERSION OUT.tar.gz
set -eu
binary=$1 build=$2 version=$3 out=$4
top=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C TZ=UTC
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2> /dev/null || stat -c %Y "$top/VERSION")}
name=echometer-$version-$(uname -m)
root=$build/dist/$name
rm -rf "$root"
mkdir -p "$root"/{bin,include,lib/pkgconfig,share/echometer,share/man/man1,share/man/man3,share/doc/echometer/examples}
install -m 755 "$binary" "$root/bin/echometer"
strip --strip-unneeded "$root/bin/echometer"
# Everything but the C library and the loader, which must be the machine's own.
shared=$(readlink "$build/libechometer.so.1")
ldd "$binary" "$build/dist/$shared" | sort -u | awk '$2 == "=>" && $3 ~ /^\// {print $3}' |
    grep -Ev '/(libc|libm|libpthread|libdl|librt|libresolv|ld-linux[^/]*)\.so' | while read -r so; do
    install -m 644 "$(realpath "$so")" "$root/lib/$(basename "$so")"
done
# The library for programs of one's own, and pkg-config's file, which finds its folder by itself.
install -m 644 "$build/dist/$shared" "$root/lib/$shared"
strip --strip-unneeded "$root/lib/$shared"
ln -s "$shared" "$root/lib/libechometer.so.1"
ln -s libechometer.so.1 "$root/lib/libechometer.so"
install -m 644 "$build/libechometer.a" "$root/lib/libechometer.a"
strip --strip-debug "$root/lib/libechometer.a"
install -m 644 "$top/include/echometer.h" "$root/include/echometer.h"
sed -e 's|@prefix@|${pcfiledir}/../..|' -e 's|@libdir@|${prefix}/lib|' "$build/echometer.pc" > "$root/lib/pkgconfig/echometer.pc"
install -m 644 "$top"/examples/*.c "$top"/examples/*.py "$root/share/doc/echometer/examples/"
install -m 644 "$top/packaging/libechometer.3" "$root/share/man/man3/libechometer.3"
cp -R "$top/configs/." "$root/share/echometer/"
cp "$top"/{LICENSE,README.md,CHANGELOG.md,CONTRIBUTING.md,SECURITY.md,CITATION.cff} "$root/share/doc/echometer/"
cp -R "$top/docs" "$root/share/doc/echometer/docs"
# Licences of the libraries that travel along, as their packages have them.
for so in "$root"/lib/*.so*; do
    package=$(dpkg-query -S "*/$(basename "$so")" 2> /dev/null | head -n 1 | cut -d : -f 1) || package=
    [ -n "$package" ] && [ -r "/usr/share/doc/$package/copyright" ] &&
        install -m 644 "/usr/share/doc/$package/copyright" "$root/share/doc/echometer/$package.copyright" || true
done
"$top/packaging/man.sh" "$root/bin/echometer" "$root/share/man/man1" "$(date -u -d "@$epoch" +%F)"
find "$root" -type d -exec chmod 755 {} +
find "$root" -type f ! -path '*/bin/*' ! -name '*.sh' -exec chmod 644 {} +
find "$root" -name '*.sh' -exec chmod 755 {} +
tar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --format=ustar -C "$build/dist" -c "$name" |
    gzip -9n > "$out.tmp"
mv "$out.tmp" "$out"
echo "$out: $(stat -c %s "$out") bytes"
