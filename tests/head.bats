# Request heads: which are accepted, which are refused, and where they end.

load helper

GET='GET / HTTP/1.1\r\n'
HOST='Host: a\r\n'
CHUNKED='Transfer-Encoding: chunked\r\n'
EXPECT='Expect: 100-continue\r\nContent-Length: 1\r\n'

# HEAD...: each is a whole request head, taken to its last byte; \ as in %b.
taken() {
	local head got

	for head; do
		got=$(printf %b "$head" | "$DRIVER" head | head -n 1)
		[ "$got" = "$(printf %b "$head" | wc -c)" ] ||
			fail "${head:0:300}: $got" || return
	done
}

# RESULT HEAD...: 0 for incomplete, -STATUS for refused.
result() {
	local head got

	for head in "${@:2}"; do
		got=$(printf %b "$head" | "$DRIVER" head | head -n 1)
		[ "$got" = "$1" ] ||
			fail "${head:0:300}: $got, not $1" || return
	done
}

# LINE HEAD...: the driver prints LINE for each.
says() {
	local head

	for head in "${@:2}"; do
		printf %b "$head" | "$DRIVER" head | grep -qxF -e "$1" ||
			fail "$head: not '$1'" || return
	done
}

# FIELDS...: print a request head with each.
heads() {
	HEADS=()
	for fields; do
		HEADS+=("$GET$HOST$fields\r\n")
	done
}

# N CHARACTER: print that many.
repeat() {
	printf "%*s" "$1" '' | tr ' ' "$2"
}

@test "RFC 9112 2.1: a head ends with its empty line" {
	taken "$GET$HOST\r\n" "$GET${HOST}A: b\r\nC: d\r\n\r\n"
	printf %b "$GET$HOST\r\n$GET" | "$DRIVER" head | grep -qx 27
	result 0 '' G GET 'GET ' 'GET /' 'GET / ' "$GET" "$GET$HOST" \
		"$GET$HOST\r"
}

@test "RFC 9112 2.2: a head is incomplete until its last byte" {
	for head in "$GET$HOST\r\n" '\r\n\n'"$GET$HOST\r\n" \
		'OPTIONS * HTTP/1.0\n\n' \
		'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n' \
		"POST http://[::1]:80/?a HTTP/1.9\r\n${HOST}$CHUNKED\r\n" \
		"$GET${HOST}Connection: keep-alive, x\r\n$EXPECT\r\n" \
		"$GET${HOST}X-Y:\t a\tb \t\r\nRange:\r\nrange: \xff\r\n\r\n"
	do
		run "$DRIVER" head-cuts < <(printf %b "$head")
		[ "$output" = 0 ] || fail "$head: $output"
	done
}

@test "RFC 9112 2.2: if a bare LF ends the first line, it ends all lines" {
	taken 'GET / HTTP/1.1\nHost: a\n\n' 'GET / HTTP/1.0\n\n' \
		'\r\nGET / HTTP/1.0\n\n' '\nGET / HTTP/1.0\r\n\r\n'
}

@test "RFC 9112 2.2: a head that mixes CR LF and bare LF is refused" {
	result -400 'GET / HTTP/1.1\nHost: a\r\n\n' \
		'GET / HTTP/1.1\nHost: a\n\r\n' \
		"$GET"'Host: a\n\r\n' "$GET$HOST\n" \
		"$GET"'Host: a\nContent-Length: 1\r\n\r\n' \
		'GET / HTTP/1.0\n\r\n' 'GET / HTTP/1.0\r\n\n'
}

@test "RFC 9112 2.2: a bare CR is refused anywhere in a head" {
	result -400 'G\rET / HTTP/1.1\r\n' 'GET /\r HTTP/1.1\r\n' \
		'GET /\ra HTTP/1.1\r\n' 'GET / HTTP/1.1\ra' \
		'GET / HTTP/1.1\r\r\n' "$GET\rHost: a\r\n" "${GET}Ho\rst: a" \
		"${GET}Host:\ra" "${GET}Host: a\rB: c\r\n" \
		"${GET}Host: a\r\r\n" "$GET$HOST\r\r\n" '\r\r\n' \
		'\rGET / HTTP/1.1'
}

@test "RFC 9112 2.2: a CR at the end of the input may be followed by an LF" {
	result 0 '\r' 'GET / HTTP/1.1\r' "${GET}Host: a\r" "$GET$HOST\r"
}

