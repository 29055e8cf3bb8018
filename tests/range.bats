# Ranges: RFC 9110 section 14.

load wire

setup() {
	serve_setup
	printf 0123456789 >"$ROOT/ten"
}

@test "14.1.2 a single range: with both ends, open, or a suffix range" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for range, first, last in (("0-0", 0, 0), ("0-9", 0, 9), ("2-4", 2, 4),
		        ("9-9", 9, 9), ("9-", 9, 9), ("0-", 0, 9), ("5-99", 5, 9),
		        ("-1", 9, 9), ("-10", 0, 9), ("-99", 0, 9), ("007-0008", 7, 8),
		        ("5-99999999999999999999999", 5, 9), ("-99999999999999999999", 0, 9),
		        (" 2-4 ", 2, 4), (",2-4", 2, 4), ("2-4,,", 2, 4)):
		    answer = client.ask(get("/ten", "Range: bytes=" + range))
		    assert answer.status == 206, range
		    assert answer["Content-Range"] == f"bytes {first}-{last}/10", range
		    assert answer.body == b"0123456789"[first:last + 1]
		    assert answer["Content-Type"].startswith("text/plain")
		assert client.ask(get("/ten", "range: BYTES=2-4")).body == b"234"
	EOF
}

@test "15.3.7 a 206 has the fields that a 200 would have" {
	serve_start --max-age 5
	wire <<-'EOF'
		full = ask(get("/ten"))
		for range in ("0-0", "0-1,5-6"):
		    part = ask(get("/ten", "Range: bytes=" + range))
		    assert part.status == 206
		    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary",
		            "Accept-Ranges"):
		        assert part[name] == full[name] != None, name
	EOF
}

@test "15.5.17 a range past the end gets 416 with the size of the file" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for range in ("10-", "10-20", "10-10,20-", "-0", "99999999999999999999-",
		        "18446744073709551616-18446744073709551617"):
		    answer = client.ask(get("/ten", "Range: bytes=" + range))
		    assert answer.status == 416, range
		    assert answer["Content-Range"] == "bytes */10"
		    assert answer["ETag"] is None
	EOF
}

@test "14.2 any range of an empty file gets the whole file" {
	touch "$ROOT/empty"
	serve_start
	wire <<-'EOF'
		for range in ("0-", "0-0", "-0", "-1", "5-9", "0-1,3-4"):
		    answer = ask(get("/empty", "Range: bytes=" + range))
		    assert (answer.status, answer["Content-Length"]) == (200, "0"), range
		    assert answer["Content-Range"] is None
	EOF
}

@test "14.2 a malformed range, or one in another unit, is ignored" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for value in ("bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1-2",
		        "bytes=0", "bytes 0-1", "bytes:0-1", "bytes=0-1;2-3", "bytes=+0-1",
		        "bytes=0-1,x", "bytes=0--1", "bytes=--1", "bytes= 0 - 1", "bytes =0-1",
		        "items=0-1", "0-1", "", "byte=0-1", "bytes=0x0-1", "bytes=\"0-1\""):
		    answer = client.ask(get("/ten", "Range: " + value))
		    assert (answer.status, len(answer.body)) == (200, 10), value
	EOF
}

@test "14.2 Range applies only to GET" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for value in ("0-1", "99-", "0-1,3-4"):
		    answer = client.ask(
		        get("/ten", "Range: bytes=" + value, method="HEAD"), "HEAD")
		    assert (answer.status, answer["Content-Length"]) == (200, "10")
		answer = client.ask(get("/ten", "Range: bytes=0-1", method="POST"))
		assert answer.status == 405
		assert client.ask(get("/absent", "Range: bytes=0-1")).status == 404
		assert client.ask(get("/", "Range: bytes=0-1")).status == 200
	EOF
}

