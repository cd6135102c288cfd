#!/bin/bash
# What inputs are: each file once, nothing that is not an archive read as text, and no run without a document a success.
. "$(dirname "$0")/tap.sh"

text='A line of a corpus that is long enough to be a document, though nobody would want to read it twice.'
line() { printf '{"id":"%s","text":"%s %s"}\n' "$1" "$1" "$text"; }
cd "$T" || exit 1

# Links.
mkdir -p loop/sub plain/2024
line a > loop/a.jsonl
line b > loop/sub/b.jsonl
ln -s . loop/self
ln -s .. loop/sub/up
ln -s "$T/loop/sub" loop/0-first
ln loop/a.jsonl loop/hard.jsonl
ln -s nowhere loop/dangling
run "$E" scan --text-only loop
is "$code" 3 "a link that leads nowhere is an input that cannot be read"
is "$(jq -r .id "$T/out" | tr '\n' ' ')" "a b " "loops of links: each file once, under its own name"
is "$(jq -r .source.file "$T/out" | tr '\n' ' ')" "loop/a.jsonl loop/sub/b.jsonl " "its own name, not the link's"
grep -q "loop/self: skipped: leads to a folder that is read already" "$T/err" &&
    grep -q "loop/hard.jsonl: skipped: the same file as 'loop/a.jsonl'" "$T/err"
ok $? "and says what is skipped"
line c > plain/2024/c.jsonl
ln -s 2024 plain/latest
run "$E" scan -q --text-only plain plain/2024/c.jsonl ./plain
is "$code $(wc -l < "$T/out")" "0 1" "folder, file and folder again: one document"
printf '%s\n' loop/a.jsonl ./loop/a.jsonl "$T/loop/hard.jsonl" > list
run "$E" scan -q --text-only --manifest list
is "$code $(wc -l < "$T/out")" "0 1" "the same in a manifest, whatever the spelling"
for command in records "clean -o o"; do
    # shellcheck disable=SC2086
    run "$E" $command loop/a.jsonl plain
    [ "$code" = 0 ]
    ok $? "$command: a file and a folder beside it"
done

# No document at all, and some input without one.
mkdir empty
: > nothing.jsonl
printf '' | gzip > nothing.warc.gz
printf '\n\n' > blank.jsonl
head -c 5000 /dev/zero > zeros.warc
head -c 700000 /dev/zero > zeros.warc.gz
printf '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>' > error.warc.gz
printf '<!DOCTYPE html><title>502</title><p>Bad gateway' > page.warc
printf '<!DOCTYPE html><title>502</title><p>Bad gateway' | gzip > page.wet.gz
printf '{"message":"Forbidden","text":"No."}' > json.arc.gz
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n' > lfs.jsonl
printf '/annex/objects/MD5E-s1--0.warc.gz\n' > annex.warc.gz
printf '\3757zXZ\000\000\004\346' > x.jsonl.xz
printf 'BZh91AY&SY\001\002' > x.jsonl.bz2
tar -cf x.tar plain
printf 'PK\003\004rest of it' > x.wacz
printf 'PK\003\004rest' > y.zip
printf '<html>Not found' > x.parquet
printf '\177ELF\002\001\001\000' > elf
printf '\377\376{\000"\000t\000e\000' > wide.jsonl
printf '{"id":"a","txt":"%s"}\n' "$text" > other.jsonl
printf '[{"id":"a","text":"%s"},{"id":"b","text":"%s"}]' "$text" "$text" > array.json
printf '\357\273\277 [\n  {\n    "id": "a",\n    "text": "%s"\n  }\n]\n' "$text" > pretty.json
printf '{\n  "id": "a",\n  "text": "%s"\n}\n' "$text" | tee object.json document.jsonl | gzip > object.json.gz
printf '[\n{"id":"a","text":"%s"},\n{"id":"b","text":"%s"}\n]\n' "$text" "$text" > rows.jsonl
while read -r name want; do
    run "$E" scan -q --text-only "$name"
    [ "$code" = 2 ] && grep -q "^echometer: $name: .*$want" "$T/err"
    ok $? "$name: no document: exit code 2, and says $want"
    run "$E" scan -q --text-only "$name" loop/a.jsonl
    [ "$code" = 3 ] && grep -q "^echometer: $name: .*$want" "$T/err" && [ "$(wc -l < "$T/out")" = 1 ]
    ok $? "$name beside a document: exit code 3, and says which"
done << 'END'
empty no file
nothing.jsonl empty
nothing.warc.gz empty
blank.jsonl empty
zeros.warc no archive
zeros.warc.gz no archive
error.warc.gz XML
page.warc HTML page
page.wet.gz HTML page
json.arc.gz JSON
lfs.jsonl Git LFS
annex.warc.gz git-annex
x.jsonl.xz xz -dc
x.jsonl.bz2 bzip2 -dc
x.tar tar archive
elf not text
y.zip zip file
x.parquet PAR1
wide.jsonl UTF-16
array.json JSON array.*jq -c
pretty.json JSON array.*jq -c
rows.jsonl JSON array.*jq -c
object.json a JSON document over several lines.*jq -c
object.json.gz a JSON document over several lines.*jq -c
document.jsonl a JSON document over several lines.*jq -c
other.jsonl field text
none.warc No such file
END
run "$E" scan -q --text-only --text-field texxt loop/a.jsonl
is "$code" 2 "a misspelt --text-field: exit code 2"
grep -q "none of its 1 lines has a text in the field 'texxt'" "$T/err"
ok $? "and says that no line has it"
run "$E" scan -q --text-only - < /dev/null
is "$code" 2 "nothing on standard input"
run "$E" scan --text-only --summary json nothing.jsonl loop/a.jsonl
tail -n 1 "$T/err" | grep -q '"files":2,"files_failed":0,"files_without_documents":1,'
ok $? "the summary counts them"
run "$E" scan -q --text-only --shard 0/2 --manifest /dev/null
is "$code" 0 "a shard without inputs has nothing to do"
{ head -c 6000 /dev/zero; "$TOP/examples/demo/make_warc.sh" d.gz; gzip -dcq d.gz; } > late.warc 2> "$T/err"
run "$E" scan -q --text-only late.warc
[ "$code" = 3 ] && [ "$(wc -l < "$T/out")" -gt 5 ]
ok $? "an archive whose first 6,000 bytes are lost is read all the same"

