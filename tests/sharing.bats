load wire

# --key over the wire: who is let in, and what others are not told.

setup() {
	serve_setup
	mkdir "$ROOT/dir"
	echo content >"$ROOT/file"
	echo page >"$ROOT/dir/index.html"
}

# STATUS [CURL OPTION]... PATH: does the request get this status?
gives() {
	local got

	got=$(status_of "${@:2:$#-2}" "$URL${!#}")
	[ "$got" = "$1" ] || fail "$got for ${*:2}"
}

html='Accept: text/html'

@test "a program with the key gets the file at once" {
	serve_start --key
	gives 401 file
	gives 200 "file?key=$KEY"
	gives 200 -u "any:$KEY" file
	gives 200 "?key=$KEY"
	gives 301 "dir?key=$KEY"
	[ "$(curl -sSL "${URL}dir?key=$KEY")" = page ]
	gives 206 -r 0-1 "file?key=$KEY"
	gives 401 "file?key=${KEY}x"
	gives 401 -u "$KEY:" file
}

@test "a browser gets a cookie for the key, and a redirect to the URL without it" {
	serve_start --key
	run -0 curl -sSi -H "$html" "${URL}dir/?x=1&key=$KEY"
	[[ $output = "HTTP/1.1 303 See Other"* ]]
	[[ $output = *$'\nLocation: ./?x=1\r'* ]]
	[[ $output =~ $'\nSet-Cookie: serve-'"$PORT"'='[0-9a-f]{32}'; Path=/; HttpOnly; SameSite=Lax'$'\r' ]]
	[[ $output = *$'\nCache-Control: no-store\r'* ]]
	# The cookie alone is enough, and no other value of it.
	curl -sS -c "$OUT.jar" -o /dev/null -H "$html" "${URL}?key=$KEY"
	gives 200 -b "$OUT.jar" file
	gives 401 -b "serve-$PORT=00000000000000000000000000000000" file
	gives 401 -b "serve-$PORT=$KEY" file
	run ! grep "$KEY" "$OUT.jar"
}

@test "the page that asks for the key has a form that posts it" {
	serve_start --key -j 1
	run -0 curl -sSi -H "$html" "${URL}file"
	[[ $output = "HTTP/1.1 401 Unauthorized"* ]]
	[[ $output = *'<form method="post">'*'name="key"'* ]]
	[[ $output = *"form-action 'self'"* ]]
	run -0 curl -sSL -c "$OUT.jar" -b "$OUT.jar" -d "key=$KEY" "${URL}file?key=old"
	[ "$output" = content ]
	gives 200 -b "$OUT.jar" file
	run -0 curl -sS -H "$html" -d key=wrong "${URL}file"
	[[ $output = *"That is not the key."* ]]
	# as browsers send it, because of the Referrer-Policy of the page
	gives 303 -H 'Origin: null' -d "key=$KEY" file
	gives 403 -H 'Origin: https://a.example' -d "key=$KEY" file
	# in pieces, with a request after it
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n' $((4 + ${#KEY})) >&5
	printf 'Content-Type: application/x-www-form-urlencoded\r\n\r\nkey=' >&5
	gives 401 file
	printf '%sGET /file?key=%s HTTP/1.0\r\n\r\n' "$KEY" "$KEY" >&5
	[ "$(timeout 20 grep -ac '^HTTP/1.1 [23]0[03] ' <&5)" = 2 ]
	exec 5>&-
	# and cut off
	printf 'POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nkey=' |
		raw >"$OUT.raw"
	[[ $(head -n 1 "$OUT.raw") = "HTTP/1.1 400 "* ]]
}

# [CURL OPTION]... URL...: everything but the dates of the answers
answers() {
	curl -sSi "$@" | sed '/^Date: /d'
}

@test "responses to a client without the key reveal nothing" {
	local how path paths missing=()

	: >"$ROOT/.hidden"
	mkdir "$ROOT/.well-known" "$ROOT/empty"
	echo '/old /new' >"$ROOT/_redirects"
	ln -s /etc/passwd "$ROOT/out"
	serve_start --key --live
	paths=('' file dir dir/ dir/index.html empty/ .hidden .well-known/ out old
		.serve/live .serve/live.js file/ '%00' '%zz' 'a%2fb' '?archive=zip')
	for path in "${paths[@]}"; do
		missing+=("${URL}no/such/file")
	done
	for how in -G -I '-X POST' '-X DELETE' '-X OPTIONS' '-X BREW' '-r 0-0' \
		'-H Accept:text/html' '-H If-None-Match:*' '-H If-Match:x' \
		'-H Accept-Encoding:identity;q=0' '-H Accept:application/json'; do
		# shellcheck disable=SC2086
		answers $how "${missing[@]}" >"$OUT.missing"
		[ "$(grep -c '^HTTP/1.1 401 Unauthorized' "$OUT.missing")" = 17 ]
		# shellcheck disable=SC2086
		answers $how "${paths[@]/#/$URL}" | diff "$OUT.missing" - ||
			fail "$how differs"
	done
}

