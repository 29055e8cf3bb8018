# --proxy: where a request goes, and which fields are passed on in each
# direction.

load helper

# VALUE EXPECTED: how a value of --proxy is parsed
reads() {
	local got

	got=$(printf %s "$1" | "$DRIVER" proxy-url)
	[ "$got" = "$2" ] || fail "$1: $got, not $2"
}

# PATH EXPECTED VALUE...: the number of the matching value, and the rest
goes() {
	local got

	got=$("$DRIVER" proxy-find "$1" "${@:3}" </dev/null)
	[ "$got" = "$2" ] || fail "$1: $got, not $2"
}

# VALUE LINE...: pass on a request with these lines; "passed" then has the head
request() {
	local value=$1

	shift
	passed=$(printf '%s\r\n' "$@" '' |
		"$DRIVER" proxy-request "$value" "${FROM:-192.0.2.1}" ${WORDS-} |
		tr -d '\r')
}

# VALUE LINE...: the same for the fields of a reply
reply() {
	local value=$1

	shift
	passed=$(printf '%s\r\n' "HTTP/1.1 200 OK" "$@" '' |
		"$DRIVER" proxy-reply "$value" "${HOST:-localhost:8000}" \
			"$(printf "${LINES_OF_H-}")" | tr -d '\r')
}

# LINE...: "passed" has these lines
has() {
	local line

	for line; do
		grep -qxF -- "$line" <<<"$passed" ||
			fail "no '$line' in: $passed" || return
	done
}

# NAME...: "passed" has no line with this name
lacks() {
	local name

	for name; do
		! grep -qi "^$name:" <<<"$passed" ||
			fail "'$name' in: $passed" || return
	done
}

@test "a URL has a host and perhaps a port and a path, or is a Unix socket" {
	reads http://127.0.0.1:5000 \
		'ok prefix= host=127.0.0.1 port=5000 socket= path='
	reads /api=http://localhost/ \
		'ok prefix=/api host=localhost port= socket= path=/'
	reads '/a/b=HTTP://[::1]:80/v1/x' \
		'ok prefix=/a/b host=::1 port=80 socket= path=/v1/x'
	reads unix:/run/app.sock \
		'ok prefix= host= port= socket=/run/app.sock path='
	reads /=http://app.internal:1 \
		'ok prefix=/ host=app.internal port=1 socket= path='
}

@test "the path of a Unix socket has the length that the kernel takes" {
	local path

	path=/$(printf '%0106d' 0)
	reads "unix:$path" "ok prefix= host= port= socket=$path path="
	reads "unix:${path}0" 'long socket'
}

@test "https URLs are told apart from malformed ones" {
	local value

	reads https://x tls
	reads /api=https://x/y tls
	for value in '' x /api /api= api=http://h http:// http://h:0 \
		http://h:65536 http://h:x http://u@h unix: unix:app unix:/ \
		'http://h/a b' 'http://h/?q' 'http://h/#f' '/a/../b=http://h' \
		'/%zz=http://h' ftp://h; do
		reads "$value" malformed
	done
}

