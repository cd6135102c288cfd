# Publication dates: perl dates.pl COMMAND ASSETS. htmldate's pages by its own scoring (a wrong day is a false positive, none a
# false negative, P = right/(right+wrong), R = right/(right+none)), without the page's address as htmldate has it, and with it; and
# the dates of the WCXB annotations.
use strict; use warnings; use FindBin; use lib $FindBin::Bin; use page_json qw(half slurp page_json tap); use JSON::PP; use Encode;
my ($command, $assets) = @ARGV;
sub score {
    my ($what, $least, @pages) = @_;
    my (%n, %by);
    for my $p (@pages) {
        my ($half, $gold, @arguments) = @$p;
        my $j = page_json($command, @arguments); my $got = $j->{published};
        my $is = !defined $got ? 'none' : $got eq $gold ? 'right' : 'wrong';
        $n{$half}{$is}++; $n{all}{$is}++; $by{($j->{published_by} // 'none')}{$is}++;
    }
    my $f;
    for my $half (0, 1, 'all') {
        my ($r, $w, $o) = map { $n{$half}{$_} // 0 } qw(right wrong none);
        my ($precision, $recall) = ($r / (($r + $w) || 1), $r / (($r + $o) || 1));
        $f = 2 * $r / ((2 * $r + $w + $o) || 1);
        printf "# %s, half %s: right %d wrong %d none %d, P %.3f R %.3f F %.3f\n", $what, $half, $r, $w, $o, $precision, $recall, $f;
    }
    print "# $what, by: ", join(', ', map { my $b = $_; "$b " . ($by{$b}{right} // 0) . '/' . (($by{$b}{right} // 0) + ($by{$b}{wrong} // 0) + ($by{$b}{none} // 0)) } sort keys %by), "\n";
    tap("$what: F over all pages", $f, $least);
}
my $data = decode_json(slurp("$assets/htmldate/eval_default.json"));
my (@without, @with);
for my $url (sort keys %$data) {
    my $file = $data->{$url}{file}; my $html = "$assets/trafilatura/html/" . encode('UTF-8', $file); next unless -e $html;
    push @without, [half($file), $data->{$url}{date}, $html];
    push @with, [half($file), $data->{$url}{date}, '--url', encode('UTF-8', $url), $html];
}
score('htmldate, page alone', 0.94, @without);
score('htmldate, with the address', 0.94, @with);
my @wcxb;
for my $path (sort glob "$assets/wcxb/dev/ground-truth/*.json") {
    my ($id) = $path =~ m{([^/]+)\.json$}; my $html = "$assets/wcxb/dev/html/$id.html"; next unless -e $html;
    my $date = decode_json(slurp($path))->{ground_truth}{publish_date} // next;
    push @wcxb, [half($id), $1, $html] if $date =~ /^(\d{4}-\d\d-\d\d)/;
}
score('WCXB dev', 0.90, @wcxb);
exit tap();
