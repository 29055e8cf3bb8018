"""An application behind --proxy, whose paths select valid or faulty replies.

    app.py LOG [SOCKET]    prints its port (or nothing, with a Unix socket)

LOG gets one JSON line a request: the connection's number, the request's number
on it, its line, fields and body; and one line when a client leaves.
"""
import json
import os
import socket
import sys
import threading
import time

log_file = open(sys.argv[1], "a")
lock = threading.Lock()


def log(**what):
    with lock:
        log_file.write(json.dumps(what) + "\n")
        log_file.flush()


class Connection:
    def __init__(self, sock, number):
        self.sock, self.number, self.requests = sock, number, 0
        self.rest = b""

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError
        self.rest += data

    def until(self, mark):
        while mark not in self.rest:
            self.more()
        head, self.rest = self.rest.split(mark, 1)
        return head.decode("latin-1")

    def take(self, n):
        while len(self.rest) < n:
            self.more()
        data, self.rest = self.rest[:n], self.rest[n:]
        return data

    def send(self, text):
        self.sock.sendall(text if isinstance(text, bytes)
                          else text.encode("latin-1"))

    def reply(self, body, status="200 OK", fields=""):
        self.send("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n"
                  % (status, fields, len(body)))
        self.send(body)

    def body(self, fields):
        if fields.get("transfer-encoding") == "chunked":
            data = b""
            while n := int(self.until(b"\r\n"), 16):
                data += self.take(n)
                self.until(b"\r\n")
            self.until(b"\r\n")
            return data
        return self.take(int(fields.get("content-length", 0)))

    def serve(self):
        while self.one():
            pass

    def one(self):
        head = self.until(b"\r\n\r\n").split("\r\n")
        self.requests += 1
        fields = [line.split(": ", 1) for line in head[1:]]
        names = {name.lower(): value for name, value in fields}
        path = head[0].split(" ")[1].split("?")[0].split("/")
        act = getattr(self, "do_" + path[-1].replace("-", "_").split(".")[0],
                      None)
        entry = dict(connection=self.number, request=self.requests,
                     line=head[0], fields=fields)
        if act and getattr(act, "reads", True) is False:
            log(**entry)
            return act(names)
        data = self.body(names)
        log(body=data.decode("latin-1"), **entry)
        if act:
            return act(names)
        self.reply(b"app %s" % path[-1].encode())
        return names.get("connection") != "close"

    # Bodies that end in each of the ways of RFC 9112 section 6.3.

    def do_chunked(self, _):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                  "Trailer: X-Sum\r\n\r\n5;ext=1\r\nhello\r\n"
                  "7\r\n, world\r\n0\r\nX-Sum: 1\r\n\r\n")
        return True

    def do_until_close(self, _):
        self.send("HTTP/1.1 200 OK\r\n\r\nuntil the end")

    def do_http10(self, _):
        self.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold")

    def do_empty(self, _):
        self.send("HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n")
        return True

    def do_not_modified(self, _):
        self.send("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n"
                  "Content-Length: 100\r\n\r\n")
        return True

    def do_interim(self, _):
        self.send("HTTP/1.1 100 Continue\r\n\r\n"
                  "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        self.reply(b"final")
        return True

    def do_halves(self, names):
        self.send("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nConte")
        while not os.path.exists(names["x-until"]):
            time.sleep(0.02)
        self.send("nt-Length: 5\r\n\r\nwhole")
        return True

    def do_bytes(self, _):
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
        for i in range(50):
            self.send(b"x")
            time.sleep(0.001)
        return True

    def do_large(self, _):
        n = 64 << 20
        self.send("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % n)
        piece = bytes(range(256)) * 256
        for _ in range(n // len(piece)):
            self.send(piece)
        return True

    def do_long(self, _):
        self.reply(bytes(range(256)) * 8192)
        return True

    # The byte is not part of the stream, but recv(2) stops before it.
    def do_urgent(self, names):
        half = int(names["x-half"])
        self.send("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * half))
        self.send(b"a" * half)
        self.sock.send(b"!", socket.MSG_OOB)
        self.send(b"b" * half)
        return True

    def do_large_chunked(self, _):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = bytes(range(256)) * 256
        for _ in range(256):
            self.send("%x\r\n" % len(piece))
            self.send(piece + b"\r\n")
        self.send("0\r\n\r\n")
        return True

    def do_fields(self, _):
        self.reply(b"", fields="Set-Cookie: a=1; Path=/v1\r\n"
                   "Set-Cookie: b=2\r\nLocation: /v1/next\r\n"
                   "X-App: yes\r\nKeep-Alive: x\r\n")
        return True

    def do_stream(self, _):
        self.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        self.send("data: one\n\n")
        try:
            while self.sock.recv(100):
                pass
        finally:
            log(left=self.number)

    # Details that a client may not notice, and faults of an application.

    def do_early(self, _):
        self.reply(b"no", "413 Content Too Large", "Connection: close\r\n")
    do_early.reads = False

    def do_ignores_body(self, names):
        self.reply(b"ignored")
        return True
    do_ignores_body.reads = False

    def do_slow_reader(self, names):
        time.sleep(1)
        data = self.body(names)
        self.reply(b"%d" % len(data))
        return True
    do_slow_reader.reads = False

    def do_waits(self, names):
        while not os.path.exists(names["x-until"]):
            time.sleep(0.02)
        left = n = int(names["content-length"])
        while left > 0:
            left -= len(self.rest)
            self.rest = b""
            if left > 0:
                self.more()
        self.reply(b"%d" % n)
        return True
    do_waits.reads = False

    def do_count(self, names):
        left = size = int(names["content-length"])
        self.rest, left = b"", left - len(self.rest)
        space = bytearray(1 << 20)
        while left > 0:
            got = self.sock.recv_into(space, min(left, len(space)))
            if not got:
                raise EOFError
            left -= got
        self.reply(b"%d" % size)
        return True
    do_count.reads = False

    def do_drop(self, _):
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    def do_drop_chunked(self, _):
        self.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n")

    def do_silent_close(self, _):
        pass

    def do_second_close(self, _):
        if self.requests > 1:
            return False
        self.reply(b"first")
        return True

    def do_garbage(self, _):
        self.send("SSH-2.0-OpenSSH\r\n\r\n")

    def do_two_lengths(self, _):
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                  "Content-Length: 3\r\n\r\nabc")

    def do_length_and_chunked(self, _):
        self.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    def do_huge_head(self, _):
        try:
            self.send("HTTP/1.1 200 OK\r\n" +
                      "".join("X-%d: %s\r\n" % (i, "y" * 1000)
                              for i in range(1000)) + "\r\n")
        except OSError:
            pass

    def do_switches(self, _):
        self.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
                  "Connection: Upgrade\r\n\r\n")

    def do_unasked(self, _):
        self.reply(b"asked")
        time.sleep(0.05)
        try:
            self.reply(b"stolen")
        finally:    # serve may close the connection after the first bytes
            log(unasked=self.number)
        return True

    def do_never(self, _):
        try:
            while self.sock.recv(100):
                pass
        finally:
            log(left=self.number)

    def do_quit(self, _):
        self.reply(b"bye")
        log_file.flush()
        os._exit(0)

    # A tunnel that sends its input back in upper case.
    def do_tunnel(self, names):
        if "upgrade" not in names:
            self.reply(b"", "426 Upgrade Required")
            return True
        self.send("HTTP/1.1 101 Switching Protocols\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        data = self.rest
        while True:
            self.send(data.upper())
            data = self.sock.recv(65536)
            if not data:
                self.send("end")
                return False


def serve(sock, number):
    try:
        Connection(sock, number).serve()
    except (EOFError, OSError):
        log(left=number)
    finally:
        sock.close()


def main():
    if len(sys.argv) > 2 and sys.argv[2].startswith("/"):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(sys.argv[2])
    else:
        host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
        port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    listener.listen(64)
    print(listener.getsockname()[1] if listener.family != socket.AF_UNIX
          else "ready", flush=True)
    number = 0
    while True:
        sock, _ = listener.accept()
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number += 1
        threading.Thread(target=serve, args=(sock, number),
                         daemon=True).start()


main()
