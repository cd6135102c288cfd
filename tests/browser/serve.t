#!/bin/bash
# The served page in a real browser: it loads without a console message, and shows a document that was added while it was
# open. Skipped where there is no Chromium.
. "$(dirname "$0")/../cli/tap.sh"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
    skip "no chromium: the served page in a browser"
    done_testing
fi
pid=
trap 'kill $pid 2> /dev/null; rm -rf "$T"' EXIT
"$TOP/examples/demo/make_warc.sh" "$T/demo.warc.gz"
"$E" scan -q --index "$T/idx" "$T/demo.warc.gz" > /dev/null
"$E" serve --index "$T/idx" --listen 127.0.0.1:0 --refresh 0.2 2> "$T/serve.err" &
pid=$!
for _ in $(seq 300); do
    port=$(sed -nE 's/.*http:[^ ]*:([0-9]+)\/ .*/\1/p' "$T/serve.err")
    [ -z "$port" ] || break
    sleep 0.1
done
documents=$("$E" query --index "$T/idx" --json | jq .documents)
# The budget is the browser's own time, which stands still while it waits for the network.
HOME=$T timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --user-data-dir="$T/profile" \
    --enable-logging=stderr --log-level=0 --remote-debugging-port=0 "http://127.0.0.1:$port/" 2> "$T/log" &
chrome=$!
for _ in $(seq 600); do
    clients=$(curl -s "http://127.0.0.1:$port/metrics" | awk '$1 == "echometer_serve_clients" {print $2}')
    [ "$clients" = 1 ] && break
    sleep 0.1
done
is "$clients" 1 "the page listens for updates"
debug=$(sed -nE 's/.*DevTools listening on ws:\/\/([^/]+)\/.*/\1/p' "$T/log")
# What the page says, asked through the browser's debugging port by a small WebSocket client.
cat > "$T/ask.js" << 'JS'
const [, , debug, expression] = process.argv;
fetch(`http://${debug}/json`).then(r => r.json()).then(pages => {
  const page = pages.find(p => p.type === 'page'), net = require('net'), url = new URL(page.webSocketDebuggerUrl);
  const socket = net.connect(url.port, url.hostname);
  const body = Buffer.from(JSON.stringify({id: 1, method: 'Runtime.evaluate', params: {expression}}));
  const mask = Buffer.from([1, 2, 3, 4]), head = Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255]);
  socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`);
  const question = Buffer.concat([head, mask, body.map((b, i) => b ^ mask[i % 4])]);
  let text = '', asked = false;
  socket.on('data', d => { text += d.toString(); if (!asked && text.includes('\r\n\r\n')) { asked = true; socket.write(question); } const m = /"value":("(?:[^"\\]|\\.)*"|[^}]*)/.exec(text); if (m) { console.log(m[1]); process.exit(); } });
});
JS
command -v node > /dev/null || { skip "no node: asking the page"; kill $chrome; done_testing; }
ask() { timeout 30 node "$T/ask.js" "$debug" "$1"; }
is "$(ask "document.querySelector('.lead').textContent.startsWith('$documents documents')")" true "it shows how many documents there are"
echo '{"id":"new","text":"one more document"}' > "$T/more.jsonl"
"$E" scan -q --index "$T/idx" "$T/more.jsonl" > /dev/null
for _ in $(seq 300); do
    shown=$(ask "document.querySelector('.lead').textContent.startsWith('$((documents + 1)) documents')")
    [ "$shown" = true ] && break
    sleep 0.1
done
is "$shown" true "and the new one, without being loaded again"
is "$(ask "document.querySelectorAll('section').length + ' ' + document.querySelectorAll('h1').length")" '"10 1"' "with every section once"
kill $chrome
wait $chrome 2> /dev/null
is "$(grep -E ':CONSOLE' "$T/log")" "" "no console message"
done_testing
