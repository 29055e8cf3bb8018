# --proxy: the rules of HTTP for an exchange with an application.

load proxy

@test "the longest PREFIX wins, compared by decoded segments" {
	app_start
	serve_start --proxy "/api=http://127.0.0.1:$APP/short" \
		--proxy "/api/v%32=http://127.0.0.1:$APP/long" \
		--proxy "http://127.0.0.1:$APP"
	curl -sS --path-as-is "${URL}api/x" "${URL}api/v2/x" "${URL}api/%762" \
		"${URL}%61pi/v22" "${URL}apis" "${URL}api/a%2Fb//c" >"$OUT"
	[ "$(got .line | cut -d ' ' -f 2 | tr '\n' ' ')" = \
		"/short/x /long/x /long /short/v22 /apis /short/a%2Fb//c " ]
}

@test "fields of the connection are not passed on in either direction" {
	both_start
	wire <<-'EOF'
		client = Client()
		answer = client.ask(get("/api/fields", "Connection: X-Hop, keep-alive",
		    "X-Hop: 1", "Keep-Alive: 5", "TE: trailers", "X-End: 2",
		    "X_Under: 3", "Proxy-Connection: close"))
		assert answer["X-App"] == "yes" and answer["Keep-Alive"] is None
		assert len(answer.all("Set-Cookie")) == 2
		# The client's connection persists, whatever happens to the
		# application's.
		assert client.ask(get("/api/x")).status == 200
	EOF
	[ "$(got '.fields[][0]' | grep -icE '^(x-hop|keep-alive|te|x_under|proxy-.*)$')" = 0 ]
	[ "$(got '.fields[] | select(.[0] == "X-End")[1]')" = 2 ]
}

@test "a reply of 101 or 204 has no length" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		def ask_for(reply, *fields):
		    client, app = pass_on(listener, *fields)
		    app.sendall(reply)
		    return client.read(), client
		answer, client = ask_for(
		    b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello")
		assert answer.status == 204 and answer["Content-Length"] is None
		assert client.ask(get("/file")).body == b"file\n"
		answer, client = ask_for(
		    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		    b"Connection: Upgrade\r\nContent-Length: 5\r\n\r\nhello, you",
		    "Connection: Upgrade", "Upgrade: websocket")
		assert answer.status == 101 and answer["Content-Length"] is None
		assert client.take(10) == b"hello, you"
	EOF
}

# Such a body may come at any time, also after the next request.
@test "a body where there must be none is not the next reply" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		stolen = reply(b"stolen")
		length = b"Content-Length: %d\r\n" % len(stolen)
		coding = b"Transfer-Encoding: chunked\r\n"
		for method, start, fields in (
		        ("HEAD", b"200 OK", length), ("HEAD", b"200 OK", b""),
		        ("GET", b"304 Not Modified", length),
		        ("GET", b"204 No Content", coding)):
		    client = Client().send(get("/app/x", method=method))
		    app = accept(listener)
		    assert (b"\r\nConnection: close\r\n" in app.recv(65536)) == \
		        (method == "HEAD")
		    app.sendall(b"HTTP/1.1 " + start + b"\r\n" + fields + b"\r\n")
		    answer = client.read(method)
		    assert answer.status == int(start[:3])
		    assert answer["Connection"] is None
		    client.send(get("/app/x"))
		    with contextlib.suppress(OSError):
		        app.sendall(stolen)
		    app = accept(listener)
		    app.recv(65536)
		    app.sendall(reply(b"ok"))
		    assert client.read().body == b"ok"
		    app.close()
	EOF
}

@test "stray bytes after a reply do not spoil the next one" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		client, app = pass_on(listener)
		def send_stray(*parts):
		    app.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
		    assert client.read().status == 204
		    client.send(get("/app/x"))
		    app.recv(65536)
		    for part in parts:
		        app.sendall(part)
		        # It has been read when another client has its response.
		        assert ask(get("/file")).body == b"file\n"
		for parts in (b"hello",), (b"HTTP/1.1 2", b"\r\n"), (b"HTTP",):
		    send_stray(*parts)
		    app.close()
		    app = accept(listener)
		    assert app.recv(65536).startswith(b"GET /app/x ")
		# The reply has begun: a second one must not follow.
		send_stray(b"HTTP/1.1 103 A\r\n\r\n", b"hello")
		assert client.read().status == 103
		assert client.read().status == 502
		# Bytes on a new connection are no surplus.
		client, app = pass_on(listener)
		app.sendall(b"hello")
		assert client.read().status == 502
	EOF
}

