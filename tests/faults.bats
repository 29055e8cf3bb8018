# What can fail below serve: system calls, files that change, a disk.

load faults

session() {
	serve_start -j 1 --max-conns-per-client 4
	{
		echo 'make_site()'
		echo 'assert session() == []'
		cat
	} | faults
}

@test "a system call that fails costs at most one response or one connection" {
	session <<<'each(faults, FAILURES, most=1)'
}

@test "without openat2, too, a call that fails costs one response or one connection" {
	RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" ENOSYS)
	session <<-'EOF'
		for name in "openat", "readlinkat", "fstat":
		    one_by_one(faults, name, errno.EMFILE, most=1)
	EOF
}

@test "a failed call that can be repeated changes no response" {
	session <<<'each(faults, HARMLESS)'
}

@test "a short read or write changes no response" {
	session <<<'each_short(faults)'
}

@test "a 100 (Continue) that does not fit into the socket is dropped" {
	session <<-'EOF'
		put = get("/small", "Content-Length: 5", "Expect: 100-continue",
		    method="PUT")
		client, other = Client(), Client()
		assert client.ask(get("/small")).body == SMALL
		faults.arm("send", 1, errno.EAGAIN)
		client.send(put)
		until(lambda: faults.page.hits == 1)
		faults.disarm()
		# A client does not wait for it without a limit: RFC 9110
		# section 10.1.1.
		assert client.ask("hello").status == 405
		assert client.ask(put).status == 100
		assert client.ask("hello").status == 405
	EOF
}

@test "after many failed calls everything works again" {
	session <<<'all_at_once(faults)'
}

@test "calls that keep failing are repeated without a busy loop" {
	serve_start -j 1
	ERR=$ERR faults <<-'EOF'
		from process import idles
		from wire import until
		with open(os.environ["ERR"]) as file:
		    for name, error, message in (
		        ("accept4", errno.EPERM, "cannot accept clients: "
		            "Operation not permitted; trying again"),
		        ("epoll_wait", errno.EBADF, "cannot wait for events: "
		            "Bad file descriptor; trying again")):
		        faults.arm(name, 1, error, every=1)
		        client = Client().send(get("/"))
		        until(lambda: faults.page.hits > 2)
		        before = faults.page.hits
		        assert idles(0.5)
		        assert faults.page.hits - before < 50
		        assert file.read().count(f"serve: {message}\n") == 1
		        faults.disarm()
		        assert client.read().status == 200
	EOF
}

@test "accepting is tried again after epoll ran out of memory" {
	serve_start -j 1 --max-conns 1
	faults <<-'EOF'
		request = get("/", "Connection: close")
		for n in range(1, 40):
		    faults.arm("epoll_ctl", n, errno.ENOMEM)
		    lost = 0
		    for i in range(3):
		        # The second one waits until the first has left.
		        for client in [Asking().send(request) for k in range(2)]:
		            try:
		                client.read(status=200)
		            except Lost:
		                lost += 1
		            client.close()
		    assert lost < 2
		    hits = faults.disarm()
		    if not hits:
		        break
		assert hits == 0, "more calls than were tried"
	EOF
}

@test "if inotify is refused, that is reported once, and pages are served" {
	serve_start -j 1 --live
	faults <<-'EOF'
		make_site()
		faults.arm("inotify_add_watch", 1, errno.EPERM, every=1)
		for path in "/page", "/many/", "/folder/":
		    Asking().send(get(path, "Accept: text/html")).read(status=200)
		assert faults.disarm() > 2
	EOF
	[ "$(grep '^serve: ' "$ERR")" = "serve: cannot watch folders, --live sees\
 no changes: Operation not permitted" ]
}

@test "folders that cannot be watched are reported once, and pages are served" {
	serve_start -j 1 --live
	faults <<-'EOF'
		make_site()
		faults.arm("inotify_add_watch", 1, errno.ENOSPC, every=1)
		for path in "/page", "/folder/relative", "/many/", "/page":
		    Asking().send(get(path, "Accept: text/html")).read(status=200)
		assert faults.disarm() > 3
		# Then the folder is watched again.
		Asking().send(get("/page")).read(status=200)
		stream = Asking().send(get("/.well-known/serve/live"))
		# The stream does not report what happened before its head.
		assert stream.more()
		write("page.html", "new")
		while b"data: /page.html\n" not in stream.unread:
		    assert stream.more()
	EOF
	[ "$(grep -c '^serve: too many folders to watch' "$ERR")" = 1 ]
}

