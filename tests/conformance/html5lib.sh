#!/bin/bash
# html5lib-tests, tokenizer: our tokens against the expected ones. Parse errors are not compared (we report
# none), nor the identifiers inside a DOCTYPE (we keep it whole); lone surrogates cannot be input of ours.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
assets=$("$top/tests/assets.sh" extract) || { echo "1..0 # skip skipped: no shared assets"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar xzf "$assets/html5lib-tests.tar.gz" -C "$work"
MAKE_TOKENS=${BUILD:-$top/build}/tools/make_tokens perl - "$work" <<'PERL'
use strict; use warnings; use JSON::PP; use Encode; use File::Find; use IPC::Open2;
my ($dir) = @ARGV;
my $json = JSON::PP->new->utf8->allow_nonref;
my @files; find(sub { push @files, $File::Find::name if /\.test$/ && $File::Find::dir =~ m{/tokenizer$} }, $dir);
my (@cases, $skipped); $skipped = 0;
for my $file (sort @files) {
    open my $fh, '<', $file or die; local $/; my $data = $json->decode(<$fh>);
    for my $t (@{ $data->{tests} || [] }) {
        my ($in, $want) = ($t->{input}, $t->{output});
        if ($t->{doubleEscaped}) {
            my $raw = $json->encode([$in, $want]); 
            if ($raw =~ /\\\\u[dD][89a-fA-F]/) { $skipped++; next }
            my $un; $un = sub { my $v = shift; ref $v eq 'ARRAY' ? [map { $un->($_) } @$v] : ref $v eq 'HASH' ? { map { $un->($_) => $un->($v->{$_}) } keys %$v } : !ref $v && defined $v ? do { (my $c = $v) =~ s/\\u([0-9a-fA-F]{4})/chr hex $1/ge; $c } : $v };
            ($in, $want) = ($un->($in), $un->($want));
        }
        if ($in =~ /[\x{D800}-\x{DFFF}]/) { $skipped++; next }
        for my $state (@{ $t->{initialStates} || ['Data state'] }) {
            push @cases, [$file, $t->{description}, $state, $t->{lastStartTag} // '', $in, $want];
        }
    }
}
my $in_file = "$dir/in";
open my $o, '>', $in_file or die;
print $o join("\t", $_->[2], $_->[3], unpack('H*', encode('utf8', $_->[4]))), "\n" for @cases;
close $o;
open my $r, '-|', "$ENV{MAKE_TOKENS} < $in_file" or die;
sub norm { # merge characters, drop doctype details
    my @out;
    for my $t (@{ $_[0] }) {
        if ($t->[0] eq 'DOCTYPE') { push @out, ['DOCTYPE'] }
        elsif ($t->[0] eq 'Character') { if (@out && $out[-1][0] eq 'Character') { $out[-1][1] .= $t->[1] } else { push @out, [@$t] } }
        elsif ($t->[0] eq 'StartTag' && ref $t->[2] eq 'ARRAY') { my %a; for (@{ $t->[2] }) { $a{ $_->[0] } = $_->[1] unless exists $a{ $_->[0] } } push @out, [$t->[0], $t->[1], \%a, $t->[3] ? 1 : ()] }
        elsif ($t->[0] eq 'StartTag') { push @out, [$t->[0], $t->[1], $t->[2], $t->[3] ? 1 : ()] }
        else { push @out, [@$t] }
    }
    return JSON::PP->new->canonical->encode(\@out);
}
my ($ok, $bad) = (0, 0);
for my $c (@cases) {
    my $line = <$r>; my $got = norm($json->decode($line)); my $want = norm($c->[5]);
    if ($got eq $want) { $ok++ } else { $bad++; print "# $c->[1] [$c->[2]]: ", encode('UTF-8', substr($c->[4],0,60)), "\n#   got  ", encode('UTF-8',$got), "\n#   want ", encode('UTF-8',$want), "\n" if $bad <= 25 }
}
my $share = $ok + $bad ? $ok / ($ok + $bad) : 0;
print "1..1\n", ($share >= 0.99 && $ok > 5000 ? "ok" : "not ok"), sprintf(" 1 - html5lib tokenizer: %d of %d (%.2f %%), %d need surrogates\n", $ok, $ok + $bad, 100 * $share, $skipped);
exit($share >= 0.99 && $ok > 5000 ? 0 : 1);
PERL
