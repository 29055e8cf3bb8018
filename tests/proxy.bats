# --proxy: requests that are passed on to an application, over the wire.

load proxy

@test "a request beneath PREFIX goes to the application, other requests to the folder" {
	both_start
	[ "$(curl -sS "${URL}api/x?q=1")" = "app x" ]
	[ "$(curl -sS "${URL}api")" = "app api" ]
	[ "$(curl -sS "${URL}file")" = file ]
	[ "$(status_of "${URL}apix")" = 404 ]
	[ "$(got .line | head -n 1)" = "GET /api/x?q=1 HTTP/1.1" ]
}

@test "without PREFIX a file takes precedence over the application" {
	app_start
	mkdir -p "$ROOT/empty" "$ROOT/index" "$ROOT/page"
	echo index >"$ROOT/index/index.html"
	echo about >"$ROOT/about.html"
	serve_start --proxy "http://127.0.0.1:$APP"
	[ "$(curl -sS "${URL}file")" = file ]
	[ "$(curl -sS "${URL}about")" = about ]
	[ "$(curl -sS "${URL}index/")" = index ]
	[ "$(status_of "${URL}index")" = 301 ]
	[ "$(curl -sS "${URL}empty/")" = "app " ]
	[ "$(curl -sS "${URL}page")" = "app page" ]
	[ "$(curl -sS "${URL}nothing")" = "app nothing" ]
	[ "$(curl -sS -X DELETE "${URL}file")" = "app file" ]
	[ "$(status_of -X POST -d a=b "${URL}file")" = 200 ]
}

@test "every method but CONNECT and TRACE is passed on" {
	both_start
	for method in GET POST PUT PATCH DELETE OPTIONS PROPFIND MADE-UP; do
		[ "$(status_of -X "$method" "${URL}api/x")" = 200 ]
		[ "$(got .line | tail -n 1)" = "$method /api/x HTTP/1.1" ]
	done
	[ "$(status_of -X TRACE "${URL}api/x")" = 405 ]
	run raw <<<$'CONNECT api:80 HTTP/1.1\r\nHost: localhost\r\n\r'
	[[ $output == "HTTP/1.1 405 "* ]]
}

@test "a reply ends as its framing says" {
	both_start
	[ "$(curl -sS "${URL}api/chunked")" = "hello, world" ]
	[ "$(curl -sS "${URL}api/until-close")" = "until the end" ]
	[ "$(curl -sS "${URL}api/http10")" = old ]
	[ "$(curl -sS "${URL}api/bytes" | wc -c)" = 50 ]
	[ "$(status_of "${URL}api/empty")" = 204 ]
	[ "$(status_of "${URL}api/not-modified")" = 304 ]
	[ "$(curl -sS -I "${URL}api/x" | grep -vc ^Date:)" = 3 ]
}

@test "an HTTP/1.0 client gets no chunks" {
	both_start
	wire <<-'EOF'
		for fields in ([], ["Connection: keep-alive"]):
		    data = get("/api/chunked", *fields, version="HTTP/1.0")
		    client = Client().send(data)
		    answer = client.read()
		    assert answer["Transfer-Encoding"] is None
		    assert (answer["Connection"], answer.body) == \
		        ("close", b"hello, world")
	EOF
}

@test "interim responses are passed on, except for 100 (Continue)" {
	both_start
	run raw <<<$'GET /api/interim HTTP/1.1\r\nHost: localhost\r\n\r'
	[[ $output == "HTTP/1.1 103 Early Hints"*"Link: </a.css>"*"HTTP/1.1 200 "*final ]]
}

@test "a reply's head may arrive in two parts" {
	both_start
	wire <<-'EOF'
		go = f"{ROOT}/go"
		client = Client().send(get("/api/halves", f"X-Until: {go}"))
		assert client.read().status == 103
		open(go, "w").close()
		answer = client.read()
		assert (answer.status, answer.body) == (200, b"whole")
	EOF
}

@test "requests on one connection are answered in order" {
	both_start
	wire <<-'EOF'
		client = Client()
		client.send("".join(get(path) for path in ("/api/one", "/file",
		            "/api/bytes", "/file", "/api/chunked", "/api/last")))
		bodies = [client.read().body for _ in range(6)]
		assert bodies == [b"app one", b"file\n", b"x" * 50, b"file\n",
		                  b"hello, world", b"app last"], bodies
	EOF
}

@test "a short request body is passed on complete, with its length" {
	both_start
	head -c 60000 /dev/urandom >"$BATS_TEST_TMPDIR/body"
	[ "$(curl -sS --data-binary @"$BATS_TEST_TMPDIR/body" \
		"${URL}api/x")" = "app x" ]
	[ "$(got_field Content-Length)" = 60000 ]
	[ "$(got '.body | length')" = 60000 ]
	curl -sS -H 'Transfer-Encoding: chunked' \
		--data-binary @"$BATS_TEST_TMPDIR/body" "${URL}api/x"
	[ "$(got_field Content-Length)" = 60000 ]
}