# The same of every command that reads documents.
for command in "clean -o o1" records "eval" "calibrate -o m.emm --human" "train --base $TOP/configs/models/en.emm -o m.emm" \
    "refs build --kind benchmark --name b -o b.emr"; do
    # shellcheck disable=SC2086
    run "$E" $command nothing.jsonl
    [ "$code" = 2 ] && grep -q "nothing.jsonl: .*empty\|nothing.jsonl: gave no item" "$T/err"
    ok $? "${command%% *}: an empty input alone: exit code 2, named"
    # shellcheck disable=SC2086
    run "$E" $command empty
    [ "$code" = 2 ] && grep -q "empty: no file" "$T/err"
    ok $? "${command%% *}: an empty folder: exit code 2, named"
done
for command in "clean -o o2" records "refs build --kind benchmark --name b -o b.emr"; do
    # shellcheck disable=SC2086
    run "$E" $command loop/a.jsonl nothing.jsonl none.jsonl x.jsonl.xz
    [ "$code" = 3 ] && grep -q "^echometer: nothing.jsonl: " "$T/err" && grep -q "^echometer: none.jsonl: " "$T/err" &&
        grep -q "^echometer: x.jsonl.xz: " "$T/err"
    ok $? "${command%% *}: three inputs that give nothing beside one: exit code 3, each named"
done
[ -s b.emr ] && [ ! -e m.emm ]
ok $? "what came of it is there, and nothing of what failed"
for command in eval "calibrate -o m.emm --human" "scan --text-only"; do
    # shellcheck disable=SC2086
    run timeout 20 "$E" $command /dev/zero
    is "$code" 2 "${command%% *} /dev/zero ends"
done
run "$E" text elf
is "$code" 2 "text: a binary file"
run "$E" lang < /dev/null
is "$code" 2 "lang: nothing"
run "$E" records elf
is "$code" 3 "records: a binary file"

# Outputs never destroy inputs.
line keep > keep.jsonl
ln keep.jsonl hard.jsonl
ln -s keep.jsonl soft.jsonl
mkdir -p c
line c > c/c.jsonl
for command in "clean c -o c" "clean c/c.jsonl -o ./c" "clean c -o soft2/c" \
    "refs build --kind benchmark --name k -o hard.jsonl keep.jsonl" "refs build --kind benchmark --name k -o soft.jsonl keep.jsonl"; do
    ln -sfn . soft2
    # shellcheck disable=SC2086
    run "$E" $command
    [ "$code" = 2 ] && [ -s keep.jsonl ] && [ -s c/c.jsonl ]
    ok $? "$command is refused"
done
"$E" clean -q c -o co 2> "$T/err"
run "$E" clean co/kept -o co
is "$code" 2 "clean: an input in the output folder is refused"

# One clean at a time.
exec 8>> co/.lock
flock -n 8
run "$E" clean c -o co
[ "$code" = 2 ] && grep -q "another clean" "$T/err"
ok $? "a second clean on one folder is refused while the first runs"
exec 8>&-
long=$(printf 'n%.0s' $(seq 245)).jsonl
line l > "c/$long"
printf '{"id":"big","text":"x"}\n' > c/b.jsonl
head -c 50000000 /dev/zero | tr '\0' '\001' >> c/b.jsonl
run "$E" clean -q c -o cl
is "$code" 3 "clean: a name too long and a line that cannot be carried: the rest goes on"
is "$(jq -c '[.offset,.length,.line]' cl/bad/b.jsonl)" "[24,50000000,null]" "the line is referred to"
is "$(jq -r .id cl/kept/c.jsonl)" c "the rest is there"
"$E" clean -q -t 1 c -o cl1 2> "$T/err"
cmp -s cl/bad/b.jsonl cl1/bad/b.jsonl
ok $? "the same with one thread"

# Read again when something is there.
cp nothing.jsonl in.jsonl
run "$E" scan -q --text-only --index ix --no-output in.jsonl
is "$code" 2 "index: an empty input"
run "$E" scan -q --text-only --index ix --no-output in.jsonl
is "$code" 2 "index: the same again, known now"
cp error.warc.gz in.jsonl
run "$E" scan -q --text-only --index ix --no-output in.jsonl
line whole > in.jsonl
run "$E" scan -q --text-only --index ix --no-output in.jsonl
is "$code" 0 "index: an input that gave nothing is read when it has changed"
is "$("$E" export --index ix | grep -c '"id":"whole"')" 1 "and is in the index"
run "$E" validate ix
is "$code" 0 "which is sound"
line another > in.jsonl
printf 'x' >> in.jsonl
run "$E" scan -q --text-only --index ix --no-output in.jsonl
[ "$code" != 0 ] && grep -q "in.jsonl: is not what it was" "$T/err"
ok $? "index: a changed input that gave documents is not read"

done_testing
