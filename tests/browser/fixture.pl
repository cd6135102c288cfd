#!/usr/bin/perl
# Made-up data for the report page (docs/FORMATS.md, "Report"): six years of months, languages, sites, echoes, hits,
# and in every place where text of strangers can stand, text that tries to get out. The same bytes on every run.
#   fixture.pl [bad]   with `bad`: a failing zero check, few documents, damaged inputs
use strict;
use warnings;
my $bad = @ARGV && $ARGV[0] eq 'bad';
srand(7);
my $evil = '</script><img src=x onerror=\"document.title=1\"><!--<script>\u2028\u2029';

sub join_rows { return '[' . join(",\n", @_) . ']' }
sub row {
    my ($strata, $n, $share, $zero, $estimator, $head) = @_;
    my $spread = 1.96 * sqrt(($share + 0.004) * (1 - $share) / ($n / 6 + 1)) + 0.002;
    my $low = $share - $spread; $low = 0 if $low < 0;
    return sprintf('{%s"documents":%d,"words":%d,"judged":%d,"flagged":%d,"raw":%.4f,"estimate":%.4f,"low":%.4f,"high":%.4f,"estimator":"%s","headline":%s,"domains":%d,"leaks":%d,"known":%d,"zero_check":%s}',
        $strata, $n, $n * 612, int($n * 0.8), int($n * 0.8 * ($share * 0.86 + 0.011)), $share * 0.86 + 0.011, $share, $low,
        $share + $spread > 1 ? 1 : $share + $spread, $estimator, $head ? 'true' : 'false', int($n / 9) + 1, int($n * $share / 20), int($n * $share / 40), $zero);
}
my $zero = $bad ? '{"estimate":0.031,"low":0.018,"high":0.046,"documents":420}' : '{"estimate":0.0012,"low":0.0,"high":0.0043,"documents":21874}';
my $share = $bad ? 0.035 : 0.142;
my $total = $bad ? 640 : 184302;
my @all = map { row('', $total, $share * $_->[1], $zero, $_->[0], $_->[0] eq 'score mixture') } (['score mixture', 1], ['adjusted count', 0.94],
    ['posterior mean', 1.09], ['em', 1.03], ['token mixture', 1.12], ['excess vocabulary', 0.55]);

my (@months, @cells, $sum);
for my $m (0 .. 71) {
    my ($y, $mo) = (2020 + int($m / 12), $m % 12 + 1);
    my $n = $bad ? 8 + int(rand(6)) : 1500 + int(rand(1800)) + ($m == 40 ? -1420 : 0);
    my $after = $m - 35;
    my $s = $after <= 0 ? 0.0008 : 0.34 / (1 + exp(-($after - 19) / 5.5)) + 0.012 * (rand() - 0.5);
    $s = 0 if $s < 0;
    push @months, row(sprintf('"month":"%04d-%02d",', $y, $mo), $n, $s, 'null', 'score mixture', 1);
    push @cells, sprintf('{"month":"%04d-%02d","documents":%d,"words":%d,"flagged":%d,"unsure":%d,"human":%d,"abstained":%d,"leaks":%d,"matches":0}',
        $y, $mo, $n, $n * 612, int($n * 0.8 * ($s * 0.86 + 0.011)), int($n * 0.05), int($n * 0.7 * (1 - $s)), int($n * 0.2), int($s * 20));
}
my @langs = map { sprintf('{"lang":"%s","documents":%d,"words":%d,"flagged":%d,"unsure":0,"human":%d,"abstained":%d,"leaks":2,"matches":1}',
    $_->[0], $total * $_->[1], $total * $_->[1] * 600, $_->[2] ? $total * $_->[1] * 0.8 * 0.13 : 0, $total * $_->[1] * 0.6, $_->[2] ? $total * $_->[1] * 0.2 : $total * $_->[1]) }
    (['en', 0.71, 1], ['de', 0.09, 1], ['fr', 0.06, 1], ['es', 0.05, 1], ['ru', 0.03, 0], ['zh', 0.02, 0], ['pl', 0.015, 0], ['', 0.01, 0], ['x<b>', 0.001, 0]);