@test "for a client without the key no file is opened or looked up" {
	need strace
	[ "$EUID" = 0 ] || skip "needs root"	# to trace a confined process
	serve_start --key
	strace -f -qq -e trace=%file,openat2,fstat,getdents64,read -o "$OUT.trace" -p "$PID" 3>&- &
	tracer=$!
	wait_until grep -q "TracerPid:.*[1-9]" "/proc/$PID/status"
	for path in file dir/ dir ''; do
		gives 401 "$path"
		gives 401 "$path?key=wrong"
	done
	run ! grep -E 'openat|stat|getdents' "$OUT.trace"
	gives 200 "file?key=$KEY"
	wait_until grep -q openat2 "$OUT.trace"
	kill "$tracer"
	wait "$tracer" || :
}

@test "browsers get a challenge of an unknown scheme, other clients one of Basic" {
	serve_start --key
	[ "$(field_of www-authenticate "${URL}file")" = 'Basic realm="serve"' ]
	[ "$(field_of www-authenticate -H "$html" "${URL}file")" = 'Key realm="serve"' ]
	[ "$(field_of www-authenticate -A Mozilla/5.0 "${URL}file")" = 'Key realm="serve"' ]
	[ "$(field_of www-authenticate -H 'Sec-Fetch-Dest: image' "${URL}file")" = 'Key realm="serve"' ]
}

@test "wget sends the key as a password, for one file and for all below a folder" {
	need wget
	echo '<a href="/file">file</a>' >"$ROOT/index.html"
	serve_start --key
	cd "$BATS_TEST_TMPDIR"
	run ! wget -q "${URL}file"
	wget -q --user=me --password="$KEY" "${URL}file"
	[ "$(cat file)" = content ]
	wget -q -r -nH -P all --user=me --password="$KEY" "$URL"
	[ "$(cat all/file)" = content ]
	wget -q -O by-url "${URL}file?key=$KEY"
	[ "$(cat by-url)" = content ]
}

@test "each run generates another key" {
	serve_start --key
	first=$KEY
	[[ $KEY =~ ^[a-km-np-z2-9]{8}$ ]]
	serve_stop TERM
	serve_start --key
	[ "$KEY" != "$first" ]
	gives 401 "file?key=$first"
}

@test "the cookie of a chosen key survives a restart, others do not" {
	local free

	for key in --key=my-own_key --key; do
		serve_start "$key"
		curl -sS -c "$OUT.jar" -o /dev/null -H "$html" "${URL}?key=$KEY"
		gives 200 -b "$OUT.jar" file
		free=$PORT
		serve_stop TERM
		serve_start "$key" -p "$free"
		if [ "$key" = --key ]; then
			gives 401 -b "$OUT.jar" file
		else
			gives 200 -b "$OUT.jar" file
		fi
		serve_stop TERM
	done
}

@test "two servers do not accept each other's cookies" {
	serve_start --key=the-same-key
	one=$URL
	curl -sS -c "$OUT.jar" -o /dev/null -H "$html" "$one?key=$KEY"
	ERR+=2 OUT+=2
	serve_start --key=the-same-key
	[ "$(status_of -b "${OUT%2}.jar" "${URL}file")" = 401 ]
	curl -sS -b "${OUT%2}.jar" -c "${OUT%2}.jar" -o /dev/null -H "$html" "$URL?key=$KEY"
	[ "$(status_of -b "${OUT%2}.jar" "${URL}file")" = 200 ]
	[ "$(status_of -b "${OUT%2}.jar" "${one}file")" = 200 ]
	# Not even under the other's name.
	run -0 grep -o '[0-9a-f]\{32\}' "${OUT%2}.jar"
	[ "$(status_of -b "serve-$PORT=${lines[0]}" "${URL}file")$(
		status_of -b "serve-$PORT=${lines[1]}" "${URL}file")" != 200200 ]
}

@test "a key must be long enough, have only plain characters, and follow '='" {
	for key in short 'with space' 12345678% ''; do
		run -2 "$SERVE" --key="$key" "$ROOT"
		[ "${lines[0]}" = "serve: bad key for --key, want 8 to 128 letters, digits, '-' and '_'" ]
		[ "${lines[1]}" = "Try 'serve --help'." ]
	done
	run -2 "$SERVE" --no-key "$ROOT"
	serve_start --key --key=last-one-counts
	[ "$KEY" = last-one-counts ]
	serve_start --key=first-one --key
	[[ $KEY =~ ^[a-z2-9]{8}$ ]]
}

