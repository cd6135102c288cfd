#!/bin/bash
# What a crawl archives, read by a program that shares nothing with it (tests/web/check_warc.py): visits and revisits,
# whole bodies, cut ones and withheld ones, several files. And that the program sees what is wrong.
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/web/web.sh"
if ! command -v python3 > /dev/null; then
    skip "python3 is not installed"
    done_testing
fi
check() { run python3 "$TOP/tests/web/check_warc.py" "$@"; }
crawl=("$E" crawl --contact me@example.org --allow-private --linger 0 -q --delay 0.02 --response-factor 0 --sync none --attempts 1)
web_start "$T/web" --hosts 3 --pages 12 --seconds 1800
"${crawl[@]}" --resolve "$T/web/names" http://site0.test/ --scope any -o "$T/c" --revisit --revisit-min 1 --revisit-max 1 --max-pages 150 --warc-size 60k --no-soft404
"${crawl[@]}" --resolve "$T/web/names" http://optout.test/ http://redirect.test/ http://charset.test/ http://odd5.test/ http://odd3.test/ -o "$T/odd" --max-body 1M --no-soft404
web_stop
check "$T/c/warc"
is "$code $(sed -n 's/.*, \([0-9]* violations\)/\1/p' "$T/out")" "0 0 violations" "visits and revisits: $(tail -1 "$T/out")"
[ "$(ls "$T"/c/warc/*.warc.gz | wc -l)" -gt 2 ] && zcat "$T"/c/warc/*.warc.gz | grep -aq '^WARC-Type: revisit'
ok $? "of which there are several files"
check "$T/odd/warc"
is "$code $(sed -n 's/.*, \([0-9]* violations\)/\1/p' "$T/out")" "0 0 violations" "opt-outs, redirects, odd HTTP: $(tail -1 "$T/out")"
[ "$code" = 0 ] || sed 's/^/# /' "$T/out" | head -20

# Damage of one kind each, done to the records or to the index; what is said of it.
cat > "$T/damage.py" << 'END'
import glob, gzip, os, re, shutil, sys, zlib
source, target, kind = sys.argv[1:]
shutil.copytree(source, target)
path = sorted(glob.glob(target + '/*.warc.gz'))[-1 if kind.startswith('last') else 0]
index = path.replace('.warc.gz', '.cdxj')
data, records = open(path, 'rb').read(), []
while data:
    member = zlib.decompressobj(31)
    records.append(member.decompress(data))
    data = member.unused_data
def nth(pattern):
    return next(i for i, r in enumerate(records) if re.search(pattern, r))
def change(pattern, old, new):
    i = nth(pattern)
    assert re.search(old, records[i], re.S), kind
    records[i] = re.sub(old, new, records[i], 1, re.S)
response = rb'WARC-Type: response.*HTTP/1.1 200'
lines = open(index).read().splitlines(True)
if kind == 'payload': change(rb'(?s)' + response, rb'river', rb'raver')
elif kind == 'length': change(rb'(?s)' + response, rb'\r\n\r\n$', rb'\r\n')
elif kind == 'id': change(rb'WARC-Type: request', rb'(WARC-Record-ID: <urn:uuid:).{8}', rb'\1zzzzzzzz')
elif kind == 'concurrent': change(rb'WARC-Type: request', rb'(WARC-Concurrent-To: <urn:uuid:).{8}', rb'\g<1>00000000')
elif kind == 'date': change(rb'WARC-Type: metadata', rb'WARC-Date: ....', rb'WARC-Date: 1999')
elif kind == 'field': change(rb'(?s)' + response, rb'WARC-Date: [^\r]*\r\n', rb'')
elif kind == 'twice': records.append(records[nth(rb'WARC-Type: metadata')])
elif kind == 'last-refers': change(rb'WARC-Type: revisit', rb'WARC-Refers-To-Date: ....', rb'WARC-Refers-To-Date: 1999')
elif kind == 'last-profile': change(rb'WARC-Type: revisit', rb'(WARC-Profile: )[^\r]*', rb'\1http://example.org/')
elif kind == 'offset': lines[1] = re.sub(r'"offset":"\d', '"offset":"9', lines[1])
elif kind == 'line': del lines[1]
elif kind == 'order': lines[0], lines[-1] = lines[-1], lines[0]
elif kind == 'status': lines[0] = lines[0].replace('"status":"200"', '"status":"404"')
packed = [gzip.compress(r, 1, mtime=0) for r in records]
if kind == 'member': packed = [gzip.compress(b''.join(records[:2]), 1)] + packed[2:]
if kind == 'end': packed.append(b'\0\0\0\0')
if kind == 'cut': packed[-1] = packed[-1][:-9]
index_only = kind in ('offset', 'line', 'order', 'status')
if not index_only: open(path, 'wb').write(b''.join(packed))
open(index, 'w').write(''.join(lines))
END
while read -r kind text; do
    python3 "$T/damage.py" "$T/c/warc" "$T/$kind" "$kind"
    check $([ -z "${text##*index:*}" ] || echo --no-cdxj) "$T/$kind"
    [ "$code" = 1 ] && grep -q -- "${text#index: }" "$T/out"
    ok $? "$kind: ${text#index: }"
done << 'END'
payload payload digest
length two line ends
id record id
concurrent no capture of the archive
date of another URL or time
field no WARC-Date
twice its id is that of
last-refers of which no response has its payload
last-profile profile 'http://example.org/'
member two line ends
end not gzip
cut a gzip member that does not end
offset index: no capture begins
line index: no line of the capture
order index: out of order
status index: status '404', of the record it is '200'
END
done_testing
