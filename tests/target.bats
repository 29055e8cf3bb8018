# Request targets: their four forms, the authority, and the decoding of paths.

load helper

HOST='Host: example.org\r\n'


# METHOD TARGET...: each gets 400.
refused() {
	local target got

	for target in "${@:2}"; do
		got=$(printf %b "$1 $target HTTP/1.1\r\n$HOST\r\n" |
			"$DRIVER" head | head -n 1)
		[ "$got" = -400 ] || fail "$target: $got" || return
	done
}

# METHOD TARGET PATH QUERY HOST: the target is parsed as these parts.
means() {
	local got

	got=$(printf %b "$1 $2 HTTP/1.1\r\n$HOST\r\n" | "$DRIVER" head)
	[ "$(grep -E '^(path|query|host) ' <<<"$got")" = \
		"path $3"$'\n'"query $4"$'\n'"host $5" ] || fail "$2: $got"
}

# FIELDS: print the result for an HTTP/1.1 request with only these fields.
host_lines() {
	printf %b "GET / HTTP/1.1\r\n$1\r\n" | "$DRIVER" head
}

# HOST...: these values get 400 in HTTP/1.1 and HTTP/1.0.
bad_hosts() {
	local value version head got

	for value; do
		for version in 1 0; do
			head="GET / HTTP/1.$version\r\nHost: $value\r\n\r\n"
			got=$(printf %b "$head" | "$DRIVER" head | head -n 1)
			[ "$got" = -400 ] || fail "$value: $got" || return
		done
	done
}

# VALUE HOST: "Host: VALUE" names HOST.
names() {
	host_lines "Host: $1\r\n" | grep -qxF -e "host $2" || fail "$1"
}

# PATH...: print minus the status with which each is refused.
bad_paths() {
	local path got

	for path in "${@:2}"; do
		got=$(printf %b "$path" | "$DRIVER" path)
		[ "$got" = "$1" ] || fail "$path: $got" || return
	done
}

# PATH DECODED
decodes() {
	local got

	got=$(printf %s "$1" | "$DRIVER" path)
	[ "$got" = "$2" ] || fail "$1: $got, not $2"
}

@test "RFC 9112 3.2.1: origin form has a path and perhaps a query" {
	means GET / / '' example.org
	means GET /a/b/ /a/b/ '' example.org
	means GET '/a?b=c' /a '?b=c' example.org
	means GET '/?' / '?' example.org
	means GET '/a?b?c/d' /a '?b?c/d' example.org
	means GET //a//b //a//b '' example.org
	means GET /%41/../b /%41/../b '' example.org
	means GET /*:@/ '/*:@/' '' example.org
}

@test "RFC 9112 3.2: bytes that a URI must not contain are accepted, as clients send them" {
	means GET '/|{}"<>^`[]' '/|{}"<>^`[]' '' example.org
	means GET '/\\' '/\x5c' '' example.org
	means GET '/\xc3\xa4\xff' '/\xc3\xa4\xff' '' example.org
	means GET '/a?\x80|' /a '?\x80|' example.org
}

@test "RFC 9112 3.2: a target with a fragment is refused" {
	refused GET '/#' '/a#b' '/a?b#c' 'http://example.org/#a' \
		'http://example.org#a'
	refused OPTIONS '*#'
}

@test "RFC 9112 3.2.2: the authority of the absolute form overrides Host" {
	means GET http://a/ / '' a
	means GET http://a/b/c?d /b/c '?d' a
	means GET HTTP://A:80/b /b '' A
	means GET hTTps://a.b.c./d /d '' a.b.c
	means GET 'http://[::1]:8000/x' /x '' '[::1]'
	means GET http://a//b //b '' a
	means GET http://a/http://b/ /http://b/ '' a
	means OPTIONS http://a/ / '' a
}

@test "RFC 9110 4.2.3: an empty path in the absolute form is /" {
	means GET http://a / '' a
	means GET https://a:8080 / '' a
	means GET 'http://a?b/c' / '?b/c' a
}

@test "RFC 9110 4.2: the absolute form has a host, and no user information" {
	refused GET http:// http:/// http://:80/ 'http://?a' http://u@a/ \
		http://u:p@a/ http://@a/ http:/a http:a 'http://a b' \
		http://a:b/ http://a:80:80/ 'http://[::1/' 'http://a%/' \
		'http://[]/' http
}

@test "RFC 9112 3.2.2: Host must be valid with the absolute form too" {
	for fields in '' 'Host: a b\r\n' 'Host: a\r\nHost: a\r\n'; do
		got=$(printf %b "GET http://a/ HTTP/1.1\r\n$fields\r\n" |
			"$DRIVER" head | head -n 1)
		[ "$got" = -400 ]
	done
}

@test "RFC 9112 3.2.2: other schemes and relative paths are refused" {
	refused GET ftp://a/ file:///a ws://a/ a a/b ../a ./ '?a' mailto:a@b \
		httpx://a/ http//a/ a:80 '\\/a'
}

@test "RFC 9112 3.2.3: authority form is only for CONNECT, and has a port" {
	means CONNECT a:80 '' '' example.org
	means CONNECT '[::1]:443' '' '' example.org
	refused CONNECT / a a: '*' http://a/ http://a:80 u@a:80 a:b :80 a:80/
	refused GET a:80
}

@test "RFC 9112 3.2.4: asterisk form is only for OPTIONS" {
	means OPTIONS '*' '*' '' example.org
	refused GET '*'
	refused HEAD '*'
	refused POST '*'
	refused OPTIONS '**' '*?a' '*/'
}

