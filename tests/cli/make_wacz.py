# make_wacz.py OUT WARC... [key=value]: a WACZ of these WARCs, as Browsertrix writes it.
# method=store|deflate|bzip2 of the WARCs; wrong=NAME: its digest is another one; nested=FILE: also holds that; lack=package
import hashlib, json, os, sys, zipfile
options = dict(a.split('=', 1) for a in sys.argv[2:] if '=' in a)
warcs = [a for a in sys.argv[2:] if '=' not in a]
methods = {'store': zipfile.ZIP_STORED, 'deflate': zipfile.ZIP_DEFLATED, 'bzip2': zipfile.ZIP_BZIP2}
method = methods[options.get('method', 'store')]
members = [('archive/' + os.path.basename(w), open(w, 'rb').read(), method) for w in warcs]
if 'nested' in options:
    members.append(('archive/inner.wacz', open(options['nested'], 'rb').read(), zipfile.ZIP_STORED))
members.append(('indexes/index.cdx', b'com,example)/ 20240101000000 {"url":"https://example.com/"}\n', zipfile.ZIP_DEFLATED))
members.append(('pages/pages.jsonl', b'{"format":"json-pages-1.0"}\n', zipfile.ZIP_DEFLATED))
def digest(name, data):
    return 'sha256:' + hashlib.sha256(data + (b'x' if options.get('wrong') == name else b'')).hexdigest()
package = json.dumps({'profile': 'data-package', 'wacz_version': '1.1.1', 'resources': [
    {'name': os.path.basename(n), 'path': n, 'hash': digest(n, d), 'bytes': len(d)} for n, d, _ in members]}).encode()
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    for name, data, how in members:
        z.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, compress_type=how)
    if options.get('lack') != 'package':
        z.writestr('datapackage.json', package)
        z.writestr('datapackage-digest.json', json.dumps({'path': 'datapackage.json', 'hash': digest('datapackage.json', package)}))
