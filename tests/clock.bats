# What depends on the time, with a clock that the test sets.

load faults

@test "Date is the time of the response" {
	serve_start
	faults <<-'EOF'
		client = Client()
		# The iteration that accepts a client may have begun before.
		client.ask(get())
		for second, text in ((784111777, "Sun, 06 Nov 1994 08:49:37 GMT"),
		        (784111778, "Sun, 06 Nov 1994 08:49:38 GMT"),
		        (1709251200, "Fri, 01 Mar 2024 00:00:00 GMT")):
		    faults.set_date(second)
		    assert client.ask(get())["Date"] == text
	EOF
}

@test "durations change from ms to s to min at the rounded unit" {
	serve_start -j 1 --log-format pretty --timeout 600
	faults <<-'EOF'
		def lines():
		    with open(OUT) as out:
		        return out.read().splitlines()

		def logged(seconds):
		    """The duration in the log of a request that takes so long."""
		    n = len(lines())
		    faults.set_clock(10**9)
		    client = Client().send(get("/?slow", "Content-Length: 1"))
		    # A later client has its response, so this head has been
		    # read.
		    assert ask(get(method="OPTIONS")).status == 204
		    faults.set_clock(10**9 + seconds)
		    assert client.send("x").read().status == 200
		    until(lambda: len(lines()) == n + 2)
		    return re.search(r"B +(\S+ (?:ms|s|min))  /", lines()[-1])[1]

		for seconds, text in (
		        (0, "0.1 ms"), (0.00014, "0.1 ms"), (0.00016, "0.2 ms"),
		        (0.0099, "9.9 ms"), (0.00994, "9.9 ms"), (0.00996, "10 ms"),
		        (0.9994, "999 ms"), (0.9996, "1.0 s"), (1.04, "1.0 s"),
		        (1.06, "1.1 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "60 s"),
		        (60.4, "60 s"), (75, "75 s"), (119.4, "119 s"),
		        (119.6, "2.0 min"), (150, "2.5 min"), (500, "8.3 min")):
		    assert logged(seconds) == text, (seconds, lines()[-1])
	EOF
}

# How much the kernel takes varies, but the two figures of a line must agree.
@test "\"client left after N%\" agrees with the bytes of the same line" {
	truncate -s 40MB "$ROOT/large"
	serve_start -j 1 --log-format pretty
	wire <<-'EOF'
		def lines():
		    with open(OUT) as out:
		        return out.read().splitlines()
		for taken in 1, 10, 20, 30:
		    client = Client(buffer=65536).send(get(f"/large?{taken}"))
		    left = taken * 1000000
		    while left > 0:
		        left -= len(client.socket.recv(left))
		    client.close()
		until(lambda: len(lines()) == 4)
		for line in lines():
		    match = re.search(
		        r" ([\d.]+) MB .*/large\?(\d+)  \(client left after (\d+)%\)", line)
		    sent, taken, percent = float(match[1]), int(match[2]), int(match[3])
		    assert taken <= sent < 40 and abs(sent * 2.5 - percent - 0.5) < 0.7, line
	EOF
}

# The reader of the log is stopped.  Each request is an iteration of its own, and
# loses its line.
@test "lost lines are reported once a second, or a minute if nothing is read" {
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" socket 1)
	serve_start -j 1
	RELAY=$PID faults <<-'EOF'
		relay = int(os.environ["RELAY"])
		long = get("/?" + "u" * 8000, method="OPTIONS")
		client = Client()

		def reports():
		    with open(os.environ["ERR"]) as err:
		        return err.read().count("log reader too slow")

		def lose(n=1):
		    for i in range(n):
		        assert client.ask(long).status == 204

		try:
		    os.kill(relay, signal.SIGSTOP)
		    faults.set_clock(10**9)
		    while not reports():
		        lose()
		    lose(50)
		    faults.set_clock(10**9 + 59.9)
		    lose(2)
		    assert reports() == 1
		    faults.set_clock(10**9 + 60.1)
		    lose(2)
		    until(lambda: reports() == 2)
		    # Read everything that serve has kept.  Then it loses lines
		    # again.
		    os.kill(relay, signal.SIGCONT)
		    lose()
		    until(lambda: lose() or os.path.getsize(OUT) > 1 << 20)
		    os.kill(relay, signal.SIGSTOP)
		    lose(400)
		    assert reports() == 2
		    faults.set_clock(10**9 + 61)
		    lose(2)
		    assert reports() == 2
		    faults.set_clock(10**9 + 61.2)
		    lose(2)
		    until(lambda: reports() == 3)
		finally:
		    os.kill(relay, signal.SIGCONT)
	EOF
}

@test "--live sets its timer to 50 ms after the last change" {
	need_trace
	CALLS=$BATS_TEST_TMPDIR/calls
	export CALLS
	RUN=(env ASAN_OPTIONS=detect_leaks=0
		strace -D -f -o "$CALLS" -e "trace=timerfd_settime")
	serve_start -j 1 --live
	faults <<-'EOF'
		def wake():
		    """The loop has read the clock, and all that had come before."""
		    for i in range(2):
		        assert ask(get(method="OPTIONS")).status == 204

		def timers():
		    with open(os.environ["CALLS"]) as calls:
		        return re.findall(r"tv_sec=(\d+), tv_nsec=(\d+)\}\}", calls.read())

		assert ask(get("/")).status == 200
		faults.set_clock(10**9)
		wake()
		write("file", "")
		wake()
		until(timers)
		for second, ns in timers():
		    # Each further change at the same time counts as a
		    # nanosecond later.
		    assert int(second) == 10**9 and int(ns) // 1000 == 50000, ns
	EOF
}

# LATER: the third change, which is not reported at once
saves() {
	serve_start -j 1 --live
	LATER=$1 faults <<-'EOF'
		def event():
		    """The paths of the next one."""
		    while True:
		        while b"\n\n" not in stream.unread:
		            assert stream.more()
		        event, stream.unread = stream.unread.split(b"\n\n", 1)
		        if event != b":":
		            return sorted(event.decode().split("\ndata: ")[1:])

		def waited():
		    """Has the timer for the end of a burst ever been set?"""
		    folder = f"/proc/{os.environ['PID']}/fdinfo"
		    for fd in os.listdir(folder):
		        with open(f"{folder}/{fd}") as info:
		            flags = re.search("settime flags: (.*)", info.read())
		        # The timer of the poller has no flags.
		        if flags and flags[1] != "00":
		            return True
		    return False

		def saved(after_s, change, paths):
		    faults.set_clock(start + after_s)
		    with stopped():
		        change()
		    assert event() == paths

		def rename():
		    write("page.new", "2")
		    os.rename(ROOT + "/page.new", ROOT + "/page")

		def both():
		    write("page", "3")
		    write("style", "3")

		write("page", "0")
		write("style", "0")
		assert ask(get("/page")).status == 200
		start = time.monotonic()
		stream = Client().send(get("/.well-known/serve/live"))
		while stream.line():
		    pass
		saved(1, lambda: write("page", "1"), ["/page"])
		saved(1.05, rename, ["/page", "/page.new"])
		assert not waited()
		exec(os.environ["LATER"])
		assert waited()
	EOF
}

@test "a single save is reported at once, several changes when they are over" {
	saves 'saved(1.1, both, ["/page", "/style"])'
}

@test "--live: a save within 50 ms of an event waits for the end of the burst" {
	saves 'saved(1.099, lambda: write("page", "3"), ["/page"])'
}

@test "wrong keys are forgotten a minute after the last one" {
	serve_start -j 1 --key=right-key
	faults <<-'EOF'
		def status(key):
		    return ask(get(f"/?key={key}")).status

		faults.set_clock(10**9)
		assert status("wrong") == 401
		faults.set_clock(10**9 + 40)
		assert [status(f"wrong{i}") for i in range(9)] == [401] * 9
		assert status("another") == 429
		answer = ask(get("/?key=another", "Accept: text/html"))
		assert b"Try again in a minute" in answer.body
		# A minute after the first one, but not after the last.
		faults.set_clock(10**9 + 70)
		assert status("another") == 429
		faults.set_clock(10**9 + 99)
		assert status("another") == 429
		faults.set_clock(10**9 + 100)
		assert status("another") == 401
	EOF
}

@test "tries beyond a hundred a minute wait for a second, and the count starts anew" {
	serve_start -j 1 --key=right-key
	faults <<-'EOF'
		def status(key):
		    return ask(get(f"/?key={key}")).status

		for minute in 0, 60:
		    faults.set_clock(10**9 + minute)
		    assert [status("wrong") for _ in range(100)] == [401] * 100
		    waiting = Client().send(get("/?key=right-key"))
		    # A later client has its response, so that request was read.
		    assert ask(get("/")).status == 401
		    assert not select.select([waiting.socket], [], [], 0)[0]
		    faults.set_clock(10**9 + minute + 2)
		    assert waiting.read().status == 200
	EOF
}

@test "the key that -o opens is valid for a minute" {
	export SEEN=$BATS_TEST_TMPDIR/seen BROWSER=$BATS_TEST_TMPDIR/browser
	cat >"$BROWSER" <<-'EOF'
		#!/bin/sh
		echo "$1" >"$SEEN.new"
		mv "$SEEN.new" "$SEEN"
	EOF
	chmod +x "$BROWSER"
	for seconds in 59 61; do
		# Each server starts with the real clock.
		truncate -s 0 "$SERVE_FAULTS"
		truncate -s 4096 "$SERVE_FAULTS"
		STARTED=$(python3 -c 'import time; print(time.monotonic())')
		export STARTED
		serve_start -j 1 --key=right-key -o
		wait_until test -e "$SEEN"
		SECONDS_LATER=$seconds faults <<-'EOF'
			later = int(os.environ["SECONDS_LATER"])
			# The time of the start, or the current time.
			since = float(os.environ["STARTED"]) if later < 60 \
			    else time.monotonic()
			faults.set_clock(since + later)
			with open(os.environ["SEEN"]) as seen:
			    key = seen.read().strip().split("=")[1]
			reply = ask(get(f"/?key={key}", "Accept: text/html"))
			assert reply.status == (303 if later < 60 else 401)
		EOF
		serve_stop TERM
		rm "$SEEN"
	done
}

@test "an application that does not reply for two minutes gets the client a 504" {
	serve_start_app -j 1 --timeout 600
	faults <<-'EOF'
		listener = application()
		faults.set_clock(10**9)
		waiting = Client().send(get("/app/never"))
		app = accept(listener)
		assert app.recv(65536)
		# This application does not read a whole body: its end stays in
		# serve.
		with open("/proc/sys/net/core/wmem_default") as file:
		    size = int(file.read()) + 24000
		sender = Client().send(get("/app/never", f"Content-Length: {size}",
		    method="POST") + "x" * size)
		other = accept(listener)
		# Each reply means that the application has read 16 KiB of the
		# body.
		for i in range(size // 16384 + 2):
		    assert ask(get("/")).status == 200
		for second in range(119):
		    faults.set_clock(10**9 + second)
		    assert ask(get("/")).status == 200
		for client in waiting, sender:
		    assert not select.select([client.socket], [], [], 0)[0]
		for second in range(119, 125):
		    faults.set_clock(10**9 + second)
		    assert ask(get("/")).status == 200
		for client in waiting, sender:
		    answer = client.read()
		    assert answer.status == 504, answer
		assert app.recv(65536) == b""
	EOF
}

@test "a client that left right after its request costs an application no more than --timeout" {
	serve_start_app -j 1 --timeout 10 -v=curl
	faults <<-'EOF'
		listener = application()
		def pass_time(*seconds):
		    for second in range(*seconds):
		        faults.set_clock(10**9 + second)
		        assert ask(get("/")).status == 200

		apps = []
		pass_time(1)
		for reply in b"", b"HTTP/1.1 200 OK\r\n\r\n":
		    for more in "", get("/"):
		        client = Client().send(get("/app/x") + more).end()
		        app = accept(listener)
		        assert app.recv(65536)
		        app.sendall(reply)
		        assert not reply or client.line()
		        apps.append(app)
		# In a tunnel the application learns that its client has ended.
		client = Client().send(get("/app/x", "Connection: Upgrade",
		    "Upgrade: websocket")).end()
		tunnel = accept(listener)
		assert tunnel.recv(65536)
		tunnel.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
		assert client.read().status == 101
		pass_time(10)
		assert not select.select(apps, [], [], 0)[0]
		pass_time(10, 15)
		for app in apps:
		    app.settimeout(WAIT)
		    assert app.recv(1) == b""
		tunnel.sendall(b"late")
		assert client.take(4) == b"late"
	EOF
	[ "$(grep -c '"GET /app/x HTTP/1.1" 499 ' "$OUT")" = 2 ]
	grep -x '\* closed by the client' "$ERR"
	run ! grep '\* closed by the client.' "$ERR"
}

@test "the time for which serve was stopped does not count for an application" {
	serve_start_app -j 1 --timeout 600
	faults <<-'EOF'
		listener = application()
		def pass_time(start, seconds):
		    for second in range(seconds):
		        faults.set_clock(start + second)
		        assert ask(get("/")).status == 200

		pass_time(10**9, 1)
		first, app = pass_on(listener)
		second, other = pass_on(listener)
		with stopped():
		    faults.set_clock(10**9 + 1000)
		pass_time(10**9 + 1000, 60)
		app.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
		assert first.read().status == 204
		pass_time(10**9 + 1060, 70)
		assert second.read().status == 504
	EOF
}

@test "the address of an application that answered is tried first from then on" {
	local port

	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	serve_start_app -j 1 --timeout 600 --proxy "/two=http://localhost:$port"
	APP=$port faults <<-'EOF'
		port = int(os.environ["APP"])
		listener = application()
		# The first address does not answer: its queue is full.
		dead = socket.socket()
		dead.bind(("127.0.0.1", port))
		dead.listen(0)
		first = socket.create_connection(("127.0.0.1", port))
		live = socket.create_server(("::1", port), family=socket.AF_INET6)
		live.settimeout(WAIT)
		def connecting():
		    with open("/proc/net/tcp") as table:
		        rows = [line.split() for line in table]
		    return sum(row[2].endswith(":%04X" % port) and row[3] == "02"
		        for row in rows)

		faults.set_clock(10**9)
		clients = [Client().send(get("/two/x")) for _ in range(2)]
		until(lambda: connecting() == 2)
		faults.set_clock(10**9 + 11)
		# This wakes the process that connects.
		pass_on(listener)
		clients.append(live.accept()[0])
		clients.append(live.accept()[0])
		clients.append(Client().send(get("/two/x")))
		assert live.accept()[0].recv(65536)
	EOF
}

@test "idle connections to an application make room for a new one" {
	serve_start_app -j 1
	faults <<-'EOF'
		listener = application()
		# While the clock is stopped, no connection becomes too old.
		faults.set_clock(10**9)
		clients = [Client().send(get("/app/x")) for i in range(64)]
		apps = [accept(listener) for i in range(64)]
		for app in apps:
		    app.recv(65536)
		    app.send(reply())
		for client in clients:
		    assert client.read().status == 200
		client = Client().send(get("/app/x", "Content-Length: 1",
		    method="POST") + "x")
		app = accept(listener)
		app.recv(65536)
		app.send(reply())
		assert client.read().status == 200
	EOF
}

@test "an hour of silence ends neither an event stream nor a WebSocket" {
	serve_start_app -j 1
	faults <<-'EOF'
		listener = application()
		faults.set_clock(10**9)
		def begin(reply, *fields):
		    client, app = pass_on(listener, *fields)
		    app.send(b"HTTP/1.1 " + reply + b"\r\n\r\n")
		    while client.line():
		        pass
		    return client, app
		stream = begin(b"200 OK\r\nContent-Type: text/event-stream")
		tunnel = begin(b"101 Switching Protocols\r\nUpgrade: websocket\r\n"
		    b"Connection: Upgrade", "Upgrade: websocket", "Connection: Upgrade")
		for minute in range(60):
		    faults.set_clock(10**9 + 60 * minute)
		    assert ask(get("/")).status == 200
		stream[1].send(b"data: late\n\n")
		while b"data: late" not in stream[0].unread:
		    assert stream[0].more()
		tunnel[1].send(b"from the application")
		assert tunnel[0].take(20) == b"from the application"
		tunnel[0].send("from the client")
		assert tunnel[1].recv(100) == b"from the client"
	EOF
}

@test "after a long SIGSTOP a body that has arrived is not too slow" {
	serve_start_app -j 1
	faults <<-'EOF'
		listener = application()

		def begin(path, n):
		    """A client that has sent 100 bytes of its body in time."""
		    faults.set_clock(10**9)
		    client = Client().send(get(path, f"Content-Length: {n}",
		        method="POST"))
		    client.send("x" * 100)
		    # A later client has its response, so these have been read.
		    assert ask(get(method="OPTIONS")).status == 204
		    return client

		def end(client, n):
		    with stopped():
		        client.send("x" * (n - 100))
		        faults.set_clock(10**9 + 1000)
		    return client

		assert end(begin("/", 60000), 60000).read().status == 405
		client = begin("/app/", 100000)
		app = accept(listener).makefile("rwb")
		while app.readline() != b"\r\n":
		    pass
		assert len(app.read(100)) == 100
		end(client, 100000)
		assert len(app.read(99900)) == 99900
		app.write(b"HTTP/1.1 204 No Content\r\n\r\n")
		app.flush()
		assert client.read().status == 204
	EOF
}

@test "each client that waits for a slot gets it when one is free, not at the next try" {
	serve_start -j 2 --max-conns 40
	faults <<-'EOF'
		from process import descriptors
		# The time of the next try never comes.
		faults.set_clock(10**9)
		idle = descriptors()

		def upload(n):
		    client = Client().send(get("/", "Content-Length: 9"))
		    until(lambda: descriptors() == idle + n)
		    return client

		# So many that both loops have some.
		busy = [upload(n + 1) for n in range(40)]
		for client in busy[:]:
		    waiting = Client().send(get("/", "Connection: close"))
		    until(lambda: descriptors() == idle + 41)
		    client.close()
		    assert waiting.read().status == 200
		    waiting.close()
		    until(lambda: descriptors() == idle + 39)
		    busy.append(upload(40))
	EOF
}

@test "where file times are fine, a file that has just been written has validators" {
	local major minor

	IFS=.- read -r major minor _ < <(uname -r)
	((major > 6 || (major == 6 && minor > 12))) || skip "needs Linux 6.13"
	case $(stat -f -c %T "$ROOT") in
	tmpfs | ext2/ext3 | xfs | btrfs) ;;
	*) skip "needs the file system of a local disk" ;;
	esac
	serve_start
	faults <<-'EOF'
		write("file", "text")
		faults.set_date(os.stat(ROOT + "/file").st_ctime)
		answer = ask(get("/file"))
		assert answer["ETag"] and answer["Last-Modified"]
	EOF
}
