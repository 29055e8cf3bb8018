# Timeouts.  Each test waits until the server acts.

load wire

@test "an idle connection is closed after --timeout" {
	serve_start --timeout 1
	wire <<-'EOF'
		fresh = Client()
		used = Client()
		assert used.ask(get()).status == 200
		fresh.ended()
		used.ended()
	EOF
	[ "$(wc -l <"$OUT")" = 1 ]
}

@test "an empty line after a request leaves the connection idle" {
	serve_start --timeout 1
	wire <<-'EOF'
		client = Client().send(get("/absent") + "\r\n")
		assert client.read().status == 404
		client.ended()
	EOF
}

@test "a connection in use is not closed by --timeout" {
	serve_start --timeout 1
	wire <<-'EOF'
		# Until an idle connection has been closed, and then a second
		# one.
		used = Client()
		for i in range(2):
		    idle = Client()
		    idle.socket.settimeout(0.05)
		    while True:
		        assert used.ask(get()).status == 200
		        try:
		            assert idle.more() is False
		            break
		        except TimeoutError:
		            pass
	EOF
}

@test "a head that is not complete after --timeout gets 408" {
	serve_start --timeout 1
	wire <<-'EOF'
		starts = ("G", "GET / HTTP/1.1\r\n", get()[:-1], "\r", get() + "G")
		clients = [Client().send(start) for start in starts]
		assert clients[-1].read().status == 200
		for client in clients:
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (408, "close")
		    client.ended()
	EOF
}

@test "a head that arrives byte by byte for too long gets 408" {
	serve_start --timeout 1
	wire <<-'EOF'
		def answered():
		    client.send("y")
		    return select.select([client.socket], [], [], 0.05)[0]
		client = Client().send("GET / HTTP/1.1\r\nX: ")
		until(answered)
		assert client.read().status == 408
	EOF
}

@test "a head has at most 10 seconds, even if --timeout is longer" {
	serve_start
	wire <<-'EOF'
		start = time.monotonic()
		client = Client().send("GET / HTTP/1.1\r\n")
		assert client.read().status == 408
		assert 9 < time.monotonic() - start
		client.ended()
	EOF
}

@test "a request body that stops arriving gets 408" {
	serve_start --timeout 1
	wire <<-'EOF'
		chunked = "Transfer-Encoding: chunked"
		starts = (get("/", "Content-Length: 5", body="ab"), get("/", chunked),
		    get("/", chunked, body="5\r\nab"),
		    get("/", chunked, body="1\r\na\r\n0\r\n"))
		clients = [Client().send(start) for start in starts]
		for client in clients:
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (408, "close")
		    client.ended()
	EOF
}

@test "a body with one byte every 1.5 s gets 408 after 10 seconds" {
	serve_start --log-format pretty
	wire <<-'EOF'
		def answered():
		    client.send("x")
		    return select.select([client.socket], [], [], 1.5)[0]
		start = time.monotonic()
		client = Client().send(get("/", "Content-Length: 9999",
		    method="PUT"))
		until(answered)
		assert client.read().status == 408
		assert 9 < time.monotonic() - start
		client.ended()
	EOF
	grep -E ' 408 PUT .*  /  \(the body came too slowly\)$' "$OUT"
}

@test "a body may pause for longer than --timeout if its average rate is high enough" {
	serve_start --timeout 1
	wire <<-'EOF'
		client = Client().send(get("/", "Content-Length: 60001",
		    method="PUT", body="x" * 60000))
		# Until idle connections have been closed.
		for i in range(3):
		    Client().ended()
		assert client.ask("x").status == 405
	EOF
}

@test "a client that vanished is detected by keep-alive probes" {
	serve_start
	wire <<-'EOF'
		client = Client()
		assert client.ask(get()).status == 200
		ends = ":%04X" % PORT, ":%04X" % client.socket.getsockname()[1]
		with open("/proc/net/tcp") as table:
		    lines = [line.split() for line in table]
		ours = [line for line in lines
		        if (line[1][-5:], line[2][-5:]) == ends]
		# proc_net_tcp.txt: timer 2 is that of keep-alive.
		timer, due = ours[0][5].split(":")
		assert timer == "02" and 0 < int(due, 16) <= 6000, ours
	EOF
}

@test "a client that pauses for longer than --timeout gets the complete file" {
	head -c 20000000 /dev/urandom >"$ROOT/large"
	serve_start --timeout 1
	wire <<-'EOF'
		client = Client(buffer=4096).send(get("/large"))
		client.more()
		# Each of them lasts for --timeout.
		for i in range(3):
		    Client().ended()
		with open(ROOT + "/large", "rb") as file:
		    assert client.read().body == file.read()
	EOF
}

@test "a client that reads slowly is not closed" {
	truncate -s 1G "$ROOT/large"
	serve_start --timeout 1 --log-format json
	wire <<-'EOF'
		from process import *
		def take():
		    slow.take(4096)
		    return answered([idle])
		slow = Client(buffer=4096).send(get("/large"))
		# As long as it takes to close three idle connections.
		for i in range(3):
		    idle = Client()
		    until(take)
		    idle.ended()
		# More than was in flight when the client might have been
		# closed.
		for i in range(20):
		    slow.take(1 << 20)
	EOF
}

@test "a client that keeps sending gets its response, however slowly it sends" {
	serve_start --timeout 10
	wire <<-'EOF'
		def descriptors():
		    return len(os.listdir(f"/proc/{os.environ['PID']}/fd"))
		def send():
		    slow.send("x")
		    return descriptors() == n - 1
		slow, silent = [Client().send(get("/", "Content-Length: 9999999",
		    method="PUT")) for i in range(2)]
		assert silent.read().status == 405
		n = descriptors()
		# A client that sends nothing more does not wait long.
		until(send)
		slow.send("x" * 100)
		assert slow.read().status == 405
		slow.ended()
	EOF
}

@test "a client that never stops sending is closed at last" {
	serve_start --timeout 3
	wire <<-'EOF'
		def cut():
		    try:
		        client.send("x")
		    except ConnectionError:
		        return True
		client = Client().send(get("/", "Content-Length: 9999999"))
		assert client.read().status == 200
		until(cut)
	EOF
}
