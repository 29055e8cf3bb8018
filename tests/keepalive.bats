# How long a connection lasts: RFC 9112 section 9.3.

load wire

@test "HTTP/1.1 goes on by itself" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for i in range(1000):
		    answer = client.ask(get())
		    assert (answer.status, answer["Connection"]) == (200, None)
	EOF
}

@test "close ends it, however it is written" {
	serve_start
	wire <<-'EOF'
		for fields in (["Connection: close"], ["connection: CLOSE"],
		        ["Connection: keep-alive, close"], ["Connection: close , x"],
		        ["Connection: ,,close"], ["Connection: x", "Connection: close"],
		        ["Connection: \tclose\t"]):
		    for version in ("HTTP/1.1", "HTTP/1.0"):
		        client = Client().send(get("/", *fields, version=version))
		        assert client.read()["Connection"] == "close", fields
		        client.ended()
	EOF
}

@test "what only looks like close does not end it" {
	serve_start
	wire <<-'EOF'
		for field in ("Connection: closed", "Connection: x-close",
		        "Connection: \"close\"", "Connection:", "X-Connection: close",
		        "Proxy-Connection: close"):
		    client = Client()
		    assert client.ask(get("/", field))["Connection"] is None
		    assert client.ask(get("/")).status == 200, field
	EOF
}

@test "HTTP/1.0 ends, unless it asks to go on" {
	touch "$ROOT/file"
	serve_start
	wire <<-'EOF'
		client = Client().send(get("/file", version="HTTP/1.0"))
		assert client.read()["Connection"] == "close"
		client.ended()
		client = Client()
		for field in ("Connection: keep-alive", "Connection: Keep-Alive, x"):
		    answer = client.ask(get("/file", field, version="HTTP/1.0"))
		    assert answer["Connection"] == "keep-alive"
		assert client.ask(get("/file")).status == 200
	EOF
}

@test "HTTP/1.0 needs no Host" {
	serve_start
	wire <<-'EOF'
		assert ask("GET / HTTP/1.0\r\n\r\n").status == 200
	EOF
}

@test "HTTP/1.0 gets no chunks: a listing in pieces ends with the connection" {
	touch "$ROOT/a name of thirty bytes, number "{0000..2999}
	serve_start
	wire <<-'EOF'
		fields = ["Accept: text/plain", "Connection: keep-alive"]
		client = Client().send(get("/", *fields, version="HTTP/1.0"))
		answer = client.read()
		assert answer["Transfer-Encoding"] is None
		assert answer["Connection"] == "close"
		chunked = ask(get("/", *fields))
		assert chunked["Transfer-Encoding"] == "chunked"
		assert answer.body == chunked.body
		assert answer.body.count(b"\n") == 3000
	EOF
}

@test "HTTP/1.2 to 1.9 are 1.1" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for minor in range(1, 10):
		    answer = client.ask(get("/", version=f"HTTP/1.{minor}"))
		    assert (answer.status, answer["Connection"]) == (200, None)
	EOF
}

@test "an answer of 4xx does not end it where the request was whole" {
	mkfifo "$ROOT/fifo"
	serve_start
	wire <<-'EOF'
		client = Client()
		for request, status in ((get("/absent"), 404), (get("/fifo"), 404),
		        (get("/%zz"), 400), (get("/%00"), 400), (get("/%2f"), 404),
		        (get(method="DELETE"), 405), (get(method="MAKE"), 501),
		        (get("/").replace("localhost", "evil.example"), 403),
		        (get("/", "Expect: x"), 417)):
		    answer = client.ask(request)
		    assert (answer.status, answer["Connection"]) == (status, None)
		assert client.ask(get()).status == 200
	EOF
}
