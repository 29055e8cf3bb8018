# Many clients at once, and what they cost.

load wire

setup() {
	serve_setup
	ulimit -Sn "$(ulimit -Hn)"
}

# N: set MANY to N, or to fewer if descriptors are short: half of them are for
# connections, in serve and in its clients.
many() {
	local most=$(($(ulimit -Hn) / 2))

	MANY=$1
	[ "$most" -ge "$MANY" ] || MANY=$((most - 100))
	export MANY
	[ "$MANY" -ge 1000 ] || skip "needs 2,000 descriptors or more"
}

need_release() {
	is_release || skip "memory and time are those of a release only"
}

# wire, with the functions of process.py.
watch() {
	{
		echo 'from process import *'
		echo 'MANY = int(os.environ.get("MANY", 0))'
		cat
	} | wire
}

@test "10,000 connections at once all get a response" {
	head -c 2000 /dev/urandom >"$ROOT/file"
	many 10000
	serve_start -q
	watch <<-'EOF'
		content = open(ROOT + "/file", "rb").read()
		clients = [Client() for i in range(MANY)]
		for client in clients:
		    client.send(get("/file"))
		for client in clients:
		    answer = client.read()
		    assert (answer.status, answer.body) == (200, content)
		# Once more, now that serve has all connections.
		for client in clients:
		    client.send(get("/file") * 2)
		for client in clients:
		    assert client.read().body == client.read().body == content
	EOF
}

@test "connections are spread evenly over 2, 4 and 8 loops" {
	local loops

	echo content >"$ROOT/file"
	for loops in 2 4 8; do
		serve_start -q -j "$loops"
		LOOPS=$loops watch <<-'EOF'
			loops = int(os.environ["LOOPS"])

			def spread():
			    """What each loop waits for, without its own events."""
			    return [n - few for n, few in zip(watched(), at_rest)]

			def check(clients):
			    for client in clients:
			        assert client.ask(get("/file")).body == b"content\n"
			    until(lambda: sum(spread()) == len(clients))
			    print(spread())
			    assert min(spread()) >= len(clients) / loops / 2
			    for client in clients:
			        assert client.ask(get("/file")).status == 200
			        client.close()
			    until(lambda: sum(spread()) == 0)

			at_rest = watched()
			assert len(at_rest) == loops
			for _ in range(4):
			    # One by one; then all before the first one is accepted.
			    clients = []
			    for i in range(64):
			        clients.append(Client())
			        assert clients[-1].ask(get("/file")).status == 200
			    check(clients)
			    with stopped():
			        clients = [Client() for i in range(64)]
			    check(clients)
		EOF
		serve_stop TERM
	done
}

@test "the log keeps the order of a connection that is passed to another loop" {
	need jq
	serve_start -j 2 --log-format=json
	watch <<-'EOF'
		for _ in range(20):
		    with stopped():
		        clients = [Client() for i in range(64)]
		        for client in clients:
		            client.send(get("/1"))
		    for client in clients:
		        client.read()
		        client.send(get("/2"))
		    for client in clients:
		        client.read()
		        client.close()
	EOF
	serve_stop TERM
	run -0 jq -cs 'group_by(.port) | map(map(.path)) | unique' "$OUT"
	[ "$output" = '[["/1","/2"]]' ]
}

@test "a connection that was passed to another loop is closed in time" {
	serve_start -q -j 4 --timeout 1
	watch <<-'EOF'
		at_rest = watched()
		clients = [Client() for i in range(16)]
		for client in clients:
		    assert client.ask(get("/")).status == 200
		for client in clients:
		    client.ended()
		until(lambda: watched() == at_rest)
	EOF
}

@test "10,000 idle connections do not slow down a new client" {
	head -c 2000 /dev/urandom >"$ROOT/file"
	many 10000
	serve_start -q
	watch <<-'EOF'
		def fastest():
		    times = []
		    for i in range(300):
		        start = time.perf_counter()
		        client = Client()
		        assert client.ask(get("/file")).status == 200
		        times.append(time.perf_counter() - start)
		        client.close()
		    return min(times)

		alone = fastest()
		clients = [Client() for i in range(MANY - 10)]
		for client in clients:
		    client.send(get("/file"))
		for client in clients:
		    assert client.read().status == 200
		beside = fastest()
		print(f"alone {alone * 1e6:.0f} us, beside {beside * 1e6:.0f} us")
		assert beside < 2 * alone + 0.0005
	EOF
}

