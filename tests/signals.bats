load wire

# How serve ends, and what signals do.

setup() {
	serve_setup
	# As a shell starts foreground processes.
	RUN=(env "--default-signal=INT,HUP,TSTP,CONT")
	truncate -s 1G "$ROOT/large"
}

# [OPTION]...: serve on a terminal whose input is written to descriptor 7.
serve_with_keys() {
	need script
	mkfifo "$BATS_TEST_TMPDIR/keys"
	: >"$OUT"
	"${RUN[@]}" script -qec "exec '$SERVE' -p 0 $* '$ROOT'" \
		/dev/null <"$BATS_TEST_TMPDIR/keys" >"$OUT" 2>&1 3>&- &
	PID=$!
	RUNNING+=("$PID")
	exec 7>"$BATS_TEST_TMPDIR/keys"
	find_url
}

# The URL in what a terminal shows.
find_url() {
	wait_until grep -q 'http://.*/' "$OUT"
	URL=$(grep -om1 'http://[^[:space:]]*' "$OUT")
	PORT=${URL##*:}
	PORT=${PORT%/}
}

# REGEX: wait until the terminal shows it.
shows() {
	wait_until grep -aqE "$1" "$OUT"
}

# A client in the background, $CLIENT, that has begun a download and continues
# when $ROOT/go exists; the number of bytes is in $BATS_TEST_TMPDIR/got.  For
# serve with -j 1: when another client gets a response, serve has sent all that
# it could.
download() {
	wire >"$BATS_TEST_TMPDIR/got" 3>&- 7>&- <<-'EOP' &
		client = Client(buffer=65536)
		client.send(get("/large", "Range: bytes=0-29999999"))
		client.take(1000)
		assert ask(get(method="OPTIONS")).status == 204
		write("started", "")
		until(lambda: os.path.exists(os.path.join(ROOT, "go")))
		total = len(client.unread)
		try:
		    while data := client.socket.recv(1 << 16):
		        total += len(data)
		except ConnectionResetError:
		    pass
		print(total)
	EOP
	CLIENT=$!
	wait_until test -e "$ROOT/started"
}

refused() {
	run curl -sS "$1"
	[ "$status" = 7 ]
}

@test "SIGINT, SIGTERM and SIGHUP end serve with status 0 despite open connections" {
	for signal in INT TERM HUP; do
		serve_start
		exec {idle}<>"/dev/tcp/127.0.0.1/$PORT"
		exec {half}<>"/dev/tcp/127.0.0.1/$PORT"
		printf 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$idle"
		head -n 1 <&"$idle" | grep 404
		printf 'GET / HT' >&"$half"
		serve_stop "$signal"
		exec {idle}>&- {half}>&-
	done
}

@test "a signal closes idle connections at once and lets transfers finish" {
	serve_start -j 1
	exec {fresh}<>"/dev/tcp/127.0.0.1/$PORT"
	exec {idle}<>"/dev/tcp/127.0.0.1/$PORT"
	# Its timer ran for a head, which has less time than an idle connection.
	printf 'GET /none HTTP/1.1\r\n' >&"$idle"
	curl -sS -o /dev/null "${URL}none"
	printf 'Host: localhost\r\n\r\n' >&"$idle"
	download
	kill "$PID"
	timeout 20 cat <&"$fresh"
	timeout 20 cat <&"$idle"
	refused "$URL"
	kill -0 "$PID"
	touch "$ROOT/go"
	serve_wait
	wait "$CLIENT"
	[ "$(cat "$BATS_TEST_TMPDIR/got")" -gt 29990000 ]
	exec {fresh}>&- {idle}>&-
}

@test "transfers have 5 seconds to finish after a signal" {
	serve_start -j 1
	download
	before=$EPOCHREALTIME
	serve_stop TERM
	[ $((${EPOCHREALTIME/./} - ${before/./})) -ge 4900000 ]
	touch "$ROOT/go"
	wait "$CLIENT"
}

@test "the second signal ends serve at once, also with status 0" {
	serve_start -j 1
	download
	kill -INT "$PID"
	wait_until refused "$URL"
	serve_stop TERM
	touch "$ROOT/go"
	wait "$CLIENT"
}

@test "Ctrl-C on a terminal prints a summary" {
	serve_with_keys
	curl -sS -o /dev/null "${URL}large" -r 0-1199
	curl -sS -o /dev/null -I "$URL"
	printf '\003' >&7
	serve_wait
	tr -d '\r' <"$OUT" | tail -n 2 >"$OUT-end"
	[ "$(head -n 1 "$OUT-end")" = '^C' ]
	grep -xE 'Stopped after [0-9.]+ m?s: 2 requests, 1\.2 kB sent\.' \
		"$OUT-end"
}

@test "-q suppresses the summary" {
	serve_with_keys -q
	curl -sS -o /dev/null -I "$URL"
	printf '\003' >&7
	serve_wait
	[ "$(tr -d '\r' <"$OUT" | tail -n 1)" = '^C' ]
	run ! grep Stopped "$OUT"
}

@test "no summary is printed if stderr is not a terminal" {
	serve_start
	serve_stop INT
	[ "$(wc -l <"$ERR")" = 1 ]
}

@test "a terminal shows how many transfers are still running" {
	serve_with_keys -j 1
	download
	printf '\003' >&7
	shows 'Finishing 1 transfer, Ctrl-C again to stop now\.'
	printf '\003' >&7
	serve_wait
	touch "$ROOT/go"
	wait "$CLIENT"
}

@test "a second Ctrl-C still logs the transfers that it cut off, and prints the summary" {
	serve_with_keys -j 1
	download
	printf '\003' >&7
	shows 'Finishing 1 transfer'
	printf '\003' >&7
	serve_wait
	touch "$ROOT/go"
	wait "$CLIENT"
	tr -d '\r' <"$OUT" | grep -aE '206.* GET .*/large'
	grep -aE 'Stopped after .*: 2 requests' "$OUT"
}

@test "event streams of --live do not count as transfers" {
	serve_with_keys -j 1 --live
	exec {ended}<>"/dev/tcp/127.0.0.1/$PORT"
	exec {open}<>"/dev/tcp/127.0.0.1/$PORT"
	for stream in "$ended" "$open"; do
		printf 'GET /.well-known/serve/live HTTP/1.0\r\n\r\n' >&"$stream"
		head -n 1 <&"$stream" | grep 200
	done
	exec {ended}>&-
	shows '\(live\)'
	download
	printf '\003' >&7
	shows 'Finishing 1 transfer, Ctrl-C again to stop now\.'
	printf '\003' >&7
	serve_wait
	exec {open}>&-
	touch "$ROOT/go"
	wait "$CLIENT"
}

# [OPTION]...: serve on a terminal, $OUT, that then takes nothing more, as after
# Ctrl-S, until flow TCOON.
serve_on_stopped_terminal() {
	need pgrep
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 12 "${RUN[@]}")
	ERR=$OUT
	serve_start "$@"
	TERMINAL=$(readlink "/proc/$(pgrep -P "$PID")/fd/1")
	flow TCOOFF
}

