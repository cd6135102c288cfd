# The list that bench/eval_extract and tools/train_blocks read, from the shared benchmarks:
#   perl extract_list.pl ASSETS/extract FOLDER [ASSETS/extract-wcxb2] > list.tsv
# Writes gold texts and unpacked pages into FOLDER. Half 0 or 1 by a hash of the page's name; models and
# thresholds are chosen on half 0 only.
use strict; use warnings; use JSON::PP; use Encode; use IO::Uncompress::Gunzip qw(gunzip);
my ($assets, $into, $more) = @ARGV;
# Registrable, near enough: what pages are grouped by where some are left out.
sub domain { my ($h) = lc($_[0] // '') =~ m{^(?:\w+://)?([^/:?#]+)}; my @p = split /\./, $h // ''; my $n = @p > 2 && (length $p[-2] <= 3 && length $p[-1] == 2 || $p[-2] =~ /^(github|blogspot|wordpress|medium)$/) ? 3 : 2; return join '.', @p > $n ? @p[-$n .. -1] : @p }
sub half { my $h = 2166136261; for my $b (unpack 'C*', encode('UTF-8', $_[0])) { $h = (($h ^ $b) * 16777619) & 0xffffffff } return ($h >> 7) & 1 }
sub slurp { open my $f, '<:raw', $_[0] or die "$_[0]: $!"; local $/; return <$f> }
sub put { open my $f, '>:raw', $_[0] or die "$_[0]: $!"; print $f $_[1]; close $f }
my $n = 0;
sub add { my ($set, $type, $id, $html, $gold, $url) = @_; my $g = sprintf '%s/%05d.gold', $into, $n++; put($g, encode('UTF-8', $gold)); print encode('UTF-8', join("\t", $set, $type, half($id), $html, $g, domain($url)) . "\n") }
sub page { my ($path, $name) = @_; return $path if -e $path; return unless -e "$path.gz"; my $out = "$into/$name.html"; gunzip("$path.gz" => $out) or die; return $out }
sub squeeze { return join ' ', split ' ', $_[0] }
my ($file) = (glob("$assets/trafilatura/evaldata.json"), glob("$assets/trafilatura/*/evaldata.json"));
my $data = decode_json(slurp($file));
for my $url (sort keys %$data) {
    my $d = $data->{$url}; my $html = "$assets/trafilatura/html/$d->{file}"; next unless -e encode('UTF-8', $html);
    add('traf', 'article', $d->{file}, $html, join('', map({ "+$_\n" } grep { length } map { squeeze($_) } @{ $d->{with} || [] }), map({ "-$_\n" } grep { length } map { squeeze($_) } @{ $d->{without} || [] })), $url);
}
($file) = (glob("$assets/article-extraction-benchmark/ground-truth.json"), glob("$assets/article-extraction-benchmark/*/ground-truth.json"));
$data = decode_json(slurp($file)); (my $base = $file) =~ s{/[^/]*$}{};
for my $id (sort keys %$data) { my $html = page("$base/html/$id.html", "a$id") or next; add('aeb', 'article', $id, $html, $data->{$id}{articleBody}, $data->{$id}{url}) }
for my $set (['wcxb', "$assets/wcxb/dev"], $more ? ['wcxb2', $more] : ()) {
    my ($name, $dir) = @$set;
    for my $gold (sort glob "$dir/ground-truth/*.json") {
        my ($id) = $gold =~ m{([^/]+)\.json$}; my $d = decode_json(slurp($gold)); my $html = page("$dir/html/$id.html", "w$id") or next;
        my $type = $d->{page_type} // ($d->{_internal} || {})->{page_type} // '?'; $type = $type->{primary} // '?' if ref $type;
        add($name, $type, $id, $html, $d->{ground_truth}{main_content} // '', $d->{url});
    }
}