@test "failed calls cost no more with --live" {
	serve_start -j 1 --live --max-conns-per-client 4
	faults <<-'EOF'
		make_site()
		def pages():
		    client = Asking()
		    for path in "/page", "/folder/relative", "/small":
		        client.send(get(path, "Accept: text/html")).read(status=200)
		    stream = Asking().send(get("/.well-known/serve/live?999999999"))
		    while b"data: /\n\n" not in stream.unread:
		        try:
		            if not stream.more():
		                raise Lost("connection")
		        except ConnectionError:
		            raise Lost("connection")
		    write("small", SMALL)
		pages()
		for name, error in (("malloc", "ENOMEM"), ("openat2", "EMFILE"),
		        ("inotify_add_watch", "ENOMEM"), ("read", "EINTR"),
		        ("send", "ECONNRESET"), ("epoll_ctl", "ENOMEM")):
		    lost = 0
		    for n in range(1, 60):
		        faults.arm(name, n, getattr(errno, error))
		        try:
		            pages()
		        except Lost:
		            lost += 1
		        if not faults.disarm():
		            break
		    print(f"{name}: {n} calls, {lost} sessions lost something")
		    pages()
	EOF
}

@test "a call that fails at startup ends serve with a message, or does no harm" {
	PORT=0 PID=0 faults <<-'EOF'
		import re, subprocess
		functions = {
		    "malloc": "ENOMEM", "calloc": "ENOMEM", "open": "EMFILE",
		    "openat": "EMFILE", "fcntl": "EMFILE", "stat": "EIO",
		    "fstat": "EIO", "socket": "EMFILE", "bind": "EACCES",
		    "listen": "EADDRINUSE", "eventfd": "EMFILE",
		    "epoll_create1": "EMFILE", "epoll_ctl": "ENOMEM",
		    "signalfd": "EMFILE", "syscall": "ENOSYS",
		    "getrandom": "EIO", "inotify_init1": "EMFILE",
		    "inotify_add_watch": "ENOSPC",
		}
		content = write("file", "content")
		for name, error in functions.items():
		    ended = served = 0
		    for n in range(1, 200):
		        faults.arm(name, n, getattr(errno, error))
		        serve = subprocess.Popen(
		            [os.environ["SERVE"], "-p", "0", "-j", "2",
		             "--max-conns-per-client", "1", "--live", ROOT],
		            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
		            text=True)
		        line = serve.stderr.readline()
		        url = re.search(r":(\d+)/$", line)
		        if url:
		            try:
		                client = Asking(port=int(url[1])).send(get("/file"))
		                client.read(status=200, body=b"content")
		                # Either serve does what the options ask for, or
		                # it does not start.
		                if name == "calloc":
		                    again = Client(port=int(url[1])).send(get())
		                    assert again.read().status == 503, (name, n)
		            except Lost:
		                pass
		            serve.terminate()
		        else:
		            assert line.startswith("serve: "), (name, n, line)
		        status = serve.wait(20)
		        line += serve.stderr.read()
		        assert status == (0 if url else 1), (name, n, status, line)
		        ended, served = ended + (not url), served + bool(url)
		        if not faults.disarm():
		            break
		    print(f"{name}: {ended} starts ended, {served} served")
		    assert url, f"the last start with {name} failing served"
	EOF
}

@test "a file that a rule hides stays hidden if the rules cannot be read" {
	serve_start -j 1
	faults <<-'EOF'
		write("hidden", "secret")
		request = get("/hidden", "Connection: close")
		for name, error in ("openat2", errno.EMFILE), ("malloc", errno.ENOMEM):
		    for n in range(1, 13):
		        write("_redirects", f"/hidden /none 404!\n#{name}" + "x" * n)
		        faults.arm(name, n, error)
		        answer = Client().send(request).rest()
		        faults.disarm()
		        assert b"secret" not in answer
		        assert b" 404 " in Client().send(request).rest()
	EOF
	run ! grep ignored "$ERR"
}