flow() {
	python3 -c 'import os, sys, termios
termios.tcflow(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY),
    getattr(termios, sys.argv[2]))' "$TERMINAL" "$1"
}

@test "a stopped terminal does not prevent serve from ending" {
	serve_on_stopped_terminal
	[ "$(status_of "$URL")" = 200 ]
	serve_stop TERM
}

@test "the summary counts the lines that a stopped terminal lost" {
	serve_on_stopped_terminal --color=never
	long=$(printf '%4000s' '' | tr ' ' u)
	timeout 60 curl -sS -o /dev/null "$URL?${long}[1-800]"
	flow TCOON
	wait_until grep -q '^serve: log reader too slow, ' "$OUT"
	serve_stop TERM
	lost=$(sed -n 's/^serve: .* \([0-9]*\) lines* lost$/\1/p' "$OUT" | paste -sd+)
	grep -xE "Stopped after .* m?s: 800 requests, .* sent, $((lost)) log lines lost\." \
		"$OUT"
}

@test "an ignored SIGHUP stays ignored, as under nohup" {
	RUN=(env --ignore-signal=HUP)
	serve_start
	kill -HUP "$PID"
	[ "$(status_of "$URL")" = 200 ]
	grep -E '^SigIgn:.*[13579bdf]$' "/proc/$PID/status"
	[ "$(status_of "$URL")" = 200 ]
}

