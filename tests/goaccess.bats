# bats file_tags=once

load helper

# The log as the tools read it that people have.

setup() {
	serve_setup
	echo hello >"$ROOT/a"
	echo hello >"$ROOT/with space"
}

# Requests of every kind that a log sees, $LINES of them, with quotes and
# escapes, from $HOSTS addresses: IPv6 too where there is some.
visit() {
	local host

	HOSTS=0 LINES=0
	for host in 127.0.0.1 '[::1]'; do
		curl -sS -o /dev/null "http://$host:$PORT/" 2>/dev/null || continue
		curl -sS -o /dev/null -A 'say "hi" \ %s é' -e 'http://x/?"' \
			"http://$host:$PORT/a?"{1..5} "http://$host:$PORT/with%20space"
		curl -sSI -o /dev/null "http://$host:$PORT/none%22%5C%0a"
		curl -sS -o /dev/null -X POST "http://$host:$PORT/a"
		curl -sS -o /dev/null -r 0-1 -A '' "http://$host:$PORT/a"
		printf 'GET /caf\xc3\xa9"\\ HTTP/1.0\r\n\r\n' | raw >/dev/null
		HOSTS=$((HOSTS + 1))
		LINES=$((LINES + 11))
	done
	printf '\x16\x03\x01\x02\x00\x01 \n\n' | raw >/dev/null
	LINES=$((LINES + 1))
	serve_stop TERM
	[ "$(wc -l <"$OUT")" = "$LINES" ]
}

@test "goaccess accepts every line of the combined format" {
	need goaccess jq
	serve_start
	visit
	goaccess --log-format=COMBINED --no-progress -o "$BATS_TEST_TMPDIR/report.json" \
		"$OUT" </dev/null
	run -0 jq -c '.general | [.total_requests, .valid_requests, .failed_requests]' \
		"$BATS_TEST_TMPDIR/report.json"
	[ "$output" = "[$LINES,$LINES,0]" ]
}

@test "goaccess accepts every line of the common format" {
	need goaccess jq
	serve_start --log-format=common
	visit
	goaccess --log-format=COMMON --no-progress -o "$BATS_TEST_TMPDIR/report.json" \
		"$OUT" </dev/null
	run -0 jq -c '.general | [.valid_requests, .failed_requests]' \
		"$BATS_TEST_TMPDIR/report.json"
	[ "$output" = "[$LINES,0]" ]
}

@test "goaccess reads the log from a pipe, as in --help" {
	need goaccess jq
	OUT=$BATS_TEST_TMPDIR/pipe
	mkfifo "$OUT"
	goaccess --log-format=COMBINED --no-progress -o "$BATS_TEST_TMPDIR/report.json" - \
		<"$OUT" >/dev/null 2>&1 3>&- &
	reader=$!
	serve_start
	curl -sS -o /dev/null "${URL}a?[1-50]"
	serve_stop TERM
	wait "$reader"
	[ "$(jq .general.valid_requests "$BATS_TEST_TMPDIR/report.json")" = 50 ]
}

@test "the status is the ninth word of every line" {
	serve_start
	visit
	[ "$(awk '$9 ~ /^[2-5][0-9][0-9]$/' "$OUT" | wc -l)" = "$LINES" ]
}

@test "jq parses each line of the json format" {
	need jq
	serve_start --log-format=json
	visit
	run -0 jq -R 'fromjson | .status' "$OUT"
	[ "${#lines[@]}" = "$LINES" ]
	[ "$(jq -r .user_agent "$OUT" | grep -cxF 'say "hi" \ %s é')" = $((6 * HOSTS)) ]
}

@test "lnav detects the access log and its fields" {
	need lnav
	serve_start
	visit
	HOME=$BATS_TEST_TMPDIR run -0 lnav -n \
		-c ';SELECT sc_status, cs_method, cs_uri_stem, sc_bytes FROM access_log WHERE cs_uri_query = 3' \
		-c ':write-csv-to -' "$OUT"
	[ "${lines[1]}" = "200,GET,/a,6" ]
}
