"""peers.py SERVE: the same requests to serve, nginx and lighttpd, side by side.

Prints a line for each request that is not answered alike: its name, then what
each of the three said.  PEERS.md explains the differences.  Each request is
followed by a second one on its connection: "+" says that this was answered,
"." that the connection was closed in front of it, "?" that neither came.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

OLD = "Sun, 02 Feb 2020 02:02:02 GMT"
SILENCE = 0.4


def make_root(root):
    def write(name, content, mode=0o644):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content)
        os.chmod(path, mode)
        os.utime(path, (1580608922, 1580608922))

    write("file.txt", b"0123456789")
    write("end.txt", b"end")
    write("empty.txt", b"")
    write("index/index.html", b"index")
    write("folder/file.txt", b"inside")
    write("about.html", b"about")
    write("zipped.txt", b"plain" * 100)
    write("zipped.txt.gz", b"\x1f\x8bzipped")
    write(".hidden", b"hidden")
    write("a b.txt", b"space")
    write("secret.txt", b"secret", 0)
    write("no-extension", b"text without a name")
    write("page.unknownext", b"\x00\x01binary")
    write("big.bin", bytes(300000))
    os.symlink("file.txt", os.path.join(root, "link.txt"))
    os.symlink("/etc/hostname", os.path.join(root, "out.txt"))
    os.symlink("loop.txt", os.path.join(root, "loop.txt"))
    os.mkfifo(os.path.join(root, "fifo"))
    os.chmod(root, 0o755)


def request(target="/file.txt", *fields, method="GET", version="HTTP/1.1",
            host="localhost", body=""):
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append("Host: " + host)
    return "\r\n".join([*lines, *fields]) + "\r\n\r\n" + body


def table():
    """Name, request, and the fields of the answer that are compared."""
    r = request
    chunked = "Transfer-Encoding: chunked"

    # Methods.
    yield "GET", r(), "Content-Length Accept-Ranges Last-Modified"
    for method in ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE", "PATCH",
                   "PROPFIND", "BREW", "get", "G@T"):
        yield method, r(method=method), "Allow"
    yield "POST of a missing file", r("/absent", method="POST")
    yield "OPTIONS *", r("*", method="OPTIONS"), "Allow"
    yield "GET *", r("*")
    yield "CONNECT", r("example.com:443", method="CONNECT")

    # Versions.
    for version in ("HTTP/1.0", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/0.9",
                    "HTTP/1.10", "HTTP/1", "http/1.1", "HTTX/1.1"):
        yield version, r(version=version), "Connection"
    yield "HTTP/1.0, keep-alive", r("/file.txt", "Connection: keep-alive",
                                    version="HTTP/1.0"), "Connection"
    yield "HTTP/1.0 without Host", r(version="HTTP/1.0", host=None)
    yield "GET / and no version", "GET /file.txt\r\n"
    yield "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield "TLS hello", "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + "x" * 190

    # Connection.
    yield "Connection: close", r("/file.txt", "Connection: close"), "Connection"
    yield "Connection: x, Close", r("/file.txt", "Connection: x, Close")

    # The request line.
    for name, line in (("two spaces before the target", "GET  /file.txt HTTP/1.1"),
                       ("two spaces before the version", "GET /file.txt  HTTP/1.1"),
                       ("a tab for a space", "GET\t/file.txt HTTP/1.1"),
                       ("a space at the end", "GET /file.txt HTTP/1.1 "),
                       ("a space in front", " GET /file.txt HTTP/1.1"),
                       ("a space in the target", "GET /a b.txt HTTP/1.1"),
                       ("a fragment in the target", "GET /file.txt#x HTTP/1.1"),
                       ("no slash in front", "GET file.txt HTTP/1.1"),
                       ("a control byte in the target", "GET /file\x01.txt HTTP/1.1"),
                       ("a byte of UTF-8 in the target", "GET /file\xc3\xa9 HTTP/1.1"),
                       ("quotes and braces", 'GET /file.txt?"{}|^` HTTP/1.1'),
                       ("a backslash", "GET /folder\\file.txt HTTP/1.1")):
        yield name, line + "\r\nHost: localhost\r\n\r\n"
    yield "an empty line in front", "\r\n" + r()
    yield "two empty lines in front", "\r\n\r\n" + r()
    yield "lines ended by LF", r().replace("\r\n", "\n")
    yield "lines ended by CR", r().replace("\r\n", "\r")

    # Targets.
    for target in ("http://localhost/file.txt", "HTTP://LOCALHOST/file.txt",
                   "https://localhost/file.txt", "ftp://localhost/file.txt",
                   "http:///file.txt", "http://localhost", "http://localhost?x"):
        yield target, r(target)
    yield "absolute form, another Host", r("http://localhost/file.txt",
                                           host="other")
    for target in ("/./file.txt", "/folder/../file.txt", "/../file.txt",
                   "/%2e%2e/file.txt", "//file.txt", "/folder//file.txt",
                   "/%66ile.txt", "/file.txt?x=y", "/file.txt?%zz", "/%", "/%zz",
                   "/%00", "/file.txt%00", "/file.txt%2500", "/folder%2ffile.txt",
                   "/folder%5cfile.txt", "/%c0%ae%c0%ae/file.txt", "/a%20b.txt",
                   "/a+b.txt", "/.hidden", "/link.txt", "/out.txt", "/loop.txt",
                   "/fifo", "/secret.txt", "/absent", "/file.txt/",
                   "/file.txt/more", "/about", "/no-extension",
                   "/page.unknownext", "/" + "a" * 300, "/x/" * 3000):
        name = target if len(target) < 60 else f"a target of {len(target)} bytes"
        yield name, r(target)
    for target in ("/folder", "/folder?x=y", "//folder", "//evil.example/..",
                   "/folder/", "/index/", "/index", "/"):
        yield target, r(target), "Location"

    # Host.
    for host in (None, "", "a b", "a/b", "user@host", "[::1]", "[::1", "host:x",
                 "host:99999", "a_b", "evil.example", "127.0.0.1", "localhost."):
        yield f"Host: {host}", r(host=host)
    yield "two Hosts", r("/file.txt", "Host: localhost")
    yield "two Hosts that differ", r("/file.txt", "Host: other")

    # Fields.
    for field in ("No colon", ": no name", "X : space", " X: folded", "X: a\tb",
                  "X: \x00", "X: \x01", "X: \x7f", "X: \xff", "X:", "X_y: z",
                  "X: a\rb", "X\x00: y", "X(: y", "Content-Length: -1",
                  "Content-Length: +0", "Content-Length: 0, 0",
                  "Content-Length: 0x0", "Content-Length: 99999999999999999999",
                  "Content-Length:"):
        yield repr(field)[1:-1], r("/file.txt", field)
    yield "101 fields", r("/file.txt", *["X: y"] * 100)
    yield "a field of 9000 bytes", r("/file.txt", "X: " + "y" * 9000)
    yield "a method of 9000 bytes", r(method="A" * 9000)
    yield "a head of 33 kB", r("/file.txt", *["X: " + "y" * 3000] * 11)

    # Bodies.
    yield "GET with a body", r("/file.txt", "Content-Length: 4", body="body")
    yield "POST with a body", r("/file.txt", "Content-Length: 4", method="POST",
                                body="body")
    yield "POST in chunks", r("/file.txt", chunked, method="POST",
                              body="4\r\nbody\r\n0\r\n\r\n")
    yield "GET in chunks", r("/file.txt", chunked, body="4\r\nbody\r\n0\r\n\r\n")
    yield "a trailer", r("/file.txt", chunked, body="0\r\nX: y\r\n\r\n")
    yield "an extension of a chunk", r("/file.txt", chunked,
                                       body="4;x=y\r\nbody\r\n0\r\n\r\n")
    yield "a chunk that is too long", r("/file.txt", chunked,
                                        body="4\r\nbody!\r\n0\r\n\r\n")
    yield "a size that is no number", r("/file.txt", chunked, body="x\r\n\r\n")
    yield "chunks ended by LF", r("/file.txt", chunked,
                                  body="4\nbody\n0\n\n")
    yield "two lengths", r("/file.txt", *["Content-Length: 0"] * 2)
    yield "two lengths that differ", r("/file.txt", "Content-Length: 0",
                                       "Content-Length: 4", body="body")
    yield "a length and chunks", r("/file.txt", "Content-Length: 5", chunked,
                                   body="0\r\n\r\n")
    yield "chunked, chunked", r("/file.txt", chunked + ", chunked",
                                body="0\r\n\r\n")
    yield "gzip, chunked", r("/file.txt", "Transfer-Encoding: gzip, chunked",
                             body="0\r\n\r\n")
    yield "Transfer-Encoding: identity", r("/file.txt",
                                           "Transfer-Encoding: identity")
    yield "chunks in HTTP/1.0", r("/file.txt", chunked, version="HTTP/1.0",
                                  body="0\r\n\r\n")
    yield "Expect: 100-continue", r("/file.txt", "Expect: 100-continue",
                                    "Content-Length: 4", method="POST")
    yield "Expect: other", r("/file.txt", "Expect: other")

    # Conditions.
    for fields in (["If-None-Match: *"], ['If-None-Match: "x"'],
                   ["If-None-Match: ETAG"], ["If-None-Match: W/ETAG"],
                   ['If-None-Match: "x", ETAG'], ["If-Match: *"],
                   ["If-Match: ETAG"], ["If-Match: W/ETAG"], ['If-Match: "x"'],
                   [f"If-Modified-Since: {OLD}"],
                   ["If-Modified-Since: Sunday, 02-Feb-20 02:02:02 GMT"],
                   ["If-Modified-Since: Sun Feb  2 02:02:02 2020"],
                   ["If-Modified-Since: Mon, 03 Feb 2020 02:02:02 GMT"],
                   ["If-Modified-Since: Sat, 01 Feb 2020 02:02:02 GMT"],
                   ["If-Modified-Since: yesterday"],
                   [f"If-Unmodified-Since: {OLD}"],
                   ["If-Unmodified-Since: Sat, 01 Feb 2020 02:02:02 GMT"],
                   ['If-None-Match: "x"', f"If-Modified-Since: {OLD}"],
                   ["If-Match: ETAG", "If-Unmodified-Since: Sat, 01 Feb 2020 "
                    "02:02:02 GMT"]):
        yield "; ".join(fields).replace(OLD, "OLD"), r("/file.txt", *fields)
    yield "If-None-Match: *, of what is absent", r("/absent", "If-None-Match: *")
    yield "If-Match: *, of what is absent", r("/absent", "If-Match: *")
    for field in ('If-Match: "x"', "If-Match: *", "If-None-Match: *"):
        yield field + ", of a listing", r("/folder/", field)
    yield "HEAD, If-None-Match: ETAG", r("/file.txt", "If-None-Match: ETAG",
                                         method="HEAD")

    # Ranges.
    for ranges in ("0-0", "2-4", "5-", "-3", "-99", "0-99", "10-", "-0", "5-2",
                   "a-b", "", "0-1,5-6", "0-1,2-3", "0-5,3-8", "5-6,0-1",
                   "0-1,99-", "0-1,x", " 0-1", "0-1 ,5-6",
                   "0-99999999999999999999", ",".join(["0-"] * 50)):
        name = ranges if len(ranges) < 60 else "0-, fifty times"
        yield "bytes=" + name, r("/file.txt", "Range: bytes=" + ranges), \
            "Content-Range"
    yield "items=0-1", r("/file.txt", "Range: items=0-1"), "Content-Range"
    yield "a range of nothing", r("/empty.txt", "Range: bytes=0-"), "Content-Range"
    yield "a suffix of nothing", r("/empty.txt", "Range: bytes=-1"), \
        "Content-Range"
    yield "HEAD of a range", r("/file.txt", "Range: bytes=0-1", method="HEAD"), \
        "Content-Range Content-Length"
    for tag in ("ETAG", "W/ETAG", '"x"', OLD, "Sat, 01 Feb 2020 02:02:02 GMT",
                "x"):
        yield "If-Range: " + tag.replace(OLD, "OLD"), \
            r("/file.txt", "Range: bytes=0-1", "If-Range: " + tag)

    # Codings.
    for accept in ("gzip", "gzip;q=0", "*", "identity;q=0", "identity;q=0, gzip",
                   "x-gzip", "br", "GZIP", "gzip;q=0.5, identity;q=0.9", ""):
        yield "Accept-Encoding: " + accept, \
            r("/zipped.txt", "Accept-Encoding: " + accept), \
            "Content-Encoding Vary"
    yield "304 of what is zipped", r("/zipped.txt", "Accept-Encoding: gzip",
                                     f"If-Modified-Since: {OLD}"), "Vary"


def talk(port, data):
    """The bytes received until the connection ends or is silent."""
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.settimeout(SILENCE)
        got, ended = b"", False
        try:
            s.sendall(data.encode("latin-1"))
            while not ended:
                more = s.recv(65536)
                got += more
                ended = not more
        except TimeoutError:
            pass
        except ConnectionError:
            ended = True
        return got, ended


def describe(got, ended, fields):
    """The statuses, the second response, and the requested fields."""
    if not got:
        return "closed" if ended else "silence"
    starts = [m.start() for m in re.finditer(rb"HTTP/1\.[01] \d{3} ", got)]
    if not starts:
        return "HTTP/0.9 answer"
    heads = [got[i:].split(b"\r\n\r\n", 1)[0].decode("latin-1") for i in starts]
    statuses = [head[9:12] for head in heads]
    last = "." if ended else "?"
    if b"\r\n\r\nend" in got[starts[-1]:] and len(statuses) > 1:
        statuses.pop()
        last = "+"
    words = [" ".join(statuses) + last]
    for name in fields.split():
        match = re.search(rf"(?im)^{name}: *(.*?)\r?$", heads[0])
        value = match[1] if match else "-"
        # nginx sends an absolute URL.
        value = re.sub(r"^http://[^/]*", "", value)
        words.append(f"{name}: {value}")
    return " ".join(words)


def etag_of(port):
    match = re.search(rb"(?i)\r\netag: *([^\r]*)", talk(port, request())[0])
    return match[1].decode()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def nginx_conf(root, tmp, port):
    return f"""
        daemon off; pid {tmp}/nginx.pid; error_log {tmp}/nginx.log;
        events {{ }}
        http {{
            access_log off; default_type text/plain;
            types {{ text/html html; text/plain txt; }}
            client_body_temp_path {tmp}/nginx; proxy_temp_path {tmp}/nginx;
            fastcgi_temp_path {tmp}/nginx; uwsgi_temp_path {tmp}/nginx;
            scgi_temp_path {tmp}/nginx;
            server {{
                listen 127.0.0.1:{port}; root {root}; autoindex on;
                gzip_static on; gzip_vary on; disable_symlinks off;
            }}
        }}"""


def lighttpd_conf(root, tmp, port):
    return f"""
        server.modules = ("mod_dirlisting", "mod_deflate")
        server.document-root = "{root}"
        server.port = {port}
        server.bind = "127.0.0.1"
        server.errorlog = "{tmp}/lighttpd.log"
        index-file.names = ("index.html")
        mimetype.assign = (".html" => "text/html", ".txt" => "text/plain")
        dir-listing.activate = "enable"
        deflate.mimetypes = ("text/plain")
        deflate.allowed-encodings = ("gzip", "br")
        """


def start(serve, root, tmp):
    """The three servers: name -> (port, process)."""
    ports = [free_port() for _ in range(3)]
    os.mkdir(f"{tmp}/nginx")
    for name, conf in (("nginx", nginx_conf(root, tmp, ports[1])),
                       ("lighttpd", lighttpd_conf(root, tmp, ports[2]))):
        with open(f"{tmp}/{name}.conf", "w") as f:
            f.write(conf)
    commands = {
        "serve": [serve, "-q", "-p", str(ports[0]), root],
        "nginx": ["nginx", "-c", f"{tmp}/nginx.conf", "-e", f"{tmp}/nginx.log"],
        "lighttpd": ["lighttpd", "-D", "-f", f"{tmp}/lighttpd.conf"],
    }
    started = {}
    for port, (name, command) in zip(ports, commands.items()):
        started[name] = port, subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for port, process in started.values():
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None, process.args
                time.sleep(0.02)
    return started


def compare(started):
    tags = {name: etag_of(port) for name, (port, _) in started.items()}
    second = request("/end.txt", "Connection: close")
    alike = 0
    for name, data, *fields in table():
        said = {}
        for server, (port, _) in started.items():
            mine = data.replace("ETAG", tags[server])
            got, ended = talk(port, mine + second)
            said[server] = describe(got, ended, fields[0] if fields else "")
        if len(set(said.values())) == 1:
            alike += 1
            continue
        print(name)
        for server, answer in said.items():
            print(f"    {server:10}{answer}")
    return alike


def main():
    with tempfile.TemporaryDirectory() as tmp:
        os.chmod(tmp, 0o755)
        root = f"{tmp}/root"
        os.mkdir(root)
        make_root(root)
        started = start(os.path.abspath(sys.argv[1]), root, tmp)
        try:
            alike = compare(started)
            print(f"{len(list(table()))} requests, {alike} answered alike")
        finally:
            for _, process in started.values():
                process.terminate()
                process.wait()


main()