@test "errors of a file are distinguished from errors of the socket" {
	serve_start -j 1 --log-format pretty
	faults <<-'EOF'
		write("file", LARGE)
		def fails(name, error, method="GET"):
		    faults.arm(name, 1, error)
		    Client().send(get("/file", method=method)).rest()
		    assert faults.disarm() == 1

		fails("sendfile", errno.EIO)
		fails("sendfile", errno.ENOTCONN)	# sshfs whose daemon has gone
		fails("sendfile", errno.ECONNABORTED)
		fails("send", errno.ECONNRESET, "HEAD")	# of nothing, nothing is left
		fails("sendfile", errno.ETIMEDOUT)
	EOF
	wait_until eval '[ "$(wc -l <"$OUT")" = 5 ]'
	[ "$(grep -c '/file  (reading the file failed)$' "$OUT")" = 2 ]
	[ "$(grep -c '/file  (client left after 0%)$' "$OUT")" = 2 ]
}

@test "an archive for which memory runs out does not seem complete to HTTP/1.0" {
	truncate -s 20M "$ROOT/zeros"
	serve_start -j 1
	faults <<-'EOF'
		resets = 0
		for n in range(1, 60):
		    faults.arm("malloc", n, errno.ENOMEM)
		    client = Client(buffer=4096)
		    try:
		        answer = client.ask(get("/?archive=tar", version="HTTP/1.0"))
		        assert answer.status >= 500 or len(answer.body) > 20 << 20, n
		    except ConnectionError:
		        resets += 1
		    client.close()
		    if not faults.disarm():
		        break
		print(resets, "resets of", n)
		assert resets > 0
	EOF
}

@test "a response that is cut off ends its connection without a wait" {
	serve_start -j 1
	faults <<-'EOF'
		write("file", LARGE)
		# No limit of time passes.
		faults.set_clock(10**9)
		# The file that a request opened is closed after the answer.
		before = descriptors()
		other = Client()
		other.ask(get("/file", method="HEAD"), "HEAD")
		until(lambda: descriptors() == before + 1)
		faults.arm("sendfile", 2, errno.EIO)
		client = Client().send(get("/file"))
		assert len(client.rest()) < len(LARGE)
		until(lambda: descriptors() == before + 1)
	EOF
}

@test "a file that cannot be read is left out of an archive, and the log says so" {
	serve_start -j 1 --log-format pretty
	faults <<-'EOF'
		import io, tarfile
		write("small", SMALL)
		faults.arm("pread", 1, errno.EIO)
		answer = ask(get("/?archive=tar"))
		assert faults.disarm() == 1
		with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
		    assert not any(file.isfile() for file in tar)
	EOF
	wait_until grep '(1 left out: root/small: Input/output error)$' "$OUT"
}

# The change of a file of which a part has been sent, and what the client gets
# then.  The files are larger than all buffers of the kernel.
changing() {
	serve_start -j 1 --log-format pretty
	{
		cat <<-'EOP'
			LARGE = os.urandom(1 << 20) * 12
			path = ROOT + "/file"

			def begin(*fields):
			    """The answer's head has come, and not much more."""
			    write("file", LARGE)
			    client = Client(buffer=65536).send(get("/file", *fields))
			    while b"\r\n\r\n" not in client.unread:
			        client.more()
			    return client

			def whole(client, content=LARGE):
			    assert client.read().body == content
			    client.send(get("/", method="OPTIONS"))
			    assert client.read().status == 204

			def cut(client, start):
			    """What comes is a beginning, and known to be no more."""
			    head, got = client.rest().split(b"\r\n\r\n", 1)
			    assert b"\r\nContent-Length: " in head
			    assert len(got) < 12 << 20 and start.startswith(got)
			    return len(got)
		EOP
		cat
	} | wire
}

@test "a file that is truncated while it is sent ends the connection" {
	changing <<-'EOF'
		client = begin()
		os.truncate(path, 8 << 20)
		assert cut(client, LARGE) == 8 << 20
		client = begin()
		os.truncate(path, 0)
		cut(client, LARGE)
		client = begin("Range: bytes=100-")
		os.truncate(path, 8 << 20)
		assert cut(client, LARGE[100:]) == (8 << 20) - 100
		# The next response has the current file.
		assert ask(get("/file")).body == LARGE[:8 << 20]
	EOF
	[ "$(grep -c '/file  (the file shrank)$' "$OUT")" = 3 ]
}

