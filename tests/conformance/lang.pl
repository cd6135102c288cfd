# Language identification: perl lang.pl COMMAND ASSETS. Share of texts whose language is named as labelled, by suite and length.
# Labels and answers are compared by main language code, renamed ones as one (iw/he, in/id, jw/jv, mo/ro, nb/no, tl/fil; scripts left out).
# Left out, and counted: labels that name no language (zz*: jokes, xx_*: scripts, sit_NP, "version"), strings whose bytes came as Latin-1 and
# cannot be put right, UDHR texts in languages without a two-letter code or whose label is a dialect group.
use strict; use warnings; use utf8; use JSON::PP; use Encode; use IPC::Open2; use IO::Uncompress::Gunzip; use FindBin; use lib $FindBin::Bin; use page_json qw(tap);
my ($command, $assets) = @ARGV;
my %same = (iw => 'he', in => 'id', ji => 'yi', jw => 'jv', mo => 'ro', nb => 'no', fil => 'tl', tw => 'ak');
sub plain { my ($c) = split /[-_]/, lc $_[0]; return $same{$c} // $c }
sub answers {
    my $pid = open2(my $out, my $in, $command, 'lang'); binmode $_, ':raw' for $out, $in;
    my $json = JSON::PP->new->utf8; my @lines = map { $json->encode({ text => $_ }) } @_;
    my $child = fork // die; if (!$child) { print $in "$_\n" for @lines; close $in; require POSIX; POSIX::_exit(0) }
    close $in; my @found = map { plain(decode_json($_)->{lang}) } <$out>; waitpid $_, 0 for $child, $pid; return @found;
}
my %n;
sub score {
    my ($suite, @rows) = @_;
    my @found = answers(map { $_->[1] } @rows);
    for my $i (0 .. $#rows) { my $label = plain($rows[$i][0]); $n{$suite}{$label}[0] += $found[$i] eq $label; $n{$suite}{$label}[1]++ }
}
sub report {
    my ($suite, $least) = @_; my ($right, $all, $sum, $languages) = (0, 0, 0, 0);
    for my $l (values %{ $n{$suite} }) { $right += $l->[0]; $all += $l->[1]; $sum += $l->[0] / $l->[1]; $languages++ }
    printf "# %s: %d texts, %d languages, right %.3f, mean over languages %.3f; worst: %s\n", $suite, $all, $languages, $right / $all, $sum / $languages,
        join ' ', (map { sprintf '%s %.2f', $_, $n{$suite}{$_}[0] / $n{$suite}{$_}[1] } sort { $n{$suite}{$a}[0] / $n{$suite}{$a}[1] <=> $n{$suite}{$b}[0] / $n{$suite}{$b}[1] || $a cmp $b } keys %{ $n{$suite} })[0 .. 7];
    tap("$suite: mean over languages", $sum / $languages, $least);
}
sub lines { my $z = IO::Uncompress::Gunzip->new($_[0], MultiStream => 1) or die $_[0]; my @l; while (my $line = $z->getline) { chomp $line; push @l, [split /\t/, decode('UTF-8', $line), -1] } shift @l; return @l }
my (%cld, $left_out);
open my $f, '<:utf8', "$assets/cld.tsv" or die; <$f>;
while (<$f>) {
    chomp; my ($suite, $label, $text) = split /\t/;
    if ($label =~ /^(zz|xx_|sit|version)/) { $left_out++; next }
    if ($text =~ /[\x80-\xFF]/ && $text !~ /[^\x00-\xFF]/) { my $bytes = encode('Latin-1', $text); my $fixed = eval { decode('UTF-8', $bytes, Encode::FB_CROAK) }; $text = $fixed if defined $fixed }
    if ($text =~ /[ÃÐÑØÙàá][\x80-\xBF]/) { $left_out++; next }
    push @{ $cld{$suite} }, [$label, $text];
}
for my $suite (sort keys %cld) { score("strings of $suite", @{ $cld{$suite} }) }
my %lingua; for my $row (lines("$assets/lingua-testdata.tsv.gz")) { push @{ $lingua{$row->[0]} }, [$row->[1], $row->[2]] }
for my $kind (sort keys %lingua) { score("lingua $kind", @{ $lingua{$kind} }) }
my %two = map { split /=/ } qw(afr=af als=sq amh=am arb=ar asm=as ayr=ay azj_latn=az bel=be ben=bn bod=bo bos_latn=bs bre=br bul=bg cat=ca ces=cs cos=co cym=cy dan=da
    deu=de deu_1901=de div=dv dzo=dz ell_monotonic=el eng=en epo=eo est=et eus=eu fao=fo fij=fj fin=fi fra=fr fri=fy fuc=ff gla=gd gle=ga glg=gl gug=gn guj=gu hat_kreyol=ht
    hau_NG=ha heb=he hil=hil hin=hi hrv=hr hun=hu hye=hy ibo=ig ind=id ina=ia ike=iu isl=is ita=it jav=jv jpn=ja kal=kl kan=kn kat=ka kaz=kk khk=mn khm=km kin=rw kir=ky kor=ko
    lao=lo lat=la lav=lv lin=ln lit=lt ltz=lb lug=lg mal=ml mar=mr mkd=mk mlt=mt mri=mi mya=my nep=ne nld=nl nno=nn nob=nb nso=nso nya_chichewa=ny oci=oc ori=or pan=pa pes_1=fa
    pol=pl por_BR=pt por_PT=pt quz=qu roh=rm ron=ro run=rn rus=ru sag=sg san=sa sin=si slk=sk slv=sl smo=sm sna=sn snd=sd som=so sot=st spa=es srp_cyrl=sr sun=su swe=sv swh=sw tam=ta
    tat=tt tel=te tgk=tg tgl=tl tha=th tir=ti ton=to tsn=tn tso_ZA=ts tuk_latn=tk tur=tr uig_arab=ug ukr=uk urd=ur uzn_latn=uz ven=ve vie=vi wol=wo xho=xh ydd=yi yor=yo zul=zu cmn_hans=zh cmn_hant=zh);
my (%whole, @paragraphs, %skipped);
for my $row (lines("$assets/udhr2.tsv.gz")) {
    my $label = $two{$row->[0]}; if (!$label) { $skipped{$row->[0]} = 1; next }
    push @paragraphs, [$label, $row->[2]]; ($whole{$row->[0]} //= [$label, ''])->[1] .= "$row->[2] ";
}
score('UDHR paragraphs', @paragraphs); score('UDHR whole', values %whole);
printf "# left out: %d strings of cld2, %d texts of the UDHR\n", $left_out, scalar keys %skipped;
report(@$_) for ['strings of cld2', 0.85], ['strings of cld3', 0.95], ['lingua single-words', 0.60], ['lingua word-pairs', 0.77], ['lingua sentences', 0.93], ['UDHR paragraphs', 0.85], ['UDHR whole', 0.93];
exit tap();
