# Sourced by the *.t files: a TAP producer of a few lines. $E is the command, $T a folder that goes away.
# shellcheck shell=bash
set -u
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
E=${BUILD:-$TOP/build}/echometer
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
tap_n=0
tap_failed=0

ok() { # status-of-a-test description: ok $? "..."
    tap_n=$((tap_n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $tap_n - $2"
    else
        tap_failed=1
        echo "not ok $tap_n - $2"
        # prove shows standard error, and hides the rest.
        echo "# not ok $tap_n - $(basename "$0"): $2" >&2
    fi
}
is() { # got expected description
    [ "$1" = "$2" ]
    local code=$?
    ok $code "$3"
    [ $code = 0 ] || printf '# got:      %s\n# expected: %s\n' "${1:0:600}" "${2:0:600}" >&2
}
# Exit code into $code, standard output into $T/out, messages into $T/err.
run() {
    code=0
    "$@" > "$T/out" 2> "$T/err" || code=$?
}
skip() { # description
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1 # skip skipped"
    [ -z "${ECHOMETER_SKIPS:-}" ] || echo "$(basename "$0"): $1" >> "$ECHOMETER_SKIPS"
}
done_testing() {
    echo "1..$tap_n"
    exit $tap_failed
}
