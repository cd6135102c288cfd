#!/bin/bash
# Sitemaps and feeds of crawler-commons, Scrapy and ultimate-sitemap-parser: how many pages, sitemaps and feed entries are
# found, against tag counts by an independent reader; feedparser's expectations of the first entry's link and dates; and
# bombs, which must end as damage, in little memory.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
assets=$("$top/tests/assets.sh" sitemaps) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar xzf "$assets/feedparser-tests.tar.gz" -C "$work"
ECHOMETER=${BUILD:-$top/build}/echometer perl - "$assets" "$work" <<'PERL'
use strict; use warnings; use JSON::PP; use Time::Local qw(timegm); use File::Find;
my ($dir, $work) = @ARGV; chdir $dir or die;
my $json = JSON::PP->new->utf8;
my ($n, $failed) = (0, 0);
sub report { my ($what, $least, $all, @bad) = @_; my $share = $all ? ($all - @bad) / $all : 0;
    print map { "# $_\n" } @bad; $n++; my $good = $share >= $least && $all > 0; $failed ||= !$good;
    printf "%s %d - %s: %d of %d (%.1f %%, at least %.1f %%)\n", $good ? 'ok' : 'not ok', $n, $what, $all - @bad, $all, 100 * $share, 100 * $least }
sub items { my ($file, @options) = @_; open my $r, '-|', $ENV{ECHOMETER}, 'sitemap', @options, $file or die; my @i = map { $json->decode($_) } <$r>; close $r; return @i }
open STDERR, '>', '/dev/null';
{   open my $f, '<', 'loc-counts.tsv' or die; <$f>; my ($all, @bad) = (0);
    while (<$f>) { chomp; my ($file, undef, $loc, $sitemap, $url, $item, $entry) = split /\t/; next if $file !~ /\.(xml|gz|rss)$/ || $file =~ m{compressed/|feed-sample};
        my $pages = $url + $item + $entry; my %got = (page => 0, sitemap => 0); my $text = 0;
        open my $c, '<', $file; read $c, my $start, 5; $text = 1 if $start !~ /^\s*(<|\x1f)/ || $file =~ /txt/; next if $text;
        $got{ $_->{type} }++ for items($file, '--url', 'http://www.example.com/sitemap.xml'); $all++;
        push @bad, "$file: $got{page} pages and $got{sitemap} sitemaps, want $pages and $sitemap" if $got{page} != $pages || $got{sitemap} != $sitemap }
    report('pages and sitemaps found', 1, $all, @bad) }
{   my ($all, @bad) = (0); my %path; find(sub { push @{ $path{$_} }, $File::Find::name if -f }, $work);
    open my $f, '<', 'feedparser-expect.tsv' or die; <$f>;
    while (<$f>) { chomp; my ($file, undef, $expect) = split /\t/; my ($what, $want);
        if ($expect =~ /^(?:not bozo and )?entries\[0\](?:\.link|\['link'\]) == u?'([^']+)'$/) { ($what, $want) = ('loc', $1) }
        elsif ($expect =~ /^not bozo and entries\[0\]\['(published|updated)_parsed'\] == \((\d+), (\d+), (\d+), (\d+), (\d+), (\d+),/) { $what = $1 eq 'updated' ? 'lastmod' : 'published'; $want = sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $2, $3, $4, $5, $6, $7 }
        else { next }
        my ($found) = grep { /\Q$file\E$/ } map { @$_ } values %path; next if !$found || $file =~ m{/cdf/}; $all++; # CDF feeds are not read
        if ($what ne 'loc') { # their entries have no address, without which there is no item: one is put in
            open my $in, '<', $found or die; my $xml = do { local $/; <$in> }; $xml =~ s{(<(entry|item)\b[^>]*>)}{$1 . ($2 eq 'entry' ? '<link href="http://h/"/>' : '<link>http://h/</link>')}e;
            $found = "$work/with-link.xml"; open my $o, '>', $found or die; print $o $xml; close $o }
        my ($first) = items($found, '--url', 'http://127.0.0.1:8097/'); my $got = $first ? $first->{$what} : undef;
        (my $same = $want) =~ s{^(https?://[^/?]+)$}{$1/}; $got = $first->{lastmod} if $first && $what eq 'published' && !defined $got; $got = $first->{published} if $first && $what eq 'lastmod' && !defined $got;
        push @bad, "$file: $what is " . ($got // 'none') . ", want $want" if ($got // '') ne $want && ($got // '') ne lc $same }
    report("feedparser's first links and dates", 0.8, $all, @bad) }
{   my ($all, @bad) = (0);
    for my $file (glob 'scrapy/compressed/bomb-*.bin scrapy/compressed/truncated* scrapy/compressed/unexpected-eof.gz') { $all++;
        my $peak = `bash -c 'ulimit -v 400000; "$ENV{ECHOMETER}" sitemap "$file" > /dev/null; echo \$?'`; chomp $peak;
        push @bad, "$file: exit $peak, want 3" if $peak ne '3' }
    report('bombs and cut files end as damage, below 400 MB of address space', 1, $all, @bad) }
{   my @i = items('scrapy-inline/test_utils_sitemap.py-317.xml'); report('an external entity is not read', 1, 1, grep { $_->{loc} =~ /:0:0:/ } @i) if -e 'scrapy-inline/test_utils_sitemap.py-317.xml' }
print "1..$n\n"; exit $failed;
PERL