@test "an empty body keeps its length" {
	both_start
	curl -sS -X POST -H 'Content-Length: 0' "${URL}api/x"
	[ "$(got_field Content-Length)" = 0 ]
	curl -sS -X POST "${URL}api/x"
	[ "$(got_field Content-Length)" = "" ]
}

# man: A request that is not HTTP is answered with 400, and the connection is
# closed.
@test "a malformed chunk for an application is a 400, and the connection closes" {
	both_start --log-format json
	wire <<-'EOF'
		def post(path, chunks):
		    return Client().send(get(path, "Transfer-Encoding: chunked",
		        method="POST").encode() + chunks)
		long = b"8000\r\n%b\r\n" % bytes(32768)
		for good in b"", b"3\r\nabc\r\n", 4 * long:
		    client = post("/api/x", good + b"3\r\nabcX\r\n" + get("/file").encode())
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (400, "close"), answer
		    client.ended()
		assert ask(get("/file")).body == b"file\n"
	EOF
	serve_stop TERM
	[ "$(jq -r 'select(.status == 400) | .note' "$OUT" | uniq)" = \
		"the body is malformed" ]
}

@test "a long request body is streamed, chunked or with its length" {
	both_start
	head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/body"
	curl -sS --data-binary @"$BATS_TEST_TMPDIR/body" "${URL}api/x"
	[ "$(got_field Content-Length)" = 3000000 ]
	curl -sS -H 'Transfer-Encoding: chunked' -H 'Content-Type: a' \
		--data-binary @"$BATS_TEST_TMPDIR/body" "${URL}api/x"
	[ "$(got_field Transfer-Encoding)" = chunked ]
	[ "$(got '.body | length' | sort -u)" = 3000000 ]
	[ "$(status_of -T "$BATS_TEST_TMPDIR/body" "${URL}api/slow-reader")" = \
		200 ]
}

@test "a reply of many megabytes is passed on complete, in little memory" {
	both_start
	[ "$(curl -sS "${URL}api/large" | md5sum)" = \
		"$(curl -sS "http://127.0.0.1:$APP/large" | md5sum)" ]
	[ "$(curl -sS "${URL}api/large-chunked" | md5sum)" = \
		"$(curl -sS "http://127.0.0.1:$APP/large-chunked" | md5sum)" ]
	wire <<-'EOF'
		from process import memory
		assert memory("VmHWM") < 24, memory("VmHWM")
	EOF
}

@test "a request body waits while the application does not read" {
	both_start
	wire <<-'EOF'
		from process import memory
		size, go = 64 << 20, f"{ROOT}/go"
		client = Client().send(get("/api/waits", f"X-Until: {go}",
		    f"Content-Length: {size}", method="PUT"))
		before, sent, piece = memory("VmHWM"), 0, bytes(1 << 16)
		def is_full():
		    global sent
		    while select.select([], [client.socket], [], 0.2)[1]:
		        sent += client.socket.send(piece)
		    return True
		client.socket.setblocking(False)
		is_full()
		print(f"{sent >> 10} KiB are on the way")
		assert sent < size / 2
		# Wait longer than a late body may take.
		late = Client().send(get("/", "Content-Length: 9", method="PUT"))
		assert late.read().status == 408
		assert is_full() and sent < size / 2
		assert memory("VmHWM") - before < 4
		write("go", "")
		client.socket.settimeout(WAIT)
		client.send(bytes(size - sent))
		assert client.read().body == b"%d" % size
	EOF
}

@test "a client that sends a body too slowly gets 408" {
	both_start --log-format pretty
	wire <<-'EOF'
		clients = [Client().send(get("/api/x", method="PUT", *fields))
		    for fields in (["Content-Length: 100000"],
		        ["Content-Length: 9"], ["Transfer-Encoding: chunked"])]
		def answered():
		    for client in clients:
		        client.send("1\r\nx\r\n" if client == clients[2] else "x")
		    return len(select.select([c.socket for c in clients], [], [],
		        3)[0])
		until(answered)
		for client in clients:
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (408, "close")
		    client.ended()
	EOF
	[ "$(grep -c ' 408 PUT .*(the body came too slowly)$' "$OUT")" = 3 ]
	[ "$(curl -sS "${URL}api/x")" = "app x" ]
}

@test "a body of any size is passed on in little memory" {
	local size

	size=$(too_long_for_32_bits)
	both_start
	truncate -s "$size" "$BATS_TEST_TMPDIR/body"
	[ "$(curl -sS -H Expect: -T "$BATS_TEST_TMPDIR/body" \
		"${URL}api/count")" = "$size" ]
	wire <<-'EOF'
		from process import memory
		assert memory("VmHWM") < 24, memory("VmHWM")
	EOF
}

@test "an application may reply before the request body has arrived" {
	both_start
	head -c 30000000 /dev/zero >"$BATS_TEST_TMPDIR/body"
	run curl -sS -o "$BATS_TEST_TMPDIR/reply" -w '%{http_code}' \
		--data-binary @"$BATS_TEST_TMPDIR/body" "${URL}api/early"
	[[ $output == *413* ]]
	[ "$(cat "$BATS_TEST_TMPDIR/reply")" = no ]
}

@test "the rest of a body that the application ignores is not sent as its next request" {
	both_start
	for _ in 1 2 3; do
		[ "$(curl -sS -d 'GET /stolen HTTP/1.1' \
			"${URL}api/ignores-body")" = ignored ]
	done
	[ "$(curl -sS "${URL}api/x")" = "app x" ]
	run ! grep stolen <(got .line)
}

# N: has the application sent N replies to no request?
unasked_replies() {
	[ "$(grep -c '"unasked"' "$APP_LOG")" = "$1" ]
}

@test "bytes after the end of a reply are not the next reply" {
	local i

	both_start -j 1
	for i in {1..5}; do
		[ "$(curl -sS "${URL}api/unasked")" = asked ]
		wait_until unasked_replies "$i"
		[ "$(curl -sS "${URL}api/x")" = "app x" ]
	done
}

@test "a connection is reused, but not after a request with a body" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		client, app = pass_on(listener)
		for i in range(3):
		    app.sendall(reply())
		    assert client.read().status == 200
		    client.send(get("/app/again"))
		    head = app.recv(65536)
		    assert head.startswith(b"GET /app/again ")
		    assert b"\r\nConnection: " not in head
		app.sendall(reply())
		assert client.read().status == 200
		client.send(get("/app/x", "Content-Length: 1", method="POST", body="x"))
		app = accept(listener)
		assert b"\r\nConnection: close\r\n" in app.recv(65536)
		app.sendall(reply())
		assert client.read().status == 200
		assert app.recv(1) == b""
	EOF
}

@test "a request is sent again if the reused connection was closed" {
	both_start
	wire <<-'EOF'
		client = Client()
		for _ in range(6):
		    answer = client.ask(get("/api/second-close"))
		    assert answer.status == 200 and answer.body == b"first"
	EOF
	run curl -sS -o /dev/null -w '%{http_code}' "${URL}api/silent-close"
	[ "$output" = 502 ]
	# Once, and not at all if that could do something twice.
	[ "$(got .line | grep -c 'GET /api/silent-close')" = 2 ]
	run curl -sS -o /dev/null -w '%{http_code}' -X POST "${URL}api/silent-close"
	[ "$output" = 502 ]
	[ "$(got .line | grep -c 'POST /api/silent-close')" = 1 ]
}

@test "a request whose new connection is reset is sent once more" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		client = Client().send(get("/app/x"))
		app = accept(listener)
		reset(app)
		app = accept(listener)
		assert app.recv(65536).startswith(b"GET /app/x ")
		app.sendall(reply(b"ok"))
		assert client.read().body == b"ok"
	EOF
}

