#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# Planted leaks of a benchmark: `clean` beside exact 13-gram matching, in one run.
#
#   bench/clean_contamination.pl WORK ECHOMETER SHARED
#
# The benchmark: 400 instructions of ../shared/data/refs (Alpaca) of 12 words and more with answers of 25 and
# more. The corpus: some 4,000 human texts of ../shared/data/dev (radio news, guides, encyclopedia, web,
# jokes, reviews). Into 400 of
# them one item each is put, 80 of each kind, after a sentence near their first third:
#   verbatim      question and answer
#   paraphrased   one word in ten replaced, one in thirty left out
#   answer        the answer alone
#   lines         broken into lines of five words, each with a bullet
#   punctuation   ASCII punctuation as its typographic or full-width kin
# Exact 13-grams as language-model harnesses do it: lower case, ASCII punctuation taken out, split at white
# space; an item is found where 13 words in a row are. Recall: planted items found in their document. Precision:
# of the (document, item) pairs found, those planted.
use strict;
use warnings;
use JSON::PP;
my ($work, $echometer, $shared) = @ARGV;
die "usage: clean_contamination.pl WORK ECHOMETER SHARED\n" unless $shared;
my $json = JSON::PP->new->utf8->canonical;
my @kinds = qw(verbatim paraphrased answer lines punctuation);

# Rows of a file until `take` has enough.
sub each_row {
    my ($path, $take) = @_;
    open(my $in, '-|', "zstd -qdc '$path' 2> /dev/null") or die "$path: $!";
    while (<$in>) { last if !$take->($json->decode($_)) }
    close $in;
}
sub words { my $n = () = $_[0] =~ /\S+/g; return $n }

my @items;
my $seen = 0;
each_row("$shared/data/refs/alpaca_52k.jsonl.zst", sub {
    my ($row) = @_;
    return 1 if $row->{input} || words($row->{instruction}) < 12 || words($row->{text}) < 25;
    push @items, {id => "i$seen", q => $row->{instruction}, a => $row->{text}} if $seen++ % 5 == 0;
    return @items < 400;
});
my @documents;
for my $source (qw(nltk_abc_2006 fcc_guides wiki_wikitext_raw_detok c4_pfdecoding humour_stupidstuff reviews_imdb)) {
    my $n = 0;
    each_row("$shared/data/dev/$source.jsonl.zst", sub {
        my ($row) = @_;
        return 1 if $row->{label} ne 'human' || words($row->{text}) < 120;
        push @documents, {id => "$source-$n", text => $row->{text}};
        return ++$n < 1000 && @documents < 4000;
    });
}
my $step = int(@documents / 400);
die 'too few texts' if @items < 400 || $step < 2;