# PATH: many clients request it twice and read only the first bytes
wait_for() {
	need_release
	need ip
	need_unshare --net
	many 3000
	# The kernel buffers little of each response, so the clients soon wait.
	RUN=(unshare --net sh -c 'ip link set lo up
		echo 4096 16384 16384 >/proc/sys/net/ipv4/tcp_wmem; exec "$@"' -)
	# Nothing here may end because it takes long.
	serve_start -q --timeout 600
	ASKED=$1 watch <<-'EOF'
		import ctypes
		with open(f"/proc/{PID}/ns/net") as net:
		    assert ctypes.CDLL(None).setns(net.fileno(), 0) == 0
		path = os.environ["ASKED"]
		with open(f"{ROOT}{path}", "rb") as file:
		    content = file.read()
		before = memory()
		clients = [Client(buffer=2048) for i in range(MANY)]
		for client in clients:
		    client.send(get(path) * 2)
		# The first responses have begun, the others find no room.
		for client in clients:
		    assert client.more()
		until(lambda: idles(0.2))
		each = (memory("VmHWM") - before) * 1024 / MANY
		print(f"{each:.2f} KiB each")
		assert each < 2
		for client in clients[::1000]:
		    assert client.read().body == content
		    assert client.read().body == content
	EOF
}

@test "3,000 clients in mid-download of a large file take less than 2 KiB each" {
	mkdir -p "$ROOT"
	head -c 8000000 /dev/urandom >"$ROOT/large"
	wait_for /large
}

@test "3,000 clients in mid-download of a small file take less than 2 KiB each" {
	mkdir -p "$ROOT"
	head -c 30000 /dev/urandom >"$ROOT/small"
	wait_for /small
}

@test "2,000 streams of --live take less than 1 KiB each" {
	need_release
	many 2000
	serve_start -q --live -j 1
	watch <<-'EOF'
		request = get("/.well-known/serve/live", "User-Agent: " + "x" * 100)
		assert Client().send(get("/")).read().status == 200
		before = memory()
		clients = [Client().send(request) for i in range(MANY)]
		for client in clients:
		    while client.line():
		        pass
		    client.unread = b""
		each = (memory() - before) * 1024 / MANY
		print(f"{each:.2f} KiB each")
		assert each < 1
		write("file", "")
		for client in clients:
		    while b"data: /file\n\n" not in client.unread:
		        assert client.more()
	EOF
}

@test "wrk reports no errors over 2,000 connections" {
	need wrk
	head -c 2000 /dev/urandom >"$ROOT/file"
	many 2000
	serve_start -q
	run wrk -t 2 -c 2000 -d 2s "${URL}file"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'requests in'* ]]
	[[ $output != *'Socket errors'* ]]
	[[ $output != *'Non-2xx'* ]]
}

@test "more clients than one iteration accepts, on each address, get a response" {
	local binds=()

	for i in {1..16}; do
		binds+=(-b "127.0.0.$i")
	done
	echo content >"$ROOT/file"
	serve_start -j 1 "${binds[@]}"
	watch <<-'EOF'
		with stopped():
		    clients = [Client(f"127.0.0.{i}") for i in range(1, 17)
		               for k in range(80)]
		for client in clients:
		    client.send(get("/file"))
		for client in clients:
		    assert client.read().body == b"content\n"
	EOF
}

# Uid or Gid of the server.
id_of() {
	awk -v name="$1:" '$1 == name { print $2 }' "/proc/$PID/status"
}

# HOW: serve with 64 descriptors.  No transfer makes room because the test takes
# long.
serve_with_few() {
	RUN=()
	case $1 in
	"at the start")
		RUN=(prlimit --nofile=64:64)
		serve_start -j 1 --timeout 600
		;;
	"in the end")
		serve_start -j 1 --timeout 600
		# Only the same user may: serve has given up being root.
		as=(env)
		[ "$EUID" != 0 ] || as=(setpriv --reuid "$(id_of Uid)"
			--regid "$(id_of Gid)" --clear-groups)
		"${as[@]}" prlimit --pid "$PID" --nofile=64:64
		;;
	esac
}

said() {
	grep -c "^serve: too many open files, new clients wait (see 'ulimit -n')$" \
		"$ERR"
}

# At startup half of them are for connections; later accept(2) fails.
@test "the oldest idle connection is closed when descriptors run out" {
	need prlimit
	for how in "at the start" "in the end"; do
		serve_with_few "$how"
		watch <<-'EOF'
			clients = []
			for i in range(200):
			    client = Client()
			    assert client.ask(get(method="OPTIONS")).status == 204
			    clients.append(client)
			# The oldest connections were closed, and no others.
			gone = [bool(answered([c])) for c in clients]
			stay = gone.count(False)
			print(stay, "stayed")
			assert 20 < stay < 64 and gone == sorted(gone, reverse=True), gone
			for client in clients[-stay:]:
			    assert client.ask(get(method="OPTIONS")).status == 204
			for client in clients[:-stay]:
			    client.ended()
		EOF
		[ "$(said)" = 1 ]
		serve_stop TERM
	done
}

