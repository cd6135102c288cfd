#!/usr/bin/perl
# Cases of llhttp and curl as one stream for tests/unit/test_http_cases.c. For each response:
#     NAME \t STATUS \t MODE \t BLOCK-LENGTH \t BODY-LENGTH \n BLOCK BODY
# STATUS -1: any. MODE exact: the decoded body is BODY; prefix: it begins with BODY (framed by Content-Length,
# which an archive's record frames instead); any: only the head is compared.
#     http_cases.pl FOLDER     (the unpacked shared asset "http")
use strict;
use warnings;
use JSON::PP;
use File::Temp 'tempdir';
use MIME::Base64;
binmode STDOUT;
my $folder = shift or die "usage: http_cases.pl FOLDER\n";

sub case {
    my ($name, $status, $mode, $block, $body) = @_;
    $name =~ s/\s+/ /g;
    printf "%s\t%d\t%s\t%d\t%d\n", $name, $status, $mode, length $block, length $body;
    print $block, $body;
}

# llhttp: the event log gives the status and where the body's bytes are.
open my $in, '<', "$folder/llhttp-cases.json" or die;
my $cases = decode_json(do { local $/; <$in> })->{cases};
for my $c (@$cases) {
    next unless ($c->{meta}{type} // '') =~ /^response/;
    my $block = join '', map { chr(ord($_) & 255) } split //, $c->{input};
    my ($status, $body, $chunked) = (-1, '', 0);
    my $strict = !$c->{error} && $c->{meta}{type} eq 'response';
    for my $line (split /\n/, $c->{log}) {
        $status = $1 if $line =~ /headers complete status=(\d+)/;
        $body .= substr $block, $1, $2 if $line =~ /^off=(\d+) len=(\d+) span\[body\]/;
        $chunked = 1 if $line =~ /chunk header/;
        if ($line =~ /message complete/) {
            last unless $status =~ /^1/ && $status != 101;
            $body = '';
        }
    }
    my $mode = !$strict ? 'any' : $chunked ? 'exact' : 'prefix';
    case("llhttp $c->{file}:$c->{line} $c->{name}", $strict ? $status : -1, $mode, $block, $body);
}

# curl: <data> is what the server sends, <datacheck> what curl writes (with --include, its default here).
my $unpacked = tempdir(CLEANUP => 1);
system('tar', 'xzf', "$folder/curl-tests-data.tar.gz", '-C', $unpacked) == 0 or die;

sub slurp {
    open my $file, '<:raw', shift or return '';
    local $/;
    return scalar <$file>;
}

sub expand {
    my ($text, $attributes) = @_;
    $text = decode_base64($text) if $attributes =~ /base64="yes"/;
    $text =~ s{%includetext %SRCDIR/data/(\S+?)%\n}{slurp("$unpacked/tests/data/$1")}ge;
    $text =~ s/%hex\[(.*?)\]hex%/my $h = $1; $h =~ s{%([0-9a-fA-F]{2})}{chr hex $1}ge; $h/ges;
    $text =~ s/%repeat\[(\d+) x (.*?)\]%/my ($n, $s) = ($1, $2); $s =~ s{%([0-9a-fA-F]{2})}{chr hex $1}ge; $s x $n/ges;
    $text =~ s/%CR/\r/g;
    $text =~ s/%LF/\n/g;
    $text =~ s/%TAB/\t/g;
    $text =~ s/%SP/ /g;
    $text =~ s/\n\z// if $attributes =~ /nonewline="yes"/;
    if ($attributes =~ /crlf="yes"/) {
        $text =~ s/\r?\n/\r\n/g;
    } elsif ($attributes =~ /crlf="headers"/) {
        my ($head, $rest) = $text =~ /\A(.*?\n)(\r?\n.*)\z/s ? ($1, $2) : ($text, '');
        $head =~ s/\r?\n/\r\n/g;
        $rest =~ s/\A\r?\n/\r\n/;
        $text = $head . $rest;
    }
    return $text;
}
open my $index, '<', "$folder/curl-index.tsv" or die;
my %exit;
while (<$index>) {
    my ($test, $server, $code) = split /\t/;
    $exit{$test} = $code if $server =~ /http/ && $server !~ /http\/[23]/;
}
for my $path (sort glob("$unpacked/tests/data/test* $unpacked/tests/test* $unpacked/test*")) {
    my ($test) = $path =~ m{([^/]+)$};
    next unless -f $path;
    my $text = slurp($path);
    next unless exists $exit{$test};
    my @data;
    push @data, expand($3, $2)
        while $text =~ m{<data(\d*)((?: [^>]*)?)>\n(.*?)</data\1>}gs;
    my $check = $text =~ m{<datacheck((?: [^>]*)?)>\n(.*?)</datacheck>}s ? expand($2, $1) : undef;
    my $number = 0;
    for my $block (@data) {
        $number++;
        my @statuses = $block =~ m{^HTTP/\d\S*[ \t]+(\d{3})(?!\d)}mg;
        next unless @statuses;
        next unless $block =~ m{\A\s*HTTP/\d};
        my ($status) = grep { !/^1/ || $_ == 101 } @statuses;
        my ($mode, $body) = ('any', '');
        my ($head) = $block =~ /\A(.*?\n)\r?\n/s;
        if (@data == 1 && @statuses == 1 && $exit{$test} == 0 && defined $check && $head &&
            ($head =~ /^Transfer-Encoding:/mi && $head !~ /^Content-Encoding:/mi ||
             $head =~ /^Content-Encoding:/mi && $text =~ /--compressed/) &&
            $check =~ /\AHTTP\/.*?\n\r?\n(.*)\z/s) {
            ($mode, $body) = ('exact', $1);
            # curl writes trailers too: what it has behind the body, then.
            my ($trailers) = $block =~ /\n0[^\n]*\n((?:[\w-]+:[^\n]*\n)+)\r?\n?\z/;
            my $pattern = join "\\r?\\n", map { quotemeta } split /\r?\n/, $trailers // '';
            $body =~ s/$pattern\s*\z// if defined $trailers;
        }
        case("curl $test/$number", $status // $statuses[-1], $mode, $block, $body);
    }
}
