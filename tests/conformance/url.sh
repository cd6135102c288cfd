#!/bin/bash
# URLs against the web-platform tests (parsing with all parts, domain to ASCII, UTS46's own cases, percent-encoding), the
# public suffix list's tests, crawler-commons' resolving cases, and normaliser pairs of four projects. Every failure is
# printed. The normaliser pairs follow policies that contradict each other; each suite is run with the rules nearest to its
# own, and only a share is asked for.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
assets=$("$top/tests/assets.sh" url) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
ECHOMETER=${BUILD:-$top/build}/echometer perl - "$assets" <<'PERL'
use strict; use warnings; use JSON::PP; use Encode; use File::Temp qw(tempfile);
my ($dir) = @ARGV; chdir $dir or die;
my $json = JSON::PP->new->utf8->allow_nonref;
sub slurp { open my $f, '<', $_[0] or die "$_[0]: $!"; local $/; <$f> }
# JSON::PP refuses halves of surrogate pairs; to a URL they are U+FFFD
sub cases { my $t = slurp($_[0]); $t =~ s/(\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u[dD][89a-fA-F]../defined $1 ? $1 : '\\uFFFD'/ge; grep { ref $_ eq 'HASH' } @{ $json->decode($t) } }
sub ask { my ($options, @in) = @_; my ($o, $name) = tempfile(UNLINK => 1); print $o $json->encode($_), "\n" for @in; close $o;
    open my $r, '-|', $ENV{ECHOMETER}, 'url', @$options, $name or die; my @a = map { $json->decode($_) } <$r>;
    die "lines lost" if @a != @in; return @a }
my ($n, $failed) = (0, 0);
sub show { my ($v) = @_; $v = defined $v ? $json->encode($v) : 'null'; return length $v > 110 ? substr($v, 0, 107) . '...' : $v }
sub report { my ($what, $least, $all, @bad) = @_; my $ok = $all - @bad; my $share = $all ? $ok / $all : 0;
    print map { "# $_\n" } @bad; $n++; my $good = $share >= $least && $all > 0; $failed ||= !$good;
    printf "%s %d - %s: %d of %d (%.2f %%, at least %.1f %%)\n", $good ? 'ok' : 'not ok', $n, $what, $ok, $all, 100 * $share, 100 * $least }

my @parts = qw(origin protocol username password host hostname port pathname search hash);
for my $file (qw(wpt/urltestdata wpt/ada_extra_urltestdata wpt/ada_long_urltestdata crawler-commons/wpt-urltestdata)) {
    my @c = cases("$file.json"); my @a = ask(['--parts'], map { { input => $_->{input}, base => $_->{base} } } @c); my @bad;
    for my $i (0 .. $#c) { my ($c, $a) = ($c[$i], $a[$i]);
        if ($c->{failure}) { push @bad, show($c->{input}) . ': must be refused, got ' . show($a->{href}) if !$a->{error}; next }
        my @differ = grep { exists $c->{$_} && ($a->{$_} // '(none)') ne ($c->{$_} // 'null') } 'href', @parts;
        push @bad, show($c->{input}) . ": $differ[0] is " . show($a->{ $differ[0] } // $a->{error}) . ', want ' . show($c->{ $differ[0] }) if @differ }
    report($file, 0.98, scalar @c, @bad) }
for my $file (qw(toascii IdnaTestV2 IdnaTestV2-removed)) {
    my @c = grep { length $_->{input} } cases("wpt/$file.json"); my @a = ask(['--parts'], map { { input => "https://$_->{input}/x" } } @c); my @bad;
    for my $i (0 .. $#c) { my ($want, $a) = ($c[$i]{output}, $a[$i]); my $got = $a->{hostname};
        push @bad, show($c[$i]{input}) . ': got ' . show($got // $a->{error}) . ', want ' . show($want) if ($want // '(refused)') ne ($got // '(refused)') }
    report("wpt/$file", 0.98, scalar @c, @bad) }
{   my @c = cases('wpt/percent-encoding.json'); my @a = ask(['--parts'], map { { input => "http://h/?#$_->{input}" } } @c); my @bad;
    for my $i (0 .. $#c) { my $want = "#$c[$i]{output}{'utf-8'}"; push @bad, show($c[$i]{input}) . ': got ' . show($a[$i]{hash}) . ", want $want" if ($a[$i]{hash} // '') ne $want }
    report('wpt/percent-encoding, UTF-8', 0.98, scalar @c, @bad) }
{   my (@c, @bad); # domain, registrable domain; a leading dot or a public suffix has none, which we count as itself
    for (split /\n/, decode('UTF-8', slurp('psl/tests.txt'))) { next if m{^//|^\s*$}; my ($d, $want) = split; push @c, [$d, $want] if $d ne 'null' && $d !~ /^\./ }
    my @a = ask(['--parts'], map { { input => "http://$_->[0]/" } } @c); my @ascii = ask(['--parts'], map { { input => 'http://' . ($_->[1] eq 'null' ? $_->[0] : $_->[1]) . '/' } } @c);
    for my $i (0 .. $#c) { my ($got, $want) = ($a[$i]{domain}, $ascii[$i]{hostname}); push @bad, show($c[$i][0]) . ': got ' . show($got) . ', want ' . show($want) if ($got // '') ne ($want // '') }
    report('public suffix list tests', 0.98, scalar @c, @bad) }
{   my (@c, @bad);
    for (split /\n/, decode('UTF-8', slurp('crawler-commons/url-resolve.csv'))) { next if /^#|^\s*$/; my @f; push @f, defined $1 ? $1 : $2 while /\G(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,\s*|$)/g; push @c, [@f[0 .. 2]] }
    my @a = ask([], map { { input => $_->[0], base => length $_->[1] ? $_->[1] : undef } } @c); my @want = ask([], map { { input => $_->[2] } } @c);
    for my $i (0 .. $#c) { push @bad, show($c[$i][0]) . ' on ' . show($c[$i][1]) . ': got ' . show($a[$i]{href} // $a[$i]{error}) . ', want ' . show($want[$i]{href}) if ($a[$i]{href} // '') ne ($want[$i]{href} // '') }
    report('crawler-commons resolving (compared as parsed)', 0.98, scalar @c, @bad) }
my @pairs = map { $json->decode($_) } split /\n/, slurp('normalise-pairs.jsonl');
for my $set (['crawler-commons', 'normalize', 'sort', 0.85], ['nutch', '^normalize', 'userinfo', 0.85], ['nutch', 'regex', 'index', 0.85], ['w3lib', '.', 'sort', 0.7],
             ['webarchive', 'Basic', '-session,-tracking,-empty-query', 0.6], ['webarchive', 'Aggressive', 'sort,www', 0.8]) {
    my ($suite, $op, $rules, $least) = @$set; my @c = grep { $_->{suite} =~ /$suite/ && $_->{op} =~ /$op/ } @pairs;
    my @a = ask(["--rules=$rules"], map { { input => $_->{input} } } @c); my @bad;
    for my $i (0 .. $#c) { my ($want, $a) = ($c[$i]{expected}, $a[$i]);
        push @bad, show($c[$i]{input}) . ': got ' . show($a->{href} // $a->{error}) . ', want ' . show($want) if ($want // '(refused)') ne ($a->{href} // '(refused)') }
    report("normaliser pairs, $suite $op (--rules=$rules)", $least, scalar @c, @bad) }
print "1..$n\n"; exit $failed;
PERL