@test "a connection that ends with its reply is not used again" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		client = Client()
		for _ in range(20):
		    client.send(get("/app/x"))
		    app = accept(listener)
		    app.recv(65536)
		    app.sendall(reply(b"ok"))
		    app.close()
		    assert client.read().body == b"ok"
		    # This is sent once more after a reset, so it was not sent before.
		    client.send(get("/app/x"))
		    app = accept(listener)
		    reset(app)
		    app = accept(listener)
		    app.recv(65536)
		    app.sendall(reply(b"ok"))
		    app.close()
		    assert client.read().body == b"ok"
	EOF
}

@test "a reply that is not HTTP gets the client a 502" {
	both_start
	for path in garbage two-lengths length-and-chunked huge-head switches; do
		[ "$(status_of "${URL}api/$path")" = 502 ] || fail "$path"
	done
	[ "$(curl -sS "${URL}api/x")" = "app x" ]
}

@test "an application that dies within a body ends the client's connection" {
	both_start
	run curl -sS "${URL}api/drop"
	[ "$status" = 18 ]
	run curl -sS "${URL}api/drop-chunked"
	[ "$status" = 18 ]
	# Here only a reset tells that the body is not complete.
	run curl -sS --http1.0 "${URL}api/drop-chunked"
	[ "$status" = 56 ]
}

@test "an application that is not running gets the client a 502 with its URL" {
	app_start
	kill "${APPS[0]}"
	wait "${APPS[0]}" || :
	serve_start --proxy "/api=http://127.0.0.1:$APP" --log-format json
	run curl -sS -w '%{http_code}' "${URL}api/x"
	[[ $output == *"http://127.0.0.1:$APP"*502 ]]
	app_start 127.0.0.1 "$APP"
	[ "$(curl -sS "${URL}api/x")" = "app x" ]
}

