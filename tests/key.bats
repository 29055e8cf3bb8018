load helper

# The module key: which keys a request shows, and what serve does with it.  The
# driver's key is K2345678, the port 8000, and the cookie and the key of -o are
cookie=5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a

# [ARG]... -- TARGET [FIELD]...: of a GET; sets SHOWN, DECIDED, WHERE, CHALLENGE
key() {
	local args=()

	while [ "$1" != -- ]; do
		args+=("$1")
		shift
	done
	shift
	printf 'GET %s HTTP/1.1\r\nHost: h\r\n' "$1" >"$OUT"
	[ $# = 1 ] || printf '%s\r\n' "${@:2}" >>"$OUT"
	printf '\r\n' >>"$OUT"
	key_run "${args[@]}"
}

# [ARG]...: of the request in $OUT
key_run() {
	run -0 "$DRIVER" key "$@" <"$OUT"
	SHOWN=${lines[0]} DECIDED=${lines[1]} WHERE=${lines[2]}
	CHALLENGE=${lines[3]}
}

basic() {
	printf 'Authorization: %s %s' "${2:-Basic}" "$(printf %s "$1" | base64 -w 0)"
}

browser='Sec-Fetch-Mode: navigate'

@test "a request without a key is refused" {
	key -- /
	[ "$SHOWN $DECIDED" = "wrong 0 refuse" ]
	key -- /?key
	[ "$SHOWN $DECIDED" = "wrong 0 refuse" ]
	key -- /?other=K2345678 'Cookie: other=K2345678' 'Authorization: Bearer K2345678'
	[ "$SHOWN $DECIDED" = "wrong 0 refuse" ]
	# A client with too many wrong keys is limited only when it tries
	# another key.
	key limited -- /
	[ "$DECIDED" = refuse ]
}

@test "the right key in the query is accepted from a program" {
	for target in '/?key=K2345678' '/a/b?x=1&key=K2345678' '/?key=K2345678&key=no'; do
		key -- "$target"
		[ "$SHOWN $DECIDED" = "key query wrong 0 pass" ]
		key limited -- "$target"
		[ "$DECIDED" = pass ]
	done
}

@test "a wrong key in the query is refused" {
	for key in '' k2345678 K2345679 K234567 K23456789 K2345678%00 '%4B2345678' \
		"$(printf 'K%.0s' {1..2000})"; do
		key -- "/?key=$key"
		[ "$SHOWN $DECIDED" = "wrong 1 refuse" ]
		key limited -- "/?key=$key"
		[ "$DECIDED" = limit ]
	done
	# The first key counts.
	key -- '/?key=no&key=K2345678'
	[ "$SHOWN $DECIDED" = "wrong 1 refuse" ]
}

@test "a navigation to a URL with the key is redirected to the URL without it" {
	key -- '/?key=K2345678' "$browser"
	[ "$SHOWN $DECIDED" = "key query navigates wrong 0 redirect" ]
	key -- '/?key=K2345678' 'Accept: text/html,*/*;q=0.8'
	[ "$DECIDED" = redirect ]
	# The request of a script may accept HTML too.
	key -- '/?key=K2345678' 'Sec-Fetch-Mode: cors' 'Accept: text/html'
	[ "$DECIDED" = pass ]
	key -- '/?key=K2345678' 'Accept: */*'
	[ "$DECIDED" = pass ]
	# also a browser that has the cookie already
	key -- '/?key=K2345678' "$browser" "Cookie: serve-8000=$cookie"
	[ "$DECIDED" = redirect ]
	key -- '/?key=wrong' "$browser" "Cookie: serve-8000=$cookie"
	[ "$DECIDED" = pass ]
}

@test "the redirect leads to the same path, is relative, and cannot leave the server" {
	while read -r target where; do
		key -- "$target" "$browser"
		[ "$WHERE" = "$where" ] || fail "$target leads to $WHERE"
	done <<-'EOF'
		/?key=K2345678 ./
		/a?key=K2345678 a
		/a/?key=K2345678 ./
		/a/b.html?key=K2345678&x=1&y= b.html?x=1&y=
		/a/b?x=1&key=K2345678&key=2&y=%20/?: b?x=1&y=%20/?:
		/b?x&key=K2345678&& b?x&
		//evil.example/?key=K2345678 ./
		//evil.example?key=K2345678 evil.example
		/http://evil.example/?key=K2345678 ./
		/http:evil?key=K2345678 http%3Aevil
		/javascript:alert(1)?key=K2345678 javascript%3Aalert%281%29
		/a%2F%2fb%20c?key=K2345678 a%2F%2fb%20c
		/a%zz?key=K2345678 a%25zz
		/a\b"<>?key=K2345678 a%5Cb%22%3C%3E
		/电影?key=K2345678 %E7%94%B5%E5%BD%B1
		/x/..?key=K2345678 ..
		http://h/a/b?key=K2345678 b
		/keys?keys=1&key=K2345678&xkey=2 keys?keys=1&xkey=2
	EOF
}

@test "the key is accepted as the password of Basic authentication, with any user name" {
	for user in '' user 'a b' '用'; do
		key -- / "$(basic "$user:K2345678")"
		[ "$SHOWN $DECIDED" = "key password wrong 0 pass" ]
	done
	key -- / "$(basic :K2345678 basic)"
	[ "$DECIDED" = pass ]
	key -- / "$(basic :K2345678)" "$browser"
	[ "$DECIDED" = pass ]
	for password in :wrong :K2345678: x:y:K2345678 :; do
		key -- / "$(basic "$password")"
		[ "$SHOWN $DECIDED" = "wrong 1 refuse" ]
	done
}

@test "malformed Basic credentials are ignored" {
	for value in Basic 'Basic ' 'Basic K2345678' 'Basic ===' 'Basic !!!!' \
		"Basic $(printf K2345678 | base64)" 'Digest OksyMzQ1Njc4' \
		"Basic $(head -c 2000 /dev/zero | base64 -w 0)" BasicOksyMzQ1Njc4; do
		key -- / "Authorization: $value"
		[ "$SHOWN $DECIDED" = "wrong 0 refuse" ]
	done
	# Other ways to show the key still work.
	key -- '/?key=K2345678' "$(basic app:secret)"
	[ "$SHOWN $DECIDED" = "key query wrong 1 pass" ]
	key -- / "Cookie: serve-8000=$cookie" "$(basic app:secret)"
	[ "$SHOWN $DECIDED" = "cookie wrong 1 pass" ]
}

@test "the cookie is accepted" {
	for field in "serve-8000=$cookie" "a=b; serve-8000=$cookie" \
		"serve-8000=old; serve-8000=$cookie" "serve-8000=$cookie;x" \
		"x=\"a;b\" ;serve-8000=$cookie"; do
		key limited -- / "Cookie: $field"
		[ "$SHOWN $DECIDED" = "cookie wrong 0 pass" ]
	done
	for field in "serve-8001=$cookie" "serve-8000=${cookie%a}" "serve-8000=${cookie}a" \
		"xserve-8000=$cookie" "serve-8000" "serve-8000=" "Serve-8000=$cookie" \
		"serve-8000==$cookie" "serve-80001=$cookie" "${cookie}"; do
		key -- / "Cookie: $field"
		[ "$SHOWN $DECIDED" = "wrong 0 refuse" ]
		# A wrong cookie does not count as a wrong key.
		key limited -- / "Cookie: $field"
		[ "$DECIDED" = refuse ]
	done
}

@test "the one-time key of -o is accepted once, from a browser" {
	key once -- "/?key=$cookie" "$browser"
	[ "$SHOWN $DECIDED" = "once navigates wrong 1 redirect" ]
	key -- "/?key=$cookie" "$browser"
	[ "$DECIDED" = refuse ]
	key once -- "/?key=$cookie"
	[ "$DECIDED" = refuse ]
}

# METHOD TYPE BODY: a request with this body
post() {
	printf '%s /a?key=old HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\n' \
		"$1" "$2" >"$OUT"
	printf 'Content-Length: %d\r\n\r\n%s' ${#3} "$3" >>"$OUT"
	key_run
}

@test "the key is accepted from a form" {
	local form=application/x-www-form-urlencoded
	post POST $form key=K2345678
	[ "$SHOWN $DECIDED $WHERE" = "key form wrong 1 redirect a" ]
	post POST "$form; charset=utf-8" 'x=y&key=K2345678+&z='
	[ "$DECIDED" = redirect ]
	post POST $form key=wrong
	[ "$SHOWN $DECIDED" = "wrong 2 refuse" ]
	post POST $form 'key=K2345678 '
	[ "$DECIDED" = refuse ]
	post POST text/plain key=K2345678
	[ "$SHOWN $DECIDED" = "wrong 1 refuse" ]
	post PUT $form key=K2345678
	[ "$SHOWN $DECIDED" = "wrong 1 refuse" ]
	post POST $form ''
	[ "$SHOWN $DECIDED" = "wrong 1 refuse" ]
}

@test "browsers get a challenge of an unknown scheme, other clients one of Basic" {
	while IFS=@ read -r scheme field; do
		key -- / "$field"
		[ "$CHALLENGE" = "$scheme realm=\"serve\"" ] || fail "$field: $CHALLENGE"
	done <<-'EOF'
		Basic@User-Agent: curl/8.5.0
		Basic@User-Agent: Wget/1.21
		Basic@User-Agent: VLC/3.0.20 LibVLC/3.0.20
		Basic@Accept: */*
		Basic@User-Agent: Not Mozilla/5.0
		Key@User-Agent: Mozilla/5.0 (X11; Linux x86_64)
		Key@Accept: text/html,application/xhtml+xml
		Key@Sec-Fetch-Dest: empty
		Key@Sec-Fetch-Mode: cors
		Key@Sec-Fetch-Site: none
	EOF
}

@test "a chosen key has 8 to 128 letters, digits, '-' and '_'" {
	for key in 12345678 abcd-_XYZ "$(printf 'x%.0s' {1..128})"; do
		run -0 "$DRIVER" key-valid < <(printf %s "$key")
		[ "$output" = yes ]
	done
	for key in '' 1234567 '1234 5678' 12345678% ä12345678 12345678+ "$(printf 'x%.0s' {1..129})"; do
		run -0 "$DRIVER" key-valid < <(printf %s "$key")
		[ "$output" = no ]
	done
}

@test "a generated key has no characters that look alike" {
	local all=
	for byte in {0..255..3}; do
		made=$(printf "\\x$(printf %x "$byte")\\xff\\x12\\x00\\x$(printf %x $((255 - byte)))" |
			"$DRIVER" key-generated)
		[[ $made =~ ^[a-z2-9]{8}$ ]]
		all+=$made
	done
	[[ $all != *[lo01]* ]]
	# All 40 random bits count.
	made=$(for byte in 00000000 01000000 00010000 00000100 00000001 80000000; do
		for last in 00 01 80; do
			echo -e "\\x${byte:0:2}\\x${byte:2:2}\\x${byte:4:2}\\x${byte:6:2}\\x$last" |
				"$DRIVER" key-generated
		done
	done | sort -u | wc -l)
	[ "$made" = 18 ]
}

# HMAC-SHA-256 of the cookie's name under the key
hmac() {
	python3 -c 'import hmac, sys
print(hmac.new(sys.argv[1].encode(), sys.argv[2].encode(), "sha256").hexdigest()[:32])' "$@"
}

@test "the cookie of a chosen key is an HMAC under that key, and its name has the port" {
	need python3
	for key in 12345678 "$(printf 'x%.0s' {1..64})" "$(printf 'x%.0s' {1..65})" \
		"$(printf 'x%.0s' {1..128})"; do
		for port in 80 65535; do
			run -0 "$DRIVER" key-cookie $port < <(printf %s "$key")
			[ "$output" = "serve-$port=$(hmac "$key" serve-$port); Path=/; HttpOnly; SameSite=Lax" ]
		done
	done
}

# TEXT MASKED
masks() {
	run -0 "$DRIVER" key-mask < <(printf %b "$1")
	[ "$output" = "$(printf %b "$2")" ] || fail "$1: $output"
}

@test "a head that ends before its scheme has nothing to mask" {
	local text='Authorization : Basi' n

	for ((n = 1; n <= ${#text}; n++)); do
		masks "${text::n}" "${text::n}"
	done
}

@test "keys, serve's cookie and passwords are masked in the log" {
	masks '/?key=K2345678' '/?key=***'
	masks '/?key=' '/?key=***'
	masks '/?x=1&key=no&key=K2345678&y=2' '/?x=1&key=***&key=***&y=2'
	masks 'http://h/a?key=K#frag' 'http://h/a?key=***#frag'
	masks '/key=1?xkey=2&keys=3' '/key=1?xkey=2&keys=3'
	masks 'GET /?key=K2345678 HTTP/1.1\r\nReferer: http://h/?key=x\r\n' \
		'GET /?key=*** HTTP/1.1\r\nReferer: http://h/?key=***\r\n'
	masks 'Cookie: a=b; serve-8000=5a5a; c=d\r\n' 'Cookie: a=b; serve-8000=***; c=d\r\n'
	masks 'Cookie:serve-8000=\r\n' 'Cookie:serve-8000=***\r\n'
	masks 'Set-Cookie: serve-8000=5a; Path=/\r\n' 'Set-Cookie: serve-8000=***; Path=/\r\n'
	masks 'Cookie: serve-8001=5a\r\n' 'Cookie: serve-8001=5a\r\n'
	masks 'X: y\r\nAuthorization: Basic OksyMzQ1Njc4\r\nZ:\r\n' \
		'X: y\r\nAuthorization: Basic ***\r\nZ:\r\n'
	masks 'authorization:bAsIc\tOksy MzQ' 'authorization:bAsIc\t***'
	masks 'AUTHORIZATION: \r\n Basic\r\n\tOksy\r\nX:' 'AUTHORIZATION: \r\n Basic\r\n\t***\r\nX:'
	masks 'Proxy-Authorization: Basic Oksy' 'Proxy-Authorization: Basic ***'
	masks 'Authorization: Bearer Oksy' 'Authorization: Bearer Oksy'
	masks 'Authorization : Basic Oksy' 'Authorization : Basic ***'
	masks 'WWW-Authenticate: Basic realm="serve"' 'WWW-Authenticate: Basic realm="serve"'
	masks '' ''
}

@test "the key itself is masked wherever it stands in the log" {
	masks '/?to=%2F%3Fkey%3DK2345678&x' '/?to=%2F%3Fkey%3D***&x'
	masks '/?%6bey=K2345678;key=K2345678' '/?%6bey=***;key=***'
	masks 'K2345678K2345678' '******'
	masks '/K234567 k2345678' '/K234567 k2345678'
	masks "x=$(printf '5a%.0s' {1..16})y" 'x=***y'
}
