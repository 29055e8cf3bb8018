# Request bodies are skipped, and framing that could hide a request is refused:
# RFC 9112 sections 6 and 7.

load wire

@test "a body is never parsed as the next request" {
	serve_start
	wire <<-'EOF'
		evil = get("/evil")
		length = [f"Content-Length: {len(evil)}"]
		chunked = ["Transfer-Encoding: chunked"]
		in_chunks = f"{len(evil):X}\r\n{evil}\r\n0\r\n\r\n"
		for method, status in (("GET", 200), ("HEAD", 200), ("OPTIONS", 204),
		        ("POST", 405), ("PUT", 405), ("DELETE", 405), ("BREW", 501)):
		    for fields, body in ((length, evil), (chunked, in_chunks)):
		        client = Client()
		        for i in range(3):
		            data = get("/", *fields, method=method, body=body)
		            assert client.ask(data, method).status == status
		        client.end().ended()
	EOF
}

@test "chunks may have extensions, trailers and any size" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for body in ("0\r\n\r\n", "000000000\r\n\r\n", "1\r\na\r\n0\r\n\r\n",
		        "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
		        "1;x\r\na\r\n0;y=\"z\";w\r\n\r\n", "1 ; x = y\r\na\r\n0\r\n\r\n",
		        "2\r\n\r\n\r\n0\r\n\r\n", "0\r\nX: y\r\nZ:\r\n\r\n",
		        "fffe\r\n" + "x" * 65534 + "\r\n0\r\n\r\n"):
		    fields = ["Transfer-Encoding: Chunked"]
		    answer = client.ask(get("/", *fields, method="POST", body=body))
		    assert (answer.status, answer["Connection"]) == (405, None), body
		client.end().ended()
	EOF
}

@test "a body of 1 MiB is read, and the connection persists" {
	serve_start -j 1
	wire <<-'EOF'
		client = Client()
		size = 1 << 20
		client.send(get("/", f"Content-Length: {size}", method="POST"))
		client.send(bytes(size))
		assert client.read().status == 405
		# With its framing the first chunk has 1 MiB.  While the other client
		# gets its responses, the loop has read it.
		client.send(get("/", "Transfer-Encoding: chunked", method="POST"))
		client.send(b"ffff7\r\n" + bytes(0xffff7) + b"\r\n")
		other = Client()
		for i in range(100):
		    assert other.ask(get()).status == 200
		client.send("0\r\n\r\n")
		assert client.read().status == 405
		assert client.ask(get()).status == 200
	EOF
}

@test "a body larger than 1 MiB closes the connection after the response" {
	serve_start
	wire <<-'EOF'
		size = (1 << 20) + 1
		for fields, body in ((f"Content-Length: {size}", bytes(size)),
		        ("Content-Length: 18446744073709551615", bytes(size)),
		        ("Transfer-Encoding: chunked", b"200001\r\n" + bytes(size * 2)),
		        ("Transfer-Encoding: chunked", b"1\r\na\r\n" * 1000000)):
		    client = Client().send(get("/", fields, method="POST"))
		    client.send(body)
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (405, "close")
		    client.ended()
	EOF
}

@test "two framings in one head are refused" {
	serve_start
	wire <<-'EOF'
		chunked = "Transfer-Encoding: chunked"
		for fields in (["Content-Length: 4", chunked],
		        [chunked, "Content-Length: 4"],
		        ["Content-Length: 4", "Content-Length: 5"],
		        ["Content-Length: 4", "Content-Length: 4"],
		        ["Content-Length: 4, 4"], ["Content-Length: 4,5"],
		        [chunked, chunked], ["Transfer-Encoding: chunked, chunked"],
		        ["Transfer-Encoding: chunked, identity"],
		        ["Transfer-Encoding: identity"], ["Transfer-Encoding:"],
		        ["Transfer-Encoding: chunked, gzip"],
		        ["Transfer-Encoding: xchunked"],
		        ["Transfer-Encoding: \"chunked\""],
		        ["Transfer-Encoding: \x0bchunked"],
		        ["Transfer-Encoding : chunked"], ["Transfer-Encoding\t: chunked"],
		        [" Transfer-Encoding: chunked"],
		        ["X: y", "\tTransfer-Encoding: chunked"],
		        ["X: y\rTransfer-Encoding: chunked"],
		        ["Content-Length : 4"], ["Content-Length\x00: 4"],
		        ["Content-Length: 4", "X: y\x00"]):
		    data = get("/", *fields, method="POST", body="0\r\n\r\n")
		    client = Client().send(data + get("/next"))
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (400, "close"), fields
		    client.ended()
	EOF
}

