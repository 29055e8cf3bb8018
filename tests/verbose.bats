load helper

# -v: request heads as received, on stderr.

setup() {
	serve_setup
	echo hello >"$ROOT/a"
}

teardown() {
	kill -CONT "${RUNNING[@]}" 2>/dev/null || :	# stopped by a test
	serve_teardown
}

# Stop the server; $TRACE gets what it traced, without the messages of startup.
end_trace() {
	serve_stop TERM
	TRACE=$BATS_TEST_TMPDIR/trace
	sed -e '/^Serving /d' -e '/^\* sandbox: /d' -e '/^\* missing: /d' -e "s/:$PORT$/:PORT/" \
		"$ERR" >"$TRACE"
}

is_traced() {
	end_trace
	diff - "$TRACE"
}

@test "raw shows each head as it was received, then an empty line" {
	serve_start -v
	curl -sS -A curl/8.5.0 "$URL" "${URL}style.css"
	is_traced <<-'EOF'
		GET / HTTP/1.1
		Host: localhost:PORT
		User-Agent: curl/8.5.0
		Accept: */*

		GET /style.css HTTP/1.1
		Host: localhost:PORT
		User-Agent: curl/8.5.0
		Accept: */*

	EOF
}

@test "on a terminal raw lines have a margin, so that they differ from serve's own lines" {
	need python3
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 2)
	serve_start -v
	printf 'GET /a HTTP/1.1\r\nHost: localhost\r\nserve: too many\r\n\r\n' | raw
	printf 'serve: gone\r\n\r\nServing /\r\n\r\n' | raw
	serve_stop TERM
	run -0 grep -E '^[^|]' "$ERR"
	run ! grep -Ev '^(Serving .* at |Only this machine |Stopped after |\* )' <<<"$output"
	grep -x '| GET /a HTTP/1.1' "$ERR"
	grep -x '| serve: too many' "$ERR"
	grep -x '| serve: gone' "$ERR"
	# An empty line ends a block.
	[ "$(grep -A 1 -x '| serve: too many' "$ERR" | tail -n 1)" = '' ]
	# A client cannot end one, to let its next lines pass for another's.
	[ "$(grep -A 1 -x '| serve: gone' "$ERR" | tail -n 1)" = '| ' ]
}

@test "numbered numbers the lines of each head from 0, with its empty line" {
	serve_start --verbose=numbered
	curl -sS -A curl/8.5.0 "$URL" "${URL}style.css"
	is_traced <<-EOF
		0 GET / HTTP/1.1
		1 Host: localhost:PORT
		2 User-Agent: curl/8.5.0
		3 Accept: */*
		4$(printf ' ')
		0 GET /style.css HTTP/1.1
		1 Host: localhost:PORT
		2 User-Agent: curl/8.5.0
		3 Accept: */*
		4$(printf ' ')
	EOF
}

