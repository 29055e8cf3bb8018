"""Let calls fail, one after another, in a session that must continue.

Everything that serve does is asked for, again and again, while the Nth call of
one function fails.  One response or one connection may be lost by that, no
more; what is said to be whole must be right, and all that was opened is closed.
"""
import ctypes
import errno
import gzip
import io
import json
import mmap
import os
import re
import tarfile
import time
import zipfile

from process import descriptors
from wire import ROOT, WAIT, Client, get, write

ALL = os.environ.get("FAULTS") == "all"  # which takes minutes

SMALL = bytes(range(256)) * 8
LARGE = os.urandom(1 << 16) * 48
NAMES = [f"{i:03} a name that is long enough to be told from others"
         for i in range(300)]


class Page(ctypes.Structure):
    """struct faults of faults.c"""
    _fields_ = [("name", ctypes.c_char * 24), ("left", ctypes.c_long),
                ("every", ctypes.c_long), ("hits", ctypes.c_long),
                ("error", ctypes.c_int), ("amount", ctypes.c_int),
                ("wall_ns", ctypes.c_longlong), ("other_ns", ctypes.c_longlong)]


class Faults:
    def __init__(self, path):
        with open(path, "r+b") as file:
            file.truncate(mmap.PAGESIZE)
            self.memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        self.page = Page.from_buffer(self.memory)

    def arm(self, name, n, error=0, amount=0, every=0):
        self.page.left = 0
        self.page.name = name.encode()
        self.page.error, self.page.amount = error, amount
        self.page.hits, self.page.every = 0, every
        self.page.left = n

    def set_clock(self, seconds):
        """Stop the clock that measures at this time."""
        self.page.other_ns = round(seconds * 1e9)

    def set_date(self, seconds):
        """Stop the wall clock at this time."""
        self.page.wall_ns = round(seconds * 1e9)

    def disarm(self):
        """The number of calls that have failed."""
        self.page.left = self.page.every = 0
        return self.page.hits


class Lost(Exception):
    """A connection that ended early, or a response that reports the failure."""


def make_site():
    write("small", SMALL)
    write("large", LARGE)
    write("page.html", "<p>page")
    with gzip.open(os.path.join(ROOT, "page.html.gz"), "wb") as file:
        file.write(b"<p>page")
    os.mkdir(os.path.join(ROOT, "many"))
    os.mkdir(os.path.join(ROOT, "folder"))
    for name in NAMES:
        write("many/" + name, "")
    os.mkdir(os.path.join(ROOT, "folder/inner"))
    for name in NAMES[:20]:
        write("folder/inner/" + name, "")
    os.link(os.path.join(ROOT, "large"), os.path.join(ROOT, "folder/large"))
    os.symlink("../small", os.path.join(ROOT, "folder/relative"))
    os.symlink(os.path.join(os.path.realpath(ROOT), "small"),
               os.path.join(ROOT, "absolute"))
    os.symlink(os.path.join(os.path.realpath(ROOT), "small"),
               os.path.join(ROOT, "folder/absolute"))
    os.symlink("/etc/passwd", os.path.join(ROOT, "out"))


class Asking(Client):
    """A client that may lose a response or its connection."""

    def read(self, method="GET", **expected):
        try:
            answer = super().read(method)
        except (ConnectionError, AssertionError) as error:
            if isinstance(error, AssertionError) and "ended" not in str(error):
                raise
            raise Lost("connection")
        wanted = expected["status"]
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        if answer.status in (500, 503) and answer.status not in wanted:
            assert answer["Content-Length"] and answer["Date"], answer.head
            raise Lost(answer.status)
        assert answer.status in wanted, (answer.head, expected)
        if "body" in expected and method != "HEAD":
            assert answer.body == expected["body"], answer
        return answer

    def send(self, data):
        try:
            return super().send(data)
        except ConnectionError:
            raise Lost("connection")


def small():
    client = Asking()
    tag = client.send(get("/small")).read(status=200, body=SMALL)["ETag"]
    client.send(get("/small", f"If-None-Match: {tag}")).read(status=304)
    client.send(get("/small", "Range: bytes=-3")).read(
        status=206, body=SMALL[-3:])


def pipelined():
    client = Asking().send(
        get("/small") * 3 + get("/absent") + get("/large", method="HEAD") +
        get("/%2f") + get("/folder") + get("/small"))
    for i in range(3):
        client.read(status=200, body=SMALL)
    client.read(status=404)
    assert client.read("HEAD", status=200)["Content-Length"] == str(len(LARGE))
    client.read(status=404)
    client.read(status=301)
    client.read(status=200, body=SMALL)