@test "a client that closes its half before the tunnel begins closes the half to the application" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		for early in "", "hello":
		    client = Client().send(get("/app/x", "Connection: Upgrade",
		        "Upgrade: websocket") + early).end()
		    app = accept(listener)
		    app.recv(65536)
		    app.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\nbye")
		    assert app.makefile("rb").read() == early.encode()
		    app.close()
		    assert client.read().status == 101
		    assert client.rest() == b"bye"
	EOF
}

# serve reads nothing from a client whose turn it is not, but gets its FIN.
@test "input before the end of a client is read, although serve had to wait" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		def settle():
		    """Let serve handle what has been sent so far."""
		    for _ in range(2):
		        assert ask(get("/file")).body == b"file\n"

		# The next request, while the application works on the first one.
		client, app = pass_on(listener)
		settle()
		client.send(get("/file")).end()
		settle()
		app.sendall(reply(b"x"))
		assert client.read().body == b"x"
		assert client.read().body == b"file\n"
		client.ended()
		app.close()

		# More bytes for a tunnel, which does not exist yet.
		client, app = pass_on(listener, "Connection: Upgrade",
		    "Upgrade: websocket", more="x" * 3000)
		settle()
		client.send("y" * 2000).end()
		settle()
		app.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
		assert app.makefile("rb").read() == b"x" * 3000 + b"y" * 2000
		app.close()
		assert client.read().status == 101
		client.ended()
	EOF
}

# The application has no room for a connection, so that serve keeps what it can
# of the body, and leaves the rest in the socket.
@test "a client may close its half while its body waits for the application" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		listener.listen(0)
		other = socket.socket(socket.AF_UNIX)
		other.connect(listener.getsockname())
		client = Client().send(get("/app/x", "Content-Length: 100000",
		    method="POST") + "x" * 100000)
		for _ in range(2):
		    assert ask(get("/file")).body == b"file\n"
		client.end()
		for _ in range(2):
		    assert ask(get("/file")).body == b"file\n"
		listener.accept()
		app = accept(listener)
		body = b""
		while len(body) < 100000:
		    data = app.recv(65536)
		    assert data, f"the request ended after {len(body)} bytes"
		    body += data.split(b"\r\n\r\n")[-1]
		app.sendall(reply(b"x"))
		assert client.read().body == b"x"
		app.close()

		# Long after its head, which serve must not take for leaving.
		client = Client().send(get("/app/x", "Content-Length: 10",
		    method="POST") + "x" * 5)
		ask(get("/file"))
		time.sleep(0.2)
		with stopped():
		    client.send("x" * 5).end()
		ask(get("/file"))
		app = accept(listener)
		app.recv(65536)
		app.sendall(reply(b"x"))
		assert client.read().body == b"x"
	EOF
}

@test "a client that leaves before the reply is logged with 499, as by nginx" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		client = Client().send(get("/app/x"))
		app = accept(listener)
		app.recv(65536)
		reset(client.socket)
		assert app.recv(1) == b""
	EOF
	wait_until grep -q '"GET /app/x HTTP/1.1" 499 0 ' "$OUT"
}

@test "an exchange that signals end before the reply is logged with 503" {
	serve_start_app -j 1
	wire <<-'EOF'
		client, app = pass_on(application())
		os.kill(int(os.environ["PID"]), signal.SIGTERM)
		os.kill(int(os.environ["PID"]), signal.SIGINT)
		client.ended()
	EOF
	serve_wait
	grep '"GET /app/x HTTP/1.1" 503 0 ' "$OUT"
}

