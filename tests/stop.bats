# How it ends: transfers have their time, a second signal ends it at once.

load wire

# Serve a client that has begun to take a large file and goes when HOLD is
# closed.
serve_with_transfer() {
	truncate -s 1G "$ROOT/large"
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 2 "${RUN[@]}")
	serve_start -j 2
	exec {HOLD}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$HOLD"
	IFS= read -r -u "$HOLD" line
	[[ $line = 'HTTP/1.1 200 OK'* ]]
}

@test "at the end a transfer has its time, and is counted" {
	serve_with_transfer
	kill "$PID"
	wait_until grep -q '^Finishing 1 transfer, Ctrl-C again to stop now.$' "$ERR"
	# Nobody else is let in.
	run ! curl -sS --max-time 5 "$URL"
	serve_gone && fail "it did not wait"
	exec {HOLD}>&-
	serve_wait
	[[ $(tail -n 1 "$ERR") =~ ^'Stopped after '.*': 1 request, '.*' sent.'$ ]]
}

@test "a transfer that goes on is cut after five seconds" {
	serve_with_transfer
	kill "$PID"
	wait_until grep -q '^Finishing' "$ERR"
	serve_wait
	exec {HOLD}>&-
	[[ $(tail -n 1 "$ERR") = 'Stopped after '* ]]
	[ "$(grep -c 'GET /large HTTP/1.1" 200' "$OUT")" = 1 ]
}

@test "a second signal ends it at once, with 0 too" {
	serve_with_transfer
	kill "$PID"
	kill -s INT "$PID"
	serve_wait
	exec {HOLD}>&-
	# The end of a transfer that is waited for has a line.
	[ "$(cat "$OUT")" = "" ]
	run ! grep Stopped "$ERR"
}

@test "Ctrl-C ends its line on the terminal" {
	need script
	mkfifo "$BATS_TEST_TMPDIR/keys"
	: >"$OUT"
	env --default-signal=INT,HUP script -qec "exec '$SERVE' -p 0 '$ROOT'" \
		/dev/null <"$BATS_TEST_TMPDIR/keys" >"$OUT" 2>&1 3>&- &
	PID=$!
	RUNNING+=("$PID")
	exec 7>"$BATS_TEST_TMPDIR/keys"
	wait_until grep -q 'Ctrl-C stops' "$OUT"
	printf '\003' >&7
	serve_wait
	exec 7>&-
	run tr -d '\r' <"$OUT"
	[ "${lines[-2]}" = '^C' ]
	[[ ${lines[-1]} = 'Stopped after '*': 0 requests, 0 B sent.' ]]
}