my @other = qw(thing quickly number house perhaps several green before people under);
sub variant {
    my ($kind, $item) = @_;
    my $whole = "$item->{q} $item->{a}";
    return $item->{a} if $kind eq 'answer';
    return $whole     if $kind eq 'verbatim';
    my @w = split ' ', $whole;
    if ($kind eq 'paraphrased') {
        return join ' ', map { $_ % 30 == 17 ? () : $_ % 10 == 6 ? $other[$_ / 10 % 10] : $w[$_] } 0 .. $#w;
    }
    if ($kind eq 'lines') {
        my $out = '';
        $out .= ($_ % 5 ? ' ' : "\n* ") . $w[$_] for 0 .. $#w;
        return "$out\n";
    }
    my %kin = (',' => "\x{FF0C}", '.' => "\x{3002}", '?' => "\x{FF1F}", '!' => "\x{FF01}", ':' => "\x{FF1A}",
        ';' => "\x{FF1B}", '(' => "\x{FF08}", ')' => "\x{FF09}", '-' => "\x{2013}", "'" => "\x{2019}", '"' => "\x{201D}");
    $whole =~ s/([,.?!:;()\-'"])/$kin{$1}/g;
    return $whole;
}

my %planted;
for my $i (0 .. $#items) {
    my $document = $documents[$i * $step];
    my $kind = $kinds[$i % 5];
    my $at = index($document->{text}, '. ', length($document->{text}) / 3);
    $at = $at < 0 ? length($document->{text}) : $at + 2;
    substr($document->{text}, $at, 0) = variant($kind, $items[$i]) . ' ';
    $planted{$document->{id}} = [$items[$i]{id}, $kind];
}

open(my $out, '>', "$work/items.jsonl") or die;
print $out $json->encode($_), "\n" for @items;
close $out;
open($out, '>', "$work/corpus.jsonl") or die;
print $out $json->encode($_), "\n" for @documents;
close $out;

# --- exact 13-grams
sub plain {
    my $t = lc $_[0];
    $t =~ s/[!-\/:-@\[-`{-~]//g;
    return split ' ', $t;
}
my %gram;
for my $item (@items) {
    my @w = plain("$item->{q} $item->{a}");
    $gram{join ' ', @w[$_ .. $_ + 12]}{$item->{id}} = 1 for 0 .. $#w - 12;
}
my %exact;
for my $document (@documents) {
    my @w = plain($document->{text});
    for (0 .. $#w - 12) {
        my $found = $gram{join ' ', @w[$_ .. $_ + 12]} or next;
        $exact{$document->{id}}{$_} = 1 for keys %$found;
    }
}

# --- clean
sub ours {
    my ($name, @options) = @_;
    system('rm', '-rf', "$work/$name") == 0 or die;
    system($echometer, 'clean', '-q', '--only', 'match', '--refs', "$work/bench.emr", '-o', "$work/$name", @options,
        "$work/corpus.jsonl") == 0 or die;
    my %found;
    open(my $in, '<', "$work/$name/passages/corpus.jsonl") or die;
    while (<$in>) {
        my $p = $json->decode($_);
        $found{$p->{id}}{$p->{item}} = 1 if $p->{reason} eq 'benchmark';
    }
    return \%found;
}
system($echometer, 'refs', 'build', '-q', '--kind', 'benchmark', '--name', 'planted', '--question', 'q', '--answer', 'a', '-o',
    "$work/bench.emr", "$work/items.jsonl") == 0 or die;

printf "%d items, %d texts, %d of them with one item\n", scalar @items, scalar @documents, scalar keys %planted;
printf "%-34s %9s %s\n", '', 'precision', join ' ', map { sprintf '%12s', $_ } @kinds;
for my $method (['exact 13-grams', \%exact], ['clean', ours('clean')],
    ['clean --contained 0.8', ours('most', '--contained', '0.8')])
{
    my ($name, $found) = @$method;
    my ($all, $right, %n, %hit) = (0, 0);
    for my $id (keys %$found) {
        for my $item (keys %{$found->{$id}}) {
            $all++;
            $right++ if $planted{$id} && $planted{$id}[0] eq $item;
        }
    }
    for my $id (keys %planted) {
        my ($item, $kind) = @{$planted{$id}};
        $n{$kind}++;
        $hit{$kind}++ if $found->{$id} && $found->{$id}{$item};
    }
    printf "%-34s %8.1f%% %s\n", $name, $all ? 100 * $right / $all : 0,
        join ' ', map { sprintf '%11.1f%%', 100 * ($hit{$_} // 0) / $n{$_} } @kinds;
}

# --- what is left of the planted text
my %left;
open(my $in, '<', "$work/clean/kept/corpus.jsonl") or die;
while (<$in>) {
    my $d = $json->decode($_);
    my $p = $planted{$d->{id}} or next;
    my @w = plain($d->{text});
    $left{$p->[1]}++ if grep { ($gram{join ' ', @w[$_ .. $_ + 12]} // {})->{$p->[0]} } 0 .. $#w - 12;
}
printf "kept documents with 13 words in a row of their item left: %s\n", join ', ', map { "$_ " . ($left{$_} // 0) } @kinds;