def large():
    # The socket takes little of it: the rest is kept for later iterations.
    client = Asking(buffer=65536).send(get("/large") + get("/small"))
    client.read(status=200, body=LARGE)
    client.read(status=200, body=SMALL)


def parts():
    ranges = "Range: bytes=0-9,100-109,50000-,60000-60009"
    answer = Asking().send(get("/large", ranges)).read(status=(200, 206))
    # Without memory for the parts the whole file is sent.
    if answer.status == 200:
        assert answer.body == LARGE
        raise Lost("parts")
    assert LARGE[:10] in answer.body
    last = answer.body.index(LARGE[50000:50100])
    assert answer.body.startswith(LARGE[50000:], last)


def listing():
    listings = {"text/plain": str.splitlines,
                "text/html": lambda text: [
                    link.replace("%20", " ")
                    for link in re.findall('<a href="([^"]*)"', text)],
                "application/json":
                lambda text: [entry["name"] for entry in json.loads(text)]}
    kept = Asking()
    for accept, read in listings.items():
        for client, version in (kept, "HTTP/1.1"), (Asking(), "HTTP/1.0"):
            client.send(get("/many/", f"Accept: {accept}", version=version))
            shown = read(client.read(status=200).body.decode())
            # An entry without a status is left out.
            missing = set(NAMES).difference(shown)
            if missing:
                raise Lost("entry", *missing)
            if accept != "text/html":
                assert shown == NAMES
    Asking().send(get("/", "Accept: text/plain")).read(status=200)


def bodies():
    client = Asking()
    client.send(get("/small", "Transfer-Encoding: chunked",
                    body="5\r\nhello\r\n0\r\n\r\n")).read(
        status=200, body=SMALL)
    client.send(get("/small", "Content-Length: 5", method="POST"))
    another = Asking().send(get("/small")).read(status=200, body=SMALL)
    client.send("hello").read(status=405)
    client.send(get("/small", "Content-Length: 5", "Expect: 100-continue",
                    method="PUT")).read(status=100)
    client.send("hello").read(status=405)


def cut_heads():
    client = Asking()
    for cut in (10, -1):
        request = get("/small", "X-Fill: " + "x" * 600)
        client.send(request[:cut])
        # When this request is answered, the first half has been read.
        Asking().send(get("/page")).read(status=200, body=b"<p>page")
        client.send(request[cut:]).read(status=200, body=SMALL)


def names():
    client = Asking()
    # An unreadable link leads nowhere.
    if client.send(get("/absolute")).read(status=(200, 404)).status == 404:
        raise Lost("link")
    for target, status in (("/folder/relative", 200), ("/out", 404), ("/../small", 200), ("/.x", 404),
                           ("/page", 200), ("/folder/", 200)):
        client.send(get(target)).read(status=status)
    answer = client.send(get("/page.html", "Accept-Encoding: gzip")).read(
        status=200)
    if answer["Content-Encoding"] == "gzip":
        assert gzip.decompress(answer.body) == b"<p>page"
    else:
        assert answer.body == b"<p>page"


def members(body, kind):
    """The files in an archive, all of which can be read."""
    if kind == "zip":
        # This also checks the CRCs.
        file = zipfile.ZipFile(io.BytesIO(body))
        return {name.partition("/")[2]: file.read(name)
                for name in file.namelist() if not name.endswith("/")}
    file = tarfile.open(fileobj=io.BytesIO(body), mode="r:")
    return {member.name.partition("/")[2]: file.extractfile(member).read()
            for member in file if member.isfile()}


def archives():
    wanted = {"inner/" + name: b"" for name in NAMES[:20]}
    wanted |= {"large": LARGE, "relative": SMALL, "absolute": SMALL}
    for kind in "zip", "tar":
        client = Asking().send(get(f"/folder/?archive={kind}") + get("/small"))
        found = members(client.read(status=200).body, kind)
        client.read(status=200, body=SMALL)
        # A file that cannot be opened is left out.
        missing = [name for name in wanted if name not in found]
        assert all(found[name] == body for name, body in wanted.items()
                   if name in found)
        if missing:
            raise Lost("file", *missing[:3])