@test "the page of a 502 has the format that the client prefers" {
	serve_start --proxy /gone=unix:/nowhere/socket
	run curl -sS "${URL}gone/x"
	[[ $output == "502 Bad Gateway: "* ]]
	run curl -sS -H 'Accept: text/html, */*;q=0.8' "${URL}gone/x"
	[[ $output == "<!doctype html>"* ]]
	run curl -sS -H 'Accept: text/css;q=0.1' -H 'Accept: application/json' "${URL}gone/x"
	[ "$(jq -r .status <<<"$output")" = 502 ]
}

@test "a request with a body gets 502 if the application is not running or fails" {
	both_start --proxy "/gone=unix:$BATS_TEST_TMPDIR/no-socket"
	wire <<-'EOF'
		def post(path, sent):
		    client = Client()
		    client.send(get(path, "Content-Length: 200000", method="POST"))
		    return client.send(b"x" * sent)
		for sent in 100000, 200000:
		    assert post("/gone/x", sent).read().status == 502
		assert post("/api/garbage", 200000).read().status == 502
		for path in "/gone/x", "/api/garbage", "/api/never":
		    post(path, 100000).close()
		assert Client().ask(get("/api/x")).body == b"app x"
	EOF
}

@test "a connection that ends while its input waits is not read any more" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		request = get("/app/x", "Content-Length: 200000", method="POST")
		def begin():
		    client = Client().send(request + "x" * 70000)
		    app = accept(listener)
		    app.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
		    client.line()
		    return client, app
		# More input than there is space for, from connections that end
		# in the same iteration, with both orders of the events.
		for first, then in (0, 1), (1, 0):
		    pairs = [begin() for i in range(20)]
		    acts = (lambda c, a: a.close()), (lambda c, a: c.send("x" * 16384))
		    with stopped():
		        for act in acts[first], acts[then]:
		            for pair in pairs:
		                act(*pair)
		    for client, _ in pairs:
		        client.close()
		clients = [Client() for i in range(20)]
		assert [c.ask(get("/")).status for c in clients] == [200] * 20
	EOF
}

@test "one application gets at most 64 connections, and further requests wait in order" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		clients, apps = [], []
		def begin(n):
		    clients.append(Client().send(get(f"/app/{n}")))
		for n in range(64):
		    begin(n)
		    apps.append(accept(listener))
		for n in 64, 65:
		    begin(n)
		    # A later client has its response, so this request has been
		    # read.
		    assert ask(get("/")).status == 200
		assert not select.select([listener], [], [], 0)[0]
		def answer(app, body):
		    app.recv(65536)
		    app.send(reply(body))
		answer(apps[7], b"07")
		assert clients[7].read().body == b"07"
		assert apps[7].recv(65536).startswith(b"GET /app/64 ")
		apps[8].close()
		assert accept(listener).recv(65536).startswith(b"GET /app/65 ")
		# That request is sent once more, when it is its turn.
		answer(apps[9], b"09")
		again = accept(listener)
		assert again.recv(65536).startswith(b"GET /app/8 ")
		again.close()
		assert clients[8].read().status == 502
	EOF
}

@test "an application that serves one connection at a time gets all requests" {
	serve_start_app -j 1
	wire <<-'EOF'
		import threading
		listener = application()
		busy = Client().send(get("/app/busy"))
		first = accept(listener)
		waiting = Client().send(get("/app/waiting"))
		second = accept(listener)
		# The first connection always has one more request,
		def go_on():
		    while busy.read().status == 200:
		        busy.send(get("/app/busy"))
		threading.Thread(target=go_on, daemon=True).start()
		# so the application would never come to the second one.  It may
		# be that serve does not have that yet, and uses the first.
		def is_answered():
		    return select.select([waiting.socket], [], [], 0)[0]
		end = time.monotonic() + WAIT
		while not is_answered() and first.recv(65536):
		    first.send(reply())
		    assert time.monotonic() < end
		if not is_answered():
		    assert second.recv(65536).startswith(b"GET /app/waiting ")
		    second.send(reply())
		assert waiting.read().status == 200
		os._exit(0)
	EOF
}

@test "the loops share the connections to an application" {
	serve_start_app -j 4
	wire <<-'EOF'
		listener = application()
		clients = [Client().send(get("/app/x")) for n in range(40)]
		apps = [accept(listener) for n in range(40)]
	EOF
}

@test "the application's connection closes when the client leaves" {
	both_start
	for path in never stream; do
		: >"$APP_LOG"
		curl -sS -N -m 0.5 "${URL}api/$path" || :
		wait_until grep -q left "$APP_LOG"
	done
}

@test "a client that has closed its sending side gets its reply" {
	both_start
	run raw <<<$'GET /api/bytes HTTP/1.0\r\nHost: localhost\r\n\r'
	[[ $output == *"xxxxx" ]]
}

@test "an event is passed on as soon as it arrives" {
	both_start
	wire <<-'EOF'
		client = Client()
		client.send(get("/api/stream"))
		data = b""
		while b"data: one" not in data:
		    data += client.socket.recv(1000)
	EOF
}