my @lang_rows = map { row(qq("lang":"$_->[0]",), $total * $_->[1], $_->[2], 'null', 'score mixture', 1) } (['en', 0.71, 0.151], ['de', 0.09, 0.083], ['fr', 0.06, 0.121], ['es', 0.05, 0.109]);

my @names = map { my $i = $_; join('', map { (qw(ba den kor lis mar nu pel ros tan vi))[int(rand(10))] } 1 .. 3) . (qw(.example .example .test .invalid))[$i % 4] } 0 .. 139;
my @domains = map { my $d = int(900 / ($_ + 3)) + 4; my $f = int($d * (0.2 + 0.75 * rand())); sprintf('{"domain":"%s","documents":%d,"words":%d,"flagged":%d,"unsure":1,"human":%d,"abstained":%d,"leaks":%d,"matches":%d}',
    $_ == 4 ? "site$evil" : $names[$_], $d, $d * 540, $f, $d - $f, int($d * 0.04), int(rand(4)), int(rand(3))) } 0 .. 119;

my (@before, @after, @undated);
for my $i (0 .. 63) {
    my $x = -8 + 0.25 * ($i + 0.5);
    my $human = exp(-(($x + 4.2) / 1.5)**2 / 2) + 0.003;
    my $machine = exp(-(($x - 4.6) / 1.7)**2 / 2) + ($i == 63 ? 0.3 : 0) + 0.002;
    push @before, int(2400 * $human * ($bad ? 0.01 : 1));
    push @after, int(8200 * (0.8 * $human + 0.2 * $machine) * ($bad ? 0.01 : 1));
    push @undated, int(0.04 * $after[-1]);
}