def refused():
    client = Asking().send("GET / HTTP/1.1\r\nbad\r\n\r\n")
    client.read(status=400)
    clients = []
    for i in range(5):
        clients.append(Asking("::1"))
    # One more than --max-conns-per-client: it sends no request.
    assert clients[0].send(get("/small")).read(status=200).body == SMALL


STEPS = [small, pipelined, large, parts, listing, bodies, cut_heads, names,
         archives, refused]


def session():
    """The number of connections or responses that were lost."""
    lost = []
    for step in STEPS:
        try:
            step()
        except Lost as loss:
            lost.append((step.__name__, *loss.args))
    return lost


def wait_until_closed(most):
    """serve closes the connections that the session's clients have left."""
    end = time.monotonic() + WAIT
    while descriptors() > most:
        assert time.monotonic() < end, \
            f"{descriptors()} descriptors, {most} before"
        time.sleep(0.001)


# The errors of each function.
FAILURES = {
    "malloc": ["ENOMEM"],
    "calloc": ["ENOMEM"],
    "accept4": ["EMFILE", "ENFILE", "ENOMEM", "ECONNABORTED", "EPERM"],
    "epoll_ctl": ["ENOMEM", "ENOSPC"],
    "fstat": ["EIO"],
    "fstatat": ["EIO", "EACCES"],
    "stat": ["EIO", "ENOENT"],
    "sendfile": ["EIO", "ENOMEM", "EPIPE"],
    "openat2": ["EIO", "EMFILE", "ENFILE", "ENOMEM"],
    "openat": ["EIO", "EMFILE", "ENOMEM"],
    "readlinkat": ["EIO", "ENOMEM"],
    "pread": ["EIO", "EISDIR"],
    "recv": ["ECONNRESET", "ENOMEM", "ETIMEDOUT"],
    "send": ["ECONNRESET", "EPIPE", "ENOBUFS", "ENOMEM"],
    "getdents64": ["EIO", "ENOMEM"],
    "shutdown": ["ENOTCONN", "ENOBUFS"],
    "getrandom": ["EIO"],
}

# With these errors nothing may be lost.
HARMLESS = {
    "epoll_wait": ["EINTR"],
    "write": ["EIO", "ENOSPC", "EAGAIN", "EINTR"],
    "recv": ["EAGAIN", "EINTR"],
    "send": ["EAGAIN"],
    "sendfile": ["EAGAIN", "EINVAL", "ENOSYS"],
    "openat2": ["EAGAIN", "EINTR", "EPERM"],
    "stat": ["EIO", "ENOENT"],
}

# Fewer bytes than requested.
SHORT = {"recv": [1, 20], "send": [1, 1000], "sendfile": [1, 30000],
         "pread": [1, 100], "write": [1, 10]}


def calls():
    """The calls that fail: all of the first, few of the later ones."""
    n = 1
    while True:
        yield n
        n += 1 if ALL else 1 + n // 2


def one_by_one(faults, name, error=0, amount=0, most=0):
    """Let one call of the function fail, in session after session."""
    what = f"{name} {error and errno.errorcode[error] or amount}"
    base, struck = descriptors(), 0
    for n in calls():
        faults.arm(name, n, error, amount)
        lost = session()
        if faults.disarm() == 0:
            break
        struck += 1
        assert len(lost) <= most, f"{what}, call {n}: lost {lost}"
        wait_until_closed(base)
    assert struck > 0, f"{name} is never called"
    assert session() == [], f"after {what}"
    print(f"{what}: {struck} of {n - 1} calls")


def each(faults, table, **options):
    for name, errors in table.items():
        # Failures are handled in the same way; after one, serve does not
        # write to the log for a while.
        alike = table is FAILURES or name == "write"
        for error in errors[:1] if alike and not ALL else errors:
            one_by_one(faults, name, getattr(errno, error), **options)


def each_short(faults):
    for name, amounts in SHORT.items():
        for amount in amounts:
            one_by_one(faults, name, amount=amount)


def all_at_once(faults):
    """Every third call fails, or every seventh, for a whole session."""
    base = descriptors()
    for name, errors in FAILURES.items():
        for every in (3, 7):
            faults.arm(name, 1, getattr(errno, errors[0]), every=every)
            lost = session()
            hits = faults.disarm()
            wait_until_closed(base)
            assert session() == [], f"after {hits} failures of {name}"
            print(f"{name}: {hits} failed, {len(lost)} of {len(STEPS)} lost")
