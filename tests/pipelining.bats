# Requests that do not wait for responses, and segments that end anywhere.

load wire

setup() {
	need python3
	serve_setup
}

@test "requests in one segment are answered in order" {
	for i in {0..9}; do echo "content $i" >"$ROOT/$i"; done
	serve_start
	wire <<-'EOF'
		# more than one send(2) holds
		answers = ask_all("".join(get(f"/{i % 10}") for i in range(500)))
		assert [a.body for a in answers] == [
		    b"content %d\n" % (i % 10) for i in range(500)]
	EOF
}

@test "small, large and error responses keep their order" {
	echo small >"$ROOT/small"
	head -c 3000000 /dev/urandom >"$ROOT/large"
	mkdir "$ROOT/folder"
	serve_start
	wire <<-'EOF'
		large = open(os.path.join(ROOT, "large"), "rb").read()
		one = get("/small") + get("/large") + get("/absent") + \
		    get("/folder") + get("/folder/") + get("/large", method="HEAD") + \
		    get("/large", "Range: bytes=0-9,20-29") + get("/small")
		answers = ask_all(one * 5, ["", "", "", "", "", "HEAD", "", ""] * 5)
		assert statuses(answers) == [200, 200, 404, 301, 200, 200, 206, 200] * 5
		for i in range(0, 40, 8):
		    assert answers[i].body == answers[i + 7].body == b"small\n"
		    assert answers[i + 1].body == large
	EOF
}

@test "bodies between requests are skipped, even if the client does not read" {
	serve_start
	wire <<-'EOF'
		# More responses than the socket holds: they are sent in several
		# steps.
		content = write("file", b"x" * 16000)
		body = "GET /evil HTTP/1.1\r\nHost: localhost\r\n\r\n"
		length = get("/file", f"Content-Length: {len(body)}", method="POST",
		    body=body)
		chunked = get("/file", "Transfer-Encoding: chunked", method="PUT",
		    body=f"{len(body):x}\r\n{body}\r\n0\r\n\r\n")
		one = get("/file") + length + get("/file") + chunked
		client = Client(buffer=4096).send(one * 250).end()
		answers = read_all(client)
		assert statuses(answers) == [200, 405, 200, 405] * 250
		assert {a.body for a in answers if a.status == 200} == {content}
	EOF
}

@test "requests after the end of the connection are not answered" {
	serve_start
	wire <<-'EOF'
		close = get("/", "Connection: close")
		assert statuses(ask_all(get() + close + get() + get())) == [200, 200]
		assert statuses(ask_all(get() + "bad\r\n\r\n" + get())) == [200, 400]
		assert statuses(ask_all(get() + get("/a b") + get())) == [200, 400]
	EOF
}

@test "a request that is cut off by the end of the input is refused" {
	serve_start
	wire <<-'EOF'
		whole = get("/")
		for n in (1, 5, 20, len(whole) - 1):
		    assert statuses(ask_all(whole + whole[:n])) == [200, 400]
		body = get("/", "Content-Length: 10", body="12345")
		assert statuses(ask_all(whole + body)) == [200, 400]
	EOF
}

@test "clients of one iteration do not get each other's responses" {
	for i in {0..199}; do echo "content $i" >"$ROOT/$i"; done
	serve_start -j 1
	wire <<-'EOF'
		with stopped():
		    clients = [Client() for i in range(200)]
		    for i, client in enumerate(clients):
		        client.send(get(f"/{i}") + get(f"/{(i + 7) % 200}"))
		for i, client in enumerate(clients):
		    assert client.read().body == b"content %d\n" % i
		    assert client.read().body == b"content %d\n" % ((i + 7) % 200)
	EOF
}

@test "a head of the maximum size may follow other requests" {
	serve_start
	wire <<-'EOF'
		pad = "X: " + "a" * (8000 - 3)
		large = get("/", pad, pad, pad, pad)
		assert len(large) > 32000
		answers = ask_all((get() * 3 + large) * 20)
		assert statuses(answers) == [200] * 80
	EOF
}

