load helper

# MESSAGE [ARG]...: these arguments are a usage error with this message.
refused() {
	run --separate-stderr timeout 10 "$SERVE" "${@:2}"
	[ "$status" = 2 ] || fail "status $status: ${2::80}" || return
	[ -z "$output" ] || fail "on stdout: $output" || return
	[ "$stderr" = "serve: $1
Try 'serve --help'." ] || fail "not the message: $stderr"
}

# [ARG]...: these are accepted: -V after them is reached, and ends serve.
accepted() {
	run timeout 10 "$SERVE" "$@" -V
	[ "$status $output" = "0 serve 1.0.0" ] || fail "$output"
}

# ARG...: serve_start with only these arguments.
start() {
	: >"$ERR"
	"$SERVE" "$@" >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until serve_settled && [ -n "$URL" ] || return
	PORT=${URL##*:}
	PORT=${PORT%/}
}

# [ARG]...: is the error about the unknown option after them in red?
is_red() {
	timeout 10 "$SERVE" "$@" --what 2>&1 |
		grep -q $'^\e\[1;38;5;196mserve:\e\[0m unknown'
}

@test "the error for an unknown option suggests a similar one" {
	refused "unknown option '--prot', did you mean '--port'?" --prot
	refused "unknown option '--prot', did you mean '--port'?" --prot=80
	refused "unknown option '--opne', did you mean '--open'?" --opne
	refused "unknown option '--colour', did you mean '--color'?" \
		--colour=auto
	refused "unknown option '--no-listings', did you mean '--no-listing'?" \
		--no-listings
	refused "unknown option '--frobnicate'" --frobnicate
	refused "unknown option '-x'" -x
	refused "unknown option '-x'" -qx
	refused "unknown option '-é'" -é
}

@test "an abbreviation is refused, and its only completion suggested" {
	refused "unknown option '--pub', did you mean '--public'?" --pub
	refused "unknown option '--follow', did you mean '--follow-symlinks'?" \
		--follow
	refused "unknown option '--max-conn', did you mean '--max-conns'?" \
		--max-conn 5
	refused "unknown option '--max'" --max
	refused "unknown option '--'" --=
}

@test "a long option with one dash is not parsed as letters" {
	refused "unknown option '-port', did you mean '--port'?" -port 80
	refused "unknown option '-version', did you mean '--version'?" -version
	refused "unknown option '-open', did you mean '--open'?" -open=/x
}

@test "an option without its required value is refused" {
	refused "option '--port' needs a value" --port
	refused "option '-p' needs a value" -qp
	refused "option '--header' needs a value" --header
	refused "option '-d' needs a value" -d
}

@test "a value for an option that takes none is refused" {
	refused "option '--spa' takes no value" --spa=1
	refused "option '--public' takes no value" --public=
	refused "option '--help' takes no value" --help=all
	refused "unknown option '-='" -q=1
}

@test "a number has only digits, and must be in its range" {
	refused "bad port '99999', want 0 to 65535" -p 99999
	refused "bad port '65536', want 0 to 65535" --port=65536
	refused "bad port '4294967376', want 0 to 65535" -p4294967376
	refused "bad port '18446744073709551696', want 0 to 65535" \
		-p 18446744073709551696
	refused "bad port '+80', want 0 to 65535" -p +80
	refused "bad port ' 80', want 0 to 65535" -p ' 80'
	refused "bad port '80x', want 0 to 65535" -p 80x
	refused "bad port '0x50', want 0 to 65535" -p 0x50
	refused "bad port '-1', want 0 to 65535" -p -1
	refused "bad port '', want 0 to 65535" --port=
	accepted -p 65535 --port 0 -p 08080
}

@test "zero is accepted only for the port and --max-age" {
	accepted -p 0 --max-age 0
	refused "bad value '0' for --timeout, want 1 to 86400" --timeout 0
	refused "bad value '0' for --threads, want 1 to 256" -j0
	refused "bad value '0' for --max-conns, want 1 to 1073741824" \
		--max-conns=0
	refused "bad value '0' for --max-conns-per-client, \
want 1 to 1073741824" --max-conns-per-client 0
}

@test "each number has a maximum" {
	accepted --timeout 86400 -j 256 --max-age 2147483647 \
		--max-conns 1073741824 --max-conns-per-client 1073741824
	refused "bad value '86401' for --timeout, want 1 to 86400" \
		--timeout 86401
	refused "bad value '257' for --threads, want 1 to 256" --threads=257
	refused "bad value '2147483648' for --max-age, want 0 to 2147483647" \
		--max-age 2147483648
	refused "bad value '1073741825' for --max-conns, want 1 to 1073741824" \
		--max-conns 1073741825
}

@test "an option with a fixed set of words refuses others" {
	refused "bad value 'red' for --color, want auto, always or never" \
		--color red
	refused "bad value 'Auto' for --color, want auto, always or never" \
		--color=Auto
	refused "bad value 'pre' for --log-format, \
want pretty, common, combined or json" --log-format pre
	refused "bad value '' for --log-format, \
want pretty, common, combined or json" --log-format=
	refused "bad value 'q' for --verbose, want raw, numbered or curl" -vq
	accepted --color auto --color=always --color never
	accepted --log-format pretty --log-format common --log-format combined \
		--log-format json
	accepted -v -vraw -vnumbered -v=curl --verbose=raw --verbose
}

@test "an address is an IP literal or localhost" {
	local bad

	for bad in foo '' 127.1 127.0.0.1:80 256.0.0.1 '[127.0.0.1]' '[::1' \
		'::1]' '[]' ::g localhost. LOCALHOST fe80::1%lo \
		1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb; do
		refused "bad address '$bad' for --bind, \
want an IP address such as 127.0.0.1 or ::1" -b "$bad"
	done
	refused "bad address 'fe80::1' for --bind, \
browsers cannot open link-local ones" --bind=fe80::1
	accepted -b 127.0.0.1 -b ::1 -b '[::1]' -b localhost -b0.0.0.0 --bind ::
}

@test "a host name with a port, a star or a space is refused" {
	local bad

	for bad in '' . .. a..b a. a:80 '*.a' 'a b' '[::1]' é http://a \
		"$(printf '%064d' 0)" \
		"$(printf '%063d.%063d.%063d.%063d' 0 0 0 0)"; do
		refused "bad value '$bad' for --allow-host, \
want a name such as www.example.com or .example.com" --allow-host "$bad"
	done
	accepted --allow-host a --allow-host .a --allow-host=www.Example.com \
		--allow-host a_b-1.c --allow-host "$(printf '%063d' 0)"
}

@test "a header needs a name, a colon and a valid value" {
	local bad

	for bad in X-Foo '' : ': a' 'X Foo: a' ' X: a' 'X : a' 'X(: a' \
		'é: a'; do
		refused "bad header '$bad', want 'Name: value'" -H "$bad"
	done
	refused "bad header 'X: a\\x0d\\x0aY: b', want 'Name: value'" \
		-H $'X: a\r\nY: b'
	refused "bad header 'X: \\x1b[31m', want 'Name: value'" -H $'X: \e[31m'
	accepted -H X:a -H 'X: a' -HX:a --header='X: a: b' -H 'Server:' \
		-H $'X:\ta b'
}

@test "a header that frames the response is refused" {
	local name

	for name in Content-Length Transfer-Encoding Connection Keep-Alive \
		Upgrade Trailer TE Content-Range cONTENT-lENGTH; do
		refused "header '$name' can only be set by serve, \
leave it out" -H "$name: 1"
	done
}

@test "headers of 8192 bytes in total are accepted" {
	local text

	text=$(printf '%04091d' 0)	# 4096 with its name and line end
	accepted -H "A: $text" -H "B: $text"
	refused "too much for --header, want at most 8192 bytes in all" \
		-H "A: $text" -H "B: 0$text"
}

@test "an origin must be written as browsers send it" {
	local bad

	for bad in '' a a.example https:// https://a/ https://a/b HTTPS://a \
		https://A https://u@a https://a: https://a:0 https://a:65536 \
		https://a,https://b 'https://a b' https://[::1 //a '**'; do
		refused "bad origin '$bad' for --cors, \
want one such as http://localhost:3000" --cors="$bad"
	done
	accepted --cors --cors=* --cors=null --cors=https://a.example \
		--cors=http://localhost:3000 --cors=http://[::1]:3000 \
		--cors=chrome-extension://abc
}

@test "the path of --open must start with a slash" {
	refused "bad path 'docs' for --open, want one that starts with '/'" \
		--open=docs
	refused "bad path '' for --open, want one that starts with '/'" --open=
	refused "bad path 'q' for --open, want one that starts with '/'" -oq
	accepted -o -o/docs/ -qo --open=/docs/?a=b --open
}

@test "a second folder is refused" {
	refused "one folder at a time, got 'a' and 'b'" a b
	refused "one folder at a time, got 'a' and 'b'" -d a b
	refused "one folder at a time, got 'a' and 'b'" a --directory=b
	refused "one folder at a time, got 'a' and 'b'" a --hidden b --spa
	accepted -d a --directory b
}

@test "'--' without a command is refused" {
	refused "no command after '--', want one such as 'npm test'" a --
}

@test "more than 16 addresses are refused" {
	local all=() i

	for i in {1..17}; do
		all+=(-b "127.0.0.$i")
	done
	accepted "${all[@]:0:32}" -b 127.0.0.16
	refused 'too many addresses for --bind, want at most 16' "${all[@]}"
}

@test "options are checked before the folder" {
	refused "bad port 'x', want 0 to 65535" "$ROOT/none" -p x
	refused "unknown option '--prot', did you mean '--port'?" \
		"$ROOT/none" --prot
}

@test "no byte of an argument reaches the terminal unescaped" {
	local evil=$'\e]0;a\a\x7f\x9b\xc2\x9b\xe2\x80\xae\n\r\t\xff'

	for arg in "--$evil" "--port=$evil" "-p$evil" "--color=$evil" \
		"-b$evil" "-H$evil" "--cors=$evil" "--allow-host=$evil" \
		"--open=$evil" "-$evil"; do
		run --separate-stderr timeout 10 "$SERVE" "$arg"
		[ "$status" = 2 ]
		[ "$(printf %s "$stderr" | wc -l)" = 1 ]
		LC_ALL=C run ! grep -aP '[^\x20-\x7e]' <<<"$stderr"
	done
	refused "unknown option '--\\x1b[31m'" $'--\e[31m'
}

@test "the message about a very long argument is short" {
	run --separate-stderr timeout 10 "$SERVE" "--$(printf '%0100000d' 0)"
	[ "$status" = 2 ]
	[ "${#stderr}" -lt 10000 ]
}

@test "if an option is repeated, the last value counts" {
	is_red --color never --color always
	run ! is_red --color=always --color never
	refused "bad port 'x', want 0 to 65535" -p 1 -p x -p 2
	start -p 1 -p 0 "$ROOT"
	[ "$PORT" != 1 ]
}

@test "a value may follow '=' or be the next argument" {
	is_red --color=always
	is_red --color always
	run ! is_red --color=never
}

@test "on a terminal an error is red, unless an option or NO_COLOR forbids it" {
	red="script -qec '$SERVE --what' /dev/null"

	need script
	run sh -c "$red"
	[[ $output == $'\e[1;38;5;196mserve:\e[0m unknown'* ]]
	NO_COLOR=1 run sh -c "$red"
	[[ $output == 'serve: unknown'* ]]
	TERM=dumb run sh -c "$red"
	[[ $output == 'serve: unknown'* ]]
	TERM='' run sh -c "$red"
	[[ $output == 'serve: unknown'* ]]
	NO_COLOR='' run sh -c "$red"
	[[ $output == $'\e[1;'* ]]
}

@test "--color=always takes precedence over NO_COLOR" {
	NO_COLOR=1 TERM=dumb is_red --color=always
}

@test "an optional value is not taken from the next argument" {
	echo hello >"$ROOT/a"
	start -p 0 --cors "$ROOT"
	[ "$(curl -sS "${URL}a")" = hello ]
	[ "$(field_of access-control-allow-origin "${URL}a")" = '*' ]
}

@test "short options may be combined, and the last one may have a value" {
	start "$ROOT" -qvcurl -p0
	[ "$(status_of "$URL")" = 200 ]
	wait_until grep -q '^< GET / HTTP/1.1' "$ERR"
	[ ! -s "$OUT" ]
}

@test "options may follow the folder" {
	echo secret >"$ROOT/.hidden"
	start "$ROOT" -p 0 --hidden
	[ "$(curl -sS "$URL.hidden")" = secret ]
}

@test "-d names the folder, and the last one counts" {
	mkdir "$ROOT/b"
	echo b >"$ROOT/b/name"
	start -p 0 -d "$ROOT" --directory="$ROOT/b"
	[ "$(curl -sS "${URL}name")" = b ]
}

@test "-H may be repeated" {
	serve_start -H 'X-One: 1' -HX-Two:2
	[ "$(field_of x-one "$URL")" = 1 ]
	[ "$(field_of x-two "$URL")" = 2 ]
}

@test "--allow-host may be repeated" {
	serve_start --allow-host one.example --allow-host two.example
	[ "$(status_of -H 'Host: one.example' "$URL")" = 200 ]
	[ "$(status_of -H 'Host: two.example' "$URL")" = 200 ]
	[ "$(status_of -H 'Host: three.example' "$URL")" = 403 ]
}

@test "-b may be repeated, and duplicate addresses count once" {
	serve_start -b 127.0.0.1 -b 127.0.0.2 -b 127.0.0.1
	[ "$(status_of "http://127.0.0.1:$PORT/")" = 200 ]
	[ "$(status_of "http://127.0.0.2:$PORT/")" = 200 ]
}

@test "arguments after '--' are left to COMMAND" {
	run timeout 10 "$SERVE" "$ROOT" -- printf '[%s]' --hidden -- -p x
	[ "$status" = 0 ]
	[[ $output == *'[--hidden][--][-p][x]'* ]]
}