@test "RFC 9112 2.2: up to eight empty lines before a request are ignored" {
	taken "\r\n$GET$HOST\r\n" "\n$GET$HOST\r\n" \
		"\r\n\n\r\n\n\r\n\n\r\n\n$GET$HOST\r\n"
	result -400 "\n\n\n\n\n\n\n\n\n$GET$HOST\r\n" \
		'\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r'
	result 0 '\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n'
}

@test "RFC 9112 2.2: a blank before the method or the first field is refused" {
	result -400 "$GET $HOST\r\n" "$GET\t$HOST\r\n" "$GET \r\n" " $GET" \
		"\t$GET"
}

@test "RFC 9112 2.3: minor versions above 1.1 are treated as 1.1" {
	says 'served as get, 1.0' 'GET / HTTP/1.0\r\n\r\n'
	for minor in 1 2 5 9; do
		says 'served as get, 1.1' "GET / HTTP/1.$minor\r\n$HOST\r\n"
	done
}

@test "RFC 9112 2.3: other major versions get 505 before the line ends" {
	result -505 'GET / HTTP/2.0\r' 'GET / HTTP/0.9\r\n' 'GET / HTTP/3.1\r' \
		'FOO / HTTP/0.0\r\n' 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
}

@test "RFC 9112 2.3: a request line without a version is HTTP/0.9" {
	result -505 'GET /\r\n' 'GET /\n' 'GET http://a/\r\n'
	result 0 'GET /\r'
	result -400 'GET\r\n' 'GET \r\n' 'GET / \r\n' 'GET  \r\n'
}

@test "RFC 9112 2.3: a malformed version gets 400" {
	result -400 'GET / http/1.1\r\n' 'GET / HTTP/1\r\n' \
		'GET / HTTP/1.10\r\n' 'GET / HTTP/11.1\r\n' \
		'GET / HTTP/1,1\r\n' 'GET / HTTP/1.x\r\n' 'GET / HTTP/x.1\r\n' \
		'GET / HTTP/1.1x\r\n' 'GET / HTTP 1.1\r\n' \
		'GET / HTTPS/1.1\r\n' 'GET / HTTP/-1.1\r\n' \
		'GET / HTTP/1.\r\n' 'GET / FTP\r\n' 'GET / HTTP/\r\n'
}

@test "RFC 9112 3: exactly one space separates the parts of a request line" {
	result -400 'GET  / HTTP/1.1\r\n' 'GET /  HTTP/1.1\r\n' \
		'GET / HTTP/1.1 \r\n' 'GET\t/ HTTP/1.1\r\n' \
		'GET /\tHTTP/1.1\r\n' 'GET / HTTP/1.1\t\r\n' \
		'GET /\x0bHTTP/1.1\r\n' 'GET /a b HTTP/1.1\r\n' \
		'GET / HTTP/1.1 x\r\n'
}

@test "RFC 9112 3: a request line may have 8192 bytes, one more is 414" {
	longest=/$(repeat 8178 a)
	taken "GET $longest HTTP/1.1\r\n$HOST\r\n" \
		"GET $longest HTTP/1.1\nHost: a\n\n"
	result 0 "GET $longest HTTP/1.1\r" "GET ${longest}aaaaaaaaaa"
	result -414 "GET ${longest}a HTTP/1.1\r\n" \
		"GET ${longest}a HTTP/1.1\n" "GET ${longest}aaaaaaaaaaa" \
		"GET /$(repeat 30000 a)" \
		"GET / HTTP/1.1$(repeat 9000 1)"
}

@test "RFC 9112 3: a method longer than any known one gets 501" {
	result 0 "$(repeat 8193 A)"
	result -501 "$(repeat 8194 A)" "$(repeat 9000 A)"
	# However much of the line has arrived.
	result -501 "$(repeat 8194 A) / HTTP/1.1\r\n" "$(repeat 9000 A) /"
	result -414 "$(repeat 8190 A) / HTTP/1.1\r\n"
}

@test "RFC 9112 3.1: a method that is not a token gets 400" {
	result -400 'G@T / HTTP/1.1' '(GET) / HTTP/1.1' 'GET: / HTTP/1.1' \
		'"GET" / HTTP/1.1' 'GET/ HTTP/1.1\r\n' 'G\xc3T / HTTP/1.1' \
		'{"a": 1}' '<a>' '[' 'GE,T /'
	taken "!#\$%&'*+-.^_\`|~09azAZ / HTTP/1.1\r\n$HOST\r\n"
}