# A site a month from the first on, two in the first.
sub arrivals { my ($m, $n) = @_; my %by; $by{$_ < 2 ? $m : $m + $_ - 1 > 71 ? 71 : $m + $_ - 1}++ for 0 .. $n - 1; return join ',', map { sprintf '"%04d-%02d":%d', 2020 + int($_ / 12), $_ % 12 + 1, $by{$_} } sort { $a <=> $b } keys %by }
my @echoes;
my @words = qw(the landscape of modern gardening is shaped by a tapestry of careful choices and every kettle tells a story about frost and patience);
for my $i (0 .. 59) {
    my $sites = 2 + int(60 / ($i + 2)) + int(rand(3));
    my $m = $i % 9 == 0 ? int(rand(30)) : 36 + int(rand(34));
    my @on = map { $names[($i % 4 * 9 + ($_ * ($_ + $i % 3)) % 31 + int(rand(3))) % 70] } 1 .. $sites;
    my %seen; @on = grep { !$seen{$_}++ } @on;
    my $text = join(' ', map { $words[int(rand(@words))] } 1 .. 60);
    $text = "$evil $text" if $i == 1;
    push @echoes, sprintf('{"passage":"%016x","kind":"echo","first":{"date":"%04d-%02d-%02dT10:00:00Z","published":null,"domain":"%s","url":"https://%s/%d%s"},"prints":%d,"words":%d,"domains":%d,"domains_estimated":%s,"documents":%d,"mirrors":%d,"months":{%s},"growth_per_month":0.2,"growth_low":0.1,"growth_high":0.3,"doubling_days":%s,"doubling_low":40,"doubling_high":200,"tenth_days":%s,"judged":%d,"machine":%s,"machine_low":0.4,"machine_high":0.9,"known":%s,"domain_names":[%s],"examples":[],"text":%s}',
        $i * 7919, 2020 + int($m / 12), $m % 12 + 1, 1 + int(rand(28)), $on[0], $on[0], $i, $i == 1 ? $evil : '', 6, 60 + $i, scalar(@on), $i == 0 ? 'true' : 'false', 2 * @on, $i % 7 == 0 ? 2 : 0, arrivals($m, scalar @on),
        @on > 4 ? 60 + $i : 'null', @on > 10 ? 44 + $i : 'null', int(@on / 2), $i % 11 == 5 ? 'null' : $m < 36 ? '0.1' : sprintf('%.2f', 0.3 + 0.7 * rand()),
        $i % 6 == 2 ? '{"set":"alpaca","item":"1207","model":"text-davinci-003","contained":0.62}' : 'null', join(',', map { qq("$_") } @on[0 .. ($#on > 19 ? 19 : $#on)]), $i == 3 ? 'null' : qq("$text"));
}
my @hits = map { sprintf('{"copies":%d,"hit":{"set":"%s","item":"%d","kind":"%s","model":%s,"date":"2023-%02d-11","published":null,"domain":"%s","url":"https://%s/a/%d","contained":%.4f,"low":%.4f,"high":%.4f,"words":%d,"of":200,"start":10,"end":300,"number":1,"offset":2,"before":"what came before it, which is ordinary and","text":"%s","after":"and so the page goes on","file":"00","document":"00"}}',
    1 + int(rand(9)), $_ % 3 ? 'alpaca' : 'quiz', 100 + $_, $_ % 3 ? 'model-output' : 'benchmark', $_ % 3 ? '"text-davinci-003"' : 'null', $_ % 12 + 1, $names[$_], $names[$_], $_, 0.9 - $_ / 100, 0.8 - $_ / 100, 0.95 - $_ / 100, 180 - 5 * $_,
    $_ == 2 ? "$evil it is important to note" : join(' ', map { $words[int(rand(@words))] } 1 .. 34)) } 0 .. 19;

printf qq({"made":"2026-01-02T03:04:05Z","version":"0.0","command":"echometer report --index 'idx </script>' -o report.html","source":"idx",\n);
printf qq("model":{"name":"en-2026.1","others":%d,"lang":"en","thresholds":[{"fpr":0.05,"log_odds":1.2,"fpr_low":0.04,"fpr_high":0.06},{"fpr":0.01,"log_odds":3.1,"fpr_low":0.007,"fpr_high":0.013}]},\n), $bad ? 1 : 0;
printf qq("overview":{"flagged":%d,"unsure":9215,"human":%d,"abstained":%d,"leaks":812,"matches":97,"first_month":"2020-01","last_month":"2025-12","inputs":60,"incomplete":%d,"failed":0,"records":%d,"documents":%d,"forgotten":0,"words":%d,"damaged":%d,"drops":{"request":%d,"warcinfo":60,"http-status":20511,"mime":9032,"no-text":4110,"damaged":%d}},\n),
    $total * 0.8 * ($share * 0.86 + 0.011), $total * 0.7, $total * 0.2, $bad ? 2 : 0, $total * 2 + 33713 + ($bad ? 7 : 0), $total, $total * 612, $bad ? 7 : 0, $total, $bad ? 7 : 0;
printf qq("prevalence":{"reason":"A mixture of the score distributions of human and machine text; of all estimators here it had the smallest error in validation.","all":%s,\n"month":%s,\n"lang":%s%s},\n), join_rows(@all), join_rows(@months), join_rows(@lang_rows), $bad ? '' : qq(,\n"statement":{"headline":"Of 147442 documents judged, at least 13.6 % read like machine text.","unseen":"Machine text unlike what the model knows is not in this.","floor":"Without any model: 812 documents.","warnings":[],"clear":true,"kinds":[) . join(',', map { sprintf '{"kind":"%s","sources":%d,"texts":%d,"caught":%.3f,"unsure":%.3f,"human":%.3f}', @$_ } (['bulk', 2, 300, 0.65, 0.19, 0.16], ['answers', 10, 7655, 0.68, 0.23, 0.09], ['automatic site', 16, 1727, 0.96, 0.03, 0.01])) . ']}';
printf qq("months":%s,\n"langs":%s,\n"domains":{"total":%d,"rows":%s},\n), join_rows(@cells), join_rows(@langs), $bad ? 41 : 20544, join_rows(@domains);
printf qq("scores":{"from":-8.0,"width":0.25,"before":[%s],"after":[%s],"undated":[%s]},\n), join(',', @before), join(',', @after), join(',', @undated);
printf qq("echoes":{"counts":{"echo":214,"boilerplate":31,"quotation":12,"syndication":3,"templates":90,"mirrors":4},"total":214,"rows":%s},\n), join_rows(@echoes);
printf qq("spread":{"passages":{"known":0,"machine":40,"human":15,"unclear":5},"left_out":0,"sentence":null,"rows":%s},\n), join_rows('{"month":"all","machine_total":500,"known_total":0,"human_total":80}',
    map { sprintf '{"month":"%04d-%02d","documents":2000,"known_sites":0,"machine_sites":%d,"human_sites":1,"known_total":0,"machine_total":%d,"human_total":%d}', 2020 + int($_ / 12), $_ % 12 + 1, $_ < 36 ? 0 : $_ - 34, $_ < 36 ? 0 : ($_ - 35) * ($_ - 33) / 2, $_ } 0 .. 71);
printf qq("hits":{"total":204,"items":61,"sets":[{"set":"alpaca","model":"text-davinci-003","kind":"model-output","items":57,"documents":190,"domains":88,"first":"2023-03-29","last":"2025-12-02"},{"set":"quiz","model":null,"kind":"benchmark","items":4,"documents":14,"domains":9,"first":"2021-06-02","last":"2025-10-30"}],"rows":%s},\n), join_rows(@hits);
my @flagged = map { sprintf('{"url":"https://%s/%d%s","id":null,"domain":"%s","date":"2024-%02d-11T08:00:00Z","published":null,"lang":"en","words":%d,"verdict":"machine","score":%.6f,"log_odds":%.4f,"style":%.4f,"marked":%s,"leaks":%d,"leak_kinds":[%s],"matches":%d,"known":%s,"input":"crawl-%02d.warc.gz","offset":%d,"text":%s}',
    $names[$_ % 9], $_, $_ == 2 ? $evil : '', $names[$_ % 9], $_ % 12 + 1, 300 + 7 * $_, 1 - 0.00001 * $_ * $_, 12 - $_ / 20, $_ % 10 == 9 ? 0.2 : 0.99, $_ % 3 ? 'true' : 'false', $_ % 10 == 9 ? 1 : 0, $_ % 10 == 9 ? '"assistant-phrase"' : '', $_ % 8 == 3 ? 1 : 0, $_ % 8 == 3 ? 'true' : 'false',
    $_ % 60, 1000 * $_, $_ == 5 ? 'null' : $_ == 2 ? qq("$evil and on") : $_ == 4 ? '"=cmd|calc"' : '"' . ucfirst(join(' ', map { $words[int(rand(@words))] } 1 .. 70)) . '."') } 0 .. 199;
my @turned = map { my $t = $_ < 7 && !$bad; sprintf('{"domain":"%s","old":%d,"old_flagged":%d,"later":%d,"flagged":%d,"share":%.4f,"p":%.9f,"q":%.9f,"turned":%s,"month":%s,"model":"en-2026.1"}', $names[$_], 40 + $_, $_ % 2, 60 + 3 * $_, $t ? 30 - $_ : 1, $t ? 0.8 - $_ / 10 : 0.01, $t ? 0.000001 : 0.4, $t ? 0.00001 * $_ : 0.6, $t ? 'true' : 'false', $t ? sprintf('"2024-%02d"', $_ + 1) : 'null') } 0 .. 39;
printf qq("read":{"total":60,"rows":%s},\n"flagged":{"total":%d,"rows":%s},\n"turned":{"total":40,"turned":%d,"rows":%s},\n),
    join_rows(map { sprintf '{"name":"crawl-%02d.warc.gz","records":%d,"documents":%d,"damaged":0,"complete":true,"failed":false}', $_, 7000 + $_, 3000 + $_ } 0 .. 59), $total / 9, join_rows(@flagged), $bad ? 0 : 7, join_rows(@turned);
printf qq("inputs":{"total":%d,"rows":[%s]},"summary":null}\n), $bad ? 2 : 0, $bad ? qq({"name":"crawl-<i>07.warc.gz","records":812,"documents":200,"damaged":7,"complete":true,"failed":false},{"name":"$evil","records":12,"documents":3,"damaged":0,"complete":false,"failed":false}) : '';
