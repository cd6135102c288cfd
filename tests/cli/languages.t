#!/bin/bash
# Each language's own model; without one, style abstains; what the index makes of it.
. "$(dirname "$0")/tap.sh"

# Written for this test: a note by a person, and an answer such as chat models give.
person='昨天下午去了趟旧书市场,本来只想随便逛逛,结果又扛回来一大包。老板还记得我,说上回那本《园冶》后来又有人来问,幸亏我下手快。路上碰到小雨,书用塑料袋裹了两层,自己倒淋了个透湿。回家泡了壶茶,翻到半夜,发现有一页夹着六十年代的电影票,票根上的字都快看不清了,也不知道是谁的。明天打算给老丁打电话问问,他家以前就住那家影院隔壁。唉,书架早就满了,只好先堆在床底下。我妈看见了肯定又要唠叨,说我三十好几的人了,工资全换成废纸。'
model='保持良好的睡眠对身心健康非常重要。以下是一些可以帮助您改善睡眠质量的建议:首先,保持规律的作息时间。每天在同一时间上床睡觉和起床,有助于调整身体的生物钟。其次,创造一个舒适的睡眠环境。确保卧室安静、黑暗、温度适宜,并选择合适的床垫和枕头。此外,避免在睡前使用电子设备,因为屏幕发出的蓝光可能会影响褪黑素的分泌。同时,适当的运动也可以帮助您更快入睡,但应避免在睡前进行剧烈运动。最后,如果您长期存在睡眠问题,建议咨询医生或专业人士,以便获得更加个性化的帮助和指导。总之,通过养成良好的生活习惯,您可以有效地提高睡眠质量。'
german='Gestern war ich auf dem Flohmarkt und wollte eigentlich nur schauen, aber am Ende habe ich doch wieder eine ganze Kiste mit alten Büchern nach Hause getragen. Der Händler kannte mich noch vom letzten Jahr und hat mir einen guten Preis gemacht, wie er sagte. Auf dem Rückweg hat es geregnet, die Kiste war naß und ich auch.'
printf '%s' "$person" > "$T/person"
printf '%s' "$model" > "$T/model"
printf '%s' "$german" > "$T/german"

run "$E" detect "$T/person"
grep -q '^human .*model zh-' "$T/out"
ok $? "a person's Chinese is judged by its own model"
run "$E" detect "$T/model"
grep -q '^machine .*model zh-' "$T/out"
ok $? "a chat model's as well"
run "$E" detect --explain "$T/model"
is "$code" 0 "and explained"
run "$E" detect "$T/german"
grep -q '^abstain .*language' "$T/out"
ok $? "a language without a model: abstains"
run "$E" detect --model "$TOP/configs/models/en.emm" "$T/model"
grep -q '^abstain .*language' "$T/out"
ok $? "a model that is named is the only one"

for i in 1 2 3 4 5 6; do
    for kind in person model german; do
        printf '{"url":"https://%s%d.example/","text":"%s"}\n' $kind $i "$(cat "$T/$kind")"
    done
done > "$T/in.jsonl"
run "$E" scan -q --index "$T/idx" "$T/in.jsonl"
is "$(grep -c '"verdict":"machine".*"model":"zh-' "$T/out")" 6 "scan: six by the Chinese model"
is "$(grep -c '"abstain":"language".*"model":"en-' "$T/out")" 6 "six abstain under the main model's name"
run "$E" validate "$T/idx"
is "$code" 0 "an index of two models' verdicts is sound"
is "$("$E" query --index "$T/idx" --verdict machine --json | wc -l)" 6 "and can be asked"
run "$E" prevalence --index "$T/idx" --by lang
grep -qE '^zh +12 +12 +6 .*too few documents' "$T/out"
ok $? "twelve Chinese documents are counted, and too few for an estimate"

# The sentences of the two texts in 60 orders each.
perl -CSD -Mutf8 -e '
    for my $kind (qw(person model)) {
        open my $in, "<", "$ARGV[0]/$kind" or die;
        my @sentences = split /(?<=。)/, join "", <$in>;
        for my $i (0 .. 59) {
            my $k = $i % @sentences;
            my @order = (@sentences[$k .. $#sentences], @sentences[0 .. $k - 1]);
            @order[0, 1] = @order[1, 0] if $i >= @sentences;
            printf "{\"url\":\"https://%s%d.example/\",\"text\":\"%s\"}\n", $kind, $i, join "", @order
        }
    }' "$T" > "$T/many.jsonl"
run "$E" scan -q --index "$T/many" "$T/many.jsonl"
run "$E" prevalence --index "$T/many" --by lang --json
is "$(jq -r 'select(.lang == "zh") | "\(.judged) \(.note) \(.low > 0 and .low <= 0.5 and 0.5 <= .high)"' "$T/out")" "120 null true" "the Chinese model's own calibration gives an interval, and it holds the half"
done_testing
