#!/bin/bash
# A Debian package of the command, its models, configs and manual pages, against this system's shared libraries.
#   packaging/deb.sh BINARY BUILD VERSION OUT.deb
set -eu
binary=$1 build=$2 version=$3 out=$4
top=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C TZ=UTC
umask 022
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2> /dev/null || stat -c %Y "$top/VERSION")}
export SOURCE_DATE_EPOCH=$epoch
root=$build/deb/root
rm -rf "$build/deb"
mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/usr/share/man/man1" "$root/usr/share/doc/echometer" "$root/usr/share/echometer" "$build/deb/debian"
install -m 755 "$binary" "$root/usr/bin/echometer"
strip --strip-unneeded --remove-section=.comment "$root/usr/bin/echometer"
cp -R "$top/configs/." "$root/usr/share/echometer/"
find "$root/usr/share" -type d -exec chmod 755 {} +
find "$root/usr/share" -type f -exec chmod 644 {} +
find "$root/usr/share" -name '*.sh' -exec chmod 755 {} +
"$top/packaging/man.sh" "$binary" "$root/usr/share/man/man1" "$(date -u -d "@$epoch" +%F)"
gzip -9n "$root"/usr/share/man/man1/*.1
{
    printf 'echometer (%s) unstable; urgency=medium\n\n  * See README.md and CHANGELOG.md of the sources.\n\n' "$version"
    printf ' -- echometer maintainers <maintainers@echometer.invalid>  %s\n' "$(date -u -R -d "@$epoch")"
} | gzip -9n > "$root/usr/share/doc/echometer/changelog.gz"
{
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: echometer\n\n'
    printf 'Files: *\nCopyright: the echometer maintainers\nLicense: Apache-2.0\n\n'
    printf 'License: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n'
} > "$root/usr/share/doc/echometer/copyright"
# The shared libraries' packages, in the versions that are needed.
printf 'Source: echometer\n\nPackage: echometer\nArchitecture: any\n' > "$build/deb/debian/control"
depends=$(cd "$build/deb" && dpkg-shlibdeps -O root/usr/bin/echometer 2> /dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "deb: dpkg-shlibdeps found no packages for the libraries" >&2; exit 2; }
cat > "$root/DEBIAN/control" << CONTROL
Package: echometer
Version: $version
Section: science
Priority: optional
Architecture: $(dpkg --print-architecture)
Depends: $depends
Recommends: zstd
Suggests: slurm-client
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
Maintainer: echometer maintainers <maintainers@echometer.invalid>
Description: measures how much of the web, and of a corpus, is model output
 echometer reads web archives (WARC, ARC, WET) and corpora (JSONL), turns
 pages into text and says of every document how likely it is machine-written
 and why. It keeps an index, estimates prevalence with intervals, finds
 passages that spread, and cleans corpora. Shards on many machines give the
 index that one run would give.
CONTROL
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
chmod 644 "$root/DEBIAN/md5sums" "$root/DEBIAN/control"
dpkg-deb --root-owner-group -Zxz --build "$root" "$out" > /dev/null
echo "$out: $(stat -c %s "$out") bytes"
