#!/bin/bash
# Encodings against others' cases: html5lib's prescan tests, html-encoding-sniffer's, and real files whose
# encoding is known (chardet's and uchardet's collections; nothing declared in most, so a guess).
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
assets=$("$top/tests/assets.sh" charset) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
MAKE_CHARSET=${BUILD:-$top/build}/tools/make_charset perl - "$assets" <<'PERL'
use strict; use warnings; use JSON::PP;
my ($dir) = @ARGV; chdir $dir or die;
my %canonical;
open my $e, '<', 'whatwg/encodings.json' or die; my $json = do { local $/; <$e> };
for my $g (@{ decode_json($json) }) { for my $x (@{ $g->{encodings} }) { $canonical{ lc $_ } = $x->{name} for @{ $x->{labels} }, $x->{name} } }
sub table { my ($file) = @_; open my $f, '<', $file or die; my @r; <$f>; while (<$f>) { chomp; push @r, [split /\t/] } return @r }
sub ask { my @files = @_; my $list = "/tmp/charset.$$"; open my $o, '>', $list or die; print $o "$_\n" for @files; close $o;
    open my $r, '-|', "$ENV{MAKE_CHARSET} < $list" or die; my @a = map { chomp; [split / /] } <$r>; unlink $list; return @a }
my $n = 0; my $failed = 0;
sub report { my ($what, $least, $rows) = @_;
    my @got = ask(map { $_->[0] } @$rows); my ($ok, @bad) = (0);
    for my $i (0 .. $#$rows) { my $want = $canonical{ lc $rows->[$i][1] } // $rows->[$i][1];
        my ($name, $from) = @{ $got[$i] };
        # ASCII alone is right in every superset; where nothing is declared, ASCII is UTF-8 to us.
        if ($name eq $want || ($from eq 'utf-8' && $want eq 'windows-1252') || (lc $rows->[$i][1]) =~ /^(ascii|us-ascii)$/) { $ok++ } else { push @bad, "#   $rows->[$i][0]: got $name, want $want" } }
    my $share = @$rows ? $ok / @$rows : 0; $n++;
    my $good = $share >= $least; $failed ||= !$good;
    print map { "$_\n" } @bad[0 .. ($#bad < 29 ? $#bad : 29)];
    printf "%s %d - %s: %d of %d (%.1f %%, at least %.1f %%)\n", $good ? 'ok' : 'not ok', $n, $what, $ok, scalar @$rows, 100 * $share, 100 * $least }
report('html5lib prescan', 0.96, [table('html5lib-cases.tsv')]);
my @files = table('files.tsv');
report('html-encoding-sniffer', 0.9, [grep { $_->[3] =~ /sniffer/ && $_->[1] !~ /no-result|^charset-/ } @files]);
report('real files, WHATWG encodings', 0.96, [grep { $_->[3] !~ /sniffer/ && $canonical{ lc $_->[1] } } @files]);
print "1..$n\n"; exit $failed;
PERL
