# Response heads of applications: their fields, and where the body ends.

load helper

OK='HTTP/1.1 200 OK\r\n'
LENGTH='Content-Length: 5\r\n'
CHUNKED='Transfer-Encoding: chunked\r\n'

# METHOD MEANING HEAD...: each is a whole head, taken to its last byte, with
# this status, version, framing and persistence of the connection; \ as in %b.
means() {
	local head got

	for head in "${@:3}"; do
		got=$(printf %b "${head}HTTP/1.1 200" | "$DRIVER" response "$1")
		[ "$(head -n 2 <<<"$got")" = \
			"$(printf %b "$head" | wc -c)"$'\n'"$2" ] ||
			fail "$head: $got" || return
		got=$(printf %b "$head" | "$DRIVER" response-cuts "$1")
		[ "$got" = 0 ] || fail "$head: $got" || return
	done
}

# RESULT BYTES...: 0 for incomplete, -502 for refused.
result() {
	local head got

	for head in "${@:2}"; do
		got=$(printf %b "$head" | "$DRIVER" response GET | head -n 1)
		[ "$got" = "$1" ] ||
			fail "${head:0:300}: $got, not $1" || return
	done
}

# FRAMING BODY LINE...: the driver prints these lines for the body; \ as in %b.
data() {
	run "$DRIVER" body-data "$1" < <(printf %b "$2")
	[ "$output" = "$(printf '%s\n' "${@:3}")" ] ||
		fail "$2: $output"
}

@test "RFC 9112 4: a status line has a version, three digits and a reason" {
	means GET '200 1.1 length 5 keep' "$OK$LENGTH\r\n" \
		"HTTP/1.1 200 \r\n$LENGTH\r\n" "HTTP/1.1 200\r\n$LENGTH\r\n" \
		"HTTP/1.9 200 \tA \xff b \r\n$LENGTH\r\n"
	run "$DRIVER" response GET < <(printf "HTTP/1.1 404  No such \r\n\r\n")
	[ "${lines[2]}" = 'reason No such' ]
	means GET '999 1.0 close close' 'HTTP/1.0 999 What\n\n'
	result -502 'HTTP/1.1  200 OK\r\n' 'HTTP/1.1 2000\r\n' \
		'HTTP/1.1 20 \r\n' 'HTTP/1.1 099 \r\n' 'HTTP/1.1 2x0' \
		'HTTP/1.1200' 'HTTP/1.1\t200' ' HTTP/1.1 200' \
		'HTTP/1.1 200 a\x01\r\n' 'HTTP/1.1 200 a\rb'
}

@test "RFC 9112 4: another protocol is refused at its first byte" {
	result -502 'SSH-2.0-OpenSSH_9.2\r\n' 'S' 'http/1.1 200' 'HTTP/2' \
		'HTTP/0.9' '\r\nHTTP/1.1 200 OK\r\n' '<html>' '\x15\x03' \
		'220 mail' '\x00\x00\x12\x04'
	result 0 '' H HTTP/1 'HTTP/1.1 200' "$OK" "$OK\r"
}

@test "RFC 9112 5: a response has the same field syntax as a request" {
	run "$DRIVER" response GET < <(printf \
		'HTTP/1.1 204 x\r\nSet-Cookie:a\r\nset-cookie: \t b\tc \r\n\r\n')
	[ "${lines[3]}" = 'Set-Cookie: a' ]
	[ "${lines[4]}" = 'set-cookie: b\x09c' ]
	result -502 "${OK}A : b\r\n" "${OK} folded\r\n" "${OK}A\r\n" \
		"${OK}A: b\n\r\n" "${OK}A: b\0\r\n"
}

@test "RFC 9112 6.3: the head decides where the body ends" {
	means GET '200 1.1 length 5 keep' "$OK$LENGTH\r\n"
	means GET '200 1.1 length 0 keep' "${OK}Content-Length:0\r\n\r\n"
	means GET '200 1.1 chunked keep' "$OK$CHUNKED\r\n" \
		"${OK}transfer-encoding:CHUNKED\r\n\r\n"
	means GET '200 1.1 close close' "$OK\r\n"
	means GET '404 1.0 close close' 'HTTP/1.0 404 x\r\n\r\n'
}