# The corpus: complete requests of all kinds, and malformed ones.
corpus() {
	echo content >"$ROOT/file"
	echo index >"$ROOT/index.html"
	head -c 50000 /dev/zero >"$ROOT/large"
	mkdir "$ROOT/folder"
	cat >"$BATS_TEST_TMPDIR/corpus.py" <<-'EOF'
		chunks = "5;a=\"b\"\r\nGET /\r\n1\r\n\n\r\n0\r\nX: y\r\n\r\n"
		corpus = [
		    get("/file"),
		    get("/file?query", "X: y"),
		    get("/file", method="HEAD"),
		    get("/large"),
		    get("/folder?a=b"),
		    get("/folder/", "Accept: text/plain"),
		    get("/absent", "Accept: application/json"),
		    get("/%66ile%", "Accept: text/html"),
		    get("/file", "Range: bytes=2-3"),
		    get("/file", "Range: bytes=99-"),
		    get("/file", "If-None-Match: *"),
		    get("*", method="OPTIONS"),
		    get("http://localhost/file", "X:"),
		    get("/file", method="POST", body=""),
		    get("/file", "Content-Length: 9", body="GET / HTT"),
		    get("/file", "Transfer-Encoding: chunked", body=chunks),
		    get("/file", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
		    get("/", "Expect: 100-continue", "Content-Length: 3", body="abc"),
		    "\r\n\r\n" + get("/file"),
		    get("/file").replace("\r\n", "\n"),
		    "GET /file HTTP/1.0\r\n\r\n",
		    "GET /file HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		    get("/file", "Connection: close"),
		    get("/file", "Host: localhost"),
		    get("/file", "Content-Length: 1", "Content-Length: 1", body="x"),
		    get("/file", "Transfer-Encoding: chunked", body="5 x\r\n"),
		    get("/file", "Transfer-Encoding: chunked", body="1\r\nabc"),
		    get("/file", " folded"),
		    get("/file", "a : b"),
		    get("/file", version="HTTP/2.0"),
		    "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03",
		    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		]

		def settle():
		    """All that was sent before has been read when this is answered."""
		    assert other.ask(get("/file")).status == 200

		other = Client()

		def try_send(client, data):
		    """False if the first part has ended the connection."""
		    try:
		        return client.send(data)
		    except ConnectionError:
		        return False

		def lasting(client):
		    """All that comes, without interim answers and dates.  Whoever
		    sends more behind "close" may be told so by a reset, but
		    no byte of the answer is missing for it."""
		    try:
		        while client.more():
		            pass
		    except ConnectionResetError:
		        pass
		    got = client.unread
		    client.close()
		    got = got.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
		    return re.sub(rb"Date: [^\r]*", b"", got)
	EOF
}

@test "a request may be split at any byte" {
	corpus
	serve_start -j 1
	{ cat "$BATS_TEST_TMPDIR/corpus.py" - <<-'EOF'
		for request in corpus:
		    data = to_bytes(request + get("/file", "Connection: close"))
		    whole = lasting(Client().send(data))
		    assert whole.startswith(b"HTTP/1.1 "), request
		    for at in range(1, len(data)):
		        client = Client().send(data[:at])
		        settle()
		        try_send(client, data[at:])
		        assert lasting(client) == whole, (data[:at], data[at:])
	EOF
	} | wire
}

@test "a request may arrive one byte at a time" {
	corpus
	serve_start -j 1
	{ cat "$BATS_TEST_TMPDIR/corpus.py" - <<-'EOF'
		for request in corpus:
		    data = to_bytes(request + get("/file", "Connection: close"))
		    whole = lasting(Client().send(data))
		    client = Client()
		    for at in range(len(data)):
		        if not try_send(client, data[at:at + 1]):
		            break
		        settle()
		    assert lasting(client) == whole, request
	EOF
	} | wire
}

@test "all requests that keep the connection open may arrive in one segment" {
	corpus
	serve_start
	{ cat "$BATS_TEST_TMPDIR/corpus.py" - <<-'EOF'
		# Requests after which the connection stays open.
		going = []
		for request in corpus:
		    got = lasting(Client().send(request + get("/file")).end())
		    if got.count(b"HTTP/1.1 ") == 2:
		        going.append((request, lasting(Client().send(request).end())))
		assert len(going) >= 20
		all = lasting(Client().send("".join(r for r, _ in going)).end())
		assert all == b"".join(answer for _, answer in going)
	EOF
	} | wire
}