@test "RFC 9112 3.1: methods are case-sensitive, and the registered ones are known" {
	says 'served as get, 1.1' "GET / HTTP/1.1\r\n$HOST\r\n"
	says 'served as head, 1.1' "HEAD / HTTP/1.1\r\n$HOST\r\n"
	says 'served as options, 1.1' "OPTIONS / HTTP/1.1\r\n$HOST\r\n"
	for method in ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE \
		LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL \
		MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PATCH POST PRI \
		PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH TRACE UNBIND \
		UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF \
		VERSION-CONTROL
	do
		says 'served as known, 1.1' "$method / HTTP/1.1\r\n$HOST\r\n"
	done
	for method in get Get GE GETT POSTS post BREW X; do
		says 'served as unknown, 1.1' "$method / HTTP/1.1\r\n$HOST\r\n"
	done
}

@test "RFC 9112 2.2: another protocol is refused before its line ends" {
	result -400 '\x16\x03\x01\x02' '\x00' 'GET /\x00' 'GET /\x01' \
		'GET /\x7f' 'SSH-2.0-x\r\n' 'GET / HTTP/1.1\x00' '\x80' \
		'\xef\xbb\xbfGET'
}

@test "RFC 9112 5.1: a blank between a field name and its colon is refused" {
	heads 'A : b\r\n' 'A\t: b\r\n' 'A b: c\r\n' 'Content-Length : 3\r\n'
	result -400 "${HEADS[@]}"
}

@test "RFC 9112 5.1: a field line has a name, which is a token, and a colon" {
	heads ': b\r\n' 'A\r\n' 'A\n' 'A@: b\r\n' 'A(b): c\r\n' \
		'\xc3\xa4: b\r\n' '"A": b\r\n' 'A\x00: b\r\n' 'A,B: c\r\n'
	result -400 "${HEADS[@]}"
	heads "!#\$%&'*+-.^_\`|~09azAZ: b\r\n" 'A::\r\n' 'A:b:c\r\n'
	taken "${HEADS[@]}"
}

@test "RFC 9112 5.1: field names are case-insensitive" {
	heads 'RANGE: x\r\n' 'rAnGe: x\r\n' 'range: x\r\n'
	says 'field range: x' "${HEADS[@]}"
	heads 'Ranges: x\r\n' 'Rang: x\r\n' 'Ran-e: x\r\n'
	for head in "${HEADS[@]}"; do
		run ! says 'field range: x' "$head"
	done
}

@test "every field that serve reads is found by its name" {
	for name in Range Accept Expect Origin Referer If-Match If-Range \
		Connection User-Agent If-None-Match Content-Length \
		Sec-Fetch-Dest Accept-Encoding If-Modified-Since \
		If-Unmodified-Since Access-Control-Request-Method \
		Access-Control-Request-Headers \
		Access-Control-Request-Private-Network
	do
		heads "$name: 7\r\n" "${name^^}: 7\r\n"
		says "field ${name,,}: 7" "${HEADS[@]}"
	done
	heads 'transfer-encoding: chunked\r\n'
	says 'field transfer-encoding: chunked' "${HEADS[@]}"
}

@test "RFC 9112 5.2: folded lines are refused" {
	heads 'A: b\r\n c\r\n' 'A: b\r\n\tc\r\n' 'A: b\r\n \r\n' 'A: b\n c\n'
	result -400 "${HEADS[@]}"
}

@test "RFC 9110 5.5: a field value is trimmed, and may be empty" {
	heads 'Range:x\r\n' 'Range: x\r\n' 'Range: \t x \t\r\n' 'Range:\tx\t\r\n'
	says 'field range: x' "${HEADS[@]}"
	heads 'Range:\r\n' 'Range: \r\n' 'Range:\t \t\r\n'
	says 'field range: ' "${HEADS[@]}"
	heads 'Range: a  b\tc \r\n'
	says 'field range: a  b\x09c' "${HEADS[@]}"
}

@test "RFC 9110 5.5: a field value may contain any byte except control characters" {
	heads 'Range: \x80\xff\xc3\xa4\x21\x7e\r\n'
	says 'field range: \x80\xff\xc3\xa4!~' "${HEADS[@]}"
	for byte in 00 01 07 08 0b 0c 0e 1b 1f 7f; do
		heads "Range: \x$byte\r\n" "Range: a\x${byte}b\r\n" \
			"X: 0123456789abcdef\x${byte}0123456789\r\n" "X:\x$byte"
		result -400 "${HEADS[@]}"
	done
}

