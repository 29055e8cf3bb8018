# Limits of length, number and size.

load wire

@test "a request line of 8 KiB is accepted, one byte more is 414" {
	serve_start
	wire <<-'EOF'
		most = 8192 - len("GET / HTTP/1.1")
		assert ask(get("/" + "a" * most)).status == 404
		assert ask(get("/?" + "a" * (most - 1))).status == 200
		for more in (1, 100, 100000):
		    client = Client()
		    client.send(get("/" + "a" * (most + more)))
		    answer = client.read()
		    assert (answer.status, answer["Connection"]) == (414, "close")
		    client.ended()
	EOF
}

@test "an endless request line is refused before it ends" {
	serve_start
	wire <<-'EOF'
		for start, status in (("GET /", 414), ("", 501),
		        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: ", 431)):
		    client = Client().send(start + "a" * 40000)
		    assert client.read().status == status
		    client.ended()
	EOF
}

@test "a head of 32 KiB is accepted, one byte more is 431" {
	serve_start
	wire <<-'EOF'
		def head(n):
		    pad = "X: " + "a" * 7000
		    start = get("/", pad, pad, pad, pad)[:-2]
		    return start + "X: " + "a" * (n - len(start) - 7) + "\r\n\r\n"
		assert len(head(32768)) == 32768
		client = Client()
		assert client.ask(head(32768)).status == 200
		answer = client.ask(head(32769))
		assert (answer.status, answer["Connection"]) == (431, "close")
		client.ended()
	EOF
}

@test "100 fields are accepted, one more is 431" {
	serve_start
	wire <<-'EOF'
		client = Client()
		assert client.ask(get("/", *["X: y"] * 99)).status == 200
		answer = client.ask(get("/", *["X: y"] * 100))
		assert (answer.status, answer["Connection"]) == (431, "close")
		client.ended()
	EOF
}

@test "--max-conns makes further clients wait until one leaves" {
	truncate -s 1G "$ROOT/large"
	serve_start --max-conns 3 -j 2
	wire <<-'EOF'
		clients = [Client(buffer=4096).send(get("/large")) for i in range(3)]
		for client in clients:
		    assert client.more()
		waiting = [Client().send(get()) for i in range(3)]
		# Downloads go on, and those outside are not answered.
		for client in clients * 5:
		    client.take(1 << 20)
		assert select.select([c.socket for c in waiting], [], [], 0.2)[0] == []
		for client in clients:
		    client.close()
		for client in waiting:
		    assert client.read().status == 200
	EOF
}

@test "at --max-conns an idle connection makes room first, then a slow head" {
	truncate -s 1G "$ROOT/large"
	for threads in 1 8; do
		serve_start --max-conns 2 -j "$threads" --log-format pretty
		wire <<-'EOF'
			idle, head = Client(), Client()
			assert idle.ask(get()).status == 200
			head.send("GET /head HTTP/1.1\r\nX: ")
			large = Client(buffer=4096).send(get("/large"))
			assert large.more()
			idle.ended()
			assert Client().ask(get()).status == 200
			answer = head.read()
			assert (answer.status, answer["Connection"]) == (503, "close")
			head.ended()
			large.take(20 << 20)
		EOF
		grep ' 503 GET .*  /head  (made room for others)$' "$OUT"
		serve_stop TERM
	done
}

@test "--max-conns 1 serves one client after another" {
	serve_start --max-conns 1
	wire <<-'EOF'
		close = get("/", "Connection: close")
		clients = [Client().send(close) for i in range(50)]
		for client in clients:
		    assert client.read().status == 200
		    client.ended()
	EOF
}

@test "--max-conns limits all loops together" {
	truncate -s 1G "$ROOT/large"
	serve_start --max-conns 1 -j 8
	wire <<-'EOF'
		import select, socket
		def has_answer(client):
		    try:
		        return client.recv(1, socket.MSG_PEEK) != b""
		    except ConnectionResetError:
		        return False
		# A connection without a request may make room for the next one.
		def take_answered(clients, wait):
		    readable = select.select(clients, [], [], wait)[0]
		    answered = [client for client in readable if has_answer(client)]
		    for client in readable:
		        clients.remove(client)
		        if client not in answered:
		            client.close()
		    return answered
		for attempt in range(50):
		    # All at once, so that several loops wake up.
		    clients = [socket.socket() for i in range(8)]
		    for client in clients:
		        client.setblocking(False)
		        client.connect_ex(("127.0.0.1", PORT))
		    for client in clients:
		        client.send(get("/large").encode())
		    answered = []
		    while not answered:
		        answered = take_answered(clients, 60)
		    # While the first one is open, no other gets a response.
		    answered += take_answered(clients, 0.01)
		    assert len(answered) == 1, (attempt, len(answered))
		    for client in clients + answered:
		        client.close()
	EOF
	run ! grep 'too many open files' "$ERR"
}

@test "an address with the most connections cannot keep others waiting for a slot" {
	echo text >"$ROOT/file"
	for loops in 1 2; do
		serve_start --max-conns 6 -j "$loops"
		wire <<-'EOF'
			def upload():
			    return Client(source="127.0.0.1").send(
			        get("/file", "Content-Length: 99999", method="POST"))
			idle = [Client(source="127.0.0.2") for i in range(2)]
			for client in idle:
			    assert client.ask(get("/file")).status == 200
			busy = [upload() for i in range(4)]
			# The fifth upload cannot make room, but the newcomer
			# can.
			fifth = upload()
			newcomer = Client(source="127.0.0.3").send(get("/file"))
			assert newcomer.read().body == b"text\n"
			assert fifth.read().status == 503
		EOF
		serve_stop TERM
	done
}

@test "a huge --max-conns allocates no memory in advance" {
	serve_start --max-conns 1073741824
	[ "$(status_of "$URL")" = 200 ]
	[ "$(awk '/VmRSS/ {print $2}' "/proc/$PID/status")" -lt 16000 ] ||
		nm "$SERVE" | grep -Eq '__[at]san'
}

@test "--max-conns-per-client answers a further connection with 503 and closes it" {
	serve_start --max-conns-per-client 2
	wire <<-'EOF'
		clients = [Client(), Client()]
		for client in clients:
		    assert client.ask(get()).status == 200
		third = Client().send(get())
		answer = third.read()
		assert (answer.status, answer["Connection"]) == (503, "close")
		assert answer["Retry-After"] == "1"
		third.ended()
		# Another address is another client, and so is the IPv6 address.
		other = Client("::1")
		assert other.ask(get()).status == 200
		for client in clients:
		    assert client.ask(get()).status == 200
	EOF
}

@test "--max-conns-per-client no longer counts closed connections" {
	serve_start --max-conns-per-client 1
	wire <<-'EOF'
		for i in range(50):
		    client = Client().send(get("/", "Connection: close"))
		    assert client.read().status == 200, i
		    client.ended()
	EOF
}

@test "--max-conns-per-client does not count a proxy on this machine" {
	# Another loop might accept a connection before the last one, which has
	# its response, is no longer counted.
	serve_start --max-conns-per-client 2 -j 1
	wire <<-'EOF'
		# Its connections arrive all at once, before its first request.
		clients = [Client() for i in range(5)]
		forwarded = get("/", "X-Forwarded-For: 192.0.2.1")
		assert [c.ask(forwarded).status for c in clients] == [200] * 5
		# A connection counts as the proxy's own until its first
		# request.
		others = [Client() for i in range(3)]
		assert [c.ask(get()).status for c in others] == [200, 200, 503]
		assert others[0].ask(forwarded).status == 200
		assert Client().ask(get()).status == 200
		assert [c.ask(get()).status for c in clients] == [200] * 5
	EOF
}

@test "--max-conns-per-client counts addresses, not ports" {
	serve_start --max-conns-per-client 1 -b 127.0.0.1
	wire <<-'EOF'
		first = Client()
		assert first.ask(get()).status == 200
		second = Client(source="127.0.0.2")
		assert second.ask(get()).status == 200
		assert Client().ask(get()).status == 503
		assert Client(source="127.0.0.2").ask(get()).status == 503
	EOF
}

@test "--max-conns-per-client counts an IPv6 /64 as one client" {
	need ip
	need_unshare --net
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		for a in 2001:db8::1 2001:db8::2 2001:db8:0:1::1; do
			ip addr add $a/128 dev lo nodad
		done; exec "$@"' -)
	serve_start --max-conns-per-client 1 --timeout 99 -b ::1
	cat >"$BATS_TEST_TMPDIR/ask.py" <<-'EOF'
		from wire import *
		got = []
		clients = []
		for source in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
		    clients.append(Client("::1", source=source))
		    got.append(clients[-1].ask(get()).status)
		assert got == [200, 503, 200], got
		# A client need not send anything to learn that it is refused.
		silent = Client("::1", source="2001:db8::2")
		assert silent.read().status == 503
		silent.ended()
	EOF
	PORT=$PORT ROOT=$ROOT OUT=$OUT nsenter --net --target "$PID" \
		python3 "$BATS_TEST_TMPDIR/ask.py"
}

@test "serving continues when descriptors run out" {
	touch "$ROOT/file"
	ulimit -n 64
	serve_start -j 1
	ulimit -n 1024 2>/dev/null || true
	wire <<-'EOF'
		clients = [Client().send(get("/file")) for i in range(50)]
		for client in clients:
		    assert client.read().status in (200, 503)
		for client in clients:
		    client.close()
		assert ask(get("/file")).status == 200
	EOF
	grep -q 'too many open files' "$ERR"
}

# LIMIT [OPTION]...: serve either answers two clients at once, or says at the start
# that so few descriptors are not enough, and how many would be.  A build that
# counts lines cannot write its counts then, and complains.
starts_or_says() {
	# A search for leaks at the end would need descriptors too.
	RUN=(env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
		prlimit "--nofile=$1:$1")
	if ! serve_start -q "${@:2}" 2>/dev/null; then
		serve_wait || [ $? = 1 ]
		too_few=$(grep -v '^profiling:' "$ERR")
		return
	fi
	wire <<-'EOF'
		clients = [Client(), Client()]
		for client in clients:
		    assert client.ask(get("/file")).status == 200
	EOF
	serve_stop TERM
	[ "$(grep -vc '^profiling:' "$ERR")" = 1 ] || fail "complains: $(<"$ERR")"
}

@test "too few descriptors are reported, with a number that is enough" {
	need prlimit
	touch "$ROOT/file"
	local loops='' wanted
	for options in "-j 1" "-j 4 --live --proxy /api=http://127.0.0.1:9"; do
		[[ $options != *4* ]] || loops=' for -j 4'
		wanted=0
		for ((limit = 4; wanted == 0 || limit < wanted; limit += 2)); do
			too_few=
			# shellcheck disable=SC2086
			starts_or_says "$limit" $options
			[[ $too_few =~ ^"serve: the limit of $limit open files is \
too low$loops"(, want ([0-9]+))?" (see 'ulimit -n')"$ ]] ||
				fail "not the message: $too_few" || return
			[ "$wanted" = 0 ] ||
				[ "$wanted" = "${BASH_REMATCH[2]}" ] || return
			wanted=${BASH_REMATCH[2]:-0}
		done
		too_few=
		# shellcheck disable=SC2086
		starts_or_says "$wanted" $options
		[ -z "$too_few" ]
	done
}

@test "without -j there are fewer loops where descriptors are few" {
	need prlimit
	touch "$ROOT/file"
	starts_or_says 40
	[ -z "$too_few" ]
}
