# How a connection ends, and input that is not HTTP/1: every client gets its
# response rather than a reset, and clients do not affect each other.

load wire

@test "a client that is still sending gets its response, not a reset" {
	serve_start
	wire <<-'EOF'
		size = 50000000
		length = f"Content-Length: {size}"
		for request, status in ((get("/", length, method="POST"), 405),
		        (get("/", length, method="BREW"), 501),
		        (get("/", length), 200),
		        (get("/absent", length), 404),
		        (get("/", length, "Host: x"), 400),
		        (get("/", length, "X: " + "a" * 40000), 431)):
		    client = Client()
		    # A client that reads nothing before all is sent.
		    client.send(request).send(bytes(size))
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (status, "close")
		    client.ended()
	EOF
}

@test "RFC 9112 9.6: input after 'Connection: close' does not cut off the response" {
	head -c 600000 /dev/urandom >"$ROOT/file"
	head -c 20000000 /dev/urandom >"$ROOT/large"
	touch "$ROOT/a name of thirty bytes, number "{0000..4999}
	serve_start --log-format pretty
	wire <<-'EOF'
		for target in "/file", "/large", "/":
		    for version in "HTTP/1.0", "HTTP/1.1":
		        for buffer in None, 16384:
		            request = get(target, "Connection: close", version=version)
		            client = Client(buffer=buffer).send(request)
		            client.more()
		            # It was asked to close, and goes on sending.
		            for i in range(3):
		                client.send("\r\n" if i else get("/more"))
		                assert ask(get("/file")).status == 200
		            answer = client.read()
		            assert answer.status == 200
		            if target != "/":
		                with open(ROOT + target, "rb") as file:
		                    assert answer.body == file.read()
		            else:
		                assert answer.body.endswith(b"</html>\n")
	EOF
	run ! grep -e /more -e 'client left' "$OUT"
}

@test "the last response is sent before the reset that unread input causes" {
	echo small >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		fields = ["Connection: close", "X: " + "a" * 8000]
		# Everything that serve reads at once.
		spare = (16 << 10) - len(get("/file", *fields, "Y: "))
		request = get("/file", *fields, "Y: " + "a" * spare)
		client = Client()
		with stopped():
		    client.send(request + "\r\n")
		assert client.read().body == b"small\n"
	EOF
}

@test "a client that closes its sending side gets all its responses" {
	head -c 5000000 /dev/urandom >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		content = open(os.path.join(ROOT, "file"), "rb").read()
		client = Client(buffer=65536).send(get("/file") * 3).end()
		for i in range(3):
		    assert client.read().body == content
		client.ended()
	EOF
}

@test "a connection that never sent a byte is closed without a response or a log line" {
	serve_start
	wire <<-'EOF'
		Client().end().ended()
		Client().close()
		assert ask(get("/end")).status == 404
	EOF
	wait_until grep -q /end "$OUT"
	[ "$(wc -l <"$OUT")" = 1 ]
}

@test "empty lines are not a request" {
	serve_start
	wire <<-'EOF'
		client = Client()
		assert client.ask("\r\n\r\n\n" + get()).status == 200
		assert client.ask("\r\n" * 8 + get()).status == 200
		assert client.ask("\r\n" * 9 + get()).status == 400
		client.ended()
	EOF
}

@test "RFC 9112 2.2: empty lines after a request do not begin another one" {
	serve_start
	wire <<-'EOF'
		for lines in "\r\n", "\n", "\r\n\n":
		    client = Client().send(get("/") + lines).end()
		    assert client.read().status == 200
		    client.ended()
		    client = Client()
		    post = get("/", "Content-Length: 4", method="POST", body="body")
		    assert client.ask(post).status == 405
		    client.send(lines).end().ended()
		# They may arrive in pieces, and the next request later.
		client = Client()
		for piece in "\r", "\n", "\r\n\r", "\n":
		    client.send(piece)
		    assert ask(get()).status == 200
		assert client.ask(get("/absent")).status == 404
	EOF
	# They have no line in the log.
	run ! grep -v -e '"GET / HTTP/1.1" 200' -e '"POST / HTTP/1.1" 405' \
		-e '"GET /absent HTTP/1.1" 404' "$OUT"
}

@test "HTTP/0.9, HTTP/2.0 and later versions get 505" {
	serve_start
	wire <<-'EOF'
		for request in ("GET /\r\n", "GET /\n", get(version="HTTP/2.0"),
		        get(version="HTTP/3.0"), get(version="HTTP/0.9"),
		        get(version="HTTP/9.9")):
		    client = Client().send(request)
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (505, "close")
		    client.ended()
	EOF
}

