#!/bin/bash
# robots.txt against the suites of google/robotstxt, crawler-commons and Protego, and against google/robotstxt's decisions
# on real files. Hard: google's cases but the google-only ones, crawler-commons' RFC 9309 examples and escaped paths: all.
# The rest is common practice and contradicts itself: a share is asked for. Every difference from google/robotstxt on a real
# file is printed with its reason; one without a reason fails.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
assets=$("$top/tests/assets.sh" robots) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
ECHOMETER=${BUILD:-$top/build}/echometer perl - "$assets" <<'PERL'
use strict; use warnings; use JSON::PP; use Encode; use File::Temp qw(tempfile);
my ($dir) = @ARGV; chdir $dir or die;
my $json = JSON::PP->new->utf8;
my %body; # a robots.txt as a JSON string
sub body { my ($name) = @_; $body{$name} //= do { open my $f, '<:raw', $name or die "$name: $!"; local $/; JSON::PP->new->utf8->allow_nonref->encode(decode('UTF-8', scalar(<$f>) // '')) } }
sub text { JSON::PP->new->utf8->allow_nonref->encode($_[0]) }
sub ask { my (@in) = @_; my ($o, $name) = tempfile(UNLINK => 1); binmode $o;
    print $o '{"robots":', body($_->[0]), ',"agent":', text($_->[1]), ',"url":', text($_->[2]), "}\n" for @in; close $o;
    open my $r, '-|', $ENV{ECHOMETER}, 'robots', $name or die; my @a = map { my $d = $json->decode($_); exists $d->{allowed} ? ($d->{allowed} ? 'allow' : 'disallow') : 'error' } <$r>;
    die "lines lost" if @a != @in; return @a }
my ($n, $failed) = (0, 0);
sub report { my ($what, $least, $all, @bad) = @_; my $share = $all ? ($all - @bad) / $all : 0;
    print map { "# $_\n" } @bad; $n++; my $good = $share >= $least && $all > 0; $failed ||= !$good;
    printf "%s %d - %s: %d of %d (%.3f %%, at least %.1f %%)\n", $good ? 'ok' : 'not ok', $n, $what, $all - @bad, $all, 100 * $share, 100 * $least }
my @cases = do { open my $f, '<', 'cases.jsonl' or die; map { $json->decode($_) } <$f> };
my @answers = ask(map { [$_->{body}, $_->{agent}, $_->{url}] } @cases);
sub suite { my ($what, $least, $pick) = @_; my ($all, @bad) = (0);
    for my $i (0 .. $#cases) { my $c = $cases[$i]; next if !$pick->($c); $all++;
        push @bad, encode('UTF-8', substr("$c->{source}: '$c->{agent}' $c->{url}", 0, 150)) . ": $answers[$i], want $c->{expected}" if $answers[$i] ne $c->{expected} }
    report($what, $least, $all, @bad) }
suite('google/robotstxt, not google-only', 1, sub { $_[0]{suite} eq 'google' && $_[0]{note} ne 'google-only' });
suite('crawler-commons, RFC 9309 examples', 1, sub { $_[0]{source} =~ /testExamplesRobotsTxtRFC9309/ });
suite('crawler-commons, escaped paths', 1, sub { $_[0]{source} =~ /testEscapedPaths/ });
suite('google/robotstxt, google-only', 0.95, sub { $_[0]{suite} eq 'google' && $_[0]{note} eq 'google-only' });
suite('crawler-commons, the rest', 0.85, sub { $_[0]{suite} eq 'crawler-commons' && $_[0]{source} !~ /testExamplesRobotsTxtRFC9309|testEscapedPaths/ });
suite('Protego', 0.85, sub { $_[0]{suite} eq 'protego' });
{   open my $f, '<', 'real-decisions.tsv' or die; <$f>; my @rows = map { chomp; [split /\t/] } <$f>; my ($all, $unexplained, @bad) = (0, 0);
    while (my @part = splice @rows, 0, 3000) { my @got = ask(map { [$_->[0], $_->[1], decode('UTF-8', $_->[2])] } @part);
        for my $i (0 .. $#part) { $all++; my ($file, $agent, $url, $google) = @{ $part[$i] }; next if $got[$i] eq $google;
            my $why = $url =~ m{^\w+://[^/]*/robots\.txt$} && $got[$i] eq 'allow' ? 'RFC 9309 2.2.2: /robots.txt is always allowed'
                : $got[$i] eq 'disallow' && $url =~ /[%*\$ ]/ ? 'RFC 9309 2.2.2: equal after percent-encoding is normalised; in doubt we stay away'
                : -s $file > 500 * 1024 ? 'RFC 9309 2.5: more than 500 KiB' : undef;
            $unexplained++ if !defined $why;
            push @bad, "$file $agent $url: $got[$i], google/robotstxt $google: " . ($why // 'NOT EXPLAINED') } }
    report('decisions of google/robotstxt on real files', 0.999, $all, @bad);
    report('differences without a reason', 1, 1, map { 'some' } 1 .. ($unexplained ? 1 : 0)) }
print "1..$n\n"; exit $failed;
PERL
