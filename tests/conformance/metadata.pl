# What a page says of itself: perl metadata.pl COMMAND ASSETS. Against Mozilla Readability's expected metadata, by field: right,
# wrong, none (missed), extra (we say something where it expects nothing), absent (neither). Spaces are squeezed; bylines are compared
# without "By" in front and to the end of their first line; titles also without a last " | Site"; excerpts by their first 100
# characters; dates by day. Then titles and authors of the WCXB annotations, words only (any case).
use strict; use warnings; use utf8; use FindBin; use lib $FindBin::Bin; use page_json qw(half slurp page_json tap); use JSON::PP;
my ($command, $assets) = @ARGV;
sub squeeze { return join ' ', split ' ', $_[0] // '' }
sub byline { my ($line) = split /\n/, squeeze_ends($_[0]); $line = squeeze($line); $line =~ s/^(?:written by|by:?|par|von|por)\s+//i; return $line }
sub squeeze_ends { my $v = $_[0] // ''; $v =~ s/^\s+|\s+$//g; return $v }
sub words { my $v = lc($_[0] // ''); $v =~ s/\W+/ /g; return squeeze($v) }
sub head { return substr squeeze($_[0]), 0, 100 }
my %n;
sub count {
    my ($set, $half, $field, $gold, $got, @also) = @_;
    my $is = $gold eq '' ? ($got eq '' ? 'absent' : 'extra') : $got eq '' ? 'none' : (grep { $got eq $_ } $gold, @also) ? 'right' : 'wrong';
    $n{$set}{$field}{$_}{$is}++ for $half, 'all';
    return $is;
}
my @fields = (['title', 'title', \&squeeze], ['byline', 'author', \&byline], ['siteName', 'site', \&squeeze], ['excerpt', 'excerpt', \&head],
    ['lang', 'lang_attribute', sub { lc($_[0] // '') }], ['publishedTime', 'published', sub { substr $_[0] // '', 0, 10 }]);
for my $path (sort glob "$assets/mozilla-readability/*/expected-metadata.json") {
    my ($name) = $path =~ m{([^/]+)/[^/]+$}; my $gold = decode_json(slurp($path)); (my $html = $path) =~ s/expected-metadata\.json$/source.html/;
    my $got = page_json($command, $html);
    for my $f (@fields) {
        my ($theirs, $ours, $norm) = @$f; my $want = $norm->($gold->{$theirs});
        count('readability', half($name), $theirs, $want, $norm->($got->{$ours}));
        (my $bare = $want) =~ s/^(.+) [|\-–—»\/>] .*$/$1/;
        count('readability', half($name), 'title, site name off', $want, $norm->($got->{$ours}), $bare) if $theirs eq 'title';
    }
}
for my $path (sort glob "$assets/wcxb/dev/ground-truth/*.json") {
    my ($id) = $path =~ m{([^/]+)\.json$}; my $html = "$assets/wcxb/dev/html/$id.html"; next unless -e $html;
    my $gold = decode_json(slurp($path))->{ground_truth}; my $got = page_json($command, $html);
    count('wcxb', half($id), $_, words($gold->{$_}), words($got->{$_})) for qw(title author);
}
my %least = ('readability title, site name off' => 0.90, 'readability byline' => 0.70, 'readability siteName' => 0.85, 'readability excerpt' => 0.80,
    'readability lang' => 1.0, 'wcxb title' => 0.60, 'wcxb author' => 0.65);
for my $set (sort keys %n) { for my $field (sort keys %{ $n{$set} }) {
    for my $half (0, 1, 'all') {
        printf "# %s %s, half %s: %s\n", $set, $field, $half, join ' ', map { "$_ " . ($n{$set}{$field}{$half}{$_} // 0) } qw(right wrong none extra absent);
    }
    my ($r, $w, $o) = map { $n{$set}{$field}{all}{$_} // 0 } qw(right wrong none);
    tap("$set $field: right where there is one", $r / (($r + $w + $o) || 1), $least{"$set $field"}) if exists $least{"$set $field"};
} }
exit tap();