@test "a WebSocket is passed on in both directions until one side ends" {
	both_start
	wire <<-'EOF'
		client = Client()
		client.send(get("/api/tunnel", "Upgrade: websocket",
		                "Connection: Upgrade", "Sec-WebSocket-Key: x"))
		data = b""
		while b"\r\n\r\n" not in data:
		    data += client.socket.recv(1000)
		assert data.startswith(b"HTTP/1.1 101 "), data
		assert b"pgrade: websocket" in data
		for word in b"hello", b"x", b"x" * 200000:
		    client.socket.sendall(word)
		    got = b""
		    while len(got) < len(word):
		        got += client.socket.recv(100000)
		    assert got == word.upper()
		client.socket.shutdown(1)
		assert client.socket.recv(100) == b"end"
		assert client.socket.recv(100) == b""
	EOF
	[ "$(status_of "${URL}api/tunnel")" = 426 ]
}

@test "an application can be an address, a name, localhost or a Unix socket" {
	app_start ::1
	serve_start --proxy "/six=http://localhost:$APP" \
		--proxy "/address=http://[::1]:$APP" \
		--proxy "/unix=unix:$BATS_TEST_TMPDIR/socket"
	[ "$(curl -sS "${URL}six/x")" = "app x" ]
	[ "$(curl -sS "${URL}address/x")" = "app x" ]
	let_others_in
	app_start "$BATS_TEST_TMPDIR/socket"
	chmod 666 "$BATS_TEST_TMPDIR/socket"
	[ "$(curl -sS "${URL}unix/x")" = "app x" ]
}

@test "the application learns the address of the client" {
	both_start
	curl -sS -H 'X-Forwarded-For: 192.0.2.1' -H 'X-Real-IP: 192.0.2.1' \
		"${URL}api/x"
	[ "$(got_field X-Forwarded-For)" = "192.0.2.1, 127.0.0.1" ]
	[ "$(got_field X-Forwarded-Host)" = "localhost:$PORT" ]
	[ "$(got_field X-Forwarded-Proto)" = http ]
	[ "$(got_field Host)" = "localhost:$PORT" ]
	[[ $(got_field Via) == "1.1 serve-"???????????????? ]]
}

# man: Replies get the fields of -H, and Date if they have none, but nothing
# else.
@test "a reply that has no Date gets one" {
	both_start
	wire <<-'EOF'
		import email.utils
		for target in ("/api/x", "/api/chunked", "/api/not-modified"):
		    date = email.utils.parsedate_to_datetime(ask(get(target))["Date"])
		    assert abs(date.timestamp() - time.time()) < 10, date
	EOF
	serve_start -H 'Date: mine' --proxy "/api=http://127.0.0.1:$APP"
	[ "$(field_of date "${URL}api/x")" = mine ]
}

@test "the request of an HTTP/1.0 client goes on with that version in Via" {
	both_start
	curl -sS -0 "${URL}api/x"
	[[ $(got_field Via) == "1.0 serve-"???????????????? ]]
}

@test "Max-Forwards limits how far an OPTIONS request goes" {
	both_start
	run -0 curl -sS -i -X OPTIONS -H 'Max-Forwards: 0' "${URL}api/x"
	[[ $output = "HTTP/1.1 204 "*"Allow: GET, HEAD, OPTIONS"* ]]
	curl -sS -H 'Max-Forwards: 0' "${URL}api/x"
	[ "$(got_field Max-Forwards)" = 0 ]
	curl -sS -X OPTIONS -H 'Max-Forwards: 1' "${URL}api/x"
	[ "$(got_field Max-Forwards)" = 0 ]
	[ "$(got .line)" = $'GET /api/x HTTP/1.1\nOPTIONS /api/x HTTP/1.1' ]
	# This is no number.
	curl -sS -X OPTIONS -H 'Max-Forwards: 0x' "${URL}api/x"
	[ "$(got_field Max-Forwards)" = 0x ]
}

@test "the fields of a reply are passed on, and -H adds to them" {
	both_start -H 'X-Added: 1' -H 'X-App: no'
	run curl -sS -i "${URL}api/fields"
	[[ $output == *"X-Added: 1"* ]]
	[[ $output == *"X-App: no"* ]]
	[[ $output != *"X-App: yes"* ]]
	[[ $output == *"Set-Cookie: a=1; Path=/v1"*"Set-Cookie: b=2"* ]]
	[[ $output == *"Location: /v1/next"* ]]
	for name in Keep-Alive X-Content-Type-Options Cache-Control; do
		[[ $output != *"$name"* ]]
	done
}

@test "the URL's path replaces PREFIX, and is mapped back" {
	app_start
	serve_start --proxy "/api=http://127.0.0.1:$APP/v1"
	run curl -sS -i "${URL}api/fields"
	[[ $output == *"Set-Cookie: a=1; Path=/api"* ]]
	[[ $output == *"Location: /api/next"* ]]
	[ "$(got .line)" = "GET /v1/fields HTTP/1.1" ]
}

