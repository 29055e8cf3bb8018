# Slow clients: each has its deadline, and none delays others.

load wire

@test "500 slow clients meet their deadlines and do not delay others" {
	head -c 5000 /dev/urandom >"$ROOT/file"
	head -c 9000000 /dev/urandom >"$ROOT/large"
	serve_start --timeout 6 --log-format pretty
	wire <<-'EOF'
		from process import *
		content = open(ROOT + "/file", "rb").read()
		start = time.monotonic()
		def crowd(first, **options):
		    return [Client(**options).send(first) for i in range(100)]
		silent = crowd("")
		heads = crowd("GET /file HTTP/1.1\r\nHost: localhost\r\n")
		bodies = crowd(get("/file", "Content-Length: 1000000"))
		readers = crowd(get("/large"), buffer=4096)
		takers = crowd(get("/large"), buffer=4096)
		large = open(ROOT + "/large", "rb").read()
		ended, got = {}, dict.fromkeys(takers, b"")
		drips = early = 0

		def drip():
		    for client in heads:
		        if client not in ended:
		            client.send("X")
		    for client in bodies:
		        client.send("x" * 4096)
		    for client in takers:
		        got[client] += client.socket.recv(4096)

		# Longer than it takes to close two, one after the other.
		while len(ended) < 200 or time.monotonic() - start < 13:
		    for client in silent + heads:
		        if client not in ended and answered([client]):
		            ended[client] = time.monotonic() - start
		    drip()
		    drips += 1
		    healthy = Client()
		    for target in "/file", "/file?again":
		        assert healthy.ask(get(target)).body == content
		    healthy.close()
		    early += not ended
		    time.sleep(0.1)
		# None had to be closed for these.
		assert early > 2

		# A head has a fixed time, and so has a connection without any
		# byte.
		for client in silent + heads:
		    assert 5.9 < ended[client]
		for client in silent:
		    client.ended()
		for client in heads:
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (408, "close")
		# A body that is fast enough has time, and gets a response.
		for client in bodies:
		    assert not answered([client])
		    # No more: that would be the start of another head.
		    client.send("x" * (1000000 - 4096 * drips))
		    assert client.read().status == 200
		for client in takers:
		    while b"\r\n\r\n" not in got[client] or len(got[client]) < 20000:
		        got[client] += client.socket.recv(4096)
		    assert large.startswith(got[client].split(b"\r\n\r\n", 1)[1])
		# A client may pause.
		for client in readers[:10]:
		    assert client.read().body == large
	EOF
	[ "$(grep -cE '^[0-9:]{8} 408 GET .*  /file$' "$OUT")" = 100 ]
	[ "$(grep -cE '^[0-9:]{8} 4' "$OUT")" = 100 ]
	[ "$(grep -c '/large  (client left after ' "$OUT")" = 190 ]
}

@test "a client that pipelines and reads late gets every response" {
	head -c 30000 /dev/urandom >"$ROOT/file"
	serve_start -q --timeout 1
	wire <<-'EOF'
		import threading
		content = open(ROOT + "/file", "rb").read()
		client = Client()
		send = threading.Thread(target=client.send, args=[get("/file") * 1000])
		send.start()
		for i in range(1000):
		    # Past two checks of the transfer, but not past its
		    # deadline.
		    if i in (0, 300):
		        time.sleep(0.7)
		    answer = client.read()
		    assert (answer.status, answer.body) == (200, content), i
		send.join()
	EOF
}

@test "a client that reads one byte at a time gets the complete file" {
	head -c 40000 /dev/urandom >"$ROOT/file"
	serve_start -q
	wire <<-'EOF'
		content = open(ROOT + "/file", "rb").read()
		client = Client(buffer=2048).send(get("/file") * 3)
		for i in range(3):
		    got = b""
		    while not got.endswith(b"\r\n\r\n"):
		        got += client.socket.recv(1)
		    got = b"".join(client.socket.recv(1) for _ in content)
		    assert got == content
	EOF
}

@test "a slow reader gets the complete listing" {
	root_in_memory
	(cd "$ROOT" && seq -f '%0250.0f' 4000 | xargs touch)
	serve_start -q --timeout 1
	wire <<-'EOF'
		class Slow(Client):
		    def more(self):
		        time.sleep(0.1)
		        return super().more()

		start = time.monotonic()
		# With small segments the server's socket buffers little.
		client = Slow(buffer=65536, segment=1000).send(
		    get("/", "Accept: text/plain"))
		names = client.read().body.decode().splitlines()
		assert names == sorted(os.listdir(ROOT)) and len(names) == 4000
		assert time.monotonic() - start > 1.5
	EOF
}

# MODE [OPTION]...: run slowhttptest in the background
slowhttp() {
	timeout 30 slowhttptest "$@" -u "${URL}file" -l 4 -i 1 -c 250 -r 250 -p 2 \
		>"$BATS_TEST_TMPDIR/slow$1" 2>&1 3>&- &
	ATTACKS+=($!)
}

@test "slowhttptest finds serve available in all four modes at once" {
	need slowhttptest
	head -c 200000 /dev/urandom >"$ROOT/file"
	serve_start -q --timeout 2
	slowhttp -H
	slowhttp -B -s 8192
	slowhttp -R -a 1 -b 3000
	slowhttp -X -w 1 -y 512 -n 1 -z 32 -k 3
	while kill -0 "${ATTACKS[@]}"; do	# At least one of them.
		curl -sSf "${URL}file" | cmp - "$ROOT/file"
		sleep 0.1
	done
	for mode in H B R X; do
		run sed 's/\x1b\[[0-9;]*m//g' "$BATS_TEST_TMPDIR/slow-$mode"
		echo "$output"
		[[ $output =~ 'service available:'[[:space:]]*YES ]]
		[[ ! $output =~ 'service available:'[[:space:]]*NO ]]
	done
}

# bats test_tags=once
@test "a listing is complete although its reader pauses and others request it" {
	need python3
	# More than a socket holds.
	(cd "$ROOT" && seq -f "%0240.0f" 9000 | xargs touch)
	serve_start -j 1
	curl -sS -H 'Accept: text/html' -o "$BATS_TEST_TMPDIR/fast" "$URL"
	python3 - "$PORT" >"$BATS_TEST_TMPDIR/slow" <<-'END'
		import socket, sys

		def ask():
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		    s.connect(('127.0.0.1', int(sys.argv[1])))
		    s.sendall(b'GET / HTTP/1.0\r\nAccept: text/html\r\n\r\n')
		    return s.makefile('rb')

		slow = ask()
		got = b''
		while piece := slow.read(400000):
		    got += piece
		    ask().read(1)
		sys.stdout.buffer.write(got.split(b'\r\n\r\n', 1)[1])
	END
	cmp "$BATS_TEST_TMPDIR/fast" "$BATS_TEST_TMPDIR/slow"
}
