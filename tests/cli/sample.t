#!/bin/bash
# Samples: a made-up crawl with an index in the zipnum form; plans read exactly what they name, and weighted
# shares over many seeds are the planted ones.
. "$(dirname "$0")/tap.sh"
S=${BUILD:-$TOP/build}/tests/web/object_server
cd "$T" || exit 1
export HOME=$T no_proxy='*'
# made_crawl FOLDER SITES: WARC files of gzip members, cdx blocks of 20 lines, cluster.idx, paths. Sites under .com
# are machine-written (their pages say "yes") more often than those under .org and .de.
cat > made_crawl.pl <<'PERL'
use strict; use warnings; use IO::Compress::Gzip qw(gzip $GzipError);
my ($folder, $sites) = @ARGV;
my $state = 12345;
sub draw { $state = ($state * 1103515245 + 12345) % 2147483648; return $state / 2147483648 }
mkdir $folder; mkdir "$folder/warc"; mkdir "$folder/index";
my (@files, @at, @lines);
for my $i (0 .. 3) { open($files[$i], '>:raw', "$folder/warc/$i.warc.gz") or die; $at[$i] = 0 }
for my $s (0 .. $sites - 1) {
    my $tld = ('com', 'com', 'com', 'org', 'de')[$s % 5];
    my $share = $tld eq 'com' ? 0.5 : $tld eq 'org' ? 0.2 : 0.05;
    $share += 0.3 * (draw() - 0.5);   # pages of a site are alike
    for my $p (0 .. 3 + int(6 * draw())) {
        my $yes = draw() < $share ? 'yes' : 'no';
        my $lang = $tld eq 'de' ? 'deu' : 'eng';
        my $url = "https://site$s.$tld/$yes/$p";
        my $body = "<html><body><p>" . join(' ', map { ('some','words','that','stand','for','text')[int(6 * draw())] } 1 .. 60) . "</p></body></html>";
        my $http = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n$body";
        my $record = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: $url\r\nWARC-Date: 2024-03-04T05:06:07Z\r\nWARC-Record-ID: <urn:uuid:$s-$p>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: " . length($http) . "\r\n\r\n$http\r\n\r\n";
        gzip(\$record, \my $z, Minimal => 1) or die;
        my $f = int(4 * draw());
        print {$files[$f]} $z;
        push @lines, "$tld,site$s)/$yes/$p 20240304050607 " . qq({"url": "$url", "mime": "text/html", "mime-detected": "text/html", "status": "200", "length": ") . length($z) . qq(", "offset": "$at[$f]", "filename": "warc/$f.warc.gz", "languages": "$lang"}\n);
        $at[$f] += length($z);
    }
}
close $_ for @files;
@lines = sort @lines;
my ($n, $half) = (0, int(@lines / 40));
open(my $cluster, '>', "$folder/index/cluster.idx") or die;
for my $part (0, 1) {
    open(my $out, '>:raw', "$folder/index/cdx-0000$part.gz") or die;
    my $offset = 0;
    for my $b (0 .. $half + ($part ? 1 : -1)) {
        my @block = splice(@lines, 0, 20) or last;
        my $text = join('', @block);
        gzip(\$text, \my $z, Minimal => 1) or die;
        print $out $z;
        my ($key) = $block[0] =~ /^(\S+ \S+)/;
        print $cluster "$key\tcdx-0000$part.gz\t$offset\t", length($z), "\t", ++$n, "\n";
        $offset += length($z);
    }
}
open(my $paths, '>', "$folder/index.paths") or die;
print $paths "index/cdx-0000$_.gz\n" for 0, 1;
print $paths "index/cluster.idx\n";
open($paths, '>', "$folder/warc.paths") or die;
print $paths "warc/$_.warc.gz\n" for 0 .. 3;
PERL
perl made_crawl.pl crawl 400
zcat crawl/index/cdx-*.gz > all
sample() { "$E" sample --manifest crawl/index.paths --base crawl "$@"; }

run sample -n 200 --seed 7 --by tld,lang
is "$code" 0 "a sample from an index"
cp out plan
grep -q "blocks to read: [0-9]* requests, [0-9.]* MB" err
ok $? "says what it costs"
sample -n 200 --seed 7 --by tld,lang 2> /dev/null | cmp -s - plan && ! sample -n 200 --seed 8 --by tld,lang 2> /dev/null | cmp -s - plan
ok $? "the same seed the same sample, another seed another"
run sample -n 200 --dry-run
[ "$code" = 0 ] && [ ! -s out ] && grep -q requests err
ok $? "--dry-run only says the cost"