@test "RFC 9112 6.3: HEAD, 1xx, 204 and 304 have no body" {
	means HEAD '200 1.1 none close' "$OK\r\n" "$OK$CHUNKED\r\n"
	means HEAD '200 1.1 none 5 close' "$OK$LENGTH\r\n"
	means GET '204 1.1 none keep' 'HTTP/1.1 204 \r\n\r\n'
	means GET '304 1.1 none keep' 'HTTP/1.1 304 \r\n\r\n'
	means GET '304 1.1 none 0 keep' \
		'HTTP/1.1 304 \r\nContent-Length: 0\r\n\r\n'
	# Each of these announces a body.
	means GET '204 1.1 none close' "HTTP/1.1 204 \r\n$CHUNKED\r\n"
	means GET '304 1.1 none 5 close' "HTTP/1.1 304 \r\n$LENGTH\r\n"
	means GET '100 1.1 none keep interim' 'HTTP/1.1 100 \r\n\r\n'
	means GET '103 1.1 none keep interim' \
		'HTTP/1.1 103 \r\nLink: </a>\r\n\r\n'
	means GET '101 1.1 none close' \
		'HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n'
}

@test "RFC 9112 6.3: a head with two framings or a bad length is refused" {
	result -502 "$OK$LENGTH$LENGTH\r\n" "$OK$LENGTH$CHUNKED\r\n" \
		"$OK$CHUNKED$CHUNKED\r\n" "${OK}Content-Length: 5, 5\r\n\r\n" \
		"${OK}Content-Length: +5\r\n\r\n" \
		"${OK}Content-Length: -1\r\n\r\n" \
		"${OK}Content-Length:\r\n\r\n" \
		"${OK}Content-Length: 18446744073709551616\r\n\r\n" \
		"${OK}Transfer-Encoding: gzip\r\n\r\n" \
		"${OK}Transfer-Encoding: gzip, chunked\r\n\r\n" \
		"${OK}Transfer-Encoding: chunked, identity\r\n\r\n" \
		"${OK}Transfer-Encoding:\r\n\r\n" \
		"HTTP/1.0 200 OK\r\n$CHUNKED\r\n"
	means GET '200 1.1 length 18446744073709551615 keep' \
		"${OK}Content-Length: 18446744073709551615\r\n\r\n"
}

@test "RFC 9112 9.3: a connection persists if both sides know its state" {
	means GET '200 1.1 length 5 close' "$OK${LENGTH}Connection: Close\r\n\r\n" \
		"$OK${LENGTH}Connection: keep-alive, x\r\nConnection: close\r\n\r\n"
	means GET '200 1.0 length 5 close' "HTTP/1.0 200 OK\r\n$LENGTH\r\n"
	means GET '200 1.0 length 5 keep' \
		"HTTP/1.0 200 OK\r\n${LENGTH}Connection: keep-alive\r\n\r\n"
	means GET '200 1.0 close close' \
		'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n'
}

@test "a response head may have 100 field lines and 32 KiB" {
	fields=$(for i in {1..100}; do printf 'A: b\\r\\n'; done)
	means GET '204 1.1 none keep' "HTTP/1.1 204 \r\n$fields\r\n"
	result -502 "HTTP/1.1 204 \r\n${fields}A: b\r\n\r\n"
	long=$(printf '%32745s' '' | tr ' ' a)
	result 32768 "${OK}A:$long\r\n\r\n"
	result -502 "${OK}A:a$long\r\n\r\n"
	result 0 "${OK}A:$long\r\n\r"
}

@test "RFC 9112 7.1: a body is read without its framing" {
	data chunked '3;a="b"\r\nabc\r\n0a\r\n0\r\n\r\nabcde\r\n0\r\nA: b\r\n\r\nx' \
		'data abc' 'data 0\x0d\x0a\x0d\x0aabcde' whole
	data chunked '0\r\n\r\n' whole
	data chunked '3\r\nab' 'data ab' cut
	data chunked '3\r\nabc' 'data abc' cut
	data chunked '3\r\nabc\r\n0\r\n' 'data abc' cut
	data chunked '3\r\nabcd' 'data abc' -400
}

@test "RFC 9112 8: a body that ends early is incomplete, unless close is its framing" {
	data 5 hello-and-more 'data hello' whole
	data 5 hell 'data hell' cut
	data 0 '' whole
	data close 'a\r\n0\r\n' 'data a\x0d\x0a0\x0d\x0a' whole
	data close '' whole
}
