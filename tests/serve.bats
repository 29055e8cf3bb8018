# Files: their bytes, their length, HEAD, and the fields that every response
# has.

load wire

@test "a file is sent byte for byte, with its exact length" {
	serve_start
	wire <<-'EOF'
		# sizes around one read, one buffer and one quota
		sizes = [0, 1, 2, 32767, 32768, 32769, 65535, 65536, 163840, 163841,
		         1048576, 1048577, 5000001]
		client = Client()
		for size in sizes:
		    content = write("file", os.urandom(size))
		    answer = client.ask(get("/file"))
		    assert answer.status == 200
		    assert answer["Content-Length"] == str(size)
		    assert answer.body == content
	EOF
}

@test "HEAD has every field of GET, and no body" {
	mkdir "$ROOT/folder" "$ROOT/index" "$ROOT/many"
	touch "$ROOT/empty" "$ROOT/folder/entry" "$ROOT/many/"{1000..2500}
	echo page >"$ROOT/index/index.html"
	echo text >"$ROOT/page.html"
	gzip -k "$ROOT/page.html"
	head -c 100000 /dev/urandom >"$ROOT/large"
	mkfifo "$ROOT/fifo"
	serve_start
	wire <<-'EOF'
		targets = ["/", "/empty", "/folder", "/folder/", "/index/", "/index",
		    "/page", "/page.html", "/large", "/many/", "/absent", "/fifo",
		    "/.hidden", "/%00", "/%2f", "/%", "/folder/?sort=size"]
		extra = [[], ["Accept: text/html"], ["Accept: application/json"],
		    ["Accept: text/plain"], ["Accept-Encoding: gzip"],
		    ["Accept-Encoding: identity;q=0"], ["If-None-Match: *"],
		    ["If-Match: \"no\""], ["Expect: other"],
		    ["Host: evil.example", "X:"]]
		client = Client()
		seen = set()
		for target in targets:
		    for fields in extra:
		        one, two = (get(target, *fields, method=method)
		            for method in ("GET", "HEAD"))
		        if fields[:1] == ["Host: evil.example"]:
		            one, two = (s.replace("Host: localhost\r\n", "")
		                for s in (one, two))
		        full = client.ask(one)
		        head = client.ask(two, "HEAD")
		        assert head.lasting[:2] == full.lasting[:2], (target, head, full)
		        seen.add(full.status)
		assert seen == {200, 301, 304, 400, 403, 404, 406, 412, 417}, seen
	EOF
}

@test "HEAD has no body even if the head is refused" {
	serve_start
	wire <<-'EOF'
		for bad in (get(method="HEAD", version="HTTP/1.1 "),
		        get("/", "No colon", method="HEAD"),
		        get("/" + "a" * 9000, method="HEAD"),
		        get("/", "X: " + "a" * 33000, method="HEAD"),
		        get("/", "Content-Length: x", method="HEAD"),
		        get("/", method="HEAD", version="HTTP/3.0")):
		    client = Client().send(bad)
		    answer = client.read("HEAD")
		    assert answer.status >= 400
		    client.ended()
	EOF
}

@test "every response has a Date and a length" {
	echo content >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		from email.utils import parsedate_to_datetime
		requests = [get("/file"), get("/"), get("/absent"), get("/%"),
		    get("/file", "If-None-Match: *"), get("/file", "Range: bytes=1-"),
		    get("/file", "Range: bytes=99-"), get("/", method="OPTIONS"),
		    get("/", method="POST"), get("/", method="NONE"),
		    get("/", "Expect: other"), "no request\r\n\r\n",
		    get("/", version="HTTP/2.0")]
		for request in requests:
		    before = int(time.time())
		    answer = ask(request)
		    assert re.fullmatch(
		        r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|"
		        r"Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT",
		        answer["Date"])
		    date = parsedate_to_datetime(answer["Date"]).timestamp()
		    assert before <= date <= time.time(), answer
		    # except for a file whose type was guessed
		    if answer.status not in (200, 206, 304):
		        assert answer["X-Content-Type-Options"] == "nosniff"
		    if answer.status in (204, 304):
		        assert answer["Content-Length"] is None
		    else:
		        assert answer["Content-Length"] == str(len(answer.body))
	EOF
}

@test "a file rewritten between two requests is sent with its new size and time" {
	serve_start
	wire <<-'EOF'
		client = Client()
		etag = '""'
		path = os.path.join(ROOT, "file")
		for i in range(300):
		    content = b"%08d" % i
		    if i % 2:
		        write("new", content)
		        os.utime(os.path.join(ROOT, "new"), (1e9, 1e9))
		        os.rename(os.path.join(ROOT, "new"), path)
		    else:
		        write("file", content)
		        os.utime(path, (1e9, 1e9))
		    answer = client.ask(get("/file", "If-None-Match: " + etag))
		    assert (answer.status, answer.body) == (200, content), i
		    etag = answer["ETag"] or '""'
	EOF
}

@test "where file times are coarse, a file that has just been written has no validator" {
	need setarch
	RUN=(setarch --uname-2.6)
	serve_start
	touch -d 'next year' "$ROOT/old"
	# ETag and Last-Modified appear once the file is 20 ms old.
	wait_until has_validators
	touch -r "$ROOT/old" "$ROOT/new"
	wire <<-'EOF'
		# Its mtime is old, its ctime is not.
		path = os.path.join(ROOT, "new")
		for i in range(20):
		    write("new", str(i))
		    os.utime(path, (1e9, 1e9))
		    answer = ask(get("/new"))
		    late = time.time() - os.stat(path).st_ctime > 0.02
		    assert late or answer["ETag"] is None, answer
		    assert late or answer["Last-Modified"] is None, answer
	EOF
}

