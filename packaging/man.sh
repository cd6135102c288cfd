#!/bin/bash
# Manual pages from the command's own help, so that they cannot say anything else: echometer.1 and a page for each
# command.
#   packaging/man.sh ECHOMETER DIR [DATE]     DATE is printed at the foot: YYYY-MM-DD
set -eu
command=$1 into=$2 day=${3:-}
mkdir -p "$into"
version=$("$command" --version | sed -n '1s/echometer //p')

# Help text to roff: "usage:" becomes the synopsis, an indented block an example, "options:" a list.
page() { # NAME SUMMARY, help on standard input
    printf '.TH %s 1 "%s" "echometer %s" "User Commands"\n.SH NAME\n%s \\- %s\n' \
        "$(tr a-z A-Z <<< "$1")" "$day" "$version" "$1" "$2"
    awk '
    function esc(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); if (s ~ /^[.\x27]/) s = "\\&" s; return s }
    function close_example() { if (example) print ".fi\n.RE"; example = 0 }
    /^usage: / { sub(/^usage: /, ""); print ".SH SYNOPSIS\n.B " esc($0); next }
    /^(options|commands|plumbing.*):$/ {
        close_example(); sub(/:$/, ""); print ".SH " toupper($0); list = 1; next }
    list && match($0, /^  +[-a-z]/) && RLENGTH < 10 {
        line = $0; sub(/^ +/, "", line)
        term = line; text = ""
        if (match(line, /  +/)) { text = substr(line, RSTART + RLENGTH); term = substr(line, 1, RSTART - 1) }
        if (term ~ /,$/ && match(text, /^--[^ ]+( [^ ]+)?/)) { term = term " " substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 1); sub(/^ +/, "", text) }
        print ".TP\n.B " esc(term); if (text != "") print esc(text); next }
    list && /^ / { sub(/^ +/, ""); print esc($0); next }
    list && /^$/ { list = 0; print ".PP"; next }
    /^$/ { close_example(); if (!begun) { print ".SH DESCRIPTION"; begun = 1 } else print ".PP"; next }
    /^  / { if (!example) { print ".RS\n.nf"; example = 1 } sub(/^  /, ""); print esc($0); next }
    { close_example(); if (!begun) { print ".SH DESCRIPTION"; begun = 1 } print esc($0) }
    END { close_example() }'
}

"$command" help > "$into/.help"
sed -nE 's/^  ([a-z]+) +(.*)$/\1 \2/p' "$into/.help" > "$into/.commands"
summary=$(sed -nE '1s/^echometer [^ ]+ - //p' "$into/.help")
{
    sed 1,2d "$into/.help" | page echometer "$summary"
    printf '.SH FILES\n.TP\n.I share/echometer/models/*.emm\nModels; another folder is named by ECHOMETER_DATA.\n.SH SEE ALSO\n'
    awk '{printf("%s.BR echometer\\-%s (1)", (NR > 1) ? ",\n" : "", $1)} END {print ""}' "$into/.commands"
} > "$into/echometer.1"
while read -r name summary; do
    {
        "$command" "$name" --help | sed '2,3d' | page "echometer-$name" "$summary"
        printf '.SH EXIT STATUS\n0 done; 1 findings (from check, elsewhere only with \\-\\-exit\\-code); 2 failed; 3 done, but some input was damaged and is listed; 129 wrong usage.\n.SH SEE ALSO\n.BR echometer (1)\n'
    } > "$into/echometer-$name.1"
done < "$into/.commands"
rm "$into/.help" "$into/.commands"
