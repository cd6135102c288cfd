#!/bin/bash
# Page to text by other tools over the same pages, as far as they are installed: CPU seconds, MB/s of HTML.
#   bench/peers_page.sh FOLDER
set -u
peer() { # NAME MODULE CALL: main text of `html`
    local python=
    for p in python3 /usr/bin/python3; do
        "$p" -c "import $2" 2> /dev/null && python=$p && break
    done
    [ "$python" ] || { echo "$1: not installed, skipped"; return; }
    "$python" - "$1" "$2" "$3" "$folder" <<'PY'
import glob, importlib, os, sys, time
name, module, call, folder = sys.argv[1:]
scope = {"module": importlib.import_module(module)}
pages = [open(f, "rb").read() for f in sorted(glob.glob(os.path.join(folder, "**", "*.html"), recursive=True))]
texts = [p.decode("utf-8", "replace") for p in pages]
run = eval("lambda html: " + call, scope)
t0 = time.process_time()
for html in texts:
    try:
        run(html)
    except Exception:
        pass
t = time.process_time() - t0
size = sum(map(len, pages)) / 1e6
print("%-28s %8.3f s %9.1f MB/s" % (name, t, size / t))
PY
}
folder=$1
peer resiliparse resiliparse.extract.html2text 'module.extract_plain_text(html, main_content=True)'
peer trafilatura trafilatura 'module.extract(html)'
peer "lexbor (selectolax)" selectolax.lexbor 'module.LexborHTMLParser(html).body.text()'
peer "libxml2 tree (lxml)" lxml.html '"".join(module.fromstring(html).itertext())'
