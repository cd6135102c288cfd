#!/usr/bin/env python3
"""A little web on loopback for tests of what a crawl reads and where it goes (tests/cli/crawl_right.t).

usage: site.py LOG      prints its port, then serves until it is killed; a line "host path" for each request

Hosts are told apart by the Host field; all are at 127.0.0.1.
"""
import gzip
import random
import re
import socket
import sys
import threading

LOG = open(sys.argv[1], "a", buffering=1)
WORDS = "When the ferry stopped running in October the islanders went back to rowing, and the post came twice a week if the wind allowed it. "


def page(title, links=(), head=""):
    body = "".join('<a href="%s">on</a> ' % link for link in links)
    return ("<html><head><title>%s</title>%s</head><body><h1>%s</h1><p>%s %s</p>%s</body></html>"
            % (title, head, title, title, WORDS * 3, body)).encode()


def response(body, status="200 OK", kind="text/html; charset=utf-8", extra="", length=None):
    return ("HTTP/1.1 %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n"
            % (status, kind, extra, len(body) if length is None else length)).encode() + body


def story(seed):
    """Sentences that no other seed gives."""
    draw = random.Random(seed)
    stems = ["mol", "ran", "tis", "ver", "kas", "lun", "por", "gel", "dam", "fir", "bet", "hos"]
    return " ".join("".join(draw.choice(stems) for _ in range(draw.randint(2, 3))) + ("." if i % 11 == 10 else "") for i in range(150))


# echo0 to echo2 tell the same stories, plain0 to plain16 each their own: 3 of 20 hosts, 40 pages each.
def echoing(host, path):
    name, n = re.match(r"(echo|plain)(\d+)", host).groups()
    links = ["/%d" % i for i in range(1, 40)] + ["http://%s.test/" % other for other in ["echo%d" % i for i in range(3)] + ["plain%d" % i for i in range(17)]] if path == "/" else []
    text = story(path if name == "echo" else name + n + path)
    return ("<html><head><title>%s</title></head><body><p>%s</p>%s</body></html>" % (path, text, "".join('<a href="%s">on</a> ' % link for link in links))).encode()


MAPS = {"/a.xml.gz": ("gz", "application/gzip"), "/URLS-B.GZ": ("gz", "application/x-gzip"), "/c.txt": ("txt", "text/plain"),
        "/d.asp": ("xml", "text/html"), "/e": ("xml", "application/octet-stream"), "/f.xml": ("xml", "application/xml")}


def sitemap(host, path):
    kind, mime = MAPS[path]
    to = "http://%s/from-%s" % (host, path.strip("/").replace(".", "-"))
    xml = ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><title>&rsquo;</title><loc>%s?a=1&amp;b=2</loc></url></urlset>' % to).encode()
    return response(gzip.compress(xml) if kind == "gz" else (to + "?a=1&b=2\n").encode() if kind == "txt" else xml, kind=mime)


def answer(host, path):
    if path == "/robots.txt":
        if host.startswith("maps."):
            return response("".join("Sitemap: http://%s%s\n" % (host, name) for name in MAPS).encode(), kind="text/plain")
        if host.startswith("nest."):
            return response(("Sitemap: http://%s/index-1\n" % host).encode(), kind="text/plain")
        return response(b"", "404 Not Found")
    if path == "/ai.txt":
        return response(b"", "404 Not Found")
    if host.startswith("over."):
        if path == "/":
            return response(page("home", ["/over", "/q1", "/short", "/q2"]))
        if path == "/over":
            return response(page("over " + WORDS * 300)) + response(page("NOBODYS"))
        if path == "/short":
            body = page("short " + WORDS * 300)
            return response(body, length=len(body) - 40)
    if re.match(r"(echo|plain)\d", host):
        return response(echoing(host, path))
    if host.startswith("busy.") and path != "/":
        return response(b"busy", "503 Service Unavailable", extra="Retry-After: 3600\r\n")
    if host.startswith("busy.") or host.startswith("fine."):
        return response(page("page " + path, ["/p%d" % i for i in range(1, 6)]))
    if host.startswith("maps.") and path in MAPS:
        return sitemap(host, path)
    if host.startswith("nest.") and path.startswith("/index-"):
        n = int(path[7:])
        return response(('<sitemapindex><sitemap><loc>http://%s/index-%d</loc></sitemap></sitemapindex>' % (host, n + 1)).encode(), kind="text/xml")
    if host.startswith("land."):
        if path == "/":
            return response(b'<html><head><meta http-equiv="Refresh" content="0; URL=\'/en/\'"></head></html>')
        if path == "/en/":
            return response(page("english"), extra="Refresh: 5; url=/field\r\n")
    if host.startswith("feeds."):
        if path == "/":
            return response(page("home", head='<link rel="alternate" type="application/rss+xml" href="/news">'))
        if path == "/news":
            return response(("<rss><channel><item><title>a & b</title><link>http://%s/item?x=1&amp;y=2</link></item></channel></rss>" % host).encode(), kind="text/plain")
    return response(page("page " + host + path))


def serve(connection):
    buffer = b""
    try:
        while True:
            while b"\r\n\r\n" not in buffer:
                piece = connection.recv(65536)
                if not piece:
                    return
                buffer += piece
            head, buffer = buffer.split(b"\r\n\r\n", 1)
            path = head.split(b" ")[1].decode()
            host = [line[5:].strip().decode() for line in head.split(b"\r\n") if line.lower().startswith(b"host:")][0]
            LOG.write("%s %s\n" % (host.split(":")[0], path))
            if path.startswith("/.well-known") or len(path) == 33:
                connection.sendall(response(b"no", "404 Not Found"))
            else:
                connection.sendall(answer(host, path))
    except OSError:
        pass
    finally:
        connection.close()


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen(50)
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
