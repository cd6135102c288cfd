#!/bin/bash
# How the command feels: doctor, help environment, and completion that is made from --help.
. "$(dirname "$0")/tap.sh"
run "$E" doctor
is "$code" 0 "doctor finds nothing wrong"
for line in version formats models model_file processors memory disk open_files libraries; do
    grep -q "^$line  *[^ ]" "$T/out"
    ok $? "and says: $line"
done
run "$E" doctor --json
is "$(jq -r '[.schema, .problems] | join(" ")' < "$T/out")" "1 0" "as one JSON object"
grep -q 'libcurl' <<< "$(jq -r .libraries < "$T/out")"
ok $? "with the libraries that are loaded"
run env ECHOMETER_DATA="$T" "$E" doctor
is "$code" 2 "without a model: 2"
grep -q 'models/en.emm' "$T/err"
ok $? "and what is missing"
run bash -c "ulimit -n 256; '$E' doctor"
grep -q '^open_files *256; .*ulimit -n' "$T/out"
ok $? "few descriptors are pointed out"
run "$E" help environment
is "$code" 0 "help environment"
# Every variable that the sources read is explained.
missing=$(cd "$TOP" && grep -rhoE '(getenv|set_from_environment)\([^)]*"[A-Z_]+"' base crawler detector index pipeline report cli | grep -oE '"[A-Z_]+"' | tr -d '"' | grep -vE '^HOME$' | sort -u | while read -r v; do grep -q "\b$v\b" "$T/out" || echo "$v"; done)
is "$missing" "" "every variable is in it"

"$TOP/packaging/completion.sh" "$E" "$T/completion"
is "$(head -1 "$T/completion/_echometer")" "#compdef echometer" "zsh"
if command -v zsh > /dev/null; then zsh -n "$T/completion/_echometer"; ok $? "zsh reads it"; else skip "no zsh"; fi
# What bash offers after the given words.
offers() {
    # shellcheck disable=SC1091
    (cd "$T" && . "$T/completion/echometer.bash" && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1)) && _echometer 2> /dev/null && printf '%s\n' "${COMPREPLY[@]}")
}
is "$(offers echometer sca)" "scan" "bash completes commands"
is "$(offers echometer scan --manif)" "--manifest" "options"
is "$(offers echometer scan --threads '')" "" "nothing where a number is wanted"
touch "$T/some-input.warc"
is "$(offers echometer scan some)" "some-input.warc" "and files"
for c in $("$E" help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
    diff <("$E" "$c" --help | sed -n '/^options:/,$p' | grep -oE '^  (-.,|   ) --[a-z0-9-]+' | grep -oE -- '--.*' | sort) <(offers echometer "$c" -- | grep . | sort) > /dev/null || echo "$c"
done > "$T/differ"
is "$(cat "$T/differ")" "" "every command's options are those of its --help"
"$TOP/packaging/man.sh" "$E" "$T/man"
for c in $("$E" help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
    grep -A1 -x "\.B $c" "$T/man/echometer.1" | grep -q '^[A-Za-z].* ' || echo "$c"
done > "$T/differ"
is "$(cat "$T/differ")" "" "the manual lists every command, its name apart from what it does"
done_testing
