#!/bin/bash
# Every relative link of a Markdown file, with its anchor, and every mention of a page of docs/ in any text file of the tree leads
# somewhere. Prints what does not; exit 1 when there is any. --try checks a made-up tree with known faults first.
#   tests/checks/links.sh [--try | ROOT]
set -u
self=$(cd "$(dirname "$0")" && pwd)/links.sh
if [ "${1:-}" = --try ]; then
    T=$(mktemp -d)
    trap 'rm -rf "$T"' EXIT
    mkdir "$T/docs"
    printf '# One\n\n## Two words\n\n[a](docs/B.md) [b](docs/B.md#the-end) [c](#two-words) [d](https://example.org/x.md)\n\n    [code](nothing.md)\n' > "$T/A.md"
    printf '# The end\n\n[back](../A.md)\n' > "$T/docs/B.md"
    "$self" "$T" > /dev/null || { echo "links: sound links are reported"; exit 1; }
    printf '[e](docs/C.md) [f](docs/B.md#start)\n\nSee docs/D.md.\n' >> "$T/A.md"
    [ "$("$self" "$T" | grep -c '^A.md:')" = 3 ] || { echo "links: of three broken links not all are reported"; exit 1; }
    shift
fi
cd "${1:-$(dirname "$self")/../..}" || exit 2
if git rev-parse --show-toplevel 2> /dev/null | grep -qxF "$(pwd -P)"; then files=$(git ls-files --cached --others --exclude-standard); else files=$(find . -type f | sed 's|^\./||'); fi
printf '%s\n' "$files" | sort | perl -e '
    use strict; use warnings;
    my $bad = 0;
    my %anchors;
    sub text { open my $f, "<", $_[0] or return; local $/; <$f> }
    # A line of a file without its code: fenced and indented blocks, and spans between back quotes.
    sub prose {
        my ($fence, $blank, @out) = (0, 1);
        for (split /\n/, $_[0]) {
            if (/^\s*```/) { $fence = !$fence; push @out, ""; next }
            my $code = $fence || ($blank && /^    /);
            $blank = /^\s*$/ || ($code && !$fence);
            s/`[^`]*`//g;
            push @out, $code ? "" : $_;
        }
        @out
    }
    sub anchors {
        my $file = shift;
        $anchors{$file} //= { map { my $s = lc; $s =~ s/[^\w\- ]//g; $s =~ s/ /-/g; ($s => 1) }
            map { /^#+\s+(.*?)\s*$/ ? $1 : () } split /\n/, text($file) // "" };
    }
    sub report { print "$_[0]:$_[1]: $_[2]\n"; $bad = 1 }
    while (my $file = <STDIN>) {
        chomp $file;
        next if -l $file || !-f $file || $file =~ m{^tests/fuzz/corpus/|^tests/checks/links\.sh$};
        my $all = text($file) // next;
        next if index($all, "\0") >= 0;
        my $n = 0;
        for my $line (split /\n/, $all) {
            $n++;
            while ($line =~ m{(?<![\w/.])(?<!\]\()(docs/(?:lab/)?[A-Z][A-Z_]*\.md)\b}g) { report($file, $n, "there is no $1") unless -f $1 }
        }
        next unless $file =~ /\.md$/;
        (my $folder = $file) =~ s{[^/]*$}{};
        $n = 0;
        for my $line (prose($all)) {
            $n++;
            while ($line =~ /\]\(([^()\s]+)\)/g) {
                my ($path, $anchor) = split /#/, $1, 2;
                next if $path =~ /^[a-z]+:/;
                my $to = $path eq "" ? $file : $folder . $path;
                if (!-e $to) { report($file, $n, "the link $path leads nowhere") }
                elsif (defined $anchor && !anchors($to)->{$anchor}) { report($file, $n, "$path has no heading for #$anchor") }
            }
        }
    }
    print "links: ok\n" unless $bad;
    exit $bad;
'