@test "RFC 9110 5.3: the lines of a repeated field are joined in order" {
	accept='Accept: d\r\nRange: e\r\nAccept: f\r\n'
	heads "Range: a\r\nX: b\r\nrange: c\r\nRANGE:\r\n$accept"
	says 'field range: a and more' "${HEADS[@]}"
	run "$DRIVER" join < <(printf %b "${HEADS[0]}")
	[ "$output" = \
		$'field host: a\nfield range: a, c, , e\nfield accept: d, f' ]
}

@test "RFC 9110 5.3: joined lines fit in the space of their head" {
	short=$(for i in {1..45}; do printf 'Range:x\\nAccept:\\n'; done)
	run "$DRIVER" join < <(printf %b "GET / HTTP/1.1\nHost:a\n$short\n")
	[ "${lines[1]}" = "field range: x$(printf ', x%.0s' {1..44})" ]
	[ "${lines[2]}" = 'field accept: ' ]
}

@test "RFC 9110 5.4: a head may have 100 fields, one more is 431" {
	fields=$(for i in {1..99}; do printf 'A: b\\r\\n'; done)
	taken "$GET$HOST$fields\r\n"
	result 0 "$GET$HOST$fields"
	result -431 "$GET$HOST${fields}A: b\r\n\r\n" "$GET$HOST${fields}A"
}

@test "RFC 9110 5.4: a head may have 32768 bytes, one more is 431" {
	value=$(repeat 32737 a)		# and 31 bytes around it
	taken "$GET${HOST}A:$value\r\n\r\n"
	result 0 "$GET${HOST}A:$value\r\n\r"
	result -431 "$GET${HOST}A:a$value\r\n\r\n" \
		"$GET${HOST}A:a$value\r\n\r" "$GET${HOST}A:$value$value"
}

@test "a refused request keeps the parts of its request line that were parsed" {
	run "$DRIVER" head < <(printf 'GET /a HTTP/1.1\r\nHost : a\r\n')
	[ "$output" = $'-400\nmethod GET\ntarget /a\nversion HTTP/1.1' ]
	run "$DRIVER" head < <(printf 'GET /a b HTTP/1.1\r\n')
	[ "$output" = $'-400\nmethod GET\ntarget /a\nversion ' ]
	run "$DRIVER" head < <(printf 'GET /a\r\n')
	[ "$output" = $'-505\nmethod GET\ntarget /a\nversion ' ]
	run "$DRIVER" head < <(printf 'GET /a HTTP/2.0\r\n')
	[ "$output" = $'-505\nmethod GET\ntarget /a\nversion HTTP/2.0' ]
	run "$DRIVER" head < <(printf 'GET /a HTTP/1.1 \r\n')
	[ "$output" = $'-400\nmethod GET\ntarget /a\nversion ' ]
	run "$DRIVER" head < <(printf '\026\003\001')
	[ "$output" = $'-400\nmethod \ntarget \nversion ' ]
}

@test "RFC 9112 6.1: chunked is the only transfer coding" {
	heads 'Transfer-Encoding: chunked\r\n' \
		'Transfer-Encoding: CHUNKED\r\n' \
		'Transfer-Encoding: , chunked ,\r\n'
	says 'body chunked' "${HEADS[@]}"
}

@test "RFC 9112 6.1: unknown codings before chunked get 501" {
	heads 'Transfer-Encoding: gzip, chunked\r\n' \
		'Transfer-Encoding: x,chunked\r\n'
	result -501 "${HEADS[@]}"
}

@test "RFC 9112 6.3: chunked twice, or not as the last coding, gets 400" {
	heads 'Transfer-Encoding: chunked, gzip\r\n' \
		'Transfer-Encoding: gzip\r\n' \
		'Transfer-Encoding: chunked, chunked\r\n' \
		'Transfer-Encoding:\r\n' 'Transfer-Encoding: identity\r\n' \
		'Transfer-Encoding: xchunked\r\n' \
		'Transfer-Encoding: chunked;a=b\r\n' \
		'Transfer-Encoding: "chunked"\r\n' \
		'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n' \
		'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n' \
		'Transfer-Encoding: chun ked\r\n'
	result -400 "${HEADS[@]}"
}

@test "RFC 9112 6.1: a transfer coding in HTTP/1.0 is refused" {
	result -400 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'
}