@test "a file that grows while it is sent keeps its length" {
	changing <<-'EOF'
		client = begin()
		with open(path, "ab") as file:
		    file.write(b"more")
		whole(client)
		assert ask(get("/file")).body == LARGE + b"more"
	EOF
}

@test "a file that is replaced or removed while it is sent is sent unchanged" {
	changing <<-'EOF'
		client = begin()
		write("new", b"another")
		os.rename(ROOT + "/new", path)
		whole(client)
		assert ask(get("/file")).body == b"another"
		client = begin()
		os.unlink(path)
		whole(client)
		assert ask(get("/file")).status == 404
		client = begin()
		os.unlink(path)
		os.mkdir(path)
		whole(client)
		assert ask(get("/file"))["Location"] == "file/"
		os.rmdir(path)
	EOF
}

@test "a root that is created again during a transfer is served" {
	changing <<-'EOF'
		client = begin()
		os.rename(ROOT, ROOT + ".old")
		os.mkdir(ROOT)
		write("file", b"built anew")
		assert ask(get("/file")).body == b"built anew"
		whole(client)
	EOF
}

@test "an incomplete response is never logged as complete, even if the file changes" {
	serve_start -q
	wire <<-'EOF'
		import threading
		stop, asked = threading.Event(), threading.Event()
		def change():
		    """Each line says how long its file is."""
		    while not stop.is_set():
		        for size in (10, 9000000, 200, 40000, 32760, 100000):
		            write("new", b"%9d\n" % size * (size // 10))
		            os.rename(ROOT + "/new", ROOT + "/file")
		            asked.wait(0.02)
		            asked.clear()
		            os.truncate(ROOT + "/file", 0)
		write("file", b"%9d\n" % 10)
		thread = threading.Thread(target=change)
		thread.start()
		cut = whole = 0
		start = time.monotonic()
		try:
		    while time.monotonic() - start < 1 or cut < 9 or whole < 99:
		        assert time.monotonic() - start < 30, (cut, whole)
		        client = Client(buffer=8192)
		        # The file changes before or after the response has begun.
		        if whole % 2:
		            asked.set()
		        client.send(get("/file"))
		        try:
		            client.more()
		            asked.set()
		            body = client.read().body
		            assert len(body) == 0 or body[:10] * (len(body) // 10) == body
		            assert len(body) in (0, int(body[:10] or 0)), body[:10]
		            whole += 1
		        except (AssertionError, ConnectionError) as error:
		            if isinstance(error, AssertionError):
		                assert "ended" in str(error), error
		            cut += 1
		        client.close()
		finally:
		    stop.set()
		    thread.join()
		print(f"{whole} whole, {cut} cut")
	EOF
}

@test "a failing disk causes a 500, or ends the connection" {
	serve_start -j 1 --log-format pretty --no-rules
	head -c 9000000 /dev/urandom >"$ROOT/large"
	echo text >"$ROOT/small"
	mkdir "$ROOT/folder"
	touch "$ROOT/folder/entry"
	faults <<-'EOF'
		def failing(target, name, n=1):
		    faults.arm(name, n, errno.EIO)
		    client = Client().send(get(target))
		    head, body = client.rest().split(b"\r\n\r\n", 1) if n > 1 else \
		        (None, client.read())
		    assert faults.disarm() == 1, name
		    return body

		for name in "openat2", "fstat", "pread":
		    answer = failing("/small", name)
		    assert answer.status == 500 and answer["ETag"] is None
		assert failing("/large", "openat2").status == 500
		for name in "openat", "getdents64":
		    assert failing("/folder/", name).status == 500
		content = open(ROOT + "/large", "rb").read()
		body = failing("/large", "sendfile", 2)
		assert content.startswith(body) and len(body) < len(content)
		assert ask(get("/large")).body == content
		assert ask(get("/small")).body == b"text\n"
	EOF
	cat "$OUT"
	[ "$(grep -c ' 500 GET .*  /small  (Input/output error)$' "$OUT")" = 3 ]
	[ "$(grep -c ' 500 GET .*  /folder/  (Input/output error)$' "$OUT")" = 1 ]
	[ "$(grep -c ' 500 .*/folder/  (reading the folder failed)$' "$OUT")" = 1 ]
	[ "$(grep -c ' 200 .*/large  (reading the file failed)$' "$OUT")" = 1 ]
}

@test "the note on a zip that fails before its first byte says which file" {
	serve_start -j 1 --log-format pretty --no-rules
	mkdir "$ROOT/folder"
	head -c 300000 /dev/zero >"$ROOT/folder/entry"
	faults <<-'EOF'
		for failure in dict(error=errno.EIO), dict(amount=0):
		    faults.arm("pread", 1, **failure)
		    assert ask(get("/folder/?archive=zip")).status == 500
		    assert faults.disarm() == 1
	EOF
	grep ' 500 GET .*  (folder/entry: Input/output error)$' "$OUT"
	grep ' 500 GET .*  (folder/entry shrank)$' "$OUT"
}

# By then another request has used the memory in which notes are made.
@test "a note is kept until the client has room for the page that it is about" {
	serve_start_app -j 1 --log-format json
	echo text >"$ROOT/file"
	faults <<-'EOF'
		client, app = pass_on(application())
		faults.arm("send", 1, errno.EAGAIN, every=1)
		app.sendall(b"no HTTP\r\n\r\n")
		until(lambda: faults.page.hits > 0)
		other = Client().send(get("/" + "n" * 200))
		tried = faults.page.hits
		until(lambda: faults.page.hits > tried + 4)
		faults.disarm()
		assert client.read().status == 502
		assert other.read().status == 404
	EOF
	run -0 jq -r 'select(.status == 502).note' "$OUT"
	[ "$output" = "unix:$BATS_TEST_TMPDIR/socket: Protocol error" ]
}

@test "a closed connection to an application causes no more events" {
	echo text >"$ROOT/file"
	serve_start_app -j 1
	faults <<-'EOF'
		listener = application()
		# The process that connects has not closed its copy yet, so the
		# socket stays open and epoll watches it.
		faults.arm("close", 1, errno.EINTR)
		client = Client().send(get("/app/x"))
		app = accept(listener)
		until(lambda: faults.page.hits == 1)
		faults.disarm()
		app.send(b"no HTTP\r\n\r\n")
		assert client.read().status == 502
		app.send(b"more")
		app.close()
		assert ask(get("/file")).body == b"text\n"
	EOF
}

@test "bytes that come just before a connection is used again are not the next reply" {
	serve_start_app -j 1
	faults <<-'EOF'
		listener = application()
		client, app = pass_on(listener)
		app.sendall(reply(b"ok"))
		assert client.read().body == b"ok"
		# An iteration begins with this request, and without the event
		# of the bytes.
		faults.arm("events", 1, amount=1)
		client.send(get("/app/x"))
		until(lambda: faults.page.hits == 1)
		app.sendall(reply(b"no"))
		faults.page.amount = 0
		accept(listener).sendall(reply(b"ok"))
		assert client.read().body == b"ok"
	EOF
}

@test "a connection to an application that cannot be handed over is a 502" {
	serve_start_app -j 1
	faults <<-'EOF'
		listener = application()
		faults.arm("sendmsg", 1, errno.ETOOMANYREFS)
		assert ask(get("/app/x")).status == 502
		assert faults.disarm() == 1
		listener.accept()
		client = Client().send(get("/app/x"))
		accept(listener).send(b"HTTP/1.1 204 No Content\r\n\r\n")
		assert client.read().status == 204
	EOF
}

@test "while a complete reply waits for its client, the rest of the body is dropped" {
	serve_start_app -j 1
	faults <<-'EOF'
		listener = application()
		size = 10 << 20
		client, app = pass_on(listener, f"Content-Length: {size}")
		faults.arm("send", 1, errno.EAGAIN, every=1)
		app.sendall(reply(b"early"))
		until(lambda: faults.page.hits > 0)
		# A client may send all of its body before it reads.
		client.send(bytes(size))
		faults.disarm()
		assert client.read().body == b"early"
		client.ended()
	EOF
}
