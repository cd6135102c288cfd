#!/bin/bash
# Debian packages, against this system's shared libraries: the command (echometer), the shared library (libechometer1),
# what programs are built with (libechometer-dev), and the Python package (python3-echometer).
#   packaging/deb.sh BINARY BUILD VERSION OUT-FOLDER
set -eu
binary=$1 build=$2 version=$3 out=$4
top=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C TZ=UTC
umask 022
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2> /dev/null || stat -c %Y "$top/VERSION")}
export SOURCE_DATE_EPOCH=$epoch
arch=$(dpkg --print-architecture)
lib=usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
rm -rf "$build/deb"
mkdir -p "$build/deb/debian"
printf 'Source: echometer\n\nPackage: echometer\nArchitecture: any\n' > "$build/deb/debian/control"

# The changelog and copyright that every package carries.
documents() { # ROOT NAME
    local doc=$1/usr/share/doc/$2
    mkdir -p "$1/DEBIAN" "$doc"
    {
        printf 'echometer (%s) unstable; urgency=medium\n\n  * See README.md and CHANGELOG.md of the sources.\n\n' "$version"
        printf ' -- echometer maintainers <maintainers@echometer.invalid>  %s\n' "$(date -u -R -d "@$epoch")"
    } | gzip -9n > "$doc/changelog.gz"
    {
        printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: echometer\n\n'
        printf 'Files: *\nCopyright: the echometer maintainers\nLicense: Apache-2.0\n\n'
        printf 'License: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n'
    } > "$doc/copyright"
}

# Packages of the libraries that a file needs, in the versions that are needed.
needs() { # FILE
    local depends
    depends=$(cd "$build/deb" && dpkg-shlibdeps -O "$1" 2> /dev/null | sed -n 's/^shlibs:Depends=//p')
    [ -n "$depends" ] || { echo "deb: dpkg-shlibdeps found no packages for the libraries" >&2; exit 2; }
    echo "$depends"
}

# The fields on standard input follow those that all packages share.
package() { # ROOT NAME [ARCHITECTURE]
    {
        printf 'Package: %s\nSource: echometer\nVersion: %s\nPriority: optional\nArchitecture: %s\n' "$2" "$version" "${3:-$arch}"
        printf 'Installed-Size: %s\nMaintainer: echometer maintainers <maintainers@echometer.invalid>\n' "$(du -sk --apparent-size "$1/usr" | cut -f 1)"
        cat
    } | sed "$([ "$2" = echometer ] && echo '/^Source:/d')" > "$1/DEBIAN/control"
    (cd "$1" && find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
    find "$1/usr" -type d -exec chmod 755 {} +
    chmod 644 "$1/DEBIAN/md5sums" "$1/DEBIAN/control"
    [ ! -e "$1/DEBIAN/triggers" ] || chmod 644 "$1/DEBIAN/triggers"
    local file=$out/$2_${version}_${3:-$arch}.deb
    dpkg-deb --root-owner-group -Zxz --build "$1" "$file" > /dev/null
    echo "$file: $(stat -c %s "$file") bytes"
}

# --- the command
root=$build/deb/root
documents "$root" echometer
mkdir -p "$root/usr/bin" "$root/usr/share/man/man1" "$root/usr/share/echometer"
install -m 755 "$binary" "$root/usr/bin/echometer"
strip --strip-unneeded --remove-section=.comment "$root/usr/bin/echometer"
cp -R "$top/configs/." "$root/usr/share/echometer/"
find "$root/usr/share" -type f -exec chmod 644 {} +
find "$root/usr/share" -name '*.sh' -exec chmod 755 {} +
"$top/packaging/man.sh" "$binary" "$root/usr/share/man/man1" "$(date -u -d "@$epoch" +%F)"
gzip -9n "$root"/usr/share/man/man1/*.1
"$top/packaging/completion.sh" "$binary" "$build/deb/completion"
install -D -m 644 "$build/deb/completion/echometer.bash" "$root/usr/share/bash-completion/completions/echometer"
install -D -m 644 "$build/deb/completion/_echometer" "$root/usr/share/zsh/vendor-completions/_echometer"
package "$root" echometer << CONTROL
Section: science
Depends: $(needs root/usr/bin/echometer)
Recommends: zstd
Suggests: slurm-client
Description: measures how much of the web, and of a corpus, is model output
 echometer reads web archives (WARC, ARC, WET) and corpora (JSONL), turns
 pages into text and says of every document how likely it is machine-written
 and why. It keeps an index, estimates prevalence with intervals, finds
 passages that spread, and cleans corpora. Shards on many machines give the
 index that one run would give.
CONTROL

# --- the shared library; its models are the command's
root=$build/deb/lib
documents "$root" libechometer1
mkdir -p "$root/$lib"
shared=$(readlink "$build/libechometer.so.1")
install -m 644 "$build/$shared" "$root/$lib/$shared"
strip --strip-unneeded --remove-section=.comment "$root/$lib/$shared"
ln -s "$shared" "$root/$lib/libechometer.so.1"
echo "activate-noawait ldconfig" > "$root/DEBIAN/triggers"
package "$root" libechometer1 << CONTROL
Section: libs
Depends: $(needs "lib/$lib/$shared")
Recommends: echometer (= $version)
Description: measures how much of a corpus is model output - shared library
 Reads documents out of web archives and corpora and estimates how likely
 each was written by a machine. The models are in the package echometer.
CONTROL

# --- for building programs
root=$build/deb/dev
documents "$root" libechometer-dev
mkdir -p "$root/$lib/pkgconfig" "$root/usr/include" "$root/usr/share/man/man3" "$root/usr/share/doc/libechometer-dev/examples"
install -m 644 "$build/libechometer.a" "$root/$lib/libechometer.a"
strip --strip-debug --remove-section=.comment "$root/$lib/libechometer.a"
ln -s libechometer.so.1 "$root/$lib/libechometer.so"
sed -e 's|@prefix@|/usr|' -e "s|@libdir@|/$lib|" "$build/echometer.pc" > "$root/$lib/pkgconfig/echometer.pc"
install -m 644 "$top/include/echometer.h" "$root/usr/include/echometer.h"
install -m 644 "$top"/examples/*.c "$top"/examples/*.py "$root/usr/share/doc/libechometer-dev/examples/"
gzip -9nc "$top/packaging/libechometer.3" > "$root/usr/share/man/man3/libechometer.3.gz"
package "$root" libechometer-dev << CONTROL
Section: libdevel
Depends: libechometer1 (= $version)
Suggests: pkg-config
Description: measures how much of a corpus is model output - development files
 The header, the static library, pkg-config's file and examples for programs
 that use libechometer.
CONTROL

# --- Python
root=$build/deb/python
documents "$root" python3-echometer
mkdir -p "$root/usr/lib/python3/dist-packages/echometer"
install -m 644 "$top"/python/echometer/*.py "$top/python/echometer/py.typed" "$root/usr/lib/python3/dist-packages/echometer/"
package "$root" python3-echometer all << CONTROL
Section: python
Depends: python3 (>= 3.9), libechometer1 (>= $version), echometer
Description: measures how much of a corpus is model output - Python module
 Judges texts, reads archives and corpora, and extracts the text of pages,
 through the shared library.
CONTROL
