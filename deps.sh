#!/bin/bash
# Installs what the build and the tests need, from Debian 12's own packages; does nothing where all is there.
set -eu
packages="build-essential gcc g++ make python3 clang clang-format lld llvm libclang-rt-14-dev perl zstd valgrind git jq openssl curl procps file pkg-config binutils
 zlib1g-dev libsnappy-dev liblz4-dev libzip-dev libdeflate-dev libzstd-dev libbrotli-dev libxml2-dev libxxhash-dev libcld2-dev libpsl-dev
 libutf8proc-dev libsimdjson-dev libssl-dev libcurl4-openssl-dev libcmocka-dev liblmdb-dev libyaml-dev libmicrohttpd-dev libjs-chart.js"
# Only for the tests of clusters (`./deps.sh test`): 13 MB.
[ "${1:-}" != test ] || packages="$packages slurmctld slurmd slurm-client munge"
missing=
for p in $packages; do
    dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q >&2
# shellcheck disable=SC2086
$sudo apt-get install -q -y --no-install-recommends $missing >&2