@test "a target with dot segments is refused, others are passed on unchanged" {
	both_start
	for path in api/../file api/%2e%2e/file 'api/..%5cx' 'api/..;/x'; do
		[ "$(status_of --path-as-is "$URL$path")" = 400 ] || fail "$path"
	done
	curl -sS --path-as-is "${URL}api//a%2Fb/c;d=1"
	[ "$(got .line)" = 'GET /api//a%2Fb/c;d=1 HTTP/1.1' ]
}

@test "a path that dot segments lead beneath PREFIX is not one of the folder" {
	mkdir "$ROOT/api"
	echo secret | tee "$ROOT/api/file" >"$ROOT/file"
	serve_start --proxy "/api=http://127.0.0.1:1" --base /base/
	URL=${URL%base/}
	for path in ./api/file x/../api/file x/%2e%2e/%61pi/file x//..//api/file; do
		[ "$(status_of --path-as-is "${URL}base/$path")" = 400 ] ||
			fail "$path"
	done
	[ "$(curl -sS --path-as-is "${URL}base/x/../file")" = secret ]
	# It is decoded once.
	[ "$(status_of "${URL}base/%2561pi/file")" = 404 ]
}

@test "a server that is its own application sends 508" {
	serve_start --proxy "/api=http://127.0.0.1:1"
	PORT=$PORT
	serve_stop TERM
	serve_start -p "$PORT" --proxy "/api=http://127.0.0.1:$PORT" \
		--proxy "/self=http://127.0.0.1:$PORT/"
	[ "$(status_of "${URL}api/x")" = 508 ]
	[ "$(curl -sS "${URL}self/file")" = file ]
	[ "$(status_of "${URL}self/self/file")" = 508 ]
}

@test "the Host check precedes --proxy" {
	both_start
	[ "$(status_of -H 'Host: evil.example' "${URL}api/x")" = 403 ]
	[ ! -s "$APP_LOG" ]
}

@test "COMMAND may be the application, and may take a while before it listens" {
	local port

	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$BATS_TEST_TMPDIR/command" <<-'END'
		#!/bin/sh
		curl -sS "${SERVE_URL}api/x" >"$1.reply" &
		asking=$!
		sleep 0.5
		python3 "$2" "$1" 127.0.0.1 "$3" >/dev/null &
		app=$!
		wait $asking
		kill $app
	END
	chmod +x "$BATS_TEST_TMPDIR/command"
	timeout 30 "$SERVE" --proxy "/api=http://127.0.0.1:$port" "$ROOT" -- \
		"$BATS_TEST_TMPDIR/command" "$APP_LOG" \
		"$BATS_TEST_DIRNAME/proxy/app.py" "$port"
	[ "$(cat "$APP_LOG.reply")" = "app x" ]
}