@test "RFC 9112 6.3: a transfer coding and a length together are refused" {
	heads 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n' \
		'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n' \
		'Content-Length: 0\r\ntransfer-encoding: chunked\r\n'
	result -400 "${HEADS[@]}"
}

@test "RFC 9110 8.6: a Content-Length has only digits" {
	heads 'Content-Length: +3\r\n' 'Content-Length: -3\r\n' \
		'Content-Length: 3 3\r\n' 'Content-Length: 0x3\r\n' \
		'Content-Length: 3,\r\n' 'Content-Length:\r\n' \
		'Content-Length: a\r\n' 'Content-Length: 3.0\r\n' \
		'Content-Length: "3"\r\n' 'Content-Length: 3;\r\n'
	result -400 "${HEADS[@]}"
	heads 'Content-Length: 18446744073709551615\r\n'
	says 'body 18446744073709551615' "${HEADS[@]}"
	heads 'Content-Length: 0003\r\n' 'Content-Length:\t3 \r\n'
	says 'body 3' "${HEADS[@]}"
}

@test "RFC 9110 8.6: a Content-Length that does not fit 64 bits is refused" {
	heads 'Content-Length: 18446744073709551616\r\n' \
		'Content-Length: 99999999999999999999999\r\n' \
		'Content-Length: 184467440737095516150\r\n'
	result -400 "${HEADS[@]}"
}

@test "RFC 9112 6.3: two lengths are refused, even if they are equal" {
	heads 'Content-Length: 5\r\nContent-Length: 6\r\n' \
		'Content-Length: 5, 6\r\n' \
		'Content-Length: 5\r\nContent-Length: 5\r\n' \
		'Content-Length: 5, 5\r\n' \
		'Content-Length: 5\r\nContent-Length:\r\n'
	result -400 "${HEADS[@]}"
}

@test "RFC 9112 9.3: an HTTP/1.1 connection persists unless the request says close" {
	heads '' 'Connection: keep-alive\r\n' 'Connection: x\r\n' \
		'Connection:\r\n' 'Connection: "close"\r\n' \
		'Connection: closed\r\n'
	says 'keep-alive yes' "${HEADS[@]}"
	heads 'Connection: close\r\n' 'Connection: CLOSE\r\n' \
		'Connection: x, close\r\n' 'Connection: close,keep-alive\r\n' \
		'Connection: keep-alive, close\r\n' 'Connection: ,close,\r\n' \
		'Connection: x\r\nConnection: close\r\n' \
		'Connection: close\r\nConnection: keep-alive\r\n'
	says 'keep-alive no' "${HEADS[@]}"
}

@test "RFC 9112 9.3: an HTTP/1.0 connection closes unless the request says keep-alive" {
	one='GET / HTTP/1.0\r\n'
	says 'keep-alive no' "$one\r\n" "${one}Connection: x\r\n\r\n" \
		"${one}Connection: close, keep-alive\r\n\r\n" \
		"${one}Connection: keep-alive\r\nConnection: close\r\n\r\n"
	says 'keep-alive yes' "${one}Connection: keep-alive\r\n\r\n" \
		"${one}Connection: x, Keep-Alive\r\n\r\n" \
		"${one}Connection: x\r\nConnection: keep-alive\r\n\r\n"
}

@test "RFC 9110 10.1.1: 100-continue applies to HTTP/1.1 requests with a body" {
	heads 'Expect: 100-continue\r\nContent-Length: 1\r\n' \
		'Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n' \
		'Content-Length: 1\r\nExpect: 100-continue,, 100-continue\r\n'
	says 'expect continue' "${HEADS[@]}"
	heads '' 'Expect: 100-continue\r\n' 'Expect:\r\nContent-Length: 1\r\n' \
		'Expect: 100-continue\r\nContent-Length: 0\r\n'
	says 'expect nothing' "${HEADS[@]}" \
		"GET / HTTP/1.0\r\n$EXPECT\r\n"
}

@test "RFC 9110 10.1.1: any other expectation is distinguished from 100-continue" {
	heads 'Expect: 200-ok\r\n' \
		'Expect: 100-continue, x\r\nContent-Length: 1\r\n' \
		'Expect: 100-continue;q=1\r\n' \
		'Expect: x\r\nExpect: 100-continue\r\n' \
		'Expect: 100-continue\r\nExpect: x\r\n'
	says 'expect other' "${HEADS[@]}"
}
