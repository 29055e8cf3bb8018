# As a service of systemd: sockets that it has opened, and messages about our
# state.

load helper

# The first connection starts the program, which may end at once.
connect() {
	nc -z 127.0.0.1 "${SOCKET##*:}" ||
		grep -q '^Communication attempt' "$ERR"
}

# Serve $ROOT at $SOCKET, started as systemd would.
activate() {
	: >"$ERR"
	systemd-socket-activate -l "$SOCKET" "$SERVE" "$ROOT" \
		>"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until connect && wait_until serve_settled && [ -n "$URL" ] ||
		return
	PORT=${URL##*:}
	PORT=${PORT%/}
}

# Print a port that is free now.
free_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

setup() {
	serve_setup
	need systemd-socket-activate python3
	SOCKET=127.0.0.1:$(free_port)
}

# STATUS TEXT ARGUMENT...: started in this way, serve ends with this status and
# message.
refused() {
	systemd-socket-activate "${@:3}" >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until connect
	status=0
	serve_wait || status=$?
	[ "$status" = "$1" ]
	grep -q "$2" "$ERR"
}

@test "a socket that systemd opened is served" {
	echo hello >"$ROOT/a"
	activate
	[ "$URL" = "http://$SOCKET/" ]
	[ "$(curl -sS "${URL}a")" = hello ]
}

@test "the Host check follows the address of the socket" {
	activate
	[ "$(status_of -H 'Host: machine.lan' "$URL")" = 403 ]
	serve_stop TERM
	SOCKET=0.0.0.0:$(free_port)
	activate
	[ "$(status_of -H 'Host: machine.lan' "$URL")" = 200 ]
}

@test "-b, -p and --public are refused beside systemd's sockets" {
	for option in --public -p0 -b127.0.0.1; do
		refused 2 "systemd has opened the sockets" -l "$SOCKET" \
			"$SERVE" "$option" "$ROOT"
	done
}

@test "sockets with two ports, and sockets other than TCP, are refused" {
	refused 1 "systemd passed sockets of different ports" -l "$SOCKET" \
		-l "127.0.0.1:$(free_port)" "$SERVE" "$ROOT"
	refused 1 "not a listening TCP socket" -l "$SOCKET" \
		-l "$BATS_TEST_TMPDIR/unix" "$SERVE" "$ROOT"
}

@test "sockets for another process are not taken" {
	LISTEN_PID=1 LISTEN_FDS=1 serve_start
	[ "$(status_of "$URL")" = 200 ]
}

@test "COMMAND inherits neither the sockets nor systemd's variables" {
	cat >"$BATS_TEST_TMPDIR/command" <<-'END'
		#!/bin/sh
		env | grep -E '^(LISTEN|NOTIFY)'
		[ -e /proc/self/fd/3 ] || echo closed
	END
	chmod +x "$BATS_TEST_TMPDIR/command"
	systemd-socket-activate -E NOTIFY_SOCKET=@none -E LISTEN_PIDFDID=1 \
		-l "$SOCKET" "$SERVE" "$ROOT" -- "$BATS_TEST_TMPDIR/command" \
		>"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	wait_until connect
	wait "$PID"
	[ "$(cat "$OUT")" = closed ]
}

@test "a client that waits at the socket is served by the next start of the service" {
	echo hello >"$ROOT/a"
	# The test keeps the sockets open when serve ends.
	cat >"$BATS_TEST_TMPDIR/manager" <<-'END'
		import os, socket, subprocess, sys, urllib.request
		s = socket.socket()
		s.bind(("127.0.0.1", 0))
		s.listen(8)
		os.dup2(s.fileno(), 3)
		def start():
		    return subprocess.Popen(["sh", "-c",
		        'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh"] +
		        sys.argv[1:], pass_fds=[3], stderr=subprocess.PIPE)
		url = "http://127.0.0.1:%d/a" % s.getsockname()[1]
		for i in range(2):
		    p = start()
		    print(urllib.request.urlopen(url, timeout=10).read().decode())
		    p.terminate()
		    assert p.wait() == 0
	END
	run timeout 30 python3 "$BATS_TEST_TMPDIR/manager" "$SERVE" -q "$ROOT"
	[ "$status" = 0 ]
	[ "$(grep -c hello <<<"$output")" = 2 ]
}

# Record what systemd would be told.
hear() {
	cat >"$BATS_TEST_TMPDIR/hear" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		s.settimeout(20)
		print("bound", flush=True)
		for i in range(2):
		    print(s.recv(100).decode(), flush=True)
	END
	python3 "$BATS_TEST_TMPDIR/hear" "$BATS_TEST_TMPDIR/notify" \
		>"$BATS_TEST_TMPDIR/heard" 3>&- &
	hearing=$!
	wait_until grep -q bound "$BATS_TEST_TMPDIR/heard"
}

@test "systemd is told when serving begins and when it stops" {
	hear
	NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify serve_start
	wait_until grep -q READY=1 "$BATS_TEST_TMPDIR/heard"
	serve_stop TERM
	wait "$hearing"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/heard")" = STOPPING=1 ]
}

@test "systemd gets no log line, even if stdout is closed" {
	hear
	# shellcheck disable=SC2016
	RUN=(sh -c 'exec "$@" >&-' -)
	NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify serve_start
	wait_until grep -q READY=1 "$BATS_TEST_TMPDIR/heard"
	[ "$(status_of "$URL")" = 200 ]
	serve_stop TERM
	wait "$hearing"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/heard")" = STOPPING=1 ]
}

@test "the units are valid" {
	need systemd-analyze
	cp "$BATS_TEST_DIRNAME"/../packaging/systemd/serve@.* "$BATS_TEST_TMPDIR"
	sed -i "s,/usr/bin/serve,$SERVE,; /^Documentation/d" \
		"$BATS_TEST_TMPDIR/serve@.service"
	sed -i '/^Documentation/d' "$BATS_TEST_TMPDIR/serve@.socket"
	cp "$BATS_TEST_TMPDIR/serve@.service" "$BATS_TEST_TMPDIR/serve@a.service"
	run systemd-analyze verify "$BATS_TEST_TMPDIR/serve@a.service"
	[ "$status" = 0 ]
	[ -z "$output" ]
}
