# Compares `echometer records` (first file) with an independent reader's truth-records.tsv (second file).
# Prints "FILE TAB KINDS" for every file that was read, KINDS being the sorted kinds of difference, or "-".
function field(line, key,    at, rest) {
    at = index(line, "\"" key "\":")
    if (!at) return ""
    rest = substr(line, at + length(key) + 3)
    if (substr(rest, 1, 4) == "null") return ""
    if (substr(rest, 1, 1) != "\"") { match(rest, /^[0-9]+/); return substr(rest, 1, RLENGTH) }
    rest = substr(rest, 2)
    match(rest, /^([^"\\]|\\.)*/)
    rest = substr(rest, 1, RLENGTH)
    gsub(/\\"/, "\"", rest); gsub(/\\\\/, "\\", rest)
    return rest
}
function differs(file, kind) { if (!((file, kind) in seen)) { seen[file, kind] = 1; kinds[file] = kinds[file] " " kind } }
BEGIN { FS = "\t" }
FNR == NR {
    file = field($0, "file"); sub("^" root "/", "", file)
    if (!(file in n)) { n[file] = 0; order[++files] = file }
    type = field($0, "type")
    if (type == "damage") next
    i = n[file]++
    got[file, i, "offset"] = field($0, "offset"); got[file, i, "type"] = tolower(type)
    got[file, i, "status"] = field($0, "http_status"); got[file, i, "payload"] = field($0, "payload_length")
    got[file, i, "url"] = field($0, "url")
    b = field($0, "block_digest"); p = field($0, "payload_digest")
    got[file, i, "digest"] = (b == "bad" || p == "bad") ? "FAIL" : (b == "ok" || p == "ok") ? "pass" : "none"
    next
}
FNR == 1 { for (c = 1; c <= NF; c++) col[$c] = c; next }
{
    file = $1
    if (!(file in n)) next
    i = m[file]++
    if (i >= n[file]) next
    gsub(/^[ \t]+|[ \t]+$/, "", $col["type"])
    want_type = tolower($col["type"]); if (want_type == "") want_type = "unknown"
    if (got[file, i, "offset"] != $col["offset"]) differs(file, "offset")
    if (got[file, i, "type"] != want_type) differs(file, "type")
    if ((want_type == "response" || want_type == "revisit") && got[file, i, "status"] != $col["http_status"]) differs(file, "status")
    if (want_type != "request" && got[file, i, "payload"] != $col["payload_bytes"]) differs(file, "payload")
    if (got[file, i, "url"] != $col["uri"]) differs(file, "url")
    d = $col["digest_check"]; if (d == "") d = "none"
    if (got[file, i, "digest"] != d) differs(file, "digest")
}
END {
    for (f = 1; f <= files; f++) {
        file = order[f]
        if (n[file] != m[file] + 0) differs(file, "count")
        k = split(kinds[file], list, " ")
        for (a = 1; a <= k; a++) for (b = a + 1; b <= k; b++) if (list[b] < list[a]) { t = list[a]; list[a] = list[b]; list[b] = t }
        out = ""
        for (a = 1; a <= k; a++) out = out (a > 1 ? "," : "") list[a]
        print file "\t" (out == "" ? "-" : out)
    }
}
