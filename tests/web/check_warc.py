#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a crawl's archive as replay tools do, and shares no code with what wrote it.

check_warc.py [--no-cdxj] FOLDER|FILE.warc.gz...     (all of them are one archive)

The rules are those that warcio's `check` and `index` go by, and of WARC 1.1 what they take for granted:
  one gzip member a record, members back to back to the end of the file; version line, fields, blank line,
  Content-Length bytes, two line ends, nothing else; the fields that a type must have, each once, in a form
  that can be read; block and payload digests recomputed; every record that another refers to (Warcinfo-ID,
  Concurrent-To, Refers-To) is there, and says the same of URL, date and payload; HTTP headers that can be
  parsed, a body as long as they say or marked as cut. CDXJ: sorted, one line a capture, offset and length
  those of its member, and URL, time, digest, status and type those of the record.
Prints each violation; exit 1 when there is one.
"""
import base64
import hashlib
import ipaddress
import json
import os
import re
import sys
import zlib

TYPES = {'warcinfo', 'response', 'request', 'metadata', 'revisit', 'resource', 'conversion', 'continuation'}
ALWAYS = ['WARC-Type', 'WARC-Record-ID', 'WARC-Date', 'Content-Length']
WITH_URI = {'response', 'request', 'revisit', 'resource', 'conversion', 'continuation'}
MEDIA = {'warcinfo': 'application/warc-fields', 'response': 'application/http; msgtype=response',
         'request': 'application/http; msgtype=request', 'revisit': 'application/http; msgtype=response',
         'metadata': 'application/warc-fields'}
PROFILES = ['http://netpreserve.org/warc/1.1/revisit/identical-payload-digest',
            'http://netpreserve.org/warc/1.1/revisit/server-not-modified']
RECORD_ID = re.compile(r'<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}>$')
DATE = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$')
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$", re.S)
TRUNCATED = {'length', 'time', 'disconnect', 'unspecified'}
MAX_RECORD = 1 << 28

problems = []


def bad(where, text):
    problems.append('%s: %s' % (where, text))


def sha1(data):
    return 'sha1:' + base64.b32encode(hashlib.sha1(data).digest()).decode()


class Record:
    def __init__(self, where, name, offset, length):
        self.where, self.name, self.offset, self.length = where, name, offset, length
        self.fields, self.block, self.http, self.payload, self.status = {}, b'', {}, None, ''


    def get(self, name):
        return self.fields.get(name.lower(), [''])[0]


def members(path):
    """(offset, length, bytes) of each gzip member."""
    with open(path, 'rb') as f:
        data = f.read()
    at = 0
    while at < len(data):
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            plain = member.decompress(data[at:], MAX_RECORD)
        except zlib.error as error:
            bad('%s@%d' % (path, at), 'not gzip: %s' % error)
            return
        if not member.eof:
            bad('%s@%d' % (path, at), 'a gzip member that does not end, or a record of more than 256 MiB')
            return
        length = len(data) - at - len(member.unused_data)
        yield at, length, plain
        at += length


def fields_of(where, lines):
    fields = {}
    for line in lines:
        match = FIELD.match(line)
        if not match:
            bad(where, 'no field: %r' % line[:80])
            continue
        fields.setdefault(match.group(1).decode().lower(), []).append(match.group(2).decode('utf-8', 'replace'))
    return fields


def parse(name, offset, length, plain):
    r = Record('%s@%d' % (os.path.basename(name), offset), name, offset, length)
    end = plain.find(b'\r\n\r\n')
    lines = plain[:max(end, 0)].split(b'\r\n')
    if end < 0 or lines[0] != b'WARC/1.1':
        bad(r.where, 'a member that does not begin with a WARC/1.1 header')
        return None
    r.fields = fields_of(r.where, lines[1:])
    if not r.get('Content-Length').isdigit():
        bad(r.where, 'no Content-Length')
        return None
    size = int(r.get('Content-Length'))
    r.block = plain[end + 4:end + 4 + size]
    if plain[end + 4 + size:] != b'\r\n\r\n':
        bad(r.where, 'after Content-Length bytes there are not two line ends and the end of the member')
    return r


def check_http(r, kind):
    # As it came: a server may end its lines with LF alone, and readers take that.
    found = re.search(rb'\n\r?\n', r.block)
    head, r.payload = (r.block[:found.start()], r.block[found.end():]) if found else (r.block, b'')
    lines = [line.rstrip(b'\r') for line in head.split(b'\n')]
    pattern = rb'HTTP/\d(\.\d)? (\d{3})( .*)?$' if kind != 'request' else rb'(GET|HEAD|POST) \S+ HTTP/\d(\.\d)?$'
    match = re.match(pattern, lines[0], re.S)
    if not found or not match:
        bad(r.where, 'no HTTP %s: %r' % (kind, head[:60]))
        return
    r.http = fields_of(r.where, [line for line in lines[1:] if line[:1] not in b' \t' or not line])
    if kind == 'request':
        if 'host' not in r.http:
            bad(r.where, 'a request without Host')
        return
    r.status = match.group(2).decode()
    said = r.http.get('content-length', [''])[0]
    if kind == 'response' and said.isdigit() and int(said) != len(r.payload) and not r.get('WARC-Truncated') and \
            r.status not in ('204', '304'):
        bad(r.where, 'Content-Length says %s, the body has %d bytes and is not marked as cut' % (said, len(r.payload)))
    if kind == 'response' and 'chunked' in r.http.get('transfer-encoding', [''])[0].lower() and r.payload and \
            not re.match(rb'[0-9A-Fa-f]+[ \t]*(;.*?)?\r\n', r.payload):
        bad(r.where, 'the header says chunked, the body is not')
    if kind == 'revisit' and r.payload:
        bad(r.where, 'a revisit with a body')


def check_record(r):
    kind = r.get('WARC-Type')
    for name in ALWAYS + (['WARC-Target-URI'] if kind in WITH_URI else []):
        if not r.get(name):
            bad(r.where, 'no %s' % name)
    for name, values in r.fields.items():
        if len(values) > 1 and name != 'warc-concurrent-to':
            bad(r.where, '%s %d times' % (name, len(values)))
    if kind not in TYPES:
        bad(r.where, "type '%s'" % kind)
    if not RECORD_ID.match(r.get('WARC-Record-ID')):
        bad(r.where, "record id '%s'" % r.get('WARC-Record-ID'))
    if not DATE.match(r.get('WARC-Date')):
        bad(r.where, "date '%s'" % r.get('WARC-Date'))
    if r.get('WARC-Target-URI') and not re.match(r'(https?|metadata|dns):[^\s<>]+$', r.get('WARC-Target-URI')):
        bad(r.where, "URI '%s'" % r.get('WARC-Target-URI'))
    if kind in MEDIA and r.get('Content-Type').replace(';msgtype', '; msgtype') != MEDIA[kind]:
        bad(r.where, "Content-Type '%s' of a %s" % (r.get('Content-Type'), kind))
    if r.get('WARC-Truncated') and r.get('WARC-Truncated') not in TRUNCATED:
        bad(r.where, "truncated '%s'" % r.get('WARC-Truncated'))
    if r.get('WARC-IP-Address'):
        try:
            ipaddress.ip_address(r.get('WARC-IP-Address'))
        except ValueError:
            bad(r.where, "address '%s'" % r.get('WARC-IP-Address'))
    if r.get('WARC-Block-Digest') != sha1(r.block):
        bad(r.where, 'block digest %s, of the block it is %s' % (r.get('WARC-Block-Digest') or 'missing', sha1(r.block)))
    if kind in ('response', 'request', 'revisit'):
        check_http(r, kind)
    payload = r.get('WARC-Payload-Digest')
    if kind == 'response' and not r.get('WARC-Truncated') and not payload:
        bad(r.where, 'a response without a payload digest')
    # Of a revisit it is the digest of what it refers to; of a cut body that of what is there.
    if kind == 'response' and payload and r.payload is not None and payload != sha1(r.payload):
        bad(r.where, 'payload digest %s, of the payload it is %s' % (payload, sha1(r.payload)))
    if kind in ('warcinfo', 'metadata'):
        fields_of(r.where, [line for line in r.block.split(b'\r\n') if line])


def check_references(records):
    by_id, captures = {}, {}
    for r in records:
        if by_id.setdefault(r.get('WARC-Record-ID'), r) is not r:
            bad(r.where, 'its id is that of %s' % by_id[r.get('WARC-Record-ID')].where)
        if r.get('WARC-Type') == 'response':
            captures[r.get('WARC-Target-URI'), r.get('WARC-Date'), r.get('WARC-Payload-Digest')] = r
    for r in records:
        kind = r.get('WARC-Type')
        info = by_id.get(r.get('WARC-Warcinfo-ID'))
        if kind != 'warcinfo' and (not info or info.get('WARC-Type') != 'warcinfo' or info.name != r.name):
            bad(r.where, 'no warcinfo of this file is what it refers to')
        for other in r.fields.get('warc-concurrent-to', []):
            to = by_id.get(other)
            if not to or to.get('WARC-Type') not in ('response', 'revisit'):
                bad(r.where, 'concurrent to %s, which is no capture of the archive' % other)
            elif to.get('WARC-Target-URI') != r.get('WARC-Target-URI') or to.get('WARC-Date') != r.get('WARC-Date'):
                bad(r.where, 'concurrent to %s of another URL or time' % to.where)
        if kind == 'request' and 'warc-concurrent-to' not in r.fields:
            bad(r.where, 'a request that belongs to nothing')
        if kind != 'revisit':
            continue
        if r.get('WARC-Profile') not in PROFILES:
            bad(r.where, "profile '%s'" % r.get('WARC-Profile'))
        if (r.status == '304') != r.get('WARC-Profile').endswith('server-not-modified'):
            bad(r.where, 'status %s of profile %s' % (r.status, r.get('WARC-Profile')))
        to = captures.get((r.get('WARC-Refers-To-Target-URI'), r.get('WARC-Refers-To-Date'), r.get('WARC-Payload-Digest')))
        if not to:
            bad(r.where, 'refers to %s of %s, of which no response has its payload' %
                (r.get('WARC-Refers-To-Target-URI') or 'nothing', r.get('WARC-Refers-To-Date')))
        elif r.get('WARC-Refers-To') and r.get('WARC-Refers-To') != to.get('WARC-Record-ID'):
            bad(r.where, 'its Refers-To is not that record')


def check_cdxj(path, records):
    captures = {r.offset: r for r in records if r.get('WARC-Type') in ('response', 'revisit')}
    last, seen = b'', set()
    with open(path, 'rb') as f:
        lines = f.read().split(b'\n')
    if lines.pop() != b'':
        bad(path, 'its last line has no end')
    for number, line in enumerate(lines, 1):
        where = '%s:%d' % (os.path.basename(path), number)
        if line < last:
            bad(where, 'out of order')
        last = line
        try:
            surt, time, text = line.split(b' ', 2)
            row = json.loads(text.decode('utf-8'))
            offset, length = int(row['offset']), int(row['length'])
        except (ValueError, KeyError) as error:
            bad(where, 'cannot be read: %s' % error)
            continue
        r = captures.get(offset)
        if not r:
            bad(where, 'at %d no capture begins' % offset)
            continue
        if offset in seen:
            bad(where, 'the capture at %d a second time' % offset)
        seen.add(offset)
        mime = 'warc/revisit' if r.get('WARC-Type') == 'revisit' else \
            re.split(r'[;,\s]', r.http.get('content-type', [''])[0].strip())[0].lower() or 'unk'
        said = {'length': length, 'filename': row.get('filename'), 'url': row.get('url'), 'time': time.decode(),
                'digest': row.get('digest', ''), 'status': row.get('status'), 'mime': row.get('mime', 'unk')}
        held = {'length': r.length, 'filename': os.path.basename(r.name), 'url': r.get('WARC-Target-URI'),
                'time': re.sub(r'\D', '', r.get('WARC-Date'))[:14], 'digest': r.get('WARC-Payload-Digest'),
                'status': r.status, 'mime': mime}
        for name, value in held.items():
            if said[name] != value:
                bad(where, "%s '%s', of the record it is '%s'" % (name, said[name], value))
        host = re.sub(r'^https?://(www\d*\.)?|[:/?].*$', '', held['url'])
        if '[' not in held['url'] and not host.replace('.', '').isdigit() and \
                not surt.split(b')')[0].split(b':')[0] == ','.join(reversed(host.split('.'))).encode():
            bad(where, "key '%s' of %s" % (surt.decode(), held['url']))
    for offset in sorted(set(captures) - seen):
        bad(path, 'no line of the capture at %d' % offset)


def main(arguments):
    with_index = '--no-cdxj' not in arguments
    names, records, per_file = [], [], {}
    for name in arguments:
        if os.path.isdir(name):
            names += sorted(os.path.join(name, f) for f in os.listdir(name) if f.endswith('.warc.gz'))
        elif not name.startswith('--'):
            names.append(name)
    for name in names:
        mine = [r for r in (parse(name, *member) for member in members(name)) if r]
        if not mine or mine[0].get('WARC-Type') != 'warcinfo' or mine[0].get('WARC-Filename') != os.path.basename(name):
            bad(name, 'does not begin with a warcinfo of this file')
        records += mine
        per_file[name] = mine
    for r in records:
        check_record(r)
    check_references(records)
    for name, mine in per_file.items():
        index = re.sub(r'\.warc\.gz$', '.cdxj', name)
        if with_index and os.path.exists(index):
            check_cdxj(index, mine)
        elif with_index:
            bad(name, 'has no index beside it')
    for line in problems:
        print('check_warc: ' + line)
    if not records:
        print('check_warc: no record at all')
    print('%d files, %d records, %d violations' % (len(names), len(records), len(problems)))
    return 1 if problems or not records else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