@test "no connection is closed while descriptors suffice" {
	need prlimit
	serve_with_few "at the start"
	watch <<-'EOF'
		clients = [Client() for i in range(32)]
		for client in clients * 2:
		    assert client.ask(get()).status == 200
	EOF
	[ "$(said)" = 0 ]
	watch <<<'assert Client().ask(get()).status == 200'
}

@test "a large --max-conns still leaves descriptors for files" {
	need prlimit
	echo content >"$ROOT/file"
	RUN=(prlimit --nofile=64:64)
	serve_start -j 1 --max-conns 1000
	watch <<-'EOF'
		clients = [Client() for i in range(100)]
		assert Client().ask(get("/file")).body == b"content\n"
	EOF
}

@test "new clients wait, without a busy loop, if no connection is idle" {
	need_release
	need prlimit
	for how in "at the start" "in the end"; do
		serve_with_few "$how"
		watch <<-'EOF'
			# Some clients read slowly, the others wait without a
			# slot.
			busy = [Client(buffer=4096).send(get("/absent",
			    "Accept: text/html") * 2000)
			        for i in range(100)]
			until(lambda: len(answered(busy)) > 15 and idles(0.2))
			waiting = [Client().send(get(method="OPTIONS"))
			           for i in range(100)]
			def all_wait():
			    # The last one may have connected before the slots
			    # were full.
			    asleep = sleeps()
			    lucky = answered(waiting, 1)
			    for client in lucky:
			        waiting.remove(client)
			        client.close()
			    return asleep and not lucky
			until(all_wait)
			before = processor()
			assert answered(waiting, 1) == []
			print(f"{processor() - before:.2f} s of processor")
			assert processor() - before < 0.2
			for client in busy:
			    client.close()
			for client in waiting:
			    assert client.read().status == 204
		EOF
		[ "$(said)" = 1 ]
		serve_stop TERM
	done
}

@test "a client that pipelines without reading costs one response" {
	need_release
	# One response is not sent from memory, and so ends the batch.
	for i in {0..9}; do
		head -c $((i == 5 ? 100000 : 30000)) /dev/urandom >"$ROOT/$i"
	done
	serve_start -q
	watch <<-'EOF'
		import threading
		content = [open(f"{ROOT}/{i}", "rb").read() for i in range(10)]
		before = memory()
		client = Client(buffer=4096)
		requests = "".join(get(f"/{i % 10}") for i in range(5000))
		sender = threading.Thread(target=client.send, args=[requests])
		sender.start()
		until(lambda: idles(0.1))
		print(f"{memory('VmHWM') - before:.1f} MiB")
		assert memory("VmHWM") - before < 2
		for i in range(5000):
		    assert client.read().body == content[i % 10], i
		sender.join()
	EOF
}

@test "connections that have ended leave no memory behind" {
	need_release
	serve_start -q -j 1
	watch <<-'EOF'
		def connect():
		    for i in range(5000):
		        assert ask(get(method="OPTIONS")).status == 204

		connect()
		before = memory()
		connect()
		print(f"{memory() - before:.2f} MiB")
		assert memory() - before < 0.3
	EOF
}

@test "memory is returned to the kernel after a load peak" {
	need_release
	head -c 30000 /dev/urandom >"$ROOT/file"
	many 2000
	serve_start -q
	watch <<-'EOF'
		before, open = memory(), descriptors()
		clients = [Client(buffer=2048) for i in range(MANY)]
		for client in clients:
		    client.send(get("/file") * 400)
		for client in clients:
		    assert client.more()
		until(lambda: idles(0.2))
		taken = memory() - before
		for client in clients:
		    client.close()
		until(lambda: descriptors() == open)
		print(f"{taken:.1f} MiB")
		assert taken > 30
		until(lambda: memory() - before < 4)
	EOF
}

