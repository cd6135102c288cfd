#!/bin/bash
# check_log.sh LOG DELAY_MS: proves from the server's log (loopback.c) that a crawl was polite: to one address never a
# second request while one is being answered, nor within the delay after the answer; robots.txt read before anything
# else of a host, and never disobeyed; nothing asked for that a page asked not to follow. It knows what web.c's
# robots.txt files say, and shares no code with the crawler. Prints each violation; exit 1 when there is one.
#
# The answer's time is taken before its last bytes leave the server, the request's after its first have come: a slow
# machine can only make the gap between them longer. 2 ms are for clocks that count whole milliseconds.
set -u
sort -s -k2,2n "$1" | awk -v delay_ms="$2" '
function bad(text) { print "check_log: " text; violations++ }
function forbidden(host, path,   n) {
    if (path == "/robots.txt" || host == "robotshome.test") return 0
    if (host ~ /^site[0-9]+\.test$/) {
        n = substr(host, 5) + 0
        if (n % 5 != 4 && path ~ /^\/private\//) return 1
    }
    if (host == "robotsdeny.test" || host == "robots500.test") return 1
    if (host == "robotsname.test" && path == "/not-you") return 1
    if (host == "robotsaway.test" && path ~ /^\/away\//) return 1
    return path ~ /^\/(nofollow\/|smuggled\/|followed-by-mistake)/
}
$1 == "R" {
    ip = $3; host = $4; path = $5; requests++
    gap = (host == "robotsdelay.test" && robots[host] && path != "/.well-known/tdmrep.json" ? 1000 : delay_ms) * 1000 - 2000
    if (open[ip]) bad("a second request to " ip " (" host path ") while one is being answered")
    if ((ip in ended) && $2 - ended[ip] < gap)
        bad(sprintf("%s%s asked %.1f ms after the last answer of %s", host, path, ($2 - ended[ip]) / 1000, ip))
    if (!(ip in ended) && (ip in asked) && $2 - asked[ip] < gap)
        bad(sprintf("%s%s asked %.1f ms after the last request to %s", host, path, ($2 - asked[ip]) / 1000, ip))
    if (forbidden(host, path)) bad(host path " is forbidden")
    if (path == "/robots.txt") robots[host] = 1
    else if (!robots[host] && host != "robotshome.test" && host != "licences.test") bad(host path " before its robots.txt")
    open[ip] = 1; asked[ip] = $2; delete ended[ip]
}
$1 == "E" { open[$3] = 0; ended[$3] = $2 }
$1 == "X" { open[$3] = 0 }
END {
    if (!requests) bad("no request at all")
    printf "%d requests, %d violations\n", requests, violations
    exit violations > 0
}'
