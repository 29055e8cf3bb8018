load wire

# The access log if stdout is not a terminal, and what happens if nobody reads
# it.

# COUNT LENGTH: send this many requests on one connection, with a User-Agent of
# this length; fail if one gets no response
visits() {
	timeout 60 curl -sS -o /dev/null --fail -A "$(letters "$2")" "${URL}a?[1-$1]"
}

letters() {
	printf '%*s' "$1" '' | tr ' ' u
}

# N FILE: its lines, with "long" for a user agent of N letters at their end: a
# regular expression of that length takes seconds.
shorten() {
	awk -v agent="\"$(letters "$1")\"" '{
			at = length($0) - length(agent) + 1
			if (substr($0, at) == agent)
				$0 = substr($0, 1, at - 1) "\"long\""
			print
		}' "$2"
}

# FILE COUNT: does it have this many complete lines, or more?
has_lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

said() {
	grep -q "^serve: $1" "$ERR"
}

# stdout is a pipe, and READER copies it to $GOT.
pipe_stdout() {
	OUT=$BATS_TEST_TMPDIR/pipe
	GOT=$BATS_TEST_TMPDIR/got
	mkfifo "$OUT"
	"$@" <"$OUT" >"$GOT" 3>&- &
	READER=$!
}

setup() {
	serve_setup
	echo hello >"$ROOT/a"
}

teardown() {
	kill -CONT "${RUNNING[@]}" ${READER:+"$READER"} 2>/dev/null || :
	serve_teardown
}

combined='^127\.0\.0\.1 - - \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}(:[0-9]{2}){3} [+-][0-9]{4}\]'