@test "the memory that 3,500 slow clients hold is bounded, and returned" {
	need_release
	many 3500
	serve_start -q
	watch <<-'EOF'
		before, open = memory(), descriptors()
		# A head of 31 KB, its response, and more requests after it.
		fields = ["Accept: text/html", "User-Agent: " + "u" * 7000,
		    "Referer: " + "r" * 7000, "X: " + "x" * 7000, "Y: " + "y" * 7000]
		request = get("/absent", *fields)
		clients = []
		for i in range(MANY):
		    client = Client(buffer=2048, source="127.0.0.2")
		    client.socket.setblocking(False)
		    try:
		        client.socket.send(get("/absent", fields[0]).encode() * 400)
		        client.socket.send(request.encode() * 2)
		    except OSError:
		        pass
		    clients.append(client)
		# Other clients are served, as soon as the crowd has made room.
		until(lambda: Client(source="127.0.0.3").ask(request).status == 404)
		print(f"{memory('VmHWM') - before:.1f} MiB")
		assert memory("VmHWM") - before < 80
		for client in clients:
		    client.close()
		until(lambda: descriptors() <= open + 1)
		until(lambda: memory() - before < 4)
	EOF
}

@test "3,000 slow heads make room for others, and use at most 64 MiB" {
	need_release
	many 3000
	serve_start -q
	watch <<-'EOF'
		before = memory()
		field = "X: " + "x" * 7000
		request = get("/", field, field, field, field)
		honest = Client(source="127.0.0.3").send(request[:-2])
		crowd = []
		for i in range(MANY):
		    crowd.append(Client(source="127.0.0.2"))
		    crowd[i].send(request[:-2])
		    other = Client(source="127.0.0.4").ask(request)
		    assert other.status == 200, (i, other)
		print(f"{memory('VmHWM') - before:.1f} MiB")
		assert memory("VmHWM") - before < 72
		assert len(answered(crowd)) > MANY - 64 * 1024 / 40
		assert honest.send("\r\n").read().status in (200, 408)
	EOF
}

@test "100 large listings at once stay within their memory budget" {
	need_release
	root_in_memory
	serve_start -q
	watch <<-'EOF'
		for i in range(10000):
		    name = f"{ROOT}/{i:0250}"
		    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
		orders = [f"/?sort={key}&order={way}" for key in ("name", "size", "time")
		          for way in ("asc", "desc")]
		clients = [Client(buffer=4096) for i in range(100)]
		for i, client in enumerate(clients):
		    client.send(get(orders[i % 6], "Accept: text/plain"))
		until(lambda: idles(0.2))
		whole = refused = 0
		for client in clients:
		    answer = client.read()
		    if answer.status == 200:
		        assert answer.body.count(b"\n") == 10000
		        whole += 1
		    else:
		        assert answer.status == 503 and answer["Retry-After"] == "1"
		        refused += 1
		print(f"{memory('VmHWM'):.0f} MiB, {whole} whole, {refused} refused")
		assert whole > 10 and refused > 10
		assert memory("VmHWM") < 100
		# All memory is returned.
		assert ask(get("/", "Accept: text/plain")).status == 200
	EOF
}

# N: make this many folders with 300 files each
fill_folders() {
	local i

	for ((i = 1; i <= $1; i++)); do
		mkdir "$ROOT/$i"
		touch "$ROOT/$i"/{1..300}
	done
}

# COUNT PATH LEFT: do all COUNT responses have a line, and those that ended with
# or after the one for PATH more than LEFT of them?
ended_before_others() {
	run -0 jq -r 'select(.path != "/missing").path' "$OUT"
	[ "${#lines[@]}" = "$1" ]
	[ "$(sed -n "\|^$2|,\$p" <<<"$output" | wc -l)" -gt "$3" ]
}

@test "100 listings at once delay another request only briefly" {
	need jq
	fill_folders 100
	serve_start -j 1 --log-format json
	wire <<-'EOF'
		listings = [Client() for i in range(100)]
		other = Client()
		for client in [*listings, other]:
		    client.ask(get("/missing"))
		# The other request is the last of those that are read at once.
		with stopped():
		    for i, client in enumerate(listings, 1):
		        client.send(get(f"/{i}/", "Accept: application/json"))
		    other.send(get("/other"))
		for client in [*listings, other]:
		    client.read()
	EOF
	serve_stop TERM
	ended_before_others 101 /other 20
}

# The short ones begin again and again while the long one is made.
@test "a long listing ends in spite of many short ones" {
	need jq
	fill_folders 20
	mkdir "$ROOT/long"
	touch "$ROOT/long"/{1..4000}
	serve_start -j 1 --log-format json
	wire <<-'EOF'
		json = "Accept: application/json"
		short = [Client() for i in range(20)]
		long = Client()
		for client in [*short, long]:
		    client.ask(get("/missing"))
		with stopped():
		    long.send(get("/long/", json))
		    for i, client in enumerate(short, 1):
		        client.send(get(f"/{i}/", json) * 60)
		for client in short:
		    for i in range(60):
		        client.read()
		long.read()
	EOF
	serve_stop TERM
	ended_before_others 1201 /long/ 100
}
