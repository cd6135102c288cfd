# Sourced by train.t and eval.t: labelled JSONL in two made-up styles.
# made_up SOURCE COUNT SEED: COUNT human and COUNT machine lines of about 90 words on standard output.
made_up() {
    awk -v source="$1" -v count="$2" -v seed="$3" '
    function pick(list,    n, a) { n = split(list, a, " "); return a[int(rand() * n) + 1] }
    function human(    s, k) {
        s = ""
        for (k = 0; k < 12; k++)
            s = s pick("I we they") " " pick("don'"'"'t can'"'"'t never really just simply") " " pick("like know want get see") " " pick("it that stuff things") " " pick("when if because but") " " pick("it'"'"'s that'"'"'s you'"'"'re") " " pick("late cold weird funny old fine") pick("! . ... ?") " "
        return s
    }
    function machine(    s, k) {
        s = ""
        for (k = 0; k < 8; k++)
            s = s pick("Moreover, Furthermore, Additionally, Overall, Ultimately,") " the " pick("comprehensive robust intricate seamless vibrant") " " pick("landscape tapestry framework approach realm") " " pick("underscores highlights fosters enhances ensures") " the " pick("importance significance potential role") " of " pick("collaboration innovation sustainability resilience") ". "
        return s
    }
    BEGIN {
        srand(seed)
        for (i = 0; i < count; i++) {
            printf "{\"id\":\"%s-h%d\",\"text\":\"%s\",\"label\":\"human\",\"dataset\":\"%s\",\"domain\":\"talk\",\"lang\":\"en\",\"edit\":null}\n", source, i, human(), source
            printf "{\"id\":\"%s-m%d\",\"text\":\"%s\",\"label\":\"machine\",\"dataset\":\"%s\",\"domain\":\"talk\",\"model\":\"%s\",\"lang\":\"en\",\"edit\":null}\n", source, i, machine(), source, i % 10 ? "gpt-4" : "text-davinci-003"
        }
    }'
}