@test "a malformed version gets 400" {
	serve_start
	wire <<-'EOF'
		for version in ("HTTP/1", "HTTP/1.", "HTTP/1.10", "HTTP/11.1", "http/1.1",
		        "HTTP/1,1", "HTTP /1.1", "HTTPS/1.1", "ICY/1.1", "HTTP/1.1 x",
		        "HTTP/1.1\t", "HTTP/-1.1", "HTTP/1.1\x00"):
		    client = Client().send(get(version=version))
		    assert client.read().status == 400, version
		    client.ended()
	EOF
}

@test "the preface of HTTP/2 gets 505 and the supported version" {
	serve_start
	wire <<-'EOF'
		preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
		client = Client().send(preface + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
		answer = client.read()
		assert answer.status == 505
		assert answer.body.endswith(b": this server speaks HTTP/1.1\n")
		client.ended()
	EOF
	run curl -sS --http2-prior-knowledge "$URL"
	[ "$status" != 0 ]
	[ "$(status_of --http2 "$URL")" = 200 ]
}

@test "a TLS client gets 400, and the connection ends" {
	serve_start
	wire <<-'EOF'
		hello = bytes.fromhex("16030100c8010000c40303") + os.urandom(194)
		client = Client().send(hello)
		assert client.read().status == 400
		client.ended()
	EOF
	# -k: curl ends earlier if no certificates are installed.
	run curl -sSk "https://127.0.0.1:$PORT/"
	[ "$status" = 35 ]
}

@test "the lines of a head end in CR LF or all in LF, never in a bare CR" {
	echo content >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		request = get("/file", "X: y")
		assert ask(request.replace("\r\n", "\n")).body == b"content\n"
		for bad in (request[:-2] + "\n", request.replace("\r\n", "\n", 1), request.replace("\r\n", "\r"), request.replace("X: ", "X: \r"),
		        request.replace(" y", " y\r"), request.replace("GET", "\rGET"),
		        request.replace("/file", "/fi\rle"), request.replace("\n", "\r\n"),
		        request.replace("X:", "X\r:")):
		    client = Client().send(bad).end()
		    assert client.read().status == 400, bad
		    client.ended()
	EOF
}

@test "fields that other recipients could parse in another way are refused" {
	serve_start
	wire <<-'EOF'
		for field in ("No colon", ": y", " X: y", "\tX: y", "X : y", "X\t: y",
		        "X y: z", "X\x00: y", "X: \x00", "X: y\x01", "X: \x7f", "X: \x1b[m",
		        "X\xe4: y", "(X): y", "\"X\": y", "X: y\r\n folded",
		        "X: y\r\n\tfolded", "X: y\r\n \r\nZ: y"):
		    client = Client().send(get("/", field) + get("/next"))
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (400, "close"), field
		    client.ended()
		client = Client()
		for field in ("X:y", "X:", "X: \t y \t", "X: a\tb", "X: \xff", "X:: y",
		        "!#$%&'*+-.^_`|~9aZ: y"):
		    assert client.ask(get("/", field)).status == 200, field
	EOF
}

@test "clients that disconnect within a request or a response do not affect others" {
	head -c 30000000 /dev/zero >"$ROOT/large"
	touch "$ROOT/a name of thirty bytes, number "{0000..2999}
	serve_start
	wire <<-'EOF'
		stays = Client()
		for request in (get("/large"), get("/"), get("/large")[:10],
		        get("/", "Content-Length: 5", body="ab"), get("/large") * 50,
		        get("/large", "Range: bytes=0-9999999,20000000-"), "x" * 9000):
		    for how in ("close", "reset", "read"):
		        client = Client(buffer=4096).send(request)
		        if how == "read":
		            client.end().more()
		        if how == "reset":
		            reset(client.socket)
		        client.close()
		        assert stays.ask(get("/absent")).status == 404
	EOF
}

@test "one large download does not delay others" {
	truncate -s 500M "$ROOT/large"
	serve_start -j 1
	wire <<-'EOF'
		# A process of its own reads as fast as possible.
		if os.fork() == 0:
		    client = Client().send(get("/large", "Connection: close"))
		    while client.more():
		        client.unread = b""
		    os._exit(0)
		client = Client()
		served = 0
		while (ended := os.waitpid(-1, os.WNOHANG)) == (0, 0):
		    assert client.ask(get("/absent")).status == 404
		    served += 1
		assert ended[1] == 0 and served > 10, (ended, served)
	EOF
}
