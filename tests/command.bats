# serve DIR -- COMMAND: serve while COMMAND runs

# COMMAND expands these variables, so they are quoted here.
# shellcheck disable=SC2016
load helper

# [-STATUS] ARGUMENT...: run serve $ROOT -- ARGUMENT...
with_command() {
	local expected=()

	if [[ $1 == -* ]]; then
		expected=("$1")
		shift
	fi
	# bats waits until no process has descriptor 3 open.
	run "${expected[@]}" "$SERVE" "${OPTIONS[@]}" "$ROOT" -- "$@" 3>&-
}

# ARGUMENT...: the same in the background; PID is serve.  A shell starts
# background processes with SIGINT ignored, and nohup with SIGHUP ignored: undo
# both.
start_command() {
	: >"$ERR"
	env --default-signal=INT,HUP,QUIT "$SERVE" "$ROOT" -- "$@" \
		>"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

@test "COMMAND finds the URL of the folder in SERVE_URL" {
	echo hello >"$ROOT/file"
	with_command sh -c 'curl -sS "${SERVE_URL}file"'
	[ "$status" = 0 ]
	[ "${lines[-1]}" = hello ]
}

@test "COMMAND finds the key in SERVE_KEY, and not in SERVE_URL" {
	echo hello >"$ROOT/file"
	OPTIONS=(--key)
	with_command sh -c 'curl -sS -u "x:$SERVE_KEY" "${SERVE_URL}file"; echo "$SERVE_URL"'
	[ "$status" = 0 ]
	[ "${lines[-2]}" = hello ]
	[[ ${lines[-1]} =~ ^http://localhost:[0-9]+/$ ]]
	OPTIONS=()
	with_command sh -c 'echo "key ${SERVE_KEY-none}"'
	[ "${lines[-1]}" = "key none" ]
}

@test "COMMAND finds the port in SERVE_PORT: a free one, not 8000" {
	with_command sh -c 'echo "$SERVE_PORT $SERVE_URL"'
	[[ ${lines[-1]} =~ ^([0-9]+)\ http://localhost:([0-9]+)/$ ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
	[ "${BASH_REMATCH[1]}" != 8000 ]
}

# PORT tells many programs where they should listen.
@test "COMMAND gets the PORT of the environment unchanged" {
	PORT=4321 with_command sh -c 'echo "$PORT"'
	[ "${lines[-1]}" = 4321 ]
	PORT=
	unset PORT
	with_command sh -c 'echo "${PORT-unset}"'
	[ "${lines[-1]}" = unset ]
}

@test "-p sets the port with COMMAND" {
	# A port that the kernel has just assigned.
	with_command sh -c 'echo "$SERVE_PORT"'
	port=${lines[-1]}
	OPTIONS=(-p "$port")
	with_command sh -c 'echo "$SERVE_PORT"'
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "$port" ]
}

@test "serve ends with the status of COMMAND" {
	with_command sh -c 'exit 7'
	[ "$status" = 7 ]
}

@test "serve ends with 128 plus the number of the signal that ended COMMAND" {
	with_command sh -c 'kill -KILL $$'
	[ "$status" = 137 ]
}

@test "serve ends with 127 and a message if COMMAND is not found" {
	with_command -127 no-such-command
	[ "${lines[-1]}" = "serve: cannot run 'no-such-command':\
 No such file or directory" ]
}

@test "serve ends with 126 and a message if COMMAND cannot be run" {
	touch "$ROOT/plain"
	with_command "$ROOT/plain"
	[ "$status" = 126 ]
	[ "${lines[-1]}" = "serve: cannot run '$ROOT/plain': Permission denied" ]
}

@test "serve ends with 1 if it cannot start, and COMMAND does not run" {
	ROOT=$ROOT/absent
	with_command touch "$BATS_TEST_TMPDIR/ran"
	[ "$status" = 1 ]
	[[ $output = "serve: no folder '$ROOT'"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "COMMAND has stdin and stdout for itself" {
	run bash -c 'echo in | "$1" "$2" -- sh -c "cat; curl -sS \$SERVE_URL" \
		2>"$3" 3>&-' - "$SERVE" "$ROOT" "$ERR"
	[ "$status" = 0 ]
	[ "${lines[0]}" = in ]
	run ! grep -F '"GET / ' <<<"$output"
	run ! grep -F '"GET / ' "$ERR"
}

@test "with COMMAND the access log is on stderr, if it is requested" {
	"$SERVE" --log-format combined "$ROOT" -- \
		sh -c 'curl -sS -o /dev/null "$SERVE_URL"' \
		>"$OUT" 2>"$ERR" 3>&-
	[ ! -s "$OUT" ]
	grep -F '"GET / HTTP/1.1" 200 ' "$ERR"
}

@test "COMMAND has the user, signals, privileges and limits that serve was started with" {
	show='grep -E "^(Uid|Gid|Groups|Sig(Blk|Ign)|Cap|NoNewPrivs|Seccomp)" \
		/proc/self/status; ulimit -Sn; ulimit -Hn'
	ulimit -Sn 256
	env --ignore-signal=USR2 --block-signal=USR1 bash -c "$show" \
		>"$BATS_TEST_TMPDIR/direct"
	env --ignore-signal=USR2 --block-signal=USR1 \
		"$SERVE" "$ROOT" -- bash -c "$show" >"$OUT" 2>"$ERR" 3>&-
	diff "$BATS_TEST_TMPDIR/direct" "$OUT"
	grep -x 256 "$OUT"
}

@test "COMMAND does not ignore SIGPIPE" {
	run env --default-signal=PIPE "$SERVE" "$ROOT" -- \
		sh -c 'kill -PIPE $$' 3>&-
	[ "$status" = 141 ]
}

@test "COMMAND inherits no descriptor of serve" {
	show='for fd in /proc/self/fd/*; do echo "${fd##*/}"; done'
	bash -c "$show" >"$BATS_TEST_TMPDIR/direct" 3>&-
	"$SERVE" "$ROOT" -- bash -c "$show" >"$OUT" 2>"$ERR" 3>&-
	diff "$BATS_TEST_TMPDIR/direct" "$OUT"
}

@test "COMMAND inherits the descriptors of the shell" {
	with_command cat <(echo fifo)
	[ "${lines[-1]}" = fifo ]
}

@test "COMMAND is not confined" {
	with_command sh -c 'echo new >"$1/written"' - "$BATS_TEST_TMPDIR"
	[ "$status" = 0 ]
	[ -s "$BATS_TEST_TMPDIR/written" ]
}

@test "a signal to serve is passed on to COMMAND" {
	for signal in TERM INT HUP QUIT USR1 USR2 WINCH; do
		start_command bash -c "trap 'exit 5' $signal
			echo ready; while :; do sleep 0.05; done"
		wait_until grep -q ready "$OUT"
		status=0
		serve_stop "$signal" || status=$?
		[ "$status" = 5 ]
		: >"$OUT"
	done
}

@test "serve continues while COMMAND ignores a signal" {
	start_command bash -c "trap 'echo got' TERM; echo ready
		until [ -e '$BATS_TEST_TMPDIR/end' ]; do sleep 0.05; done
		curl -sS -o /dev/null -w '%{http_code}\n' \"\$SERVE_URL\""
	wait_until grep -q ready "$OUT"
	kill "$PID"
	wait_until grep -q got "$OUT"
	touch "$BATS_TEST_TMPDIR/end"
	serve_wait
	grep -x 200 "$OUT"
}

@test "Ctrl-C reaches COMMAND once" {
	need script
	mkfifo "$BATS_TEST_TMPDIR/keys"
	cat >"$BATS_TEST_TMPDIR/count" <<-'EOF'
		trap 'echo got INT' INT
		trap 'echo got TERM; exit 3' TERM
		# serve is the parent of its parent.
		grep PPid /proc/$PPID/status
		echo ready
		while :; do sleep 0.05; done
	EOF
	: >"$OUT"
	# exec: a shell that stays, as dash does, would itself be ended by
	# Ctrl-C.
	env --default-signal=INT,HUP script -qec \
		"exec '$SERVE' '$ROOT' -- bash '$BATS_TEST_TMPDIR/count'" \
		/dev/null <"$BATS_TEST_TMPDIR/keys" >"$OUT" 2>&1 3>&- &
	PID=$!
	RUNNING+=("$PID")
	exec 7>"$BATS_TEST_TMPDIR/keys"
	wait_until grep -q ready "$OUT"
	printf '\003' >&7
	wait_until grep -q 'got INT' "$OUT"
	# serve passes signals on in order: a second SIGINT would arrive before
	# this one.
	kill "$(tr -d '\r' <"$OUT" | sed -n 's/PPid:[[:space:]]*//p')"
	status=0
	serve_wait || status=$?
	exec 7>&-
	[ "$status" = 3 ]
	[ "$(grep -c 'got INT' "$OUT")" = 1 ]
}

@test "COMMAND ends when serve is killed" {
	start_command sh -c 'echo $$; exec sleep 1000'
	wait_until test -s "$OUT"
	unset 'RUNNING[-1]'
	kill -KILL "$PID"
	wait "$PID" || true
	wait_until gone "$(cat "$OUT")"
}

# pkill -9 serve kills the helper as well, which has the same name.
@test "COMMAND ends when serve and its helper are killed together" {
	start_command sh -c 'echo $$; exec sleep 1000'
	wait_until test -s "$OUT"
	unset 'RUNNING[-1]'
	kill -KILL "$PID" $(pgrep -P "$PID")
	wait "$PID" || true
	wait_until gone "$(cat "$OUT")"
}

@test "serve ends with a message if its helper is killed, and so does COMMAND" {
	local status=0

	start_command sh -c 'echo $$; exec sleep 1000'
	wait_until test -s "$OUT"
	kill -KILL "$(pgrep -P "$PID")"
	serve_wait || status=$?
	[ "$status" = 1 ]
	grep -x 'serve: the process that runs COMMAND has ended' "$ERR"
	wait_until gone "$(cat "$OUT")"
}

@test "COMMAND ends when serve is killed, even if it ignores SIGTERM" {
	start_command sh -c 'trap "" TERM; echo $$; while :; do sleep 0.1; done'
	wait_until test -s "$OUT"
	unset 'RUNNING[-1]'
	kill -KILL "$PID"
	wait "$PID" || true
	wait_until gone "$(cat "$OUT")"
}

# The state of the shell's job, serve: T if it is stopped.
job_state() {
	[ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' \
		"/proc/$(pgrep -P "$(pgrep -P "$PID")" serve)/status")" = "$1" ]
}

@test "a COMMAND that is suspended returns the terminal to the shell, until fg" {
	need script pgrep
	mkfifo "$BATS_TEST_TMPDIR/keys"
	: >"$OUT"
	cp "$SERVE" "$BATS_TEST_TMPDIR/serve"
	env --default-signal=INT,HUP,TSTP,CONT \
		script -qec 'exec bash --norc --noprofile -i' /dev/null \
		<"$BATS_TEST_TMPDIR/keys" >"$OUT" 2>&1 3>&- &
	PID=$!
	RUNNING+=("$PID")
	exec 7>"$BATS_TEST_TMPDIR/keys"
	printf '"%s" "%s" -- bash --norc --noprofile -i\r' \
		"$BATS_TEST_TMPDIR/serve" "$ROOT" >&7
	printf 'echo in$((1 + 1))ner\r' >&7
	wait_until grep -q in2ner "$OUT"
	printf 'suspend\r' >&7
	wait_until job_state T
	printf 'echo out$((1 + 1))er\r' >&7
	wait_until grep -q out2er "$OUT"
	printf 'fg\r' >&7
	wait_until job_state S
	printf 'curl -sS -o /dev/null -w code%%{http_code} $SERVE_URL; exit 7\r' >&7
	wait_until grep -q code200 "$OUT"
	printf 'echo status$?; exit\r' >&7
	serve_wait
	grep status7 "$OUT"
}

@test "no process of serve is left after its end" {
	cp "$SERVE" "$BATS_TEST_TMPDIR/serve-copy"
	SERVE=$BATS_TEST_TMPDIR/serve-copy
	with_command true
	[ "$status" = 0 ]
	for exe in /proc/[0-9]*/exe; do
		[ "$(readlink "$exe" || :)" != "$SERVE" ]
	done
}

@test "npm test reaches the server through SERVE_URL" {
	need npm
	echo '{"scripts":{"test":"curl -sSf $SERVE_URL/app.js"}}' \
		>"$BATS_TEST_TMPDIR/package.json"
	echo 'code()' >"$ROOT/app.js"
	cd "$BATS_TEST_TMPDIR"
	with_command npm test
	[ "$status" = 0 ]
	[ "${lines[-1]}" = 'code()' ]
}

@test "Chromium as COMMAND prints the page as it is after its scripts" {
	need chromium
	echo '<p id=p></p><script>p.append(6 * 7)</script>' >"$ROOT/index.html"
	with_command sh -c 'chromium --headless --no-sandbox --disable-gpu \
		--user-data-dir="$1" --dump-dom "$SERVE_URL" 2>/dev/null' \
		- "$BATS_TEST_TMPDIR/profile"
	[ "$status" = 0 ]
	[[ $output = *'<p id="p">42</p>'* ]]
}
