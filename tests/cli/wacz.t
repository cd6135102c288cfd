#!/bin/bash
# WACZ in: what is inside is read as it is read outside, by the name FILE!MEMBER; digests; damage.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1
"$TOP/examples/demo/make_warc.sh" demo.warc.gz
gzip -dc demo.warc.gz > plain.warc 2> /dev/null
make() { python3 "$TOP/tests/cli/make_wacz.py" "$@"; }
make x.wacz demo.warc.gz plain.warc

# Lines without the one thing that differs: where the archive is.
bare() { sed 's#"[a-z]*\.wacz!archive/#"#g' "$1"; }
"$E" scan -q --drops -o want demo.warc.gz plain.warc
run "$E" scan --drops -o got x.wacz
is "$code" 3 "the demo's damage is there as well"
bare got | cmp -s - want
ok $? "scan: the same lines as of the archives themselves"
head -n 1 got | grep -q '"source":{"file":"x.wacz!archive/demo.warc.gz","offset":'
ok $? "places are FILE!MEMBER"
grep -q 'x.wacz!archive/demo.warc.gz: at byte ' err
ok $? "damage as well"
make d.wacz demo.warc.gz plain.warc method=deflate
"$E" scan -q --drops -o got d.wacz
bare got | cmp -s - want
ok $? "deflated archives too"
cp x.wacz other.zip
run "$E" scan -q --drops other.zip
sed 's#"other.zip!archive/#"#g' out | cmp -s - want
ok $? "under another name"
run "$E" scan -q --drops 'd.wacz!archive/plain.warc'
bare out | cmp -s - <("$E" scan -q --drops plain.warc)
ok $? "one archive of it by name"
"$E" records -q demo.warc.gz plain.warc > want.records
run "$E" records -q x.wacz
bare out | cmp -s - want.records
ok $? "records reads it"

run "$E" clean -q -o out.d x.wacz
is "$code" 3 "clean reads it, damage and all"
[ -s out.d/kept/x.wacz\!archive/demo.warc.jsonl.gz ] && [ -e out.d/kept/x.wacz\!archive/plain.warc.jsonl ]
ok $? "an output for each archive in it"
"$E" clean -q -o out.w demo.warc.gz plain.warc
cmp -s "out.d/kept/x.wacz!archive/plain.warc.jsonl" out.w/kept/plain.warc.jsonl
ok $? "with what the archive itself gives"

# With an index: nothing twice; another WACZ by that name is noticed.
"$E" scan -q --text-only --no-output --index idx x.wacz
run "$E" scan --text-only --summary json --no-output --index idx x.wacz
tail -n 1 err | grep -q '"known_files":2,.*"records":0,'
ok $? "with an index nothing is read again"
make x.wacz demo.warc.gz
run "$E" scan --text-only --no-output --index idx x.wacz
grep -q 'is not what it was when the index read it' err
ok $? "another file by that name is noticed"

# Digests.
"$TOP/examples/demo/make_warc.sh" good.warc.gz > /dev/null
"$E" scan -q --text-only good.warc.gz > /dev/null
make w.wacz demo.warc.gz plain.warc wrong=archive/plain.warc
run "$E" scan --text-only --no-output w.wacz
is "$code" 3 "a digest that does not match is damage"
grep -q 'w.wacz!archive/plain.warc: at byte [0-9]*: the archive is not what datapackage.json says' err
ok $? "and says of which archive"
make w.wacz demo.warc.gz wrong=indexes/index.cdx
run "$E" scan --text-only --no-output w.wacz
grep -q 'indexes/index.cdx is not what datapackage.json says' err
ok $? "the index's as well"
make w.wacz demo.warc.gz wrong=datapackage.json
run "$E" scan --text-only --no-output w.wacz
grep -q 'datapackage.json is not what its digest says' err
ok $? "and the list's own"
make w.wacz demo.warc.gz lack=package
run "$E" scan --text-only --no-output w.wacz
grep -q 'datapackage.json is not there, so no digest is checked' err
ok $? "no list of digests is said"
grep -q 'datapackage' <("$E" scan --text-only --no-output x.wacz 2>&1)
is $? 1 "nothing is said where all match"

# What is not supported, and what is damaged.
make n.wacz demo.warc.gz nested=x.wacz
run "$E" scan --text-only --no-output n.wacz
grep -q "n.wacz!archive/inner.wacz: .*a WACZ inside a WACZ is not supported" err && grep -q 'documents  9' err
ok $? "nested ones are refused by name, the rest is read"
python3 - << 'END'
import zipfile
inner = open('x.wacz', 'rb').read()
with zipfile.ZipFile('c.wacz', 'w') as z:
    z.writestr('datapackage.json', '{"profile": "multi-wacz-package", "resources": []}')
    z.writestr('a.wacz', inner)
    z.writestr('more/B.WACZ', inner)
with zipfile.ZipFile('c.zip', 'w') as z:
    z.writestr('a.wacz', inner)
END
run "$E" scan --text-only --no-output c.wacz
is "$code $(grep -c 'c.wacz!\(a.wacz\|more/B.WACZ\): .*a WACZ inside a WACZ is not supported' err)" "2 2" "of a collection each WACZ is refused by its name"
run "$E" scan --text-only --no-output c.zip demo.warc.gz
is "$code $(grep -c 'c.zip!a.wacz: .*a WACZ inside a WACZ is not supported' err)" "3 1" "also where nothing describes it"
make b.wacz demo.warc.gz method=bzip2
run "$E" scan --text-only --no-output b.wacz
is "$code" 2 "other compressions: nothing is read"
grep -q 'compressed by zip method 12 is not supported' err
ok $? "and the method is named"
head -c 2000 x.wacz > cut.wacz
run "$E" scan --text-only --no-output cut.wacz demo.warc.gz
[ "$code" = 3 ] && grep -q 'cut.wacz: .*the zip file cannot be read' err
ok $? "a zip file without its end is an error of that file"
python3 - << 'END'
import zipfile
zipfile.ZipFile('no.zip', 'w').writestr('a.txt', 'text')
END
run "$E" scan --text-only --no-output no.zip
grep -q 'a zip file that is no WACZ' err
ok $? "a zip file of other things is refused"
python3 - << 'END'
import zipfile
warc = b'WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n'
with zipfile.ZipFile('z.wacz', 'w') as z:
    z.writestr('archive/a.warc', warc)
    z.writestr('archive/none.warc', b'')
data = bytearray(open('z.wacz', 'rb').read())
at = data.index(b'PK\x01\x02') + 20  # the stored length, in the directory
data[at:at + 4] = bytes(4)
open('lengths.wacz', 'wb').write(data)
END
run "$E" scan --text-only --no-output lengths.wacz demo.warc.gz
is "$code $(grep -c 'lengths.wacz!archive/a.warc: .*stored as it is, in 0 bytes of' err)" "3 1" "an entry of two lengths is damage of that archive"
run "$E" scan --text-only --no-output 'x.wacz!archive/nothing.warc'
grep -q "it has no 'archive/nothing.warc'" err
ok $? "an archive that is not there"
cp d.wacz bad.wacz
printf '\0\0\0\0\0\0\0\0' | dd of=bad.wacz bs=1 seek=5000 conv=notrunc 2> /dev/null
run "$E" scan --text-only --no-output bad.wacz
[ "$code" = 3 ] && grep -q "bad.wacz!archive/.*the zip file's entry is damaged here" err
ok $? "a damaged entry is damage"
done_testing