@test "a malformed body is a 502, or cuts a reply that has begun" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		for body in b"zz\r\n", b"3\nabc", b"10000000000000003\r\n":
		    client, app = pass_on(listener)
		    app.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		                + body)
		    assert client.read().status == 502
		# The first head is complete, but was not sent.
		client, app = pass_on(listener)
		app.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/2 200\r\n\r\n")
		assert client.read().status == 502
		client, app = pass_on(listener)
		app.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		            b"5\r\nhello\r\n")
		while client.line():
		    pass
		assert client.line() + client.line() == b"5hello"
		app.sendall(b"zz\r\n")
		client.ended()
	EOF
}

@test "an exchange that fails after an interim response is a 502" {
	serve_start_app -j 1 --log-format json
	wire <<-'EOF'
		listener = application()
		for last in b"", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 200 OK\r\nA":
		    client, app = pass_on(listener)
		    app.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
		    assert client.read().status == 103
		    app.sendall(last)
		    app.close()
		    answer = client.read()
		    assert answer.status == 502 and answer["Connection"] == "close"
		    client.ended()
	EOF
	serve_stop TERM
	[ "$(jq -c '[.status, .complete]' "$OUT" | uniq -c | tr -s ' ')" = " 3 [502,true]" ]
	[ "$(jq -r .note "$OUT" | grep -c ': no reply$')" = 2 ]
}

@test "a client that leaves after an interim response is logged with 499 too" {
	serve_start_app -j 1 --log-format json
	wire <<-'EOF'
		listener = application()
		client, app = pass_on(listener)
		app.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
		assert client.read().status == 103
		client.close()
		app.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
		app.settimeout(WAIT)
		assert app.recv(1) == b""
	EOF
	serve_stop TERM
	[ "$(jq -c '[.status, .complete]' "$OUT")" = "[499,false]" ]
}

@test "urgent data of an application does not stop its reply" {
	both_start
	wire <<-'EOF'
		for half in (10, 50_000, 2_000_000) * 3:
		    client = Client().send(get("/api/urgent", f"X-Half: {half}"))
		    body = client.read().body
		    assert body == b"a" * half + b"b" * half
		    client.close()
	EOF
}

@test "trailers are dropped in both directions" {
	both_start
	wire <<-'EOF'
		client = Client()
		body = "3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"
		head = get("/api/x", "Transfer-Encoding: chunked", "Trailer: X-Sum",
		    method="POST")
		for i in range(2):
		    assert client.ask(head + body).body == b"app x"
		# Client.chunks() does not accept trailers.
		assert client.ask(get("/api/chunked")).body == b"hello, world"
	EOF
	[ "$(got .body | tr '\n' ' ')" = "abc abc  " ]
	[ "$(got '.fields[][0]' | grep -ic trailer)" = 0 ]
}

@test "a GET with a body that the application ignores is one request" {
	both_start
	wire <<-'EOF'
		stolen = "GET /stolen HTTP/1.1\r\nHost: localhost\r\n\r\n"
		n = len(stolen)
		for fields, body in (
		        (f"Content-Length: {n}", stolen),
		        ("Transfer-Encoding: chunked", f"{n:x}\r\n{stolen}\r\n0\r\n\r\n")):
		    for method in "GET", "POST":
		        client = Client()
		        request = get("/api/ignores-body", fields, method=method)
		        assert client.ask(request + body).body == b"ignored"
		        # The application would answer the smuggled request, but
		        # no client gets it.
		        assert ask(get("/api/x")).body == b"app x"
	EOF
}

@test "an application may be restarted between two requests" {
	both_start
	[ "$(curl -sS "${URL}api/x")" = "app x" ]
	kill "${APPS[0]}"
	wait "${APPS[0]}" || :
	app_start 127.0.0.1 "$APP"
	[ "$(curl -sS "${URL}api/x")" = "app x" ]
	[ "$(curl -sS -d a=b "${URL}api/x")" = "app x" ]
}

@test "a Location beneath --base is escaped" {
	app_start
	serve_start --base '/a%20b/' --proxy "/api=http://127.0.0.1:$APP/v1"
	run field_of location "http://localhost:$PORT/a%20b/api/fields"
	[ "$output" = /a%20b/api/next ]
}