@test "curl shows request and response in one block, and notes on the connection" {
	serve_start -vcurl
	curl -sS -D "$BATS_TEST_TMPDIR/head" -A curl/8.5.0 "${URL}a"
	wait_until grep -q closed "$ERR"
	is_traced <<-EOF
		$(grep -Ex '\* client 127\.0\.0\.1 port [0-9]+' "$ERR")
		< GET /a HTTP/1.1
		< Host: localhost:PORT
		< User-Agent: curl/8.5.0
		< Accept: */*
		<$(printf ' ')
		$(tr -d '\r' <"$BATS_TEST_TMPDIR/head" | sed 's/^/> /')

		* closed by the client
	EOF
}

@test "curl shows the complete head of a listing" {
	serve_start -vcurl
	curl -sS -D "$BATS_TEST_TMPDIR/head" "$URL" >/dev/null
	serve_stop TERM
	diff <(tr -d '\r' <"$BATS_TEST_TMPDIR/head") <(sed -n 's/^> //p' "$ERR")
}

@test "the heads of two clients are never mixed" {
	serve_start -j 1 -vcurl
	exec {post}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n' >&"$post"
	wait_until grep -q ' port ' "$ERR"
	[ "$(status_of "${URL}a")" = 200 ]
	printf 'ab' >&"$post"
	head -n 1 <&"$post" | grep 405
	exec {post}>&-
	serve_stop TERM
	run -0 grep -E '^(< [A-Z]+ /|> HTTP)' "$ERR"
	[ "${lines[*]}" = "< GET /a HTTP/1.1 > HTTP/1.1 200 OK < POST /a HTTP/1.1 > HTTP/1.1 405 Method Not Allowed" ]
}

@test "bytes that are not text are escaped" {
	serve_start -v
	printf 'GET /a HTTP/1.1\r\nHost: localhost\r\nX-\xc3\xa9: \t\x1b[1m\xc2\x9b\xff\x7f\r\n\r\n' | raw >/dev/null
	is_traced <<-'EOF'
		GET /a HTTP/1.1
		Host: localhost
		X-é: \x09\x1b[1m\xc2\x9b\xff\x7f

	EOF
}

@test "an incomplete head is shown as far as it arrived" {
	serve_start -v
	printf 'GET /a HTTP/1.1\r\nHos' | raw >/dev/null
	is_traced <<-'EOF'
		GET /a HTTP/1.1
		Hos

	EOF
}

@test "an incomplete head has no empty line to number" {
	serve_start -vnumbered
	printf 'GET /a HTTP/1.1\r\nHos' | raw >/dev/null
	is_traced <<-'EOF'
		0 GET /a HTTP/1.1
		1 Hos
	EOF
}

@test "input that is not HTTP is shown, in curl style with the response" {
	serve_start -vcurl
	printf '\x16\x03\x01\rhello' | raw >/dev/null
	end_trace
	run -0 cat "$TRACE"
	[ "${lines[1]}" = '< \x16\x03\x01\x0dhello' ]
	[ "${lines[2]}" = '> HTTP/1.1 400 Bad Request' ]
}

@test "a head that is too long is shown as far as it was read" {
	serve_start -v
	long=$(printf '%33000s' '' | tr ' ' u)
	[ "$(status_of -A "$long" "${URL}a")" = 431 ]
	end_trace
	[ "$(head -n 1 "$TRACE")" = "GET /a HTTP/1.1" ]
	awk '/^User-Agent: u+$/ && length > 32000 { found = 1 }
		END { exit !found }' "$TRACE"
}

@test "curl shows why a connection was closed" {
	serve_start -vcurl --timeout 1
	exec {idle}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$idle"
	wait_until grep -qx '\* closed: idle 1 s' "$ERR"
	exec {slow}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /a HT' >&"$slow"
	wait_until grep -qx '\* closed: head took over 1 s' "$ERR"
	grep -qx '< GET /a HT' "$ERR"
	exec {late}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na' \
		>&"$late"
	wait_until grep -qx '\* closed: body slower than 1 KiB/s' "$ERR"
	exec {idle}>&- {slow}>&- {late}>&-
}

@test "curl shows which client was rejected" {
	serve_start -vcurl --max-conns-per-client 1
	exec {first}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$first"
	wait_until grep -qx '< GET /a HTTP/1.1' "$ERR"
	exec {second}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$second"
	wait_until grep -q '^> HTTP/1.1 503' "$ERR"
	[ "$(grep -c '^\* client 127.0.0.1 port ' "$ERR")" = 2 ]
	exec {first}>&- {second}>&-
}

@test "-v does not change the access log, and -q does not turn -v off" {
	serve_start -q -v
	curl -sS "${URL}a"
	serve_stop TERM
	[ ! -s "$OUT" ]
	grep 'GET /a HTTP/1.1' "$ERR"
}

@test "a stderr that nobody reads delays no request" {
	need python3
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" socket 2)
	serve_start -v
	kill -STOP "$PID"
	long=$(printf '%4000s' '' | tr ' ' u)
	timeout 60 curl -sS -o /dev/null --fail -A "$long" "${URL}a?[1-800]"
	kill -CONT "$PID"
	wait_until grep -q '^serve: log reader too slow, [0-9]* lines lost$' "$ERR"
	end_trace
	lost=$(sed -n 's/^serve: log reader too slow, \([0-9]*\) lines* lost$/\1/p' "$TRACE" | paste -sd+)
	sed -i '/^serve: /d' "$TRACE"
	# A regular expression of that length would take seconds.
	run ! grep -Ex "User-Agent: u+" <(grep -Fvx "User-Agent: $long" "$TRACE")
	run ! grep -Evqx "GET /a.[0-9]+ HTTP/1.1|Host: .*|User-Agent: u+|Accept: .*|" "$TRACE"
	[ $(($(wc -l <"$TRACE") + lost)) = 4000 ]
}