@test "a Content-Length other than digits is refused" {
	serve_start
	wire <<-'EOF'
		for length in ("", "-1", "+4", "0x4", "4.0", "4 4", "4;", "four", "4a",
		        "1e1", "\u0664", "18446744073709551616", "9" * 100):
		    field = "Content-Length: " + length
		    data = to_bytes("POST / HTTP/1.1\r\nHost: localhost\r\n")
		    data += field.encode() + b"\r\n\r\nbody"
		    client = Client().send(data + to_bytes(get("/next")))
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (400, "close"), field
		    client.ended()
		assert ask(get("/", "Content-Length: 0004", body="body")).status == 200
	EOF
}

@test "malformed chunks are refused" {
	serve_start
	wire <<-'EOF'
		for body in ("x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", " 1\r\na\r\n",
		        "\r\n", "1\na\n0\n\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "1\ra",
		        "1 1\r\na\r\n", "1;\x00\r\na\r\n", "1;a\nb\r\na\r\n",
		        "10000000000000000\r\n", "f" * 17 + "\r\n",
		        "1;" + "x" * 70000 + "\r\n", "0\r\nno colon\r\n\r\n",
		        "0\r\n: y\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\n\r\n",
		        "0\r\n" + "X: y\r\n" * 20000 + "\r\n"):
		    data = get("/", "Transfer-Encoding: chunked", method="POST", body=body)
		    client = Client().send(data + get("/next"))
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (400, "close"), body[:99]
		    client.ended()
	EOF
}

@test "an unknown transfer coding is 501" {
	serve_start
	wire <<-'EOF'
		client = Client()
		client.send(get("/", "Transfer-Encoding: gzip, chunked", body="0\r\n\r\n"))
		answer = client.read()
		assert (answer.status, answer["Connection"]) == (501, "close")
		client.ended()
	EOF
}

@test "an HTTP/1.0 request with chunks is refused" {
	serve_start
	wire <<-'EOF'
		data = get("/", "Transfer-Encoding: chunked", version="HTTP/1.0",
		    body="0\r\n\r\n")
		client = Client().send(data)
		assert client.read().status == 400
		client.ended()
	EOF
}

@test "Expect: 100-continue gets 100 (Continue) before the body is read" {
	serve_start
	wire <<-'EOF'
		expect = "Expect: 100-Continue"
		client = Client()
		for framing, body in (("Content-Length: 4", "body"),
		        ("Transfer-Encoding: chunked", "4\r\nbody\r\n0\r\n\r\n")):
		    interim = client.ask(get("/", expect, framing, method="PUT"))
		    assert (interim.status, interim.fields) == (100, [])
		    assert client.ask(body).status == 405
		assert client.ask(get()).status == 200
	EOF
}

@test "100 (Continue) is not sent if the client does not wait for it" {
	serve_start
	wire <<-'EOF'
		expect = "Expect: 100-continue"
		client = Client()
		# no body; the body has arrived; HTTP/1.0 has no 100
		assert client.ask(get("/", expect)).status == 200
		assert client.ask(get("/", expect, "Content-Length: 0")).status == 200
		assert client.ask(
		    get("/", expect, "Content-Length: 4", body="body")).status == 200
		data = get("/", expect, "Content-Length: 4", version="HTTP/1.0")
		client.send(data + "body")
		assert client.read().status == 200
		client.ended()
	EOF
}

@test "Expect: 100-continue gets the final response at once if the body is too large" {
	serve_start
	wire <<-'EOF'
		fields = ["Expect: 100-continue", "Content-Length: 1048577"]
		client = Client().send(get("/", *fields, method="PUT"))
		answer = client.read()
		assert (answer.status, answer["Connection"]) == (405, "close")
		client.ended()
	EOF
}

@test "any other expectation gets 417 at once" {
	serve_start
	wire <<-'EOF'
		for field in ("Expect: x", "Expect: 100-continue, x", "Expect: 200-ok",
		        "Expect: 100-continue=y", "Expect: \"100-continue\""):
		    assert ask(get("/", field)).status == 417, field
		    # the body has not arrived yet
		    client = Client().send(get("/", field, "Content-Length: 4"))
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (417, "close")
		    client.ended()
	EOF
}

@test "a refused head gets one response, whatever its body contains" {
	serve_start
	wire <<-'EOF'
		body = get("/evil")
		fields = [f"Content-Length: {len(body)}"]
		for extra, status in ((["No colon"], 400), (["Host: x"], 400),
		        (["X: " + "a" * 33000], 431)):
		    client = Client().send(get("/", *fields, *extra, body=body))
		    assert client.read().status == status
		    client.ended()
	EOF
}