@test "an application is beneath a --base with a percent sign" {
	app_start
	serve_start --base '/50%2541/' --proxy "/api=http://127.0.0.1:$APP/v1"
	run field_of location "http://localhost:$PORT/50%2541/api/fields"
	[ "$output" = /50%2541/api/next ]
	run -0 curl -sS "http://localhost:$PORT/%350%25%341/api/x"
	[ "$output" = "app x" ]
	# Decoded twice, it would be this path.
	[ "$(status_of "http://localhost:$PORT/50A/api/x")" = 404 ]
	[ "$(got .line | tr '\n' ' ')" = "GET /v1/fields HTTP/1.1 GET /v1/x HTTP/1.1 " ]
}

@test "--base, --cors and --live do not change the replies of an application" {
	app_start
	serve_start --base /repo/ --cors --live --isolate \
		--proxy "/api=http://127.0.0.1:$APP/v1"
	run -0 curl -sS -D - -H 'Origin: http://a.example' -H 'Accept: text/html' \
		-H 'Sec-Fetch-Dest: document' -H 'Sec-Fetch-Mode: navigate' \
		"http://localhost:$PORT/repo/api/x"
	[ "${lines[0]}" = $'HTTP/1.1 200 OK\r' ]
	[[ ${lines[1]} = "Date: "* ]]
	[ "${lines[2]}" = $'Content-Length: 5\r' ]
	[ "${lines[-1]}" = "app x" ]
	[ "${#lines[@]}" = 5 ]
	[ "$(got .line)" = "GET /v1/x HTTP/1.1" ]
	[ "$(field_of location "http://localhost:$PORT/repo/api/fields")" = \
		/repo/api/next ]
	[ "$(status_of "http://localhost:$PORT/api/x")" != 200 ]
}

@test "a stream that its client does not read delays no other client" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		idle = Client(buffer=4096).send(get("/app/stream"))
		app = accept(listener)
		app.recv(65536)
		app.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
		app.setblocking(False)
		# The application is stopped as well.
		with contextlib.suppress(BlockingIOError):
		    while True:
		        app.send(b"data: x\n\n" * 1000)
		for path in "/file", "/file", "/file":
		    assert ask(get(path)).body == b"file\n"
		from process import memory
		assert memory("VmHWM") < 24, memory("VmHWM")
		# When the client reads at last, nothing is missing.
		line = b""
		while b"data: x\n\n" not in idle.unread:
		    assert idle.more()
	EOF
}

# One loop moves them through one pipe.
@test "long replies stay apart, in whatever order they are read" {
	serve_start_app -j 1
	wire <<-'EOF'
		import random, threading
		listener = application()
		size = 8 << 20
		bodies = [random.Random(i).randbytes(size) for i in range(3)]
		# The socket takes all that there is, a part of it, or nothing.
		clients = [Client(), Client(buffer=32 << 10, segment=536),
		    Client(buffer=4096)]
		def answer(app):
		    i = int(app.recv(65536).split(b"/app/")[1].split()[0])
		    app.sendall(reply(bodies[i]))
		for i, client in enumerate(clients):
		    client.send(get(f"/app/{i}"))
		    app = accept(listener)
		    threading.Thread(target=answer, args=(app,), daemon=True).start()
		for client in clients:
		    while (line := client.line()):
		        pass
		got = [b"" for _ in bodies]
		chance = random.Random(4)
		while open := [i for i, body in enumerate(got) if len(body) < size]:
		    i = chance.choice(open)
		    n = min(chance.randrange(1, 400000), size - len(got[i]))
		    got[i] += clients[i].take(n)
		assert got == bodies
		# And each connection goes on behind its reply.
		for client in clients:
		    assert client.ask(get("/file")).body == b"file\n"
	EOF
}

# A reply ends in the same iteration in which its client's next request arrives,
# behind more input of other clients than one iteration reads.
@test "a connection that moves to another loop is read only there" {
	serve_start_app -j 2
	wire <<-'EOF'
		listener = application()
		# The client of a WebSocket may send bytes before the reply ends.
		upgrade = ("Connection: Upgrade", "Upgrade: websocket")
		def refuse():
		    client, app = pass_on(listener, *upgrade)
		    app.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
		    # Until the client's socket is full.
		    app.setblocking(False)
		    while select.select([], [app], [], 0.05)[1]:
		        app.send(b"x" * 65536)
		    return client, app
		def drain(client):
		    client.socket.setblocking(False)
		    with contextlib.suppress(BlockingIOError):
		        while True:
		            client.more()
		    client.socket.settimeout(WAIT)
		head = get("/file", "X: " + "x" * 16000)
		others = [Client() for _ in range(41)]
		for other in others:
		    assert other.ask(get("/file")).body == b"file\n"
		for _ in range(12):
		    pairs = [refuse() for _ in range(6)]
		    with stopped():
		        for _, app in pairs:
		            app.shutdown(socket.SHUT_WR)
		        # Each loop reads some 14 of these at once.
		        for i, other in enumerate(others):
		            other.send(head[:15900])
		            if i in range(24, 36, 2):
		                client = pairs[i // 2 - 12][0]
		                drain(client)
		                client.send(get("/file") * 3)
		    for client, _ in pairs:
		        assert client.read().status == 403
		        for _ in range(3):
		            assert client.read().body == b"file\n"
		        client.close()
		    for other in others:
		        assert other.send(head[15900:]).read().body == b"file\n"
	EOF
}

@test "an application that ends within a long reply cuts it" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		client, app = pass_on(listener)
		app.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n")
		app.sendall(b"x" * 2000000)
		app.close()
		while client.line():
		    pass
		client.take(2000000)
		client.ended()
	EOF
	[ "$(grep -c '"GET /app/x HTTP/1.1" 200 2000000 ' "$OUT")" = 1 ]
}

# bats test_tags=sandbox
@test "where splice is refused, long replies are copied" {
	need cc
	app_start
	for refusal in EINVAL:splice ENOSYS:splice EPERM:splice; do
		RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" "$refusal")
		serve_start -j 1 --proxy "/api=http://127.0.0.1:$APP"
		[ "$(curl -sS "${URL}api/long" | md5sum)" = \
			"$(curl -sS "http://127.0.0.1:$APP/long" | md5sum)" ] ||
			fail "$refusal"
		serve_stop TERM
	done
}

@test "a reply that the application ends early is not a success" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		def begin():
		    client = Client().send(get("/app/x", "Content-Length: 100000",
		        method="POST") + "x" * 70000)
		    app = accept(listener)
		    return client, app
		client, app = begin()
		app.close()
		assert client.read().status == 502
		client, app = begin()
		app.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
		app.close()
		answer = client.read()
		assert (answer.status, answer.body) == (413, b"no")
		assert answer["Connection"] == "close"
	EOF
}

@test "scanners and malformed requests get no further than with a folder" {
	mkdir "$BATS_TEST_TMPDIR/behind"
	echo page >"$BATS_TEST_TMPDIR/behind/index.html"
	local front=$ROOT port

	# The application is another serve.
	ROOT=$BATS_TEST_TMPDIR/behind OUT=$OUT-behind ERR=$ERR-behind
	serve_start -q
	port=$PORT
	ROOT=$front OUT=${OUT%-behind} ERR=${ERR%-behind}
	serve_start -q --proxy "http://127.0.0.1:$port"
	PROBES=$BATS_TEST_DIRNAME/attack/probes.txt wire <<-'EOF'
		import random
		with open(os.environ["PROBES"]) as probes:
		    probes = probes.read().splitlines()
		random.seed(1)
		healthy = Client()
		for probe in probes:
		    for method in "GET", "POST", "TRACE":
		        client = Client().send(get(probe, method=method)).end()
		        assert client.read(method).status in (
		            200, 301, 400, 403, 404, 405, 421), (method, probe)
		        client.close()
		request = get("/x", "Content-Length: 5", method="POST").encode() + b"hello"
		for i in range(500):
		    bad = bytearray(request)
		    for j in range(random.randrange(1, 4)):
		        bad[random.randrange(len(bad))] = random.randrange(256)
		    client = Client().send(bytes(bad)).end()
		    with contextlib.suppress(ConnectionError):
		        client.rest()
		    client.close()
		assert healthy.ask(get("/")).body == b"page\n"
	EOF
}