@test "the log names the client that a proxy on this machine names" {
	need jq
	serve_start --log-format=json
	wire <<-'EOF'
		client = Client()
		for values in (
		        ["192.0.2.1"], ["192.0.2.9, 192.0.2.2"], ["a, 192.0.2.3, b"],
		        ["192.0.2.9", "192.0.2.4"], ["192.0.2.5:4321"],
		        ["2001:DB8:0::1"], ["[2001:db8::2]"], ["[2001:db8::3]:80"],
		        ["unknown"], [""], ["1.2.3"], ["1.2.3.4:99999"], []):
		    fields = ["X-Forwarded-For: " + v for v in values]
		    assert client.ask(get("/", *fields)).status == 200
	EOF
	serve_stop TERM
	run -0 jq -r '"\(.client) \(.port)"' "$OUT"
	own=$(jq -r .port "$OUT" | tail -n 1)
	[ "$output" = "192.0.2.1 null
192.0.2.2 null
192.0.2.3 null
192.0.2.4 null
192.0.2.5 4321
2001:db8::1 null
2001:db8::2 null
2001:db8::3 80
127.0.0.1 $own
127.0.0.1 $own
127.0.0.1 $own
1.2.3.4 null
127.0.0.1 $own" ]
}

@test "a client on another machine cannot name another client" {
	need ip
	need_unshare --net
	# shellcheck disable=SC2016
	RUN=(unshare --net sh -c 'ip link set lo up
		ip addr add 192.0.2.7/32 dev lo; exec "$@"' -)
	serve_start -b 192.0.2.7
	nsenter --net --target "$PID" curl -sS -o /dev/null \
		-H 'X-Forwarded-For: 198.51.100.1' "http://192.0.2.7:$PORT/"
	serve_stop TERM
	grep '^192.0.2.7 - - ' "$OUT"
}

@test "combined is the default if stdout is not a terminal" {
	serve_start
	curl -sS -A Moz/5 -e http://a/b "${URL}a?q=1"
	serve_stop TERM
	grep -Ex "${combined#^} \"GET /a\?q=1 HTTP/1.1\" 200 6 \"http://a/b\" \"Moz/5\"" "$OUT"
	[ "$(wc -l <"$OUT")" = 1 ]
}

@test "a line of common ends after the bytes" {
	serve_start --log-format=common
	curl -sS "${URL}a"
	serve_stop TERM
	grep -Ex "${combined#^} \"GET /a HTTP/1.1\" 200 6" "$OUT"
}

@test "an IPv6 client is logged without brackets" {
	grep -q ' lo$' /proc/net/if_inet6 || skip "needs IPv6"
	serve_start -b ::1
	curl -sS "${URL}a"
	serve_stop TERM
	grep '^::1 - - \[' "$OUT"
}

@test "the time is local, with its offset from UTC" {
	export TZ='<-0330>3:30'
	serve_start
	before=$(date +%s)
	curl -sS "${URL}a"
	serve_stop TERM
	run -0 sed 's/.*\[\(..\).\(...\).\(....\):\(.*\) \(.....\)\].*/\1 \2 \3 \4 \5/' "$OUT"
	[[ $output == *" -0330" ]]
	logged=$(date -d "$output" +%s)
	[ "$logged" -ge "$before" ]
	[ "$logged" -le "$(date +%s)" ]
}

@test "quotes, backslashes and bytes that are not printable become \\xHH" {
	serve_start
	printf 'GET /a HTTP/1.1\r\nHost: localhost\r\nReferer: "\\\xff\t~\r\nConnection: close\r\n\r\n' |
		raw
	serve_stop TERM
	grep -F ' 200 6 "\x22\x5C\xFF\x09~" "-"' "$OUT"
}

@test "input that is not HTTP is logged as - - -, so that awk finds the status" {
	serve_start
	curl -sS "${URL}a"
	curl -sS "${URL}none"
	printf '\x16\x03\x01 hello there\r\n\r\n' | raw
	printf 'GET / HTTP/1.1 and more\r\n\r\n' | raw
	serve_stop TERM
	grep -F '] "- - -" 400 ' "$OUT"
	[ "$(awk '{ print $9 }' "$OUT" | xargs)" = "200 404 400 400" ]
}

@test "the logged bytes are those of the body that were sent" {
	printf 0123456789 >"$ROOT/ten"
	truncate -s 100M "$ROOT/big"
	serve_start
	curl -sSI "${URL}ten"
	curl -sS -r 2-4 "${URL}ten"
	parts=$(curl -sS -r 0-9,20-29 "${URL}big" | wc -c)
	curl -sS --no-keepalive "${URL}big" | head -c 1000 >/dev/null || :
	wait_until has_lines "$OUT" 4
	serve_stop TERM
	[ "$(awk '{ print $9, $10 }' "$OUT" | head -n 3 | xargs)" = \
		"200 0 206 3 206 $parts" ]
	sent=$(awk 'NR == 4 { print $10 }' "$OUT")
	[ "$sent" -ge 1000 ]
	[ "$sent" -lt 104857600 ]
}

@test "-q turns the access log off" {
	serve_start -q
	curl -sS "${URL}a"
	serve_stop TERM
	[ ! -s "$OUT" ]
}

@test "json has its keys in order, and null for absent values" {
	need jq
	serve_start -j 1 --log-format=json
	curl -sS -A '' "${URL}a%20b/?q"
	printf 'nonsense\r\n\r\n' | raw
	serve_stop TERM
	run -0 jq -r 'keys_unsorted | join(" ")' "$OUT"
	[ "${lines[0]}" = "time client method path protocol status bytes duration referer user_agent host complete encoding range note port upstream upstream_duration" ]
	[ "${lines[1]}" = "${lines[0]}" ]
	run -0 jq -c 'del(.time, .duration)' "$OUT"
	[ "${lines[0]}" = '{"client":"127.0.0.1","method":"GET","path":"/a%20b/?q","protocol":"HTTP/1.1","status":404,"bytes":'"$(jq -s '.[0].bytes' "$OUT")"',"referer":null,"user_agent":null,"host":"'"localhost:$PORT"'","complete":true,"encoding":null,"range":null,"note":null,"port":'"$(jq -s '.[0].port' "$OUT")"',"upstream":null,"upstream_duration":null}' ]
	run -0 jq -c '[.method, .path, .protocol, .referer, .host]' "$OUT"
	[ "${lines[1]}" = '[null,null,null,null,null]' ]
}

@test "json has encoding, range, completeness, port and note" {
	need jq
	printf 0123456789 >"$ROOT/ten"
	gzip -k "$ROOT/ten"
	touch "$ROOT/.env"
	mkdir "$ROOT/docs"
	truncate -s 100M "$ROOT/big"
	serve_start -j 1 --log-format=json
	local=$(curl -sS -o /dev/null -w '%{local_port}' -r 2-4 "${URL}ten")
	curl -sS -o /dev/null -H 'Accept-Encoding: gzip' "${URL}ten"
	curl -sS -o /dev/null "${URL}.env"
	curl -sS -o /dev/null "${URL}docs"
	curl -sS "${URL}big" | head -c 1000 >/dev/null || :
	wait_until has_lines "$OUT" 5
	serve_stop TERM
	run -0 jq -c '[.complete, .encoding, .range, .note]' "$OUT"
	[ "${lines[0]}" = '[true,null,"bytes 2-4/10","bytes 2-4"]' ]
	[ "${lines[1]}" = '[true,"gzip",null,null]' ]
	[ "${lines[2]}" = '[true,null,null,"hidden; --hidden serves it"]' ]
	[[ ${lines[3]} = '[true,null,null,"-> '*docs/'"]' ]]
	[[ ${lines[4]} = '[false,null,null,"client left after '*'%"]' ]]
	[ "$(jq -s '.[0].port' "$OUT")" = "$local" ]
}

@test "how a transfer ended follows its other notes" {
	need jq
	truncate -s 100M "$ROOT/big"
	echo '/w /big 200' >"$ROOT/_redirects"
	serve_start -j 1 --log-format=json
	curl -sS -r 9- "${URL}big" | head -c 1000 >/dev/null || :
	curl -sS "${URL}w" | head -c 1000 >/dev/null || :
	curl -sS "$URL?archive=tar" | head -c 1000 >/dev/null || :
	wait_until has_lines "$OUT" 3
	serve_stop TERM
	run -0 jq -r .note "$OUT"
	[[ ${lines[0]} = '(bytes 9-104857599)  (client left after '*'%)' ]]
	[[ ${lines[1]} = '(_redirects line 1)  (client left after '*'%)' ]]
	[ "${lines[2]}" = 'client left' ]
}

# As logrotate's copytruncate does.
@test "a log that was truncated is appended to" {
	serve_start
	curl -sS -o /dev/null "${URL}a?1"
	wait_until has_lines "$OUT" 1
	: >"$OUT"
	curl -sS -o /dev/null "${URL}a?2"
	wait_until has_lines "$OUT" 1
	[ "$(head -c 10 "$OUT")" = "127.0.0.1 " ]
	serve_stop TERM
	[ "$(wc -l <"$OUT")" = 1 ]
}

@test "other programs can append to the same file" {
	bash -c '"$1" --log-format=common -p 0 "$2" -- \
		sh -c "curl -sS -o /dev/null \$SERVE_URL"; echo after >&2' \
		- "$SERVE" "$ROOT" 2>"$OUT" 3>&-
	[ "$(tail -n 1 "$OUT")" = after ]
	grep '"GET / HTTP/1.1" 200' "$OUT"
}

@test "json: the time is RFC 3339, the duration in seconds" {
	need jq
	export TZ='<+0530>-5:30'
	serve_start --log-format=json
	curl -sS "${URL}a"
	serve_stop TERM
	grep -E '^\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}\+05:30"' "$OUT"
	grep -E '"duration":[0-9]+\.[0-9]{6},' "$OUT"
	jq -e '.duration < 5' "$OUT"
}

# Send every byte value in the path, the method and a field, each on a new
# connection; print the number of responses.
send_every_byte() {
	python3 - "$PORT" <<-'EOF'
		import socket, sys
		forms = [b"GET /a%s HTTP/1.1\r\nHost: localhost\r\n",
		         b"G%sT /a HTTP/1.1\r\nHost: localhost\r\n",
		         b"GET /a HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a%sb\r\n"]
		answers = 0
		for form in forms:
		    for byte in range(256):
		        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		        s.sendall(form % bytes([byte]) + b"Connection: close\r\n\r\n")
		        s.shutdown(socket.SHUT_WR)
		        answers += s.makefile("rb").read().count(b"HTTP/1.1 ")
		print(answers)
	EOF
}

@test "each line of json is valid, whatever bytes a client sends" {
	need jq python3
	serve_start --log-format=json
	run -0 send_every_byte
	[ "$output" -ge 768 ]
	serve_stop TERM
	[ "$(wc -l <"$OUT")" = "$output" ]
	[ "$(jq -R 'fromjson | .status' "$OUT" | grep -Ec '^[2-5]..$')" = "$output" ]
	run ! grep -aP '[\x00-\x1f\x7f]' "$OUT"
}

@test "a line of combined is printable ASCII, whatever bytes a client sends" {
	need python3
	serve_start
	run -0 send_every_byte
	[ "$output" -ge 768 ]
	serve_stop TERM
	[ "$(wc -l <"$OUT")" = "$output" ]
	[ "$(LC_ALL=C grep -Ec "$combined \"[^ \"]+ [^ \"]+ [^ \"]+\" [2-5][0-9]{2} [0-9]+ \"-\" \"[ -!#-~]*\"\$" "$OUT")" = "$output" ]
}

@test "a log reader that stops delays no request, and lost lines are counted" {
	pipe_stdout cat
	serve_start
	kill -STOP "$READER"
	visits 800 4000
	wait_until said "log reader too slow, [0-9]* lines\? lost\$"
	kill -CONT "$READER"
	wait_until has_lines "$GOT" 250		# 1 MiB of them
	serve_stop TERM
	wait "$READER"
	lost=$(sed -n 's/^serve: log reader too slow, \([0-9]*\) lines* lost$/\1/p' "$ERR" | paste -sd+)
	kept=$(shorten 4000 "$GOT" |
		grep -Ec "$combined .* 200 6 \"-\" \"long\"\$")
	[ "$(wc -l <"$GOT")" = "$kept" ]
	[ $((kept + lost)) = 800 ]
}

# One line in four fits the backlog and the pipe.
@test "lost lines are reported although the log reader has gone since" {
	pipe_stdout cat
	serve_start
	kill -STOP "$READER"
	visits 1200 4000
	wait_until said "log reader too slow, [0-9]* lines\? lost\$"
	kill -KILL "$READER"
	visits 1 10
	wait_until said "nobody reads the log any more; still serving"
	visits 1 10
	serve_stop TERM
	lost=$(sed -n 's/^serve: log reader too slow, \([0-9]*\) lines* lost$/\1/p' "$ERR" | paste -sd+)
	[ $((lost)) -gt 800 ]
}

@test "a log reader that continues gets the lines that waited" {
	pipe_stdout cat
	serve_start -j 1
	# The second time, the lines that wait wrap round the end of the buffer.
	for lines in 200 400; do
		kill -STOP "$READER"
		visits 200 4000
		kill -CONT "$READER"
		wait_until has_lines "$GOT" "$lines"
	done
	run ! said "log reader"
}

@test "lines of several threads never mix" {
	need python3
	pipe_stdout python3 -c '
import os, time
while data := os.read(0, 7777):
    os.write(1, data)
    time.sleep(0.0002)'
	serve_start -j 4
	for _ in {1..8}; do
		visits 150 3000 &
		clients+=($!)
	done
	wait "${clients[@]}"
	serve_stop TERM
	wait "$READER"
	[ "$(wc -l <"$GOT")" -ge 20 ]		# more than a pipe holds
	run ! grep -Ev "$combined \"GET /a\?[0-9]+ HTTP/1.1\" 200 6 \"-\" \"long\"\$" \
		<(shorten 3000 "$GOT")
}

@test "a log reader that has gone is reported once, and files are still served" {
	pipe_stdout head -n 1
	serve_start
	curl -sS "${URL}a"
	wait "$READER"
	visits 20 10
	curl -sS "${URL}a" | grep hello
	wait_until said "nobody reads the log any more; still serving"
	serve_stop TERM
	[ "$(grep -c '^serve: ' "$ERR")" = 1 ]
}

@test "a closed stdout counts as a log reader that has gone" {
	RUN=(bash -c 'exec "$@" >&-' bash)
	serve_start
	visits 20 10
	[ "$(curl -sS "${URL}a")" = hello ]
	serve_stop TERM
	run ! said "cannot"
}

@test "a full disk is reported once, and files are still served" {
	OUT=/dev/full
	serve_start
	visits 20 10
	[ "$(curl -sS "${URL}a")" = hello ]
	wait_until said "cannot write the log: No space left on device; still serving"
	[ "$(grep -c "cannot write" "$ERR")" = 1 ]
}

visited_and_written() {
	visits 1 3000
	has_lines "$disk/log" 6
}

@test "lines that did not fit on a full disk are written when there is room again" {
	[ "$EUID" = 0 ] || skip "needs root"
	need_unshare --mount
	dir=$BATS_TEST_TMPDIR/disk
	mkdir "$dir"
	# shellcheck disable=SC2016
	RUN=(unshare -m bash -c 'mount -t tmpfs -o size=1m none "$0" && exec "$@" >"$0/log"' "$dir")
	serve_start
	disk=/proc/$PID/root$dir
	cat /dev/zero >"$disk/fill" || :
	visits 5 3000
	wait_until said "cannot write the log: No space left on device"
	rm "$disk/fill"
	wait_until visited_and_written
	run ! grep -Ev "$combined .* \"long\"\$" <(shorten 3000 "$disk/log")
}

@test "stdout may be a socket, whether it is read or not" {
	need python3
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" socket 1)
	serve_start
	visits 10 10
	wait_until has_lines "$OUT" 10
	kill -STOP "$PID"
	visits 800 4000
	kill -CONT "$PID"
	wait_until said "log reader too slow"
	serve_stop TERM
	[ "$(head -n 10 "$OUT" | grep -Ec "$combined .* \"u{10}\"\$")" = 10 ]
}

@test "a log file continues at the offset that the shell left" {
	# shellcheck disable=SC2016
	RUN=(bash -c 'echo first; exec "$@"' bash)
	serve_start
	curl -sS "${URL}a"
	serve_stop TERM
	[ "$(head -n 1 "$OUT")" = first ]
	[ "$(wc -l <"$OUT")" = 2 ]
}

# FD: does a write to this descriptor of serve return at once?
is_nonblocking() {
	local flags

	flags=$(awk '/^flags:/ { print $2 }' "/proc/$PID/fdinfo/$1")
	[ $((8#$flags & 8#4000)) != 0 ]
}

@test "descriptors shared with other processes stay blocking, serve's own do not block" {
	pipe_stdout cat
	serve_start
	run ! is_nonblocking 1
	run ! is_nonblocking 2
	pipe=$(readlink "/proc/$PID/fd/1")
	own=$(find "/proc/$PID/fd" -lname "$pipe" ! -name 1 -printf '%f')
	is_nonblocking "$own"
}

@test "the log keeps 1 KiB of each field of a long transfer" {
	need jq
	head -c 20000000 /dev/urandom >"$ROOT/large"
	serve_start -j 1 --log-format json
	long=$(printf '%3000s' '' | tr ' ' u)
	curl -sS -o /dev/null -A "$long" -e "$long" "${URL}large?$long"
	curl -sS -o /dev/null -A "$long" "${URL}large" -I
	serve_stop TERM
	run -0 jq '.user_agent, .referer, .path | length' "$OUT"
	[ "${lines[*]}" = "1024 1024 1024 3000 0 6" ]
}
