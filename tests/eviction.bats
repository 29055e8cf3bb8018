load wire

# Which connections make room when connections, descriptors or memory run short.

# The memory is that of a release build.
need_release() {
	! grep -qaE '__(asan|tsan|msan|gcov)_' "$SERVE" ||
		skip "a build that is slowed down"
}

# N: make this many files with the longest names, about 270 bytes each in a
# listing
fill_with() {
	python3 - "$ROOT" "$1" <<-'EOF'
		import os, sys
		for i in range(int(sys.argv[2])):
		    name = f"{sys.argv[1]}/{i:0250}"
		    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
	EOF
}

# [OPTION]...: wire, with a crowd of one address, the paths of the large listings
# that it requests, and a function for a client of another address
crowd() {
	need_release
	fill_with 10000
	serve_start --log-format pretty "$@"
	{
		cat <<-'EOF'
			paths = [f"/?sort={key}&order={way}" for key in
			    ("name", "size", "time") for way in ("asc", "desc")]
			crowd = [Client(buffer=4096, source="127.0.0.2")
			    for i in range(60)]
			def ask_from_another(i):
			    return Client(source=f"127.0.0.{3 + i}").ask(get("/"))
		EOF
		cat
	} | wire
}

@test "paused downloads of an address with many make room, the only one of another stays" {
	truncate -s 1G "$ROOT/large"
	echo content >"$ROOT/file"
	RUN=(sh -c 'ulimit -n 64; exec "$@"' -)
	serve_start -j 1 --timeout 1 --log-format pretty
	wire <<-'EOF'
		from process import *
		crowd = [Client(buffer=4096, source="127.0.0.2") for i in range(40)]
		# Some began before the one that stays: they count as slow first.
		for client in crowd[:20]:
		    client.send(get("/large"))
		until(lambda: len(answered(crowd)) == 20)
		alone = Client(buffer=4096, source="127.0.0.4").send(get("/large"))
		alone.more()
		for client in crowd[20:]:
		    client.send(get("/large"))
		# As many as there is room for have begun.
		until(lambda: len(answered(crowd)) >= 31)
		for i in range(3):
		    newcomer = Client(source="127.0.0.3")
		    assert newcomer.ask(get("/file")).body == b"content\n"
		    newcomer.close()
		alone.take(20000000)
	EOF
	grep -E '200 GET .*  /large  \(made room for others after [0-9.]+ s\)$' "$OUT"
}

@test "a newcomer from an address with more connections does not displace one with fewer" {
	truncate -s 1G "$ROOT/large"
	for threads in 1 8; do
		serve_start -j "$threads" --max-conns 4
		wire <<-'EOF'
			from process import *
			idle = Client(source="127.0.0.3")
			assert idle.ask(get()).status == 200
			crowd = []
			for i in range(6):
			    crowd.append(Client(buffer=4096, source="127.0.0.2"))
			    crowd[i].send(get("/large"))
			    assert i > 2 or crowd[i].more()
			# The others wait, but not if that keeps further clients
			# waiting.
			for i in range(50):
			    assert idle.ask(get()).status == 200
			refused = answered(crowd[3:], 0.3)
			assert len(refused) < 3
			for client in refused:
			    assert client.read().status == 503
			for client in crowd[:3]:
			    client.close()
			for client in crowd[3:]:
			    assert client in refused or client.more()
		EOF
		serve_stop TERM
	done
}

@test "a connection of an address with as many as the newcomer's makes room" {
	truncate -s 1G "$ROOT/large"
	serve_start -j 4 --max-conns 2 --timeout 1 --log-format pretty
	wire <<-'EOF'
		for n in 2, 3:
		    client = Client(buffer=4096, source=f"127.0.0.{n}")
		    assert client.send(get("/large")).more()
		    globals()[f"client{n}"] = client
		assert Client(source="127.0.0.4").ask(get()).status == 200
	EOF
	[ "$(grep -c '  /large  (made room for others after ' "$OUT")" = 1 ]
}