# The plan's records and no others, in whatever stretches, with their weights.
grep '"file"' plan | sed -E 's/.*"file":"([^"]*)","offset":([0-9]*).*"weight":([0-9.]*).*/\1 \2 \3/' | sort > want
for gap in 0 200 64k; do
    rm -rf idx
    "$E" scan -q --plan plan --base crawl --gap $gap --index idx --text-only -o lines 2> err
    is $? 0 "a plan is scanned (--gap $gap)"
    "$E" export --index idx --table documents |
        sed -E 's/.*"weight":([0-9.]+).*"offset":([0-9]+).*/\2 \1/' | sort > got
    cut -d' ' -f2,3 want | sort | cmp -s - got
    ok $? "and the index has its records with their weights"
done
: > both
for s in 0 1 2; do "$E" scan -q --plan plan --base crawl --shard $s/3 --text-only >> both 2> /dev/null; done
[ "$(sort both)" = "$(sort lines)" ]
ok $? "in three shards the same"
sed 's/"offset":[0-9]*/"offset":1/' plan | head -3 > wrong
run "$E" scan --plan wrong --base crawl --text-only
is "$code" 2 "a plan of which nothing is there"
if [ -x "$S" ]; then
    "$S" crawl > port &
    server=$!
    trap 'kill $server; rm -rf "$T"' EXIT
    for ((i = 0; i < 600; i++)); do [ -s port ] && break; sleep 0.1; done
    U=http://127.0.0.1:$(cat port)
    "$E" sample --manifest "$U/index.paths" --base "$U" -q -n 200 --seed 7 --by tld,lang --rate 1000 > far 2> /dev/null
    # Which blocks are chosen depends on the name of the index: only the form is the same.
    [ "$(grep -c '"file":"warc/' far)" -gt 150 ]
    ok $? "an index behind an address"
    "$E" scan -q --plan plan --base "$U" --rate 1000 --text-only 2> err | sed "s#$U#crawl#g" | cmp -s - lines
    ok $? "records by range: the same lines"
    [ "$(curl -s "$U/log" | grep -c "^206 /warc.*bytes=[0-9]*-[0-9]")" -le "$(wc -l < want)" ]
    ok $? "in no more requests than records"
fi
run "$E" sample --manifest crawl/warc.paths -n 2 --seed 3
[ "$code" = 0 ] && [ "$(grep -c '"weight":2.000000' out)" = 2 ]
ok $? "whole files, where there is no index"

# A planted share, many seeds: the mean of the weighted estimates is the truth, and an interval of two standard
# deviations (of the estimates themselves) holds it as often as it should.
cat > judge.pl <<'PERL'
use strict; use warnings;
my ($truth_n, $truth_yes, %yes) = (0, 0);
open(my $all, '<', 'all') or die;
while (<$all>) {
    my ($file) = /"filename": "([^"]*)"/; my ($offset) = /"offset": "(\d+)"/;
    my $y = m#/yes/# ? 1 : 0;
    $yes{"$file $offset"} = $y; $truth_n++; $truth_yes += $y;
}
my (@total, @share);
for my $plan (@ARGV) {
    my ($n, $y) = (0, 0);
    open(my $in, '<', $plan) or die;
    while (<$in>) {
        my ($file, $offset, $w) = /"file":"([^"]*)","offset":(\d+),.*"weight":([0-9.]+)/ or next;
        $n += $w; $y += $w * $yes{"$file $offset"};
    }
    push @total, $y; push @share, $y / $n;
}
sub stats { my $m = 0; $m += $_ / @_ for @_; my $v = 0; $v += ($_ - $m) ** 2 / (@_ - 1) for @_; return ($m, sqrt($v)) }
my $bad = 0;
for ([\@total, $truth_yes, 'total'], [\@share, $truth_yes / $truth_n, 'share']) {
    my ($values, $truth, $name) = @$_;
    my ($mean, $sd) = stats(@$values);
    my $z = ($mean - $truth) / ($sd / sqrt(@$values));
    my $held = grep { abs($_ - $truth) < 1.96 * $sd } @$values;
    printf "# %s: truth %.4f, mean %.4f of %d samples (z %.2f), sd %.4f, held by %.1f %%\n", $name, $truth, $mean, scalar @$values, $z, $sd, 100 * $held / @$values;
    # Seeds are fixed, so this either always holds or never; four standard errors and 90 to 99 % leave room.
    $bad = 1 if abs($z) > 4 || $held < 0.9 * @$values || $held > 0.99 * @$values;
}
exit $bad;
PERL
for by in "" tld,lang,month; do
    for ((i = 1; i <= 100; i++)); do
        sample -n 150 --blocks 30 --seed $i ${by:+--by $by} -o "plan.$i" 2> /dev/null
    done
    perl judge.pl plan.{1..100}
    ok $? "weighted by the inverse of probability, 100 samples are right on average (--by '$by')"
done
done_testing
