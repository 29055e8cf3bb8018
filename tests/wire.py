"""A client over raw sockets, for requests that curl and nc cannot make.

Every wait ends as soon as the server does something, and fails after a minute,
which is long for a machine that is busy with other tests.
"""
import contextlib
import os
import re
import select
import signal
import socket
import struct
import time

PORT = int(os.environ["PORT"])
ROOT = os.environ["ROOT"]
OUT = os.environ["OUT"]
WAIT = 60


class Answer:
    """One response: its status, its fields in order, its body."""

    def __init__(self, head, body):
        self.head = head
        self.body = body
        lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [ -~]+", lines[0])
        assert match, lines[0]
        self.status = int(match[1])
        self.fields = []
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            self.fields.append((name.lower(), value))

    def all(self, name):
        return [v for n, v in self.fields if n == name.lower()]

    def __getitem__(self, name):
        values = self.all(name)
        assert len(values) < 2, f"{name} twice: {values}"
        return values[0] if values else None

    @property
    def lasting(self):
        """The parts that are the same in each response: all but Date."""
        fields = [(n, v) for n, v in self.fields if n != "date"]
        return self.status, fields, self.body

    def __repr__(self):
        return f"<{self.head!r} + {len(self.body)} bytes>"


def to_bytes(data):
    return data.encode("latin-1") if isinstance(data, str) else data


class Client:
    def __init__(self, host="127.0.0.1", buffer=None, port=PORT, source=None,
                 segment=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(WAIT)
        if buffer:
            self.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        if segment:
            self.socket.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((host, port))
        # Send each byte in a segment of its own.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def send(self, data):
        self.socket.sendall(to_bytes(data))
        return self

    def end(self):
        """Close the sending side; responses can still be read."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def more(self):
        got = self.socket.recv(1 << 16)
        self.unread += got
        return bool(got)

    def take(self, n):
        pieces, size = [self.unread], len(self.unread)
        try:
            while size < n:
                self.unread = b""
                assert self.more(), f"ended {n - size} bytes early"
                pieces.append(self.unread)
                size += len(self.unread)
        finally:
            self.unread = b"".join(pieces)
        taken, self.unread = self.unread[:n], self.unread[n:]
        return taken

    def line(self):
        while b"\r\n" not in self.unread:
            assert self.more(), f"ended within a line: {self.unread!r}"
        line, self.unread = self.unread.split(b"\r\n", 1)
        return line

    def chunks(self):
        pieces = []
        while size := int(self.line(), 16):
            pieces.append(self.take(size))
            assert self.line() == b""
        assert self.line() == b"", "no trailers were expected"
        return b"".join(pieces)

    def read(self, method="GET"):
        """The next response, read as its framing says."""
        head = b""
        while line := self.line():
            head += line + b"\r\n"
        answer = Answer(head[:-2], b"")
        if method == "HEAD" or answer.status in (204, 304) or \
                answer.status < 200:
            return answer
        if answer["Transfer-Encoding"] == "chunked":
            answer.body = self.chunks()
        elif answer["Content-Length"] is not None:
            answer.body = self.take(int(answer["Content-Length"]))
        else:
            answer.body = self.rest()
        return answer

    def ask(self, data, method="GET"):
        return self.send(data).read(method)

    def rest(self):
        """All bytes until the server closes the connection, without a reset."""
        while self.more():
            pass
        rest, self.unread = self.unread, b""
        return rest

    def ended(self):
        """Wait until the server closes the connection without more bytes."""
        rest = self.rest()
        assert rest == b"", f"not expected: {rest[:200]!r}"

    def close(self):
        self.socket.close()


def reset(sock):
    """End the connection with a reset: a FIN ends only one direction."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def get(target="/", *fields, method="GET", version="HTTP/1.1", body=""):
    """A request as text."""
    lines = [f"{method} {target} {version}", "Host: localhost", *fields]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def ask(data, method="GET"):
    """The response to a request on a new connection."""
    client = Client()
    answer = client.ask(data, method)
    client.close()
    return answer


def ask_all(data, methods=()):
    """All responses to data that is sent at once, until the connection ends."""
    client = Client().send(data).end()
    return read_all(client, methods)


def read_all(client, methods=()):
    answers = []
    while client.unread or client.more():
        method = methods[len(answers)] if len(answers) < len(methods) else ""
        answers.append(client.read(method))
    client.close()
    return answers


def statuses(answers):
    return [a.status for a in answers]


def write(name, content):
    path = os.path.join(os.fsencode(ROOT), os.fsencode(name))
    with open(path, "wb") as f:
        f.write(to_bytes(content))
    return content


def application():
    """A listening socket for --proxy unix:$BATS_TEST_TMPDIR/socket."""
    path = os.path.join(os.path.dirname(ROOT), "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.settimeout(WAIT)
    listener.bind(path)
    os.chmod(path, 0o777)
    listener.listen(100)
    return listener


def accept(listener):
    """The application's end of the next connection."""
    app = listener.accept()[0]
    app.settimeout(WAIT)
    return app


def pass_on(listener, *fields, more=""):
    """A request that the application has received, and bytes after its head.
    Returns the client and the application's connection."""
    client = Client().send(get("/app/x", *fields) + more)
    app = accept(listener)
    assert app.recv(65536)
    return client, app


def reply(body=b""):
    """A response of the application."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def until(condition):
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "the condition never became true"
        time.sleep(0.02)


@contextlib.contextmanager
def stopped():
    """Stop the server, so that all that happens in this block comes at once."""
    pid = int(os.environ["PID"])
    tasks = f"/proc/{pid}/task"

    def is_stopped(task):
        with open(f"{tasks}/{task}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "T"

    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: all(map(is_stopped, os.listdir(tasks))))
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
