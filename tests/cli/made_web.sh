# Sourced by the index tests: JSON lines of made-up pages with URL and date.
# made_web COUNT SEED: COUNT lines of about 105 words on standard output; sites, months and styles vary.
made_web() {
    awk -v count="$1" -v seed="$2" '
    function pick(list,    n, a) { n = split(list, a, " "); return a[int(rand() * n) + 1] }
    function plain(    s, k) {
        s = ""
        for (k = 0; k < 15; k++)
            s = s pick("I we they you") " " pick("dug fixed saw cut lost") " " pick("the a my that") " " pick("gate shed boat kettle lane fence") " " pick("when if because but") " " pick("rain frost mud wind") " " pick("came stayed went stopped") pick(". ! ...") " "
        return s
    }
    function polished(    s, k) {
        s = ""
        for (k = 0; k < 12; k++)
            s = s pick("Moreover, Furthermore, Additionally, Overall, Ultimately,") " the " pick("comprehensive robust intricate seamless vibrant") " " pick("landscape tapestry framework approach realm") " " pick("underscores highlights fosters enhances ensures") " the " pick("importance significance potential role") " of " pick("collaboration innovation sustainability resilience") ". "
        return s
    }
    BEGIN {
        srand(seed)
        for (i = 0; i < count; i++) {
            site = int(rand() * 40)
            printf "{\"id\":\"%s-%d\",\"url\":\"https://www.site%d.example/%s/%d\",\"date\":\"%d-%02d-%02dT10:00:00Z\",\"text\":\"%s\"}\n", seed, i, site, seed, i, 2020 + int(rand() * 5), 1 + int(rand() * 12), 1 + int(rand() * 28), rand() < 0.7 ? plain() : polished()
        }
    }'
}