@test "SIGINT works even if it was ignored, as after & in a script" {
	RUN=(env --ignore-signal=INT)
	serve_start
	serve_stop INT
}

@test "signals that other servers use do not end serve" {
	serve_start
	for signal in PIPE CHLD XFSZ WINCH URG CONT USR1 USR2; do
		kill -s "$signal" "$PID"
	done
	[ "$(status_of "$URL")" = 200 ]
}

@test "a signal ends serve as process 1" {
	[ "$EUID" = 0 ] || skip "needs root"
	need pgrep
	need_unshare --pid --fork
	RUN+=(unshare --pid --fork --kill-child)
	for signal in INT TERM HUP; do
		serve_start
		kill -s "$signal" "$(pgrep -P "$PID")"
		serve_wait
	done
}

@test "serve as process 1 reaps the orphans of COMMAND" {
	[ "$EUID" = 0 ] || skip "needs root"
	need_unshare --pid --fork --mount-proc
	# A process that has ended stays in /proc until its parent waits for it.
	# shellcheck disable=SC2016
	run timeout 60 unshare --pid --fork --kill-child --mount-proc \
		"$SERVE" "$ROOT" -- sh -c '
			orphan=$(sh -c "sleep 0.1 >/dev/null & echo \$!")
			while [ -e "/proc/$orphan" ]; do sleep 0.02; done
			exit 7' 3>&-
	[ "$status" = 7 ]
}

# serve as a job of the shell.
job() {
	pgrep -P "$(pgrep -P "$PID")"
}

in_foreground() {
	awk '{ exit $5 != $8 }' "/proc/$(job)/stat"
}

is_stopped() {
	grep -q '^State:[[:space:]]*T' "/proc/$(job)/status"
}

@test "Ctrl-Z stops serve, fg and bg continue it" {
	need script pgrep
	mkfifo "$BATS_TEST_TMPDIR/keys"
	: >"$OUT"
	"${RUN[@]}" script -qec 'exec bash --norc --noprofile -i' /dev/null \
		<"$BATS_TEST_TMPDIR/keys" >"$OUT" 2>&1 3>&- &
	PID=$!
	RUNNING+=("$PID")
	exec 7>"$BATS_TEST_TMPDIR/keys"
	printf '"%s" -p 0 "%s"\r' "$SERVE" "$ROOT" >&7
	shows 'Serving .* at http://.*/.$'
	find_url
	[ "$(status_of "$URL")" = 200 ]
	printf '\032' >&7
	wait_until is_stopped
	printf 'bg\r' >&7
	[ "$(status_of "$URL")" = 200 ]
	printf 'fg\r' >&7
	wait_until in_foreground
	[ "$(status_of "$URL")" = 200 ]
	printf '\032' >&7
	wait_until is_stopped
	printf 'fg\r' >&7
	[ "$(status_of "$URL")" = 200 ]
	wait_until in_foreground
	printf '\003' >&7
	shows 'Stopped after .*: 4 requests'
	printf 'exit\r' >&7
	serve_wait
}

@test "after a long SIGSTOP input is handled before timers expire" {
	serve_start --timeout 4
	wire <<-'EOP'
		transfer = Client(buffer=4096).send(get("/large"))
		transfer.take(100000)
		idle = Client()
		assert idle.ask(get("/none")).status == 404
		with stopped():
		    idle.send(get("/other"))
		    transfer.socket.settimeout(1)
		    try:
		        while transfer.more():
		            pass
		    except TimeoutError:
		        time.sleep(4)
		assert idle.read().status == 404
		transfer.socket.settimeout(20)
		transfer.take(10000000)
	EOP
}

@test "the end waits for downloads, but not for incomplete requests" {
	serve_start -j 1
	exec {head}<>"/dev/tcp/127.0.0.1/$PORT" {body}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET / HTTP/1.1\r\nHo' >&"$head"
	printf 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na' \
		>&"$body"
	download
	kill -s TERM "$PID"
	# Each is closed at once, while the download still waits for its client.
	[ -z "$(timeout 20 cat <&"$head")" ]
	[ -z "$(timeout 20 cat <&"$body")" ]
	touch "$ROOT/go"
	wait "$CLIENT"
	[ "$(cat "$BATS_TEST_TMPDIR/got")" -gt 29990000 ]
	serve_wait
	exec {head}>&- {body}>&-
}
