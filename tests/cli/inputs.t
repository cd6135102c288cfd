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
y.zip ZIP file
x.parquet PAR1
wide.jsonl UTF-16
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
{ head -c 6000 /dev/zero; "$TOP/demo/make_warc.sh" d.gz; gzip -dcq d.gz; } > late.warc 2> "$T/err"
run "$E" scan -q --text-only late.warc
[ "$code" = 3 ] && [ "$(wc -l < "$T/out")" -gt 5 ]
ok $? "an archive whose first 6,000 bytes are lost is read all the same"

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
