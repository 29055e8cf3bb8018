# What serve asks of the kernel, observed with strace.

load wire

# CALLS [OPTION]...: serve, and write these system calls to $CALLS.
traced_start() {
	need strace
	strace -o /dev/null true || lack "permission to trace"
	CALLS=$BATS_TEST_TMPDIR/calls
	export CALLS
	let_others_in
	# Do not trace its parent; and LeakSanitizer itself wants to trace.
	RUN=(env ASAN_OPTIONS=detect_leaks=0
		strace -D -f -o "$CALLS" -e "trace=$1" -e signal=none)
	serve_start "${@:2}"
}

@test "one client is sent at most 1 MiB for each wake-up" {
	truncate -s 40M "$ROOT/large"
	traced_start /epoll_p?wait,sendfile,sendto,sendmsg,write,writev -q -j 1
	wire <<-'EOF'
		# The kernel has room for more than that.
		client = Client(buffer=8 << 20)
		assert len(client.ask(get("/large")).body) == 40 << 20
	EOF
	serve_stop TERM
	python3 - <<-'EOF'
		import os, re
		sent = most = 0
		for line in open(os.environ["CALLS"]):
		    call = re.search(r"(\w+)\(.*\) = (\d+)", line)
		    if not call:
		        continue
		    if call[1].startswith("epoll"):
		        sent = 0
		    elif call[1] == "sendfile":
		        count = int(re.search(r"(\d+)\) = ", line)[1])
		        assert count <= 1 << 20, line
		        sent += int(call[2])
		        most = max(most, sent)
		print(most, "bytes at most")
		assert 0 < most <= 1 << 20
	EOF
}

@test "a small response does not wait for an acknowledgement" {
	traced_start setsockopt,listen -j 1
	serve_stop TERM
	# Accepted connections inherit the option.
	mapfile -t fds < <(sed -nE 's/.*listen\(([0-9]+), .* = 0$/\1/p' "$CALLS")
	[ ${#fds[@]} -gt 0 ]
	for fd in "${fds[@]}"; do
		grep -E "setsockopt\($fd, SOL_TCP, TCP_NODELAY, \[1\], 4\) += 0" "$CALLS"
	done
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

@test "a long reply of an application goes from socket to socket" {
	traced_start splice,recvfrom -q -j 1 \
		--proxy "/app=unix:$BATS_TEST_TMPDIR/socket"
	wire <<-'EOF'
		listener = application()
		client, app = pass_on(listener)
		app.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n")
		app.sendall(b"x" * 3000000)
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
