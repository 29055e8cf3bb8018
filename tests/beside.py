"""beside.py [SERVE]: print the table "Beside others" of README.md, measured.

Each server is started with a folder and a port, and is asked the same; nginx
and caddy are also told to list folders, and nginx to use prepared files.  Those
that are not installed are left out: nginx, caddy, python3, and npm's serve (in
NODE_PATH).
"""
import glob
import http.client
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("ROUNDS", "25"))

NGINX = """
daemon off;
pid %(work)s/nginx.pid;
error_log %(work)s/nginx.log;
events { }
http {
	include /etc/nginx/mime.types;
	access_log %(work)s/nginx.access;
	server {
		listen %(port)s;
		root %(root)s;
		autoindex on;
		gzip_static on;
	}
}
"""


def servers(serve, root, work, port):
    """(name, command) of each server that is installed."""
    conf = os.path.join(work, "nginx.conf")
    with open(conf, "w") as f:
        f.write(NGINX % locals())
    yield "serve", [serve, "-p", port, root]
    if shutil.which("nginx"):
        yield "nginx", ["nginx", "-e", "/dev/null", "-c", conf]
    if shutil.which("caddy"):
        yield "caddy file-server", ["caddy", "file-server", "--listen",
                                    ":" + port, "--root", root, "--browse"]
    yield "python3 -m http.server", [sys.executable, "-m", "http.server",
                                     port, "-d", root]
    npm = os.path.join(os.environ.get("NODE_PATH", ""), "serve/build/main.js")
    if os.path.exists(npm):
        yield "npx serve", ["node", npm, "-l", port, root]


def make_root(root):
    os.mkdir(root)
    os.mkdir(root + "/folder")
    for name, text in {"file.txt": "0123456789" * 400, ".env": "SECRET=1\n",
                       "style.css": "body { color: red }\n" * 400,
                       "folder/inside.txt": "x\n", "app.js": "a()\n" * 400,
                       "page.html": "<p>page\n"}.items():
        with open(os.path.join(root, name), "w") as f:
            f.write(text)
    subprocess.run(["gzip", "-k", root + "/app.js"], check=True)
    os.symlink("/etc/hostname", root + "/out")
    os.chmod(root, 0o755)


class Asker:
    def __init__(self, port):
        self.port = int(port)

    def get(self, path, **fields):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        c.request("GET", path, headers={
            name.replace("_", "-"): value for name, value in fields.items()})
        r = c.getresponse()
        r.body = r.read()
        c.close()
        return r


def is_loopback_only(port):
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in open(table).read().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, hexport = local.split(":")
            if state == "0A" and int(hexport, 16) == int(port):
                found.add(address)
    return found <= {"0100007F", "00000000000000000000000001000000"}


def ranges(ask):
    one = ask.get("/file.txt", Range="bytes=2-4")
    two = ask.get("/file.txt", Range="bytes=2-4,8-9")
    if one.status != 206 or one.body != b"234":
        return "none"
    several = two.status == 206 and "multipart/byteranges" in \
        two.headers["Content-Type"]
    return "one or several" if several else "one"


def compression(ask):
    def coding(path):
        r = ask.get(path, Accept_Encoding="gzip")
        return r.headers.get("Content-Encoding")
    live, ready = coding("/style.css"), coding("/app.js")
    if live:
        return "made on the fly"
    return "prepared" if ready else "none"


def listing(ask):
    kinds = []
    for name, accept in (("HTML", "text/html"), ("JSON", "application/json"),
                         ("text", "text/plain")):
        r = ask.get("/folder/", Accept=accept)
        if r.status == 200 and b"inside.txt" in r.body and \
                accept in r.headers["Content-Type"]:
            kinds.append(name)
    return ", ".join(kinds) or "none"


def shown(ask, path, **fields):
    status = ask.get(path, **fields).status
    return "sent" if status == 200 else str(status)


FEATURES = (
    ("can be reached", lambda ask:
        "from this machine" if is_loopback_only(ask.port) else
        "from the network"),
    ("`.env`", lambda ask: shown(ask, "/.env")),
    ("a link that leads out of the folder", lambda ask: shown(ask, "/out")),
    ("a foreign name in Host (DNS rebinding)", lambda ask:
        shown(ask, "/file.txt", Host="evil.example")),
    ("`/page` for `page.html`", lambda ask: shown(ask, "/page")),
    ("ranges", ranges),
    ("compressed files", compression),
    ("listing", listing),
)


def start(command, port):
    """The process, and the milliseconds until its first response."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               start_new_session=True)
    while process.poll() is None and time.monotonic() < begin + 60:
        try:
            with socket.create_connection(("127.0.0.1", int(port)), 10) as s:
                s.sendall(b"GET /file.txt HTTP/1.1\r\nHost: localhost\r\n"
                          b"Connection: close\r\n\r\n")
                if s.recv(12).startswith(b"HTTP/1"):
                    return process, 1000 * (time.monotonic() - begin)
        except OSError:
            time.sleep(0.0001)
    raise SystemExit("does not start: " + " ".join(command))


def stop(process):
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def memory(process):
    """The proportional set size of all processes of the group, in KiB."""
    total = 0
    for path in glob.glob("/proc/[0-9]*"):
        try:
            if os.getpgid(int(path[6:])) == process.pid:
                rollup = open(path + "/smaps_rollup").read()
                total += int(re.search(r"^Pss: +(\d+)", rollup, re.M)[1])
        except (OSError, TypeError):
            pass
    return total


def size(kib):
    return f"{kib} KiB" if kib < 1000 else f"{kib / 1024:.1f} MiB"


def measure(command, port):
    ask = Asker(port)
    times = []
    for _ in range(ROUNDS):
        process, ms = start(command, port)
        times.append(ms)
        stop(process)
    process, _ = start(command, port)
    try:
        column = [answer(ask) for _, answer in FEATURES]
        time.sleep(1)
        column += [f"{statistics.median(times):.1f} ms", size(memory(process))]
    finally:
        stop(process)
    return column


def main():
    serve = os.path.realpath(sys.argv[1] if len(sys.argv) > 1 else "./serve")
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        root = work + "/root"
        make_root(root)
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = str(s.getsockname()[1])
        columns = [["", *(name for name, _ in FEATURES),
                    "start, to the first answer", "memory at rest"]]
        for name, command in servers(serve, root, work, port):
            columns.append([name, *measure(command, port)])
    rows = list(zip(*columns))
    rows.insert(1, ["---"] * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")


main()