@test "after ten different wrong keys a client must wait for a minute" {
	serve_start --key
	for i in {1..9} 1 1 2 3; do
		gives 401 "file?key=wrong-$i"
	done
	gives 401 -u "x:wrong-10" file
	gives 429 file?key=wrong-11
	gives 429 file?key=wrong-1
	[ "$(field_of retry-after "${URL}file?key=wrong-12")" = 60 ]
	# A right key, or no key, does not count.
	gives 200 "file?key=$KEY"
	gives 401 file
	gives 401 -b "serve-$PORT=wrong" file
	# Another client is counted separately.
	[ "$(status_of "http://127.0.0.2:$PORT/file?key=wrong-11")" = 401 ] ||
		[ "$(status_of -g "http://[::1]:$PORT/file?key=wrong-11")" = 401 ]
}

# SECONDS [CURL OPTION]... URL: does the response take longer?
takes() {
	local time

	time=$(curl -sS -o /dev/null -w '%{time_total}' "${@:2}")
	awk "BEGIN { exit !($time > $1) }" || fail "$time s"
}

count_clients() {
	grep -c '^\* client ' "$ERR"
}

more_clients() {
	[ "$(count_clients)" -gt "$1" ]
}

@test "beyond a hundred wrong keys a minute each try is answered after a second" {
	serve_start --key -v=curl
	curl -sS -o /dev/null -c "$OUT.jar" -H "$html" "${URL}?key=$KEY"
	curl -sS -o "$OUT.#1" "${URL}file?key=wrong-[1-100]"
	takes 1 "${URL}file?key=wrong"
	# The right key too: otherwise the time would reveal it.
	takes 1 "${URL}file?key=$KEY"
	takes 1 -u "x:$KEY" "${URL}file"
	takes 1 -d "key=$KEY" "${URL}file"
	run ! takes 1 "${URL}file"
	run ! takes 1 -b "$OUT.jar" "${URL}file?key=wrong"
	gives 200 "file?key=$KEY"
	# several in a row, the last one with Connection: close
	printf 'GET /file?key=%s HTTP/1.1\r\nHost: localhost\r\n\r\n' "$KEY" wrong "$KEY" |
		raw | grep -a ^HTTP >"$OUT.raw"
	[ "$(cut -d ' ' -f 2 "$OUT.raw" | xargs)" = "200 429 200" ]
	# A client that leaves is dropped, and one that waits does not delay the
	# end.
	run -28 curl -sS --max-time 0.2 "${URL}file?key=wrong"
	clients=$(count_clients)
	curl -sS "${URL}file?key=wrong" 3>&- &
	wait_until more_clients "$clients"
	serve_stop TERM
	wait $! || :
}

@test "keys and cookies are not written anywhere" {
	local pair format style

	# The log and -v are two outputs: a pair of them tests both.
	for pair in pretty:raw common:numbered combined:curl json:raw; do
		format=${pair%:*} style=${pair#*:}
		serve_start --key --log-format="$format" -v="$style"
		curl -sS -o /dev/null -c "$OUT.jar" -H "$html" "${URL}dir?key=$KEY&x=1"
		curl -sS -o /dev/null -b "$OUT.jar" -e "${URL}?key=$KEY" "${URL}file"
		curl -sS -o /dev/null "${URL}dir?a&key=$KEY"
		curl -sS -o /dev/null "${URL}file?key=wrong-key"
		curl -sS -o /dev/null -u "me:$KEY" "${URL}file"
		curl -sS -o /dev/null -d "key=$KEY" "${URL}file"
		curl -sS -o /dev/null -A "$KEY" -H "Host: $KEY" -X "$KEY" \
			"${URL}?to=%3Fkey%3D$KEY"
		printf 'GET /?key=%s HTTP/1.1\r\nHost : x\r\n\r\n' "$KEY" | raw >/dev/null
		printf 'GET /?key=%s' "$KEY" | raw >/dev/null
		serve_stop TERM
		sed -i 1d "$ERR"
		run ! grep -F -e "$KEY" -e wrong-key "$OUT" "$ERR"
		run ! grep -F -e "$(printf 'me:%s' "$KEY" | base64)" "$OUT" "$ERR"
		run ! grep -F -e "$(tail -n 1 "$OUT.jar" | cut -f 7)" "$OUT" "$ERR"
		[ "$(grep -Fc 'key=***' "$OUT")" -ge 3 ]
		grep -F 'key=***&x=1' "$ERR" >/dev/null
		grep -F 'Authorization: Basic ***' "$ERR" >/dev/null
		grep -F "Cookie: serve-$PORT=***" "$ERR" >/dev/null
	done
}

# PATTERN: print the processes whose arguments match
processes() {
	grep -lasz "$1" /proc/[0-9]*/cmdline || :
}

browser_runs() {
	[ -n "$(processes '^slee[p] 21; true')" ]
}

@test "other users do not see the key among the arguments" {
	BROWSER="sh -c 'sleep 21; true' %s" serve_start --key=secret-in-argv -o
	wait_until browser_runs
	[ -z "$(processes 'secret-in-arg[v]')" ]
	run -0 grep -za '^--key=' "/proc/$PID/cmdline"
	[ "${output%$'\0'}" = '--key=**************' ]
}

@test "neither a core dump nor a debugger reveals the key" {
	serve_as_user
	serve_start --key
	[ "$(stat -c %u "/proc/$PID/mem")" = 0 ]
	run ! "${RUN[@]}" cat "/proc/$PID/maps"
	ulimit -c unlimited
	serve_start
	[ "$(stat -c %u "/proc/$PID/mem")" != 0 ] || [ "${RUN[*]}" = "" ]
}

@test "links and caches do not reveal the key" {
	serve_start --key --max-age 60
	[ "$(field_of referrer-policy "${URL}file?key=$KEY")" = no-referrer ]
	[ "$(field_of referrer-policy "${URL}file")" = no-referrer ]
	[ "$(field_of cache-control "${URL}file?key=$KEY")" = "private, max-age=60" ]
	[ "$(field_of cache-control "${URL}file")" = no-store ]
	serve_start --max-age 60
	[ "$(field_of cache-control "${URL}file")" = max-age=60 ]
	[ -z "$(field_of referrer-policy "${URL}file")" ]
}

@test "a preflight is answered without the key, other OPTIONS are not" {
	serve_start --key --cors=http://other.example
	gives 204 -X OPTIONS -H 'Origin: http://other.example' \
		-H 'Access-Control-Request-Method: GET' file
	gives 401 -X OPTIONS file
	gives 401 -H 'Origin: http://other.example' file
	# A browser sends no body with it, and without a key none reaches an
	# application.
	for body in 'Content-Length: 1' 'Transfer-Encoding: chunked'; do
		gives 401 -X OPTIONS -H 'Origin: http://other.example' \
			-H 'Access-Control-Request-Method: GET' -H "$body" -d x file
	done
}

@test "no website reaches an application without the key" {
	need python3
	cat >"$OUT.py" <<-'END'
		import http.server
		class App(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(200)
		        self.end_headers()
		        self.wfile.write(b"application")
		    do_POST = do_GET
		    def log_message(self, *args):
		        pass
		server = http.server.HTTPServer(("127.0.0.1", 0), App)
		print(server.server_port, flush=True)
		server.serve_forever()
	END
	python3 "$OUT.py" >"$OUT.app" 3>&- &
	app=$!
	wait_until test -s "$OUT.app"
	serve_start --key --proxy "http://127.0.0.1:$(cat "$OUT.app")"
	for header in 'X: y' 'Origin: http://evil.example' 'Sec-Fetch-Site: cross-site'; do
		gives 401 -H "$header" none
		gives 401 -X POST -H "$header" none
		gives 401 -H "$header" file
	done
	[ "$(curl -sS -H 'Origin: http://evil.example' "${URL}none?key=$KEY")" = application ]
	[ "$(curl -sS "${URL}none?key=$KEY")" = application ]
	kill "$app"
}

@test "the Host check precedes the key" {
	serve_start --key
	gives 403 -H 'Host: evil.example' "file?key=$KEY"
}

@test "the banner has the key in each URL, and says who can read" {
	need python3
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 2)
	serve_start --key=shared-key --color=never
	serve_stop TERM
	[ "$(sed -n 1p "$ERR")" = "Serving $(realpath "$ROOT") at http://localhost:$PORT/?key=shared-key" ]
	[ "$(sed -n 2p "$ERR")" = "Only this machine can reach it, with the key (--public shares it). Ctrl-C stops." ]
	serve_start --key=shared-key -b 0.0.0.0 --color=never
	serve_stop TERM
	grep -x "Who has the key can read it. Ctrl-C stops." "$ERR" >/dev/null
	run ! grep 'http://[^?]*$' "$ERR"
}

@test "behind a proxy each of its clients has its own count of wrong keys" {
	serve_start --key=right-key
	wire <<-'EOF'
		def status(key, client):
		    return ask(get(f"/?key={key}",
		        f"X-Forwarded-For: {client}")).status
		assert [status(f"wrong{i}", "192.0.2.1") for i in range(11)] == \
		    [401] * 10 + [429]
		assert status("another", "192.0.2.1") == 429
		assert status("another", "192.0.2.2") == 401
		assert status("another", "192.0.2.1, 192.0.2.3") == 401
	EOF
}
