# What serve asks of the kernel, observed with strace.

load wire

# CALLS [OPTION]...: serve, and write these system calls to $CALLS.
traced_start() {
	need_trace
	CALLS=$BATS_TEST_TMPDIR/calls
	export CALLS
	let_others_in
	# Do not trace its parent; and LeakSanitizer itself wants to trace.
	RUN=(env ASAN_OPTIONS=detect_leaks=0
		strace -D -f -o "$CALLS" -e "trace=$1" -e signal=none)
	serve_start "${@:2}"
}

@test "a wake-up reads at most 16 KiB of one client, and sends it at most 256 KiB" {
	truncate -s 40M "$ROOT/large"
	traced_start /epoll_p?wait,recvfrom,sendfile,sendto,sendmsg,write,writev \
		-q -j 1
	wire <<-'EOF'
		# The kernel has room for more than that.
		client = Client(buffer=8 << 20)
		assert len(client.ask(get("/large")).body) == 40 << 20
		# For this one, with small segments, it has less, and the client
		# does not read before serve waits for it.
		from process import answered, idles
		client = Client(buffer=4096, segment=536)
		client.send(get("/large", "Range: bytes=0-9999999"))
		until(lambda: answered([client]) and idles(0.2))
		assert len(client.read().body) == 10**7
	EOF
	serve_stop TERM
	python3 - <<-'EOF'
		import os, re
		sent = most = parts = reads = 0
		is_full = False
		for line in open(os.environ["CALLS"]):
		    call = re.search(r"(\w+)\(.*\) = (-?\d+)", line)
		    if not call:
		        continue
		    if call[1].startswith("epoll"):
		        sent, is_full = 0, False
		    elif call[1] == "recvfrom" and int(call[2]) > 0:
		        assert f", {16 << 10}, 0, " in line, line
		        reads += 1
		    elif call[1] == "sendfile":
		        assert not is_full, "a socket that is full is tried again"
		        count = int(re.search(r"(\d+)\) = ", line)[1])
		        assert count <= 256 << 10, line
		        sent += int(call[2])
		        most = max(most, sent)
		        is_full = int(call[2]) < count
		        parts += is_full
		print(most, "bytes at most,", parts, "parts")
		assert 0 < most <= 256 << 10 and parts > 0 and reads > 0
	EOF
}

# FD: serve has set the options of this TCP socket.
is_prepared() {
	grep -E "setsockopt\($1, SOL_TCP, TCP_NODELAY, \[1\], 4\) += 0" "$CALLS"
	# The first probe after a minute, the last one a minute later.
	for option in 'SOL_SOCKET, SO_KEEPALIVE, .1.' \
		'SOL_TCP, TCP_KEEPIDLE, .60.' 'SOL_TCP, TCP_KEEPINTVL, .15.' \
		'SOL_TCP, TCP_KEEPCNT, .4.'; do
		grep -E "setsockopt\($1, $option, 4\) += 0" "$CALLS" || return
	done
}