# Parse multipart/byteranges: [(first, last, content)]
multipart() {
	cat <<-'EOF'
		def parts(answer, size, kind):
		    match = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f]{32})",
		        answer["Content-Type"])
		    assert answer["Content-Length"] == str(len(answer.body))
		    assert answer["Content-Range"] is None
		    edge = b"--" + match[1].encode()
		    first, *middle, end = answer.body.split(edge)
		    assert (first, end) == (b"\r\n", b"--\r\n")
		    got = []
		    for part in middle:
		        head, content = part[2:-2].split(b"\r\n\r\n", 1)
		        assert (part[:2], part[-2:]) == (b"\r\n", b"\r\n")
		        fields = Answer(b"HTTP/1.1 206 OK\r\n" + head, b"")
		        assert fields["Content-Type"] == kind
		        range = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)",
		            fields["Content-Range"])
		        assert int(range[3]) == size
		        got.append((int(range[1]), int(range[2]), content))
		    return got
	EOF
}

@test "14.6 several ranges are sent as parts, in the order of the request" {
	serve_start
	{ multipart; cat <<-'EOF'; } | wire
		client = Client()
		kind = "text/plain; charset=utf-8"
		for value, expected in (("0-1,5-6", [(0, 1), (5, 6)]),
		        ("5-6,0-1", [(5, 6), (0, 1)]), ("-2,0-0", [(8, 9), (0, 0)]),
		        ("0-0 , 2-2,4-4,\t6-6", [(0, 0), (2, 2), (4, 4), (6, 6)]),
		        ("0-0,50-60,9-", [(0, 0), (9, 9)])):
		    answer = client.ask(get("/ten", "Range: bytes=" + value))
		    assert answer.status == 206, value
		    got = parts(answer, 10, kind)
		    assert [(a, b) for a, b, _ in got] == expected
		    for first, last, content in got:
		        assert content == b"0123456789"[first:last + 1]
	EOF
}

@test "14.6 if only one of several ranges is satisfiable, it is sent as a single range" {
	serve_start
	wire <<-'EOF'
		for value, range in (("0-1,50-", "0-1"), ("0-1,2-3", "0-3"),
		        ("0-5,3-8", "0-8"), ("3-8,0-5", "0-8"), ("0-,-1", "0-9"),
		        ("2-3,2-3,2-3", "2-3"), ("0-4,9-9,5-8", "0-9")):
		    answer = ask(get("/ten", "Range: bytes=" + value))
		    assert answer.status == 206, value
		    assert answer["Content-Range"] == f"bytes {range}/10", value
	EOF
}

@test "the parts of a large file have the right bytes" {
	# Without a name its type is that of its first bytes.
	{ printf '\0\1\2\3'; head -c 999996 /dev/urandom; } >"$ROOT/large"
	serve_start
	{ multipart; cat <<-'EOF'; } | wire
		content = open(os.path.join(ROOT, "large"), "rb").read()
		value = "0-99999,500000-,200000-299999,-1,150000-150000"
		data = get("/large", "Range: bytes=" + value)
		for i in range(3):
		    got = parts(ask(data), 1000000, "application/octet-stream")
		    assert len(got) == 4
		    for first, last, part in got:
		        assert part == content[first:last + 1]
		assert ask(data)["Content-Type"] != ask(data)["Content-Type"]
	EOF
}

@test "14.2 up to 32 ranges are sent as parts, more get the whole file" {
	head -c 100000 /dev/urandom >"$ROOT/file"
	serve_start
	{ multipart; cat <<-'EOF'; } | wire
		def some(n, step):
		    return ",".join(f"{i * step}-{i * step}" for i in range(n))
		client = Client()
		answer = client.ask(get("/file", "Range: bytes=" + some(32, 1000)))
		assert len(parts(answer, 100000, "application/octet-stream")) == 32
		for n, step in ((33, 1000), (90, 1000), (300, 100), (900, 2)):
		    answer = client.ask(get("/file", "Range: bytes=" + some(n, step)))
		    assert (answer.status, len(answer.body)) == (200, 100000), n
	EOF
}