has_validators() {
	[ -n "$(field_of etag "${URL}old")" ] &&
		[ -n "$(field_of last-modified "${URL}old")" ]
}

@test "a time in the future is sent as the current time" {
	touch -d 'next year' "$ROOT/file"
	serve_start
	wire <<-'EOF'
		def unchanged_since_now():
		    answer = ask(get("/file"))
		    assert answer["Last-Modified"] == answer["Date"]
		    since = "If-Modified-Since: " + answer["Last-Modified"]
		    again = ask(get("/file", since))
		    # A second may have passed between the two.
		    assert again.status == 304 or again["Date"] != answer["Date"]
		    return again.status == 304
		until(unchanged_since_now)
	EOF
}

@test "times before 1970 and in other centuries are sent unchanged" {
	touch -d '1969-12-31 23:59:58 UTC' "$ROOT/before"
	# Nanoseconds that do not fit 64 bits.
	touch -d '2400-01-01' "$ROOT/far"
	touch -d '2000-02-29 12:00:00 UTC' "$ROOT/leap"
	serve_start
	[ "$(field_of last-modified "${URL}before")" = \
		"Wed, 31 Dec 1969 23:59:58 GMT" ]
	[ "$(field_of last-modified "${URL}leap")" = \
		"Tue, 29 Feb 2000 12:00:00 GMT" ]
	[ -n "$(field_of etag "${URL}far")" ]
	[ "$(status_of "$URL")" = 200 ]
}

@test "a file that shrinks while it is sent ends the connection early" {
	head -c 20000000 /dev/zero >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		client = Client(buffer=4096).send(get("/file") + get("/file"))
		client.take(1000)
		os.truncate(os.path.join(ROOT, "file"), 1000)
		assert 1000 <= len(client.rest()) < 20000000
		assert len(ask(get("/file")).body) == 1000
	EOF
}

@test "a file that grows while it is sent keeps the length that was announced" {
	head -c 10000000 /dev/zero >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		client = Client(buffer=65536).send(get("/file"))
		client.more()
		with open(os.path.join(ROOT, "file"), "ab") as f:
		    f.write(b"x" * 1000)
		assert client.read().body == bytes(10000000)
		assert len(client.ask(get("/file")).body) == 10001000
	EOF
}

@test "a file that is replaced while it is sent is sent to its end" {
	head -c 10000000 /dev/zero >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		client = Client(buffer=65536).send(get("/file"))
		client.more()
		write("new", "new")
		os.rename(os.path.join(ROOT, "new"), os.path.join(ROOT, "file"))
		assert client.read().body == bytes(10000000)
		assert client.ask(get("/file")).body == b"new"
	EOF
}

@test "many files in one iteration each have the type of their own bytes" {
	serve_start -j 1
	wire <<-'EOF'
		for i in range(100):
		    write(f"{i}", b"\x89PNG\r\n\x1a\n" + bytes(32000))
		with stopped():
		    clients = [Client().send(get(f"/{i}")) for i in range(100)]
		for client in clients:
		    assert client.read()["Content-Type"] == "image/png"
	EOF
}

@test "an error has the format that the client accepts" {
	serve_start
	wire <<-'EOF'
		import json
		for accept, kind in (("text/html,*/*;q=0.8", "text/html; charset=utf-8"),
		        ("application/json", "application/json"),
		        ("text/plain", "text/plain; charset=utf-8"),
		        ("*/*", "text/plain; charset=utf-8"),
		        ("image/png", "text/plain; charset=utf-8")):
		    for target, status in (("/absent", 404), ("/%zz", 400)):
		        answer = ask(get(target, "Accept: " + accept))
		        assert answer.status == status
		        assert answer["Content-Type"] == kind
		        assert "Accept" in answer.all("Vary")
		        assert 0 < len(answer.body) < 4096
		        assert str(status).encode() in answer.body
		        if kind == "application/json":
		            assert json.loads(answer.body)["status"] == status
		plain = ask("no request\r\nAccept: text/html\r\n\r\n")
		assert plain["Content-Type"] == "text/plain; charset=utf-8"
	EOF
}

@test "an error page repeats nothing that is markup or breaks a line" {
	serve_start
	wire <<-'EOF'
		import json
		evil = "/<script>alert(1)</script>\"'&%0d%0aX-Evil:%201%1b%5b31m%e2%80%ae"
		for accept in ("text/html", "application/json", "text/plain"):
		    for host in ("localhost", "<b>.example", "a'b.example"):
		        answer = ask(get(evil, "Accept: " + accept)
		            .replace("localhost", host))
		        assert answer.status in (400, 403, 404)
		        assert answer["X-Evil"] is None
		        assert b"\r" not in answer.body and b"\x1b" not in answer.body
		        kind = answer["Content-Type"].split(";")[0]
		        assert kind == accept or answer.status == 400
		        if kind == "text/html":
		            assert b"<script" not in answer.body
		            assert b"<b>" not in answer.body
		        if kind == "application/json":
		            json.loads(answer.body)
		        if kind == "text/plain":
		            assert answer.body.count(b"\n") == 1
	EOF
}
