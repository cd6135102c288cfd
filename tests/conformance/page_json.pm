# Shared by dates.pl and metadata.pl: runs `text --json`, says which half a page belongs to.
package page_json;
use strict; use warnings; use JSON::PP; use Encode; use Exporter 'import';
our @EXPORT_OK = qw(half slurp page_json tap);
# Half 0 or 1 by a hash (FNV-1a) of the page's name, as in extract_list.pl: points and rules are chosen on half 0 only.
sub half { my $h = 2166136261; for my $b (unpack 'C*', encode('UTF-8', $_[0])) { $h = (($h ^ $b) * 16777619) & 0xffffffff } return ($h >> 7) & 1 }
sub slurp { open my $f, '<:raw', $_[0] or die "$_[0]: $!"; local $/; return <$f> }
sub page_json {
    my ($command, @arguments) = @_;
    open my $out, '-|:raw', $command, 'text', '--json', @arguments or die "$command: $!";
    local $/; my $text = <$out>; close $out;
    return eval { decode_json($text // '') } // {};
}
my ($n, $failed) = (0, 0);
sub tap {
    my ($what, $value, $least) = @_;
    if (!defined $what) { print "1..$n\n"; return $failed }
    $n++; my $ok = $value >= $least; $failed = 1 unless $ok;
    printf "%s %d - %s: %.3f (at least %.3f)\n", $ok ? 'ok' : 'not ok', $n, $what, $value, $least;
}
1;