@test "a response to ranges is never larger than twice the file" {
	head -c 500 /dev/urandom >"$ROOT/small"
	head -c 100000 /dev/urandom >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		client = Client()
		for value in (",".join(["0-"] * 900), ",".join(["0-9"] * 500),
		        ",".join(f"{i}-" for i in range(800)),
		        ",".join(f"{i}-99999" for i in range(0, 60000, 100)),
		        ",".join(f"-{i}" for i in range(1, 900)), "0-," * 1500 + "1-"):
		    answer = client.ask(get("/file", "Range: bytes=" + value))
		    assert answer.status in (200, 206)
		    assert len(answer.body) <= 200000
		answer = client.ask(get("/small", "Range: bytes=" + ",".join(
		    f"{i}-{i}" for i in range(0, 64, 2))))
		assert (answer.status, len(answer.body)) == (200, 500)
	EOF
}

@test "ranges reach beyond 4 GiB" {
	truncate -s 5G "$ROOT/huge"
	printf end | dd of="$ROOT/huge" bs=1 seek=5000000000 conv=notrunc status=none
	serve_start
	{ multipart; cat <<-'EOF'; } | wire
		client = Client()
		size = 5 << 30
		answer = client.ask(get("/huge", method="HEAD"), "HEAD")
		assert answer["Content-Length"] == str(size)
		answer = client.ask(get("/huge", "Range: bytes=4999999999-5000000003"))
		assert answer.body == b"\0end\0"
		assert answer["Content-Range"] == f"bytes 4999999999-5000000003/{size}"
		answer = client.ask(get("/huge", "Range: bytes=-2"))
		assert answer["Content-Range"] == f"bytes {size - 2}-{size - 1}/{size}"
		answer = client.ask(get("/huge", "Range: bytes=0-0,5000000000-5000000002"))
		got = parts(answer, size, "application/octet-stream")
		assert got == [(0, 0, b"\0"), (5000000000, 5000000002, b"end")]
		answer = client.ask(get("/huge", f"Range: bytes={size}-"))
		assert (answer.status, answer["Content-Range"]) == (416, f"bytes */{size}")
		# At least all of it is on its way.
		client.send(get("/huge", "Range: bytes=4294967290-"))
		while b"\r\n\r\n" not in client.unread:
		    client.more()
		assert f"Content-Length: {size - 4294967290}\r\n".encode() in client.unread
	EOF
}

# Their heads do not fit into a Content-Length of 63 bits.
@test "several ranges of the largest file get the whole file" {
	root_in_memory
	truncate -s 9223372036854775807 "$ROOT/file" ||
		skip "needs a file system for so large a file"
	serve_start
	wire <<-'EOF'
		half, end = 1 << 62, (1 << 63) - 2
		for ranges in (f"0-{half},{half + 2}-", f"0-{end - 2},{end}-",
		        f"0-0,2-{end}"):
		    client = Client().send(get("/file", f"Range: bytes={ranges}"))
		    while b"\r\n\r\n" not in client.unread:
		        client.more()
		    assert client.unread.startswith(b"HTTP/1.1 200 OK\r\n"), ranges
		    assert b"\r\nContent-Length: 9223372036854775807\r\n" in \
		        client.unread
	EOF
}

@test "ranges of a precompressed file are ranges of the sibling" {
	seq 10000 >"$ROOT/file.txt"
	gzip -k "$ROOT/file.txt"
	serve_start
	wire <<-'EOF'
		zipped = open(os.path.join(ROOT, "file.txt.gz"), "rb").read()
		size = len(zipped)
		gzip = "Accept-Encoding: gzip"
		client = Client()
		full = client.ask(get("/file.txt", gzip))
		part = client.ask(get("/file.txt", gzip, "Range: bytes=10-19"))
		assert part.body == zipped[10:20]
		assert part["Content-Encoding"] == "gzip"
		assert part["Content-Range"] == f"bytes 10-19/{size}"
		assert part["ETag"] == full["ETag"]
		assert part["ETag"] != client.ask(get("/file.txt"))["ETag"]
		several = client.ask(get("/file.txt", gzip, "Range: bytes=0-1,9-10"))
		assert several["Content-Encoding"] == "gzip"
		past = client.ask(get("/file.txt", gzip, f"Range: bytes={size}-"))
		assert (past.status, past["Content-Range"]) == (416, f"bytes */{size}")
		# If-Range distinguishes the two forms.
		plain = client.ask(get("/file.txt", "Range: bytes=0-1",
		    "If-Range: " + full["ETag"]))
		assert plain.status == 200
	EOF
}
