#!/bin/bash
# scan --config and --estimate; what --version says.
. "$(dirname "$0")/tap.sh"
cd "$T" || exit 1
"$TOP/examples/demo/make_warc.sh" demo.warc.gz
printf 'text-only: yes\nthreads: 1\nsummary: json\n' > scan.yaml
"$E" scan --text-only demo.warc.gz > want 2> /dev/null
"$E" scan --config scan.yaml demo.warc.gz > got 2> err
cmp -s want got && grep '^{' err | jq -e '.threads == 1 and .model == null' > /dev/null
ok $? "settings are read from --config FILE"
"$E" scan --config scan.yaml --summary text demo.warc.gz > /dev/null 2> err
! grep -q '^{' err && grep -q '^documents' err
ok $? "the command line overrides them"
echo 'text-olny: yes' > wrong.yaml
run "$E" scan --config wrong.yaml demo.warc.gz
[ "$code" = 129 ] && grep -q "wrong.yaml:1: .*text-olny" err
ok $? "an unknown setting is named with its line"
run "$E" scan --config nosuch.yaml demo.warc.gz
[ "$code" = 2 ] && grep -q nosuch.yaml err
ok $? "so is a file that is not there"

cp demo.warc.gz second.warc.gz
run "$E" scan --estimate --price 0.5 --text-only demo.warc.gz second.warc.gz
[ "$code" = 0 ] && grep -q '^inputs  *2, ' out && grep -q '^cost' out && [ ! -s err ]
ok $? "--estimate: bytes, time and cost"
"$E" scan --estimate --summary json --text-only --threads 3 demo.warc.gz second.warc.gz > out
is "$(jq -c '[.schema, .inputs, .bytes, .unknown, .threads, .cost, .seconds > 0]' out)" "[1,2,$((2 * $(stat -c %s demo.warc.gz))),0,3,null,true]" "as JSON"
run "$E" scan --estimate --text-only --index ix -o v.jsonl demo.warc.gz
[ "$code" = 0 ] && [ ! -e ix ] && [ ! -e v.jsonl ]
ok $? "nothing is written"
run "$E" scan --estimate - < /dev/null
[ "$code" = 2 ] && grep -q '^unknown  *1 ' out
ok $? "what has no size is said to have none"
run "$E" scan --price 1 demo.warc.gz
is "$code" 129 "--price needs --estimate"

run "$E" --version
[ "$(sed -n 1p out)" = "echometer $(cat "$TOP/VERSION")" ] && grep -qE '^model en-[0-9.]+@[0-9a-f]{8} \(en\)$' out &&
    grep -qE '^libraries .*liblmdb\.so' out && grep -q '^features [0-9]' out
ok $? "--version: models by name and hash, features, libraries"
done_testing
