# How long a connection lasts: RFC 9112 section 9.3.

load wire

@test "an HTTP/1.1 connection persists" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for i in range(1000):
		    answer = client.ask(get())
		    assert (answer.status, answer["Connection"]) == (200, None)
	EOF
}

@test "Connection: close ends the connection, however it is written" {
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

@test "a field that only resembles Connection: close does not end the connection" {
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

@test "an HTTP/1.0 connection ends unless the client asks for keep-alive" {
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

@test "an HTTP/1.0 request needs no Host" {
	serve_start
	wire <<-'EOF'
		assert ask("GET / HTTP/1.0\r\n\r\n").status == 200
	EOF
}

@test "an HTTP/1.0 client gets no chunks: a listing in pieces ends with the connection" {
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

@test "HTTP/1.2 to HTTP/1.9 are treated as HTTP/1.1" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for minor in range(1, 10):
		    answer = client.ask(get("/", version=f"HTTP/1.{minor}"))
		    assert (answer.status, answer["Connection"]) == (200, None)
	EOF
}

@test "a 4xx response does not end the connection if the request was complete" {
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