@test "a small response does not wait for an acknowledgement, and probes find a vanished client" {
	traced_start setsockopt,listen -j 1
	serve_stop TERM
	# Accepted connections inherit the options.
	mapfile -t fds < <(sed -nE 's/.*listen\(([0-9]+), .* = 0$/\1/p' "$CALLS")
	[ ${#fds[@]} -gt 0 ]
	for fd in "${fds[@]}"; do
		is_prepared "$fd"
	done
}

@test "connections to applications have the same options" {
	local port

	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	traced_start setsockopt,connect -j 1 --proxy "/app=http://127.0.0.1:$port"
	APP=$port wire <<-'EOF'
		listener = socket.create_server(("127.0.0.1", int(os.environ["APP"])))
		listener.settimeout(WAIT)
		pass_on(listener)
	EOF
	serve_stop TERM
	# Only those of the process that connects
	grep "^$(sed -n "s/ connect(.*htons($port).*//p" "$CALLS") " "$CALLS" \
		>"$CALLS-connector"
	CALLS+=-connector
	is_prepared "$(sed -nE "s/.* connect\(([0-9]+), .*/\1/p" "$CALLS")"
}

@test "an application that sends only 100 (Continue) gets a few reads at a time" {
	traced_start /epoll_p?wait,recvfrom -q -j 1 \
		--proxy "/app=unix:$BATS_TEST_TMPDIR/socket"
	wire <<-'EOF'
		import threading
		listener = application()
		client, app = pass_on(listener)
		sent = []

		def flood():
		    with contextlib.suppress(OSError):
		        while True:
		            app.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 8000)
		            sent.append(1)

		threading.Thread(target=flood, daemon=True).start()
		until(lambda: len(sent) > 9)
		client.close()
	EOF
	serve_stop TERM
	python3 - <<-'EOF'
		import os, re
		full = reads = most = 0
		for line in open(os.environ["CALLS"]):
		    call = re.search(r"(\w+)\(.*\) = (\d+)", line)
		    if not call:
		        continue
		    reads = 0 if call[1].startswith("epoll") else reads + 1
		    full += call[1] == "recvfrom" and int(call[2]) > 30000
		    most = max(most, reads)
		print(full, "full reads,", most, "at most in a wake-up")
		assert full > 20 and most <= 16
	EOF
}

@test "serve waits without a time limit once its connections have ended" {
	traced_start /epoll_p?wait -q -j 1 \
		--proxy "/app=unix:$BATS_TEST_TMPDIR/socket"
	wire <<-'EOF'
		client, app = pass_on(application())
		app.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
		assert client.read().status == 204
		client.close()
		calls = open(os.environ["CALLS"])
		calls.read()

		def has_no_limit():
		    # What ends the wait also shows in the trace how long it was.
		    ask(get(method="OPTIONS"))
		    return re.search(r", -1(, NULL, 8)?\) = ", calls.read())

		until(has_no_limit)
	EOF
}

@test "serve goes on accepting where an idle connection makes room" {
	traced_start listen,epoll_ctl -q -j 1 --max-conns 1
	wire <<-'EOF'
		clients = []
		for i in range(3):
		    clients.append(Client())
		    assert clients[-1].ask(get()).status == 200
	EOF
	serve_stop TERM
	mapfile -t fds < <(sed -nE 's/.*listen\(([0-9]+), .* = 0$/\1/p' "$CALLS")
	for fd in "${fds[@]}"; do
		# It is removed at the end only.
		[ "$(grep -c "EPOLL_CTL_ADD, $fd," "$CALLS")" = 1 ]
	done
}

@test "a read that must not wait fails only where the file system lacks it" {
	echo content >"$ROOT/file"
	traced_start preadv2 -q -j 1
	[ "$(curl -sS "${URL}file")" = content ]
	serve_stop TERM
	grep preadv2 "$CALLS"
	run ! grep -v -e ' = [0-9]' -e EOPNOTSUPP -e EAGAIN \
		<(grep preadv2 "$CALLS")
}

@test "a long reply of an application goes from socket to socket" {
	traced_start splice,recvfrom -q -j 1 \
		--proxy "/app=unix:$BATS_TEST_TMPDIR/socket"
	wire <<-'EOF'
		listener = application()
		client, app = pass_on(listener)
		app.sendall(reply(b"x" * 3000000))
		assert client.read().body == b"x" * 3000000
	EOF
	serve_stop TERM
	python3 - <<-'EOF'
		import os, re
		spliced = 0
		for line in open(os.environ["CALLS"]):
		    if call := re.search(r"splice\(.*\) = (\d+)", line):
		        spliced += int(call[1])
		# Into the pipe, and out of it.
		print(spliced, "bytes")
		assert spliced > 2 * 2000000
	EOF
}

# An overlay, among others, has no times that show each change of a name, and
# names on it are looked up by a thread.
need_local_disk() {
	case $(stat -f -c %T "$ROOT") in
	tmpfs | ext2/ext3 | xfs | btrfs | f2fs) ;;
	*) skip "needs the file system of a local disk" ;;
	esac
}

# Folders are remembered where each change of a name in them changes their ctime.
siblings_start() {
	need_local_disk
	traced_start openat2 -q -j 1 "$@"
}

# Python: chosen() is the body that a browser gets, settle() asks until serve
# looks for no sibling of the file any more, which it does only in a folder that
# was changed seconds ago.
siblings() {
	cat - <<-'EOF'
		import time
		client = Client()
		CALLS = os.environ["CALLS"]

		def looks(name, endings="br|zst|gz"):
		    with open(CALLS) as calls:
		        return len(re.findall(name + rf'\.(?:{endings})"', calls.read()))

		def chosen(target, accept="gzip, deflate, br, zstd"):
		    answer = client.ask(get(target, "Accept-Encoding: " + accept))
		    assert answer.status == 200, answer
		    return answer.body.decode()

		def settle(target, *more, **endings):
		    name = target.rpartition("/")[2]

		    def is_settled():
		        before = looks(name, **endings)
		        chosen(target, *more)
		        return looks(name, **endings) == before

		    until(is_settled)
	EOF
}

@test "a file without compressed siblings is looked up once, not four times" {
	mkdir "$ROOT/sub"
	echo plain | tee "$ROOT/top.txt" >"$ROOT/sub/deep.txt"
	siblings_start
	{ siblings; cat <<-'EOF'; } | wire
		# One coding at a time: what is known of one says nothing of others.
		for target in ("/top.txt", "/sub/deep.txt"):
		    settle(target, "gzip")
		    before = looks(target[1:])
		    assert chosen(target, "zstd") == chosen(target) == "plain\n"
		    assert looks(target[1:]) == before + 2
		    chosen(target)
		    assert looks(target[1:]) == before + 2
	EOF
}

# Its time may be too coarse to tell a change in the next moment.
@test "a file in a folder that has just changed is looked up each time" {
	echo plain >"$ROOT/file.txt"
	siblings_start
	{ siblings; cat <<-'EOF'; } | wire
		settle("/file.txt")
		now, changed = 3, 0
		while now >= changed + 3:  # this machine is too slow: try again
		    write("other", str(now))
		    os.unlink(ROOT + "/other")
		    changed = int(os.stat(ROOT).st_ctime)
		    before = looks("file.txt")
		    chosen("/file.txt")
		    chosen("/file.txt")
		    made = looks("file.txt") - before
		    now = time.time()
		assert made == 6
	EOF
}

@test "a compressed sibling is seen by the request after its making and its removal" {
	mkdir "$ROOT/sub"
	echo plain | tee "$ROOT/top.txt" >"$ROOT/sub/deep.txt"
	siblings_start
	{ siblings; cat <<-'EOF'; } | wire
		for target in ("/top.txt", "/sub/deep.txt"):
		    path = ROOT + target
		    settle(target)
		    for ending in (".gz", ".zst", ".br"):
		        write(target[1:] + ending, ending)
		        assert chosen(target) == ending
		    for ending in (".zst", ".gz"):
		        os.rename(path + ending, path + ending[::-1])
		    assert chosen(target) == ".br"
		    os.unlink(path + ".br")
		    assert chosen(target) == "plain\n"
		    os.rename(path + "zg.", path + ".gz")
		    assert chosen(target) == ".gz"
		    # Nor is it forgotten once the folder is remembered again.
		    settle(target, endings="br|zst")
		    assert chosen(target) == ".gz"
	EOF
}

@test "with another folder in its place, a file has that folder's siblings" {
	mkdir -p "$ROOT/real" "$ROOT/other"
	echo plain | tee "$ROOT/real/file.txt" >"$ROOT/other/file.txt"
	echo br >"$ROOT/other/file.txt.br"
	ln -s real "$ROOT/link"
	siblings_start
	{ siblings; cat <<-'EOF'; } | wire
		settle("/real/file.txt")
		settle("/link/file.txt")
		os.symlink("other", ROOT + "/next")
		os.rename(ROOT + "/next", ROOT + "/link")
		assert chosen("/link/file.txt") == "br\n"
		os.rename(ROOT + "/real", ROOT + "/old")
		os.rename(ROOT + "/other", ROOT + "/real")
		assert chosen("/real/file.txt") == "br\n"
		os.rename(ROOT + "/real", ROOT + "/other")
		os.rename(ROOT + "/old", ROOT + "/real")
		assert chosen("/real/file.txt") == "plain\n"
	EOF
}

@test "a link that leads out, too, shows the siblings of the folder it leads to" {
	mkdir "$BATS_TEST_TMPDIR"/{old,new}
	chmod o+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	echo plain | tee "$BATS_TEST_TMPDIR"/{old,new}/file.txt
	echo br >"$BATS_TEST_TMPDIR/new/file.txt.br"
	ln -s ../old "$ROOT/link"
	siblings_start --follow-symlinks
	{ siblings; cat <<-'EOF'; } | wire
		settle("/link/file.txt")
		os.symlink("../new", ROOT + "/next")
		os.rename(ROOT + "/next", ROOT + "/link")
		assert chosen("/link/file.txt") == "br\n"
		os.unlink(ROOT + "/../new/file.txt.br")
		assert chosen("/link/file.txt") == "plain\n"
	EOF
}

@test "a link to a sibling that does not exist yet is not an absent sibling" {
	mkdir "$ROOT/made"
	echo plain >"$ROOT/file.txt"
	ln -s made/later "$ROOT/file.txt.br"
	siblings_start
	{ siblings; cat <<-'EOF'; } | wire
		settle("/file.txt", "gzip")
		assert chosen("/file.txt") == "plain\n"
		write("made/later", "br")
		assert chosen("/file.txt") == "br"
	EOF
}

@test "two names of one file have siblings of their own" {
	echo plain >"$ROOT/one.txt"
	ln "$ROOT/one.txt" "$ROOT/two.txt"
	ln -s one.txt "$ROOT/three.txt"
	echo br | tee "$ROOT/two.txt.br" >"$ROOT/three.txt.br"
	siblings_start
	{ siblings; cat <<-'EOF'; } | wire
		settle("/one.txt")
		assert chosen("/two.txt") == chosen("/three.txt") == "br\n"
		assert chosen("/one.txt") == "plain\n"
	EOF
}

@test "no thread looks for a name behind an absolute link that the kernel knows is absent" {
	need_local_disk
	mkdir "$BATS_TEST_TMPDIR/other"
	chmod o+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	echo plain >"$BATS_TEST_TMPDIR/other/file.txt"
	ln -s "$BATS_TEST_TMPDIR/other" "$ROOT/link"
	traced_start openat,openat2 -q -j 1 --follow-symlinks
	wire <<-'EOF'
		client = Client()

		def tries():
		    client.ask(get("/link/file.txt", "Accept-Encoding: br"))
		    with open(os.environ["CALLS"]) as calls:
		        return re.findall(r'(openat2?)\(.*link/file\.txt\.br"',
		            calls.read())

		# A thread calls openat() where the loop only calls openat2().
		assert "openat2" in tries()
		until(lambda: tries().count("openat") == tries().count("openat"))
	EOF
}