@test "a steady reader does not make room, however much the kernel buffers for it" {
	truncate -s 1G "$ROOT/large"
	serve_start -j 1 --max-conns 3 --timeout 2 --log-format pretty
	wire <<-'EOF'
		from process import *
		steady, *stalled = [Client(buffer=4096, source="127.0.0.2")
		    for i in range(3)]
		for client in steady, *stalled:
		    assert client.send(get("/large")).more()
		def is_in():
		    # Read 500 KB a second, of some megabytes in the socket.
		    steady.take(10000)
		    time.sleep(0.02)
		    return answered([newcomer])
		young = []
		for client in stalled:
		    newcomer = Client(buffer=4096, source="127.0.0.3")
		    newcomer.send(get("/large"))
		    until(is_in)
		    young.append(newcomer)
		newcomer = Client(source="127.0.0.4").send(get())
		for i in range(50):
		    assert not is_in()
		steady.close()
		assert newcomer.read().status == 200
	EOF
	[ "$(grep -c 'made room for others after' "$OUT")" = 2 ]
}

@test "quiet exchanges with an application make room" {
	serve_start_app -j 1 --max-conns 4 --timeout 1 --log-format pretty
	wire <<-'EOF'
		listener = application()
		def begin(head, *fields):
		    client = Client(source="127.0.0.2").send(get("/app/x", *fields))
		    app = accept(listener)
		    assert app.recv(65536)
		    app.sendall(head)
		    assert not head or client.line()
		    return client, app
		busy = begin(b"HTTP/1.1 200 OK\r\n\r\n")
		quiet = [begin(b""), begin(b"HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n"),
		         begin(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		               b"Connection: Upgrade\r\n\r\n", "Upgrade: websocket",
		               "Connection: Upgrade")]
		def is_in():
		    busy[1].sendall(b"x" * 1000)
		    time.sleep(0.02)
		    return select.select([newcomer.socket], [], [], 0)[0]
		newcomers = []
		for n in range(3):
		    newcomer = Client(source=f"127.0.0.{3 + n}").send(get())
		    newcomers.append(newcomer)
		    until(is_in)
	EOF
	[ "$(grep -c 'made room for others' "$OUT")" = 3 ]
}

@test "slow readers of large listings make room for another listing" {
	crowd -j 2 --timeout 1 <<-'EOF'
		from process import *
		# From the same address and as slow, but archives make room
		# last.
		zip = Client(buffer=4096, source="127.0.0.2")
		assert zip.send(get("/?archive=zip")).more()
		for i, client in enumerate(crowd):
		    client.send(get(paths[i % 6]))
		until(lambda: idles(0.2))
		# At first, while none may be closed, and later.
		for i in range(3):
		    answer = ask_from_another(i)
		    assert answer.status == 200 and answer.body.count(b"<tr") > 10000
		    Client().ended()
		assert memory("VmHWM") < 100
		# Other clients displace the slowest listings of that address,
		# one by one.
		others = []
		def is_cut():
		    others.append(Client(buffer=4096, source="127.0.0.9"))
		    others[-1].send(get(paths[len(others) % 6])).more()
		    return "room for others" in open(OUT).read()
		until(is_cut)
		assert b"PK\x05\x06" in zip.read().body[-32:]
	EOF
	grep '(no memory for the listing)$' "$OUT"
	grep '200 GET .* /?sort=.* (made room for others after ' "$OUT"
}

# With this timeout no listing counts as slow yet, so that all of them stay.
@test "an address whose listings fill half of the memory leaves the rest to others" {
	crowd -j 1 --timeout 60 <<-'EOF'
		for i, client in enumerate(crowd):
		    assert client.send(get(paths[i % 6])).more()
		for i in range(3):
		    assert ask_from_another(i).status == 200
	EOF
	grep -c '(no memory for the listing)$' "$OUT"
}

@test "the log says which signal stopped a download" {
	truncate -s 1G "$ROOT/large"
	serve_start -j 1 --log-format pretty
	wire 3>&- <<-'EOF' &
		client = Client(buffer=4096).send(get("/large"))
		client.more()
		write("started", "")
		until(lambda: os.path.exists(ROOT + "/stopped"))
	EOF
	client=$!
	wait_until test -e "$ROOT/started"
	kill -s TERM "$PID"
	wait_until eval '! curl -s -o /dev/null "$URL"'
	serve_stop INT
	touch "$ROOT/stopped"
	wait "$client"
	grep -E '  /large  \(stopped by SIGTERM at [0-9]+%\)$' "$OUT"
}