@test "RFC 9112 3.2: HTTP/1.1 requires Host, and no version permits two" {
	host_lines '' | grep -qx -- -400
	host_lines 'Hosts: a\r\n' | grep -qx -- -400
	host_lines 'Host: a\r\nHost: a\r\n' | grep -qx -- -400
	host_lines 'Host: a\r\nhost:\r\n' | grep -qx -- -400
	host_lines 'Host:\r\nhOST: a\r\n' | grep -qx -- -400
	printf 'GET / HTTP/1.0\r\n\r\n' | "$DRIVER" head | grep -qx 'host '
	printf 'GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n' | "$DRIVER" head |
		grep -qx -- -400
}

@test "RFC 9112 3.3: an empty Host selects the default of the server" {
	names '' ''
	names ' \t' ''
}

@test "RFC 9110 7.2: Host is a name or an address, and perhaps a port" {
	names localhost localhost
	names localhost:8000 localhost
	names localhost: localhost
	names LocalHost:80 LocalHost
	names 192.0.2.1:80 192.0.2.1
	names '[::1]' '[::1]'
	names '[2001:db8::192.0.2.1]:80' '[2001:db8::192.0.2.1]'
	names "a-b_c~d.e!\$&'()*+,;=" "a-b_c~d.e!\$&'()*+,;="
	names %41%c3%a4 %41%c3%a4
	names %40%0F %40%0F
	names azAZ09 azAZ09
	names xn--mnchen-3ya.de xn--mnchen-3ya.de
}

@test "RFC 9110 7.2: a malformed Host is refused" {
	bad_hosts 'a b' a/b a?b a@b u:p@a a:b a:80:80 a:-1 a:+1 'a: 80' \
		'a :80' :80 : '\xc3\xa4' '"a"' '<a>' 'a\\b' 'a|b' 'a^b' 'a{b}' \
		http://a a% a%4 a%4g a%g4 %
}

@test "RFC 3986 3.2.2: brackets enclose an IPv6 address" {
	bad_hosts '[' ']' '[]' '[a]' '[::1' '::1' '::1]' '[::1]a' '[::1]]' \
		'[[::1]]' '[:::1]' '[1:2:3:4:5:6:7]' '[1:2:3:4:5:6:7:8:9]' \
		'[12345::]' '[::1%25lo]' '[::1%lo]' '[127.0.0.1]' \
		'[::256.0.0.1]' '[v1.a]' '[::1]80' '[::1]:a' 'a[::1]' '[ ::1]' \
		'[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]'
}

@test "one dot at the end of a host is removed" {
	names localhost. localhost
	names localhost.:80 localhost
	names localhost.. localhost.
	names 127.0.0.1. 127.0.0.1
	names . .
}

@test "RFC 3986 2.1: a path is decoded only once" {
	decodes /%41%62%7e%7E '/Ab~~'
	decodes /a%20b%25 '/a b%'
	decodes /%2541 /%41
	decodes /a+b /a+b
	decodes /%3F%23%3b '/?#;'
	decodes /%c3%A4 '/\xc3\xa4'
	decodes /%ff%0d%0A%7f '/\xff\x0d\x0a\x7f'
	decodes '/%5c%01' '/\x5c\x01'
}

@test "overlong UTF-8 is not decoded to another character" {
	decodes /%c0%af%c0%ae '/\xc0\xaf\xc0\xae'
	decodes /%e0%80%ae/%c0%ae%c0%ae/ '/\xe0\x80\xae/\xc0\xae\xc0\xae/'
}

@test "a bad escape or an encoded NUL gets 400, an encoded slash 404" {
	bad_paths -400 /% /%4 /%g0 /%0g /%-1 '/% 1' /%%41 /a%2 /a% /%00 \
		/a/%00/../b /%00%2f '/%4\x00' '/a\x00b'
	bad_paths -404 /%2f /%2F /a%2fb /..%2f /%2f%00 /%2f..%2f /%2f../a/%
}

@test "RFC 3986 5.2.4: dot segments are removed" {
	decodes / /
	decodes /. /
	decodes /./ /
	decodes /.. /
	decodes /../ /
	decodes /../../a /a
	decodes /a/.. /
	decodes /a/../ /
	decodes /a/. /a/
	decodes /a/./b /a/b
	decodes /a/b/.. /a/
	decodes /a/b/../c /a/c
	decodes /a/b/c/../../d /a/d
	decodes /a/../../../b /b
	decodes /a/b/c/./../../g /a/g
	decodes /.../a /.../a
	decodes /.a/..b/c../d. /.a/..b/c../d.
}

@test "encoded dots count as dots" {
	decodes /%2e%2e/a /a
	decodes /a/%2E%2e/b /b
	decodes /a/.%2e /
	decodes /a/%2e./b /b
	decodes /a/%2e /a/
	decodes /%2e%2e%2e /...
	decodes /a/%2e%2e%2e/b /a/.../b
	decodes /a/%252e%252e/b /a/%2e%2e/b
}

@test "repeated slashes count as one" {
	decodes // /
	decodes ///a /a
	decodes /a//b /a/b
	decodes /a// /a/
	decodes /a//../b /b
	decodes /a/.//./b /a/b
	decodes //.//..// /
}

@test "a slash at the end is kept, and several there count as one" {
	decodes /a /a
	decodes /a/ /a/
	decodes /a/b/ /a/b/
	decodes /a/b// /a/b/
}
