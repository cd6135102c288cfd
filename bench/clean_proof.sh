#!/bin/bash
# Cleans a corpus assembled from ../shared/data and says what of what was put into it was caught and missed, by kind;
# then whether the promise of --max-human-loss holds in resamplings. Skips without the shared folder. BUILD names
# the build folder.
#
# The corpus: every other text of eleven English sources of data/dev (human and machine); and behind them 800 planted
# ones: Alpaca answers by themselves, in human texts, benchmark items in human texts, human texts with another end. The rest of
# the human texts is the calibration.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
shared=${ECHOMETER_SHARED:-../shared}
dev=$shared/data/dev
[ -d "$dev" ] || { echo "skipped: no shared data"; exit 77; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
mkdir "$t/in"
for s in outfox c4_pfdecoding kaggle_daigt_train_essays disinfo_capabilities web_pages_pre2022 \
    news_fakenewscorpus_sample reviews_imdb blog_yihui_en nltk_abc_2006 humour_stupidstuff jobs_glassdoor; do
    zstd -qdc "$dev/$s.jsonl.zst" | awk -v i="$t/in/$s.jsonl" -v c="$t/human.jsonl" 'NR % 2 { print > i; next } /"label": *"human"/ { print >> c }'
done
zstd -qdc "$shared/data/refs/alpaca_52k.jsonl.zst" > "$t/alpaca.jsonl"

# What is planted: its id says the kind. Copies are whole known answers as documents of their own; quoted ones stand
# in a human text; items are question and answer; echoes repeat a human text but for its last sentence.
perl -MJSON::PP -e '
    use strict; use warnings;
    my ($alpaca, $items, @files) = @ARGV;
    my $json = JSON::PP->new->utf8->canonical;
    open(my $in, "<", $alpaca) or die; my (@copies, @items); my $n = 0;
    while (<$in>) {
        next unless ++$n % 20 == 0; my $r = $json->decode($_); my $w = () = $r->{text} =~ /\S+/g;
        push @copies, $r->{text} if $w >= 60 && @copies < 400;
        my $q = () = $r->{instruction} =~ /\S+/g;
        push @items, $r if $q >= 10 && $w >= 25 && $w < 60 && @items < 200; last if @copies == 400 && @items == 200;
    }
    open(my $out, ">", $items) or die;
    print $out $json->encode({id => "item-$_", q => $items[$_]{instruction}, a => $items[$_]{text}}), "\n" for 0 .. $#items;
    close $out;
    my @human;
    for (@files) { open(my $f, "<", $_) or die; while (<$f>) { my $r = $json->decode($_);
        my $w = () = $r->{text} =~ /\S+/g; push @human, $r->{text} if $r->{label} eq "human" && $w >= 150 } }
    my $at = 0; my $take = sub { $human[$at += 3] // die "too few texts" };
    my $mid = sub { my $i = index($_[0], ". ", length($_[0]) / 3); $i < 0 ? length $_[0] : $i + 2 };
    my $put = sub { print $json->encode({id => $_[0], label => "planted", text => $_[1]}), "\n" };
    $put->("copy-$_", $copies[$_]) for 0 .. 199;
    for (200 .. 399) { my $h = $take->(); substr($h, $mid->($h), 0) = "$copies[$_] "; $put->("quoted-$_", $h) }
    for (0 .. $#items) { my $h = $take->(); substr($h, $mid->($h), 0) = "$items[$_]{instruction} $items[$_]{text} "; $put->("item-$_", $h) }
    for (0 .. 199) { my $h = $take->(); $h =~ s/[^.]*\.[^.]*$//; $put->("echo-$_", "$h And so on.") }
' "$t/alpaca.jsonl" "$t/items.jsonl" "$t"/in/*.jsonl > "$t/planted.jsonl" || exit 1
mv "$t/planted.jsonl" "$t/in/z_planted.jsonl" # behind the texts it repeats: there are no dates
grep -vFf <(sed -E 's/.*"id":"item-[0-9]*","q":("([^"\\]|\\.)*").*/"instruction": \1/' "$t/items.jsonl") "$t/alpaca.jsonl" > "$t/known.jsonl"
"$build/echometer" refs build -q --kind model-output --name alpaca --field text -o "$t/alpaca.emr" "$t/known.jsonl" || exit 1
"$build/echometer" refs build -q --kind benchmark --name planted --question q --answer a -o "$t/items.emr" "$t/items.jsonl" || exit 1

count() { # folder id-prefix
    cat "$1"/*.jsonl | grep -c "\"id\": *\"$2-"
}
echo "== everything: known output, benchmark, echo, style at 1 %"
"$build/echometer" clean "$t/in" -o "$t/all" --refs "$t/alpaca.emr" --refs "$t/items.emr" --on-echo drop 2>&1 | sed 's/^echometer: //'
for kind in copy quoted item echo; do
    found=$(cat "$t"/all/passages/*.jsonl | sed -nE 's/^\{"reason":"([a-z]*)".*"done":"([a-z]*)","id":"'$kind'-([0-9]*)".*/\3 \1 \2/p' | sort -u |
        awk '{ k = $2 " " $3; n[k]++ } END { for (k in n) printf ", %d %s", n[k], k }')
    echo "$kind: $(count "$t/all/kept" $kind) kept, $(count "$t/all/removed" $kind) removed$found"
done
left=$(perl -MJSON::PP -e '
    my $j = JSON::PP->new->utf8; open(my $i, "<", $ARGV[0]); my %a; while (<$i>) { my $r = $j->decode($_); $a{$r->{id}} = $r->{a} }
    open(my $k, "<", $ARGV[1]); my $n = 0; while (<$k>) { my $r = $j->decode($_); $n++ if $a{$r->{id}} && index($r->{text}, substr($a{$r->{id}}, 0, 80)) >= 0 }
    print $n' "$t/items.jsonl" "$t/all/kept/z_planted.jsonl")
echo "items of which 80 characters of the answer are left in kept documents: $left"
for label in human machine; do
    k=$(cat "$t"/all/kept/*.jsonl | grep -c "\"label\": *\"$label\"")
    r=$(cat "$t"/all/removed/*.jsonl | grep -c "\"label\": *\"$label\"")
    awk -v l=$label -v k="$k" -v r="$r" 'BEGIN { printf "%s: %d kept, %d removed (%.2f %%)\n", l, k, r, 100 * r / (k + r) }'
    cat "$t"/all/removed/*.jsonl | grep "\"label\": *\"$label\"" | sed -nE 's/^\{"reasons":\[([^]]*)\].*/\1/p' | sort | uniq -c | sort -rn | head -6
done
rm "$t/in/z_planted.jsonl"

for bound in source text; do
    for loss in 0.5% 1% 5%; do
        echo "== --max-human-loss $loss --bound $bound"
        "$build/echometer" clean "$t/in" -o "$t/out$bound$loss" --max-human-loss $loss --bound $bound --source-field dataset \
            --calibrate "$t/human.jsonl" 2>&1 | grep -v '  source' | sed 's/^echometer: //'
        for label in human machine; do
            k=$(cat "$t/out$bound$loss"/kept/* | grep -c "\"label\": *\"$label\"")
            r=$(cat "$t/out$bound$loss"/removed/* | grep -c "\"label\": *\"$label\"")
            awk -v l=$label -v k="$k" -v r="$r" 'BEGIN { printf "%s: %d kept, %d removed (%.2f %%)\n", l, k, r, 100 * r / (k + r) }'
        done
    done
done
echo "== resamplings, these eleven sources"
scores() { # folder of attributes
    for f in "$t"/in/*.jsonl; do
        s=$(basename "$f" .jsonl)
        paste -d '\n' "$f" "$1/attributes/$s.jsonl" | awk -v s="$s" '
            NR % 2 { l = match($0, /"label": *"machine"/) ? "machine" : "human"; d = match($0, /"edit": *"/); e = match($0, /"lang": *"en"/); next }
            { x = match($0, /"echometer__log_odds":\[\[0,[0-9]+,[-0-9.]+/) ? substr($0, RSTART, RLENGTH) : "none"; sub(/.*,/, "", x)
              if (e && !d) print l, s, x }'
    done
}
scores "$t/outtext5%" > "$t/scores"
"$build/bench/bench_clean_loss" < "$t/scores"
echo "== the same without a source of whose human labels some are wrong (docs/lab/BENCHMARKS.md)"
"$build/bench/bench_clean_loss" -x kaggle_daigt_train_essays < "$t/scores"
echo "== resamplings, all English texts of data/dev that are not edited, each data set and site a source"
BUILD=$build ECHOMETER_SHARED=$shared bench/clean_loss.sh