@test "an exchange has one line in the log, with the application" {
	both_start --log-format json
	curl -sS "${URL}api/chunked" "${URL}file" "${URL}api/garbage"
	serve_stop TERM
	[ "$(jq -c '[.path, .status, .bytes, .upstream]' "$OUT")" = \
		"[\"/api/chunked\",200,12,\"http://127.0.0.1:$APP\"]
[\"/file\",200,5,null]
[\"/api/garbage\",502,$(jq 'select(.status == 502) | .bytes' "$OUT"),\"http://127.0.0.1:$APP\"]" ]
	[ "$(jq 'select(.upstream != null) | .upstream_duration > 0' "$OUT" | uniq)" = \
		true ]
}

@test "-v=curl marks the heads that the application receives and sends" {
	both_start -vcurl
	curl -sS -A x -o /dev/null "${URL}api/interim"
	curl -sS -A x -o /dev/null "${URL}api/garbage"
	serve_stop TERM
	run -0 sed -E -e '/^([<>]+ .*)?$/!d' -e 's/:[0-9]+$//' \
		-e 's/serve-[0-9a-f]+/SERVE/' -e 's/^(> Date: ).*/\1NOW/' "$ERR"
	[ "$(head -n 37 <<<"$output")" = "< GET /api/interim HTTP/1.1
< Host: localhost
< User-Agent: x
< Accept: */*
< 

>> GET /api/interim HTTP/1.1
>> Host: localhost
>> User-Agent: x
>> Accept: */*
>> Via: 1.1 SERVE
>> X-Forwarded-For: 127.0.0.1
>> X-Forwarded-Host: localhost
>> X-Forwarded-Proto: http
>> 

<< HTTP/1.1 100 Continue
<< 

<< HTTP/1.1 103 Early Hints
<< Link: </a.css>
<< 
> HTTP/1.1 103 Early Hints
> Link: </a.css>
> 

<< HTTP/1.1 200 OK
<< Content-Length: 5
<< 
> HTTP/1.1 200 OK
> Date: NOW
> Content-Length: 5
> 

< GET /api/garbage HTTP/1.1
< Host: localhost
< User-Agent: x" ]
	[[ $output == *$'\n<< SSH-2.0-OpenSSH\n<< \n\n'* ]]
	grep -x '> HTTP/1.1 502 Bad Gateway' "$ERR"
}

@test "without PREFIX bodies and WebSockets are passed on as well" {
	app_start
	serve_start --proxy "http://127.0.0.1:$APP"
	for method in GET POST OPTIONS; do
		curl -sS -o /dev/null -X "$method" -d a=b "${URL}nothing"
		curl -sS -o /dev/null -X "$method" -d a=b \
			-H 'Transfer-Encoding: chunked' "${URL}nothing"
		[ "$(got '.line + .body' | tail -n 2 | uniq -c |
			sed 's/^ *//')" = "2 $method /nothing HTTP/1.1a=b" ]
	done
	[ "$(curl -sS -X GET -d a=b "${URL}file")" = file ]
	wire <<-'EOF'
		client = Client()
		client.send(get("/tunnel", "Upgrade: websocket",
		    "Connection: Upgrade", "Sec-WebSocket-Key: x"))
		assert client.read().status == 101
		client.send("abc")
		assert client.take(3) == b"ABC"
	EOF
}

@test "100 (Continue) is sent only for a body that is read" {
	both_start --key=right-key
	wire <<-'EOF'
		def begin(length):
		    client = Client()
		    return client, client.ask(get("/api/x",
		        f"Content-Length: {length}", "Expect: 100-continue",
		        method="POST")).status
		assert begin(2 << 20)[1] == 401
		# As for a file: the status must not depend on the path.
		client, status = begin(3)
		assert status == 100 and client.ask("abc").status == 401
		client = Client()
		assert client.ask(get("/api/x?key=right-key", "Content-Length: 3",
		    "Expect: 100-continue", method="POST")).status == 100
		assert client.ask("abc").body == b"app x"
	EOF
	[ "$(got .body)" = abc ]
	[ "$(got_field Expect)" = "" ]
}

@test "the form with the key works although an application gets all paths" {
	app_start
	serve_start --key=right-key --proxy "http://127.0.0.1:$APP"
	local jar=$BATS_TEST_TMPDIR/jar

	[ "$(status_of -d key=wrong-key "${URL}x")" = 401 ]
	[ "$(status_of -c "$jar" -d key=right-key "${URL}x")" = 303 ]
	[ ! -s "$APP_LOG" ]
	[ "$(curl -sS -b "$jar" -d key=1 "${URL}x")" = "app x" ]
	[ "$(got .body)" = key=1 ]
	[ "$(curl -sS -u a:right-key -d key=2 "${URL}x")" = "app x" ]
	[ "$(got .body | tail -n 1)" = key=2 ]
}

@test "wrong values of --proxy are usage errors" {
	run "$SERVE" --proxy https://x "$ROOT"
	[ "$status" = 2 ]
	[ "${lines[0]}" = "serve: --proxy speaks no TLS, got 'https://x', want http://" ]
	run "$SERVE" --proxy x "$ROOT"
	[ "$status" = 2 ]
	[ "${lines[0]}" = "serve: bad value 'x' for --proxy, want [PREFIX=]http://HOST[:PORT] or unix:/SOCKET" ]
	path=/$(printf '%0107d' 0)
	run "$SERVE" --proxy "/api=unix:$path" "$ROOT"
	[ "$status" = 2 ]
	[ "${lines[0]}" = "serve: --proxy takes paths of sockets up to 107 bytes, got '/api=unix:$path'" ]
}

@test "a host name that cannot be resolved is a warning" {
	serve_start --proxy "/api=http://no-such-host.invalid"
	grep -q "^serve: cannot find host 'no-such-host.invalid' for --proxy: " \
		"$ERR"
	[ "$(curl -sS "${URL}file")" = file ]
	[ "$(status_of "${URL}api/x")" = 502 ]
}

@test "the application gets neither the key nor serve's cookie" {
	both_start --key=abcdefgh-1
	curl -sS "${URL%%\?*}api/x?a=1&key=abcdefgh-1&b=2"
	[ "$(got .line | tail -n 1)" = "GET /api/x?a=1&b=2 HTTP/1.1" ]
	curl -sS -u any:abcdefgh-1 -H 'Cookie: a=1; serve-'"$PORT"'=x' \
		"${URL%%\?*}api/x"
	[ "$(got_field Authorization)" = "" ]
	[ "$(got_field Cookie)" = a=1 ]
	curl -sS -u any:abcdefgh-1 -e "${URL%%\?*}a?b=1&key=abcdefgh-1" \
		"${URL%%\?*}api/x"
	[ "$(got_field Referer)" = "" ]
	curl -sS -u any:abcdefgh-1 -H 'Referer: http://localhost/?q=1' \
		-H 'Referer: http://any:abcdefgh-1@localhost/' \
		"${URL%%\?*}api/x"
	[ "$(got_field Referer)" = "" ]
	curl -sS -u any:abcdefgh-1 -e "${URL%%\?*}a?monkey=1" "${URL%%\?*}api/x"
	[ "$(got_field Referer)" = "${URL%%\?*}a?monkey=1" ]
	[ "$(status_of "${URL%%\?*}api/x")" = 401 ]
	[ "$(got .line | wc -l)" = 5 ]
}

@test "an application itself decides on cross-site requests and OPTIONS" {
	app_start
	serve_start --proxy "/api=http://127.0.0.1:$APP" \
		--proxy "http://127.0.0.1:$APP"
	for path in api/x nothing; do
		[ "$(status_of -H 'Sec-Fetch-Site: cross-site' \
			-H 'Sec-Fetch-Mode: no-cors' -H 'Sec-Fetch-Dest: script' \
			"$URL$path")" = 200 ]
	done
	[ "$(curl -sS -H 'Sec-Fetch-Site: cross-site' \
		-H 'Sec-Fetch-Mode: no-cors' -H 'Sec-Fetch-Dest: script' \
		"${URL}file")" = "app file" ]
	curl -sS -X OPTIONS -H 'Origin: http://a' \
		-H 'Access-Control-Request-Method: PUT' "${URL}api/x"
	[ "$(got .line | tail -n 1)" = "OPTIONS /api/x HTTP/1.1" ]
}

@test "without PREFIX the application gets OPTIONS for what the folder lacks" {
	app_start
	mkdir "$ROOT/empty" "$ROOT/index"
	echo index >"$ROOT/index/index.html"
	serve_start --base /b/ --cors=http://a --proxy "http://127.0.0.1:$APP"
	for path in file index index/ %zz ../x; do
		run -0 curl -sS -i -X OPTIONS --path-as-is "$URL$path"
		[[ $output == "HTTP/1.1 204 "*"Allow: GET, HEAD, OPTIONS"* ]]
	done
	run -0 curl -sS -i -X OPTIONS -H 'Origin: http://a' \
		-H 'Access-Control-Request-Method: GET' "${URL}file"
	[[ $output == "HTTP/1.1 204 "*"Access-Control-Allow-Methods: "* ]]
	run -0 got .line
	[ "$output" = "" ]
	for path in nothing empty empty/; do
		curl -sS -o /dev/null -X OPTIONS -H 'Origin: http://a' \
			-H 'Access-Control-Request-Method: PUT' "$URL$path"
		[ "$(got .line | tail -n 1)" = "OPTIONS /b/$path HTTP/1.1" ]
	done
}

@test "a preflight without the key does not reveal which files exist" {
	app_start
	echo "/rule http://127.0.0.1:$APP/x 200" >"$ROOT/_redirects"
	serve_start --key --cors --proxy "http://127.0.0.1:$APP"
	for path in file absent rule; do
		curl -sS -i -X OPTIONS -H 'Origin: http://a' \
			-H 'Access-Control-Request-Method: GET' \
			"${URL%%\?*}$path" | grep -v ^Date: >"$ROOT/$path.txt"
		cmp "$ROOT/file.txt" "$ROOT/$path.txt"
	done
	grep '^HTTP/1.1 204 ' "$ROOT/file.txt"
	run -0 got .line
	[ "$output" = "" ]
}

@test "a client without the key does not learn which paths lead to an application" {
	app_start
	echo "/rule http://127.0.0.1:$APP/b/x 200" >"$ROOT/_redirects"
	serve_start --key --cors=http://a --proxy "/api=http://127.0.0.1:$APP" \
		--proxy "/b=http://127.0.0.1:$APP/b"
	wire <<-'EOF'
		import re

		def answers(path):
		    for fields, body in ((["Content-Length: 3"], "a=b"),
		            (["Transfer-Encoding: chunked"], "1\r\na\r\n0\r\n\r\n"),
		            (["Upgrade: websocket", "Connection: Upgrade",
		              "Sec-WebSocket-Key: x"], ""),
		            (["Origin: http://a"], ""), (["Origin: http://b"], ""),
		            (["Sec-Fetch-Site: cross-site"], "")):
		        client = Client().send(get(path, *fields) + body)
		        client.send(get("/absent", "Connection: close"))
		        yield re.sub(rb"Date: .*\r\n", b"", client.rest())

		first = list(answers("/file"))
		assert [one.count(b"HTTP/1.1 401 ") for one in first] == \
		    [2, 2, 2, 2, 1, 1]
		for path in "/api/x", "/rule", "/absent", "/api/../file":
		    assert list(answers(path)) == first, path
	EOF
}

@test "the process that connects leaves the standard streams as they were" {
	local process

	need pgrep
	serve_start -j 2 --proxy /app=http://127.0.0.1:9
	for process in "$PID" "$(pgrep -P "$PID")"; do
		[ "$(readlink "/proc/$process/fd/0")" = /dev/null ]
		[ "$(readlink "/proc/$process/fd/2")" = "$ERR" ]
	done
}

@test "serve ends with a message if the process that connects has ended" {
	both_start
	serve_ends_without_connector
}
