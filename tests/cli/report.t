#!/bin/bash
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/made_web.sh"
export SOURCE_DATE_EPOCH=1767225600

# The page's own grammar: every element closed, in order; scripts and styles are raw text. Prints what is wrong.
cat > "$T/tokens.pl" << 'PERL'
use strict; use warnings;
local $/; my $html = <STDIN>; my @open; my %void = map { $_ => 1 } qw(meta link br img input hr);
$html =~ s/^<!DOCTYPE html>\n// or print "no doctype\n";
while ($html =~ /\G([^<]*)(?:<(\/?)([a-zA-Z0-9]+)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*(\/?)>|\z)/gc) {
    last unless defined $3;
    my ($close, $name) = ($2, lc $3);
    if ($close) { my $top = pop @open; print "closes $name, open is ", $top // 'none', "\n" if !$top || $top ne $name }
    elsif (!$void{$name}) {
        push @open, $name;
        if ($name eq 'script' || $name eq 'style') {
            $html =~ /\G.*?(?=<\/$name>)/gcs or print "$name never ends\n";
        }
    }
}
print "left open: @open\n" if @open;
print "not read from byte ", pos($html) // 0, "\n" if (pos($html) // length $html) < length $html;
PERL
# What stands in the page's data element, as canonical JSON.
cat > "$T/data.pl" << 'PERL'
use strict; use warnings; use JSON::PP;
local $/; my $text = <STDIN>;
($text) = $text =~ /<script type="application\/json" id="data">(.*?)<\/script>/s if $ARGV[0];
print JSON::PP->new->canonical->utf8->encode(JSON::PP->new->utf8->decode($text));
PERL

mkdir "$T/in"
for i in 1 2; do made_web 300 $i > "$T/in/$i.jsonl"; done
passage="The kettle that the miller lent us boiled over twice before noon, and nobody who saw it could say whether the lid, the flame or the cat was to blame, so we wrote three letters about it and posted none of them. When the frost came the old gate would not open any more, and my aunt climbed over it with a basket of pears, a lamp and the longer of the two ladders, singing a song about a tram."
filler="We dug the bed again after the rain had stopped, and the neighbour came with a barrow of leaves that he did not want. There was some talk about the lane, which floods, and about the boat, which does not float. Nothing was decided that day."
evil='</script><img src=x onerror=alert(1)><!--\u2028'
for i in 1 2 3 4 5 6; do
    printf '{"id":"e%d","url":"https://www.echo%d.example/%s","date":"2023-0%d-05T10:00:00Z","title":"%s","text":"%s %s %s %s"}\n' \
        "$i" "$i" "$evil" "$i" "$evil" "$filler" "$evil" "$passage" "$filler"
done > "$T/in/echo.jsonl"
printf '{"id":"known-1","text":"%s"}\n' "$passage" > "$T/known.jsonl"
"$E" refs build -q "$T/known.jsonl" --name 'kn<b>own' --kind model-output --model 'wordy</script>' --index "$T/idx"
"$TOP/examples/demo/make_warc.sh" "$T/in/demo.warc.gz"
"$E" scan --index "$T/idx" --no-output -q "$T/in"

run "$E" report --index "$T/idx" -o "$T/r.html"
is "$code" 0 "report --index"
size=$(stat -c %s "$T/r.html")
[ "$size" -gt 60000 ] && [ "$size" -lt 900000 ]
ok $? "one file of 60 kB to 900 kB ($size bytes)"
is "$(perl "$T/tokens.pl" < "$T/r.html")" "" "every element is closed, in order"
is "$(grep -o '<script' "$T/r.html" | wc -l)" 3 "three scripts: data, charts, page"
is "$(grep -oiE '(src|href|action|data|poster|srcset) *= *"?(https?:)?//[^ >]*' "$T/r.html"; grep -oE '@import|[^a-zA-Z]url\(' "$T/r.html")" "" "nothing is loaded from elsewhere"
grep -q "Content-Security-Policy\" content=\"default-src 'none';" "$T/r.html"
ok $? "and a policy forbids it"
is "$(grep -o 'docs/[A-Za-z/]*\.md' "$T/r.html")" "" "it names no file that its reader does not have"
grep -q '<img' "$T/r.html"
is $? 1 "no element out of the data"
LC_ALL=C grep -q $'\xe2\x80\xa8' "$T/r.html"
is $? 1 "no line separator out of the data"
"$E" report --index "$T/idx" --json > "$T/data.json"
"$E" report --from "$T/data.json" -q -o "$T/from.html"
is "$(perl "$T/data.pl" page < "$T/from.html" | sha256sum)" "$(perl "$T/data.pl" "" < "$T/data.json" | sha256sum)" \
    "the data in the page are those of --json"
"$E" report --index "$T/idx" --json > "$T/again.json"
cmp -s "$T/again.json" "$T/data.json"
ok $? "the same bytes again"
sed 's/"made":"[^"]*"/"made":null/' "$T/data.json" > "$T/a"
env -u SOURCE_DATE_EPOCH "$E" report --index "$T/idx" --json | sed 's/"made":"[^"]*"/"made":null/' > "$T/b"
cmp -s "$T/a" "$T/b"
ok $? "but for the time, which is stated"

json() { perl -MJSON::PP -e 'local $/; my $d = decode_json(<STDIN>); print eval $ARGV[0]' "$1" < "$T/data.json"; }
# shellcheck disable=SC2016
{
    records=$("$E" query --index "$T/idx" --json | sed -E 's/.*"records":([0-9]+).*/\1/')
    is "$(json '$d->{schema}')" 1 "the data say which form they have"
    is "$(json '$d->{spread}{total} - @{$d->{spread}{rows}}')" 0 "rows of the spread are counted"
    is "$(json '$d->{overview}{records}')" "$records" "records as query counts them"
    is "$(json 'my $n = 0; $n += $_ for values %{$d->{overview}{drops}}; $n + $d->{overview}{documents} - $d->{overview}{records}')" 0 \
        "documents and drops add up to the records"
    is "$(json 'my $n = 0; $n += $_->{documents} for @{$d->{months}}; $n - $d->{overview}{documents}')" 0 "months add up to the documents"
    is "$(json 'my $n = 0; $n += $_->{documents} for @{$d->{langs}}; $n - $d->{overview}{documents}')" 0 "so do languages"
    is "$(json 'my $n = 0; $n += $_->{documents} for @{$d->{domains}{rows}}; $n - $d->{overview}{documents}')" 0 "and sites"
    is "$(json 'my $s = $d->{scores}; my $n = 0; $n += $_ for map { @{$s->{$_}} } qw(before after undated); my $o = $d->{overview}; $n - $o->{documents} + $o->{abstained}')" 0 \
        "every judged document has a score"
    is "$(json '$d->{domains}{total}')" "$("$E" export --index "$T/idx" --table hosts | grep -o '"domain":"[^"]*"' | grep -v '""' | sort -u | wc -l)" "sites are counted"
    is "$(json 'join " ", map { "$_->{set} $_->{model} $_->{items} $_->{documents} $_->{domains}" } @{$d->{hits}{sets}}')" 'kn<b>own wordy</script> 1 6 6' \
        "the known passage: one item in six documents of six sites"
    is "$(json '$d->{hits}{rows}[0]{copies}')" 6 "shown once, with the number of copies"
    is "$(json 'my ($e) = grep { $_->{domains} == 6 } @{$d->{echoes}{rows}}; $e->{first}{domain}')" echo1.example "the echo on six sites, first seen on the first"
    is "$(json '$d->{inputs}{rows}[0]{damaged}')" 1 "the damaged input is listed"
    is "$(json '$d->{inputs}{total}')" 1 "and only it"
    is "$(json '$d->{read}{total} . " " . scalar @{$d->{read}{rows}}')" "4 4" "all inputs are listed too"
    is "$(json '$d->{flagged}{total}')" "$(json '$d->{overview}{flagged}')" "the flagged documents are as many as were counted"
    is "$(json 'my ($last, $bad) = (1e9, 0); for (@{$d->{flagged}{rows}}) { $bad++ if $_->{log_odds} > $last || $_->{verdict} ne "machine"; $last = $_->{log_odds} } $bad . " " . @{$d->{flagged}{rows}}')" \
        "0 $(json 'my $n = $d->{flagged}{total}; $n > 200 ? 200 : $n')" "the most certain first, 200 at most"
    is "$(json 'my %beginning = map { ($_->{text} // "none") =~ /^(Moreover|Furthermore|Additionally|Overall|Ultimately), the/ ? ($_->{url} => 1) : () } @{$d->{flagged}{rows}}; my @made = grep { ($_->{url} // "") =~ /site\d+\.example/ } @{$d->{flagged}{rows}}; scalar(keys %beginning) - scalar(@made)')" 0 "each with the beginning of its text"
    is "$(json '$d->{turned}{total}')" "$("$E" query --index "$T/idx" --sites --all --json 2> /dev/null | wc -l)" "sites that could have turned, as query has them"
    is "$("$E" report --index "$T/idx" --json --no-text | perl -MJSON::PP -e 'local $/; my $d = decode_json(<STDIN>); print scalar grep { defined $_->{text} } @{$d->{flagged}{rows}}')" 0 "--no-text: no words of pages"
}

# The page's own rows of the spread: a site with known output is one of those with machine-written passages.
if command -v node > /dev/null; then
    cat "$TOP"/report/html/[1-7]*.js > "$T/page.js"
    echo 'process.stdout.write(JSON.stringify(spreadRows(JSON.parse(require("fs").readFileSync(process.argv[2], "utf8")).spread).filter(r => r.new).map(r => [r.month, r.new, r.machine]))); })();' >> "$T/page.js"
    is "$(node "$T/page.js" "$T/data.json")" "[$(for i in 1 2 3 4 5 6; do printf '%s["2023-0%d",1,%d]' "$([ $i = 1 ] || echo ,)" $i $i; done)]" \
        "each site of known output counts once, new in its month"
else
    skip "no node: the page's rows of the spread"
fi

# Rows of a table share their place in the file: each flagged one has its own words.
"$E" scan --index "$T/rows" --no-output -q "$TOP/tests/cases/parquet/labelled.parquet"
"$E" records --fields -q "$TOP/tests/cases/parquet/labelled.parquet" | sed -n 's/^.*"fields":\(.*\)}$/\1/p' > "$T/rows.jsonl"
"$E" report --index "$T/rows" --json > "$T/data.json"
# shellcheck disable=SC2016
is "$(json 'local $/ = "\n"; open my $f, "<", "'"$T/rows.jsonl"'"; my %text = map { my $r = decode_json($_); ($r->{id} => $r->{text}) } <$f>; my @rows = @{$d->{flagged}{rows}}; my @own = grep { defined $_->{text} && index($text{$_->{id}}, $_->{text}) == 0 } @rows; @rows > 5 ? @rows - @own : "too few"')" 0 \
    "rows of a table without addresses: each flagged one has the beginning of its own text"
# Lines without any name stand alone in their places, compressed or not.
perl -MJSON::PP -ne 'print JSON::PP->new->utf8->encode({text => decode_json($_)->{text}}), "\n"' "$T/rows.jsonl" > "$T/nameless.jsonl"
gzip -k "$T/nameless.jsonl"
for file in nameless.jsonl nameless.jsonl.gz; do
    "$E" scan --index "$T/i.$file" --no-output -q "$T/$file"
    "$E" report --index "$T/i.$file" --json > "$T/data.json"
    # shellcheck disable=SC2016
    is "$(json 'my @rows = @{$d->{flagged}{rows}}; @rows > 5 ? scalar grep { !defined $_->{text} } @rows : "too few"')" 0 "$file: every flagged line has its words"
done

"$E" scan --no-output --summary json "$T/in/1.jsonl" 2> "$T/scan.json"
run "$E" report --summary "$T/scan.json" -o "$T/s.html"
is "$code" 0 "report --summary: a scan without an index"
is "$(perl "$T/tokens.pl" < "$T/s.html")" "" "it is well-formed too"
grep -q '"summary":{.*"files":1,' "$T/s.html"
ok $? "with the summary in it"

run "$E" report
is "$code" 129 "without a source: usage"
run "$E" report --index "$T/idx" --from "$T/data.json"
is "$code" 129 "with two sources: usage"
run "$E" report --index "$T/none-there" -o "$T/no.html"
is "$code" 2 "an index that is not there"
[ ! -e "$T/no.html" ]
ok $? "leaves no page"
run "$E" report --index "$T/idx" --model nobody
is "$code" 2 "a model the index does not have"
echo '{"overview":' > "$T/cut.json"
run "$E" report --from "$T/cut.json"
is "$code" 2 "data that are no JSON"
echo '[1]' > "$T/list.json"
run "$E" report --from "$T/list.json"
is "$code" 2 "data that are no object"
printf '{"source":"\xe2\x80\xa8<x>"}' > "$T/sep.json"
"$E" report --from "$T/sep.json" > "$T/sep.html"
grep -q '{"source":"\\u2028\\u003cx\\u003e"}' "$T/sep.html"
ok $? "what could end a script is escaped"
done_testing
