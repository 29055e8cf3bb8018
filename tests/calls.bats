# What serve asks of the kernel, as strace sees it.

load wire

# CALLS [OPTION]...: serve with these system calls written to $CALLS.
traced_start() {
	need strace
	strace -o /dev/null true || lack "permission to trace"
	CALLS=$BATS_TEST_TMPDIR/calls
	export CALLS
	# Not its parent, and LeakSanitizer wants to trace as well.
	RUN=(env ASAN_OPTIONS=detect_leaks=0
		strace -D -f -o "$CALLS" -e "trace=$1" -e signal=none)
	serve_start "${@:2}"
}

@test "one client gets at most 1 MiB for each wake-up" {
	truncate -s 40M "$ROOT/large"
	traced_start /epoll_p?wait,sendfile,sendto,sendmsg,write,writev -q -j 1
	wire <<-'EOF'
		# Room for more than that in the kernel.
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
	# Inherited by each connection that the socket accepts.
	while read -r fd; do
		grep -E "setsockopt\($fd, SOL_TCP, TCP_NODELAY, \[1\], 4\) += 0" "$CALLS"
	done < <(sed -nE 's/.*listen\(([0-9]+), .* = 0$/\1/p' "$CALLS")
	grep -q 'listen(' "$CALLS"
}