@test "the longest PREFIX wins, compared by whole segments" {
	local apps=(/api=http://a /api/v2=http://b http://c)

	goes /api '1 ' "${apps[@]}"
	goes /api/ '1 /' "${apps[@]}"
	goes /api/x '1 /x' "${apps[@]}"
	goes /api/v2 '2 ' "${apps[@]}"
	goes /api/v2/x/y '2 /x/y' "${apps[@]}"
	goes /api/v22 '1 /v22' "${apps[@]}"
	goes /apix '3 /apix' "${apps[@]}"
	goes / '3 /' "${apps[@]}"
	goes /apix none "${apps[@]:0:2}"
	goes /x '1 /x' /=http://a
}

@test "a PREFIX is compared decoded, and the path after it is passed on unchanged" {
	goes /%61pi/x '1 /x' /api=http://a
	goes /api/x '1 /x' /%61pi=http://a
	goes //api//x%2Fy/ '1 //x%2Fy/' /api=http://a
	goes /API none /api=http://a
	goes /api%2Fx none /api=http://a
}

@test "dot segments are not passed on, however they are encoded" {
	local path

	for path in /a/../b /a/.. /.. /. /a/./b /%2e%2e/a /a/%2E/ /a%2f..%2fb \
		'/a\..\b' '/a/..%5cb' '/a/..;x=1/b' '/a/.;/b' /%00 /%zz /%2 \
		'/..;'; do
		[ "$(printf %s "$path" | "$DRIVER" proxy-path)" = no ] ||
			fail "$path passes"
	done
	for path in / /a /a/b/ /... /a..b /a/.b/..c '/a;..' /%20 //a//b \
		/a%2Fb /%252e%252e/ '/;/a'; do
		[ "$(printf %s "$path" | "$DRIVER" proxy-path)" = yes ] ||
			fail "$path does not pass"
	done
}

@test "the target is passed on unchanged, or the URL's path replaces PREFIX" {
	local line

	while read -r value target expected; do
		request "$value" "GET $target HTTP/1.1" 'Host: h'
		has "GET $expected HTTP/1.1"
	done <<-'END'
		/api=http://h		/api/x?q=1	/api/x?q=1
		/api=http://h		/api		/api
		/api=http://h/		/api/x?q	/x?q
		/api=http://h/		/api		/
		/api=http://h/v1	/api/x		/v1/x
		/api=http://h/v1	/api		/v1
		/api=http://h/v1/	/api/x		/v1/x
		/api=http://h/v1/	/api/		/v1/
		/api=http://h/v1	/%61pi//a%2Fb	/v1//a%2Fb
		http://h/app		/x		/app/x
		http://h		http://other/x?y	/x?y
	END
}

@test "the client's Host is passed on, unless the application is given by name" {
	request http://127.0.0.1:5000 'GET / HTTP/1.1' 'Host: localhost:8000'
	has 'Host: localhost:8000' 'X-Forwarded-Host: localhost:8000'
	request http://localhost:5000 'GET / HTTP/1.1' 'Host: a.example'
	has 'Host: a.example'
	request 'http://[::1]:5000' 'GET / HTTP/1.1' 'Host: a.example'
	has 'Host: a.example'
	request http://app.example:5000 'GET / HTTP/1.1' 'Host: localhost'
	has 'Host: app.example:5000' 'X-Forwarded-Host: localhost'
	request unix:/run/a 'GET / HTTP/1.1' 'Host: localhost'
	has 'Host: localhost'
}

@test "fields of the connection are not passed on" {
	request http://h 'POST /x HTTP/1.1' 'Host: h' 'Connection: X-A, x-b,close' \
		'X-A: 1' 'X-B: 2' 'X-C: 3' 'Keep-Alive: timeout=5' 'TE: trailers' \
		'Proxy-Connection: x' 'Transfer-Encoding: chunked' \
		'Trailer: X-T' 'Upgrade: h2c' 'Expect: 100-continue'
	has 'X-C: 3' 'POST /x HTTP/1.1'
	lacks Connection X-A X-B Keep-Alive TE Proxy-Connection \
		Transfer-Encoding Trailer Upgrade Expect Content-Length
}

@test "Connection cannot remove Host, credentials or fields that serve adds" {
	request http://h 'GET / HTTP/1.1' 'Host: h' \
		'Connection: Host, Cookie, Authorization, Via, X-Forwarded-For' \
		'Cookie: a=1' 'Authorization: Basic eA==' 'Via: 1.1 front'
	has 'Host: h' 'Cookie: a=1' 'Authorization: Basic eA==' 'Via: 1.1 front' \
		'Via: 1.1 serve-0123456789abcdef' 'X-Forwarded-For: 192.0.2.1'
}

@test "X-Forwarded fields are used only if the client is on this machine" {
	local lines=('GET / HTTP/1.1' 'Host: h' 'X-Forwarded-For: 1.1.1.1'
		'X-Forwarded-For: 2.2.2.2' 'X-Forwarded-Host: shop.example'
		'X-Forwarded-Proto: https' 'X-Forwarded-Port: 443'
		'Forwarded: for=1.1.1.1' 'X-Real-IP: 1.1.1.1' 'Proxy: x')

	request http://h "${lines[@]}"
	has 'X-Forwarded-For: 192.0.2.1' 'X-Forwarded-Host: h' \
		'X-Forwarded-Proto: http'
	lacks X-Forwarded-Port Forwarded X-Real-IP Proxy
	FROM=127.0.0.1 WORDS=trusted request http://h "${lines[@]}"
	has 'X-Forwarded-For: 1.1.1.1, 2.2.2.2, 127.0.0.1' \
		'X-Forwarded-Host: shop.example' 'X-Forwarded-Proto: https' \
		'X-Forwarded-Port: 443' 'Forwarded: for=1.1.1.1' \
		'X-Real-IP: 1.1.1.1'
	[ "$(grep -c '^X-Forwarded-For' <<<"$passed")" = 1 ]
	FROM=127.0.0.1 WORDS=trusted request http://h "${lines[@]}" \
		'Connection: X-Real-IP, X-Forwarded-Port, X-Forwarded-For'
	has 'X-Forwarded-For: 1.1.1.1, 2.2.2.2, 127.0.0.1'
	lacks X-Real-IP X-Forwarded-Port
}

@test "fields with an underscore in their name are not passed on" {
	WORDS=trusted request http://h 'GET / HTTP/1.1' 'Host: h' \
		'X_Forwarded_For: 1' 'a_b: 2' 'a-b: 3'
	has 'a-b: 3'
	lacks X_Forwarded_For a_b
}

@test "serve's own cookie and key are not passed on" {
	WORDS=key request http://h 'GET / HTTP/1.1' 'Host: h' \
		'Cookie: ;a=1; serve-8000=secret;; serve-80001=x;b="2"; c;' \
		'Authorization: Basic c2VjcmV0'
	has 'Cookie: a=1; serve-80001=x; b="2"; c'
	lacks Authorization
	request http://h 'GET / HTTP/1.1' 'Host: h' 'Cookie: serve-8000=secret'
	lacks Cookie
}

@test "an upgrade to WebSocket is passed on, other upgrades are not" {
	request http://h 'GET / HTTP/1.1' 'Host: h' 'Upgrade: WebSocket' \
		'Connection: keep-alive, Upgrade' 'Sec-WebSocket-Key: x'
	has websocket 'Sec-WebSocket-Key: x'
	WORDS=upgrade request http://h 'GET / HTTP/1.1' 'Host: h' \
		'Upgrade: websocket' 'Connection: Upgrade'
	has 'Upgrade: websocket' 'Connection: Upgrade'
	request http://h 'GET / HTTP/1.1' 'Host: h' 'Upgrade: websocket'
	run ! grep -x websocket <<<"$passed"
	request http://h 'GET / HTTP/1.1' 'Host: h' 'Upgrade: h2c' \
		'Connection: Upgrade'
	run ! grep -x websocket <<<"$passed"
}

@test "Via names the version of HTTP in which the request came" {
	request http://h 'GET / HTTP/1.0' 'Host: h'
	has 'Via: 1.0 serve-0123456789abcdef'
	request http://h 'GET / HTTP/1.2' 'Host: h'
	has 'Via: 1.1 serve-0123456789abcdef'
}

@test "Max-Forwards of OPTIONS is one less in each request that is passed on" {
	local value expected

	while read -r value expected; do
		request http://h 'OPTIONS / HTTP/1.1' 'Host: h' \
			"Max-Forwards: $value"
		has "Max-Forwards: $expected"
		request http://h 'GET / HTTP/1.1' 'Host: h' \
			"Max-Forwards: $value"
		has "Max-Forwards: $value"
	done <<-'END'
		1	0
		10	9
		0007	6
		99999999999999999999	2147483646
		-1	-1
		x	x
	END
}

@test "a reply gets a Date only if it has none" {
	reply http://h 'X: 1'
	has 'Date: now'
	reply http://h 'date: then'
	has 'date: then'
	[ "$(grep -ci '^date:' <<<"$passed")" = 1 ]
}

@test "a request that has passed this server before is detected as a loop" {
	request http://h 'GET / HTTP/1.1' 'Host: h' \
		'Via: 1.0 a, 1.1 serve-0123456789abcdef, 1.1 b'
	has loop
	request http://h 'GET / HTTP/1.1' 'Host: h' 'Via: 1.1 serve-0123456789abcdee'
	run ! grep -x loop <<<"$passed"
}

@test "the fields of a reply are passed on, except those of its connection" {
	LINES_OF_H='X-Frame: no\r\nSet-Cookie: own=1\r\n' reply http://h \
		'Date: x' 'Server: app' 'Connection: close, X-Gone' 'X-Gone: 1' \
		'Keep-Alive: x' 'Transfer-Encoding: chunked' \
		'Trailer: y' 'Upgrade: h2c' 'X-Frame: yes' 'Set-Cookie: a=1' \
		'Set-Cookie: b=2'
	has 'Date: x' 'Server: app' 'X-Frame: no' 'Set-Cookie: a=1' \
		'Set-Cookie: b=2' 'Set-Cookie: own=1'
	lacks Connection X-Gone Keep-Alive Transfer-Encoding Trailer Upgrade
	run grep -x 'X-Frame: yes' <<<"$passed"
	[ "$status" -eq 1 ]
	reply http://h 'Content-Length: 3' 'X-Left:  1 '
	has 'X-Left: 1'
	lacks Content-Length
}

@test "a Location that leads into the application is mapped back to PREFIX" {
	while read -r value location expected; do
		reply "$value" "Location: $location"
		has "Location: $expected"
	done <<-'END'
		/api=http://app:5000/v1		/v1/x?y#z			/api/x?y#z
		/api=http://app:5000/v1		/v1				/api
		/api=http://app:5000/v1		/v12				/v12
		/api=http://app:5000/v1		http://app:5000/v1/x		/api/x
		/api=http://app:5000/v1		http://localhost:8000/v1/x	http://localhost:8000/api/x
		/api=http://app:5000/v1		http://other/v1/x		http://other/v1/x
		/api=http://app:5000/v1		next				next
		/api=http://app:5000/v1		//app:5000/v1/x			/api/x
		/api=http://app:5000/v1		http://app:5000			/
		/api=http://app/		/x				/api/x
		/api=http://app/		http://app:80/x			/api/x
		/api=http://app			http://app/login		/login
		/api=http://app			http://app//evil.example/x	/evil.example/x
		/api=http://app			http://app/\evil.example	/evil.example
		http://app/v1			/v1/x				/x
		http://app/v1			/v1				/
	END
}

@test "the path of a cookie is mapped back to PREFIX" {
	reply /api=http://h/v1 'Set-Cookie: a="1;2"; Path=/v1/x; HttpOnly' \
		'Set-Cookie: Path=/v1; b' 'Set-Cookie: c=1; path=/other;Secure'
	has 'Set-Cookie: a="1;2"; Path=/api/x; HttpOnly' \
		'Set-Cookie: Path=/v1; b' 'Set-Cookie: c=1; Path=/other;Secure'
}
