load helper

# What ends serve before it has begun: one line, and 1.

setup() {
	serve_setup
	cd "$ROOT" || return
	mkdir dist docs 'my dir'
	mkfifo fifo
	touch file
}

# MESSAGE [ARG]...: these arguments fail with that message.
fails() {
	run --separate-stderr "${RUN[@]}" timeout 10 "$SERVE" "${@:2}"
	[ "$status" = 1 ] || fail "status $status: $stderr" || return
	[ -z "$output" ] || fail "on stdout: $output" || return
	[ "$stderr" = "serve: $1" ] || fail "not the message: $stderr"
}

@test "a folder that is not there is named, with what was meant" {
	fails "no folder 'dits', did you mean 'dist'?" dits
	fails "no folder './dits', did you mean './dist'?" -p 0 ./dits
	fails "no folder '$ROOT/my', did you mean '$ROOT/my dir'?" "$ROOT/my"
	fails "no folder 'd'" d
	fails "no folder 'dist/none'" dist/none
	fails "no folder 'file/'" file/
	fails "no folder ''" ''
	fails "no folder '\\x1b]0;\\x07'" $'\e]0;\a'
}

@test "a port is no folder" {
	fails "no folder '9000', did you mean '-p 9000'?" 9000
	fails "no folder '99999'" 99999
	mkdir 9000
	serve_start 2>/dev/null
	run timeout 10 "$SERVE" -p "$PORT" 9000
	[ "$output" = "serve: port $PORT is taken, try '-p $((PORT + 1))'\
 or leave out -p" ]
}

@test "a FIFO is neither a folder nor a file" {
	fails "'fifo' is neither a folder nor a file" fifo
}

@test "a folder that may not be read is said to be that" {
	chmod 0 dist
	serve_as_user
	chmod o+x "$BATS_TEST_TMPDIR" "$ROOT"
	fails "cannot open folder 'dist': Permission denied" dist
	fails "cannot open folder 'dist/a': Permission denied" dist/a
}

# PORT: a network of its own, where those below this one are for root.
in_own_network() {
	need sysctl ip
	need_unshare --net
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		sysctl -qw net.ipv4.ip_unprivileged_port_start="$0"; exec "$@"' \
		"$1" "${RUN[@]}")
}

@test "a port for root alone is said to be that, with one that is not" {
	serve_as_user
	in_own_network 1024
	fails "port 80 needs root, try '-p 8080'" -p 80
	fails "port 443 needs root, try '-p 8443'" -p 443 -b ::1
	fails "port 1000 needs root, try '-p 8000'" -p 1000
	fails "port 1023 needs root, try '-p 8023'" --port=1023 --public
}

@test "so is the one taken without -p" {
	serve_as_user
	in_own_network 9000
	fails "port 8000 needs root, try '-p 15000'"
}

@test "where all ports up to 8099 are taken it says so" {
	need python3
	in_own_network 0
	RUN+=(python3 -c 'if 1:
		import os, socket, sys
		for port in range(8000, 8100):
		    taken = socket.create_server(("127.0.0.1", port))
		    os.set_inheritable(taken.detach(), True)
		os.execvp(sys.argv[1], sys.argv[1:])')
	fails "ports 8000 to 8099 are all taken, give one with -p"
	fails "port 8000 is taken, try '-p 8001' or leave out -p" -p 8000
}

@test "the last port has no next one" {
	need python3
	in_own_network 0
	RUN+=(python3 -c 'if 1:
		import os, socket, sys
		taken = socket.create_server(("127.0.0.1", 65535))
		os.set_inheritable(taken.detach(), True)
		os.execvp(sys.argv[1], sys.argv[1:])')
	fails "port 65535 is taken, leave out -p" -p 65535
}

@test "nothing is opened where an argument is wrong" {
	need strace
	strace -o /dev/null true || skip "this machine lets nobody trace"
	# Who looks for leaks wants to trace too.
	ASAN_OPTIONS=detect_leaks=0 strace -f -s 200 \
		-o "$BATS_TEST_TMPDIR/calls" "$SERVE" dist --prot || :
	run ! grep -E '^[0-9]+ +(socket|bind|listen|v?fork|clone3?|(openat2?|stat|newfstatat)\(.*"dist")' \
		"$BATS_TEST_TMPDIR/calls"
	grep -F "did you mean '--port'?" "$BATS_TEST_TMPDIR/calls"
}
