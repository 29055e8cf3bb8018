load helper

# The log on a terminal: the pretty format, its colours, and no raw bytes.

setup() {
	need python3
	serve_setup
	printf '%1234s' '' >"$ROOT/index.html"
	mkdir "$ROOT/docs"
}

teardown() {
	kill -CONT "${RUNNING[@]}" 2>/dev/null || :	# stopped by a test
	serve_teardown
}

# [OPTION]...: serve with stdout on a terminal; $OUT gets its output.
serve_on_terminal() {
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 1 "${RUN[@]}")
	serve_start "$@"
}

# With stderr as well.
serve_all_on_terminal() {
	RUN=(python3 "$BATS_TEST_DIRNAME/relay.py" tty 12 "${RUN[@]}")
	ERR=$OUT
	serve_start "$@"
}

# Print the lines of the log, without colours.
log_lines() {
	sed $'s/\e\\[[0-9;]*m//g' "$OUT" | grep -E '^[0-9]{2}:[0-9]{2}:[0-9]{2} '
}

# Wait for line N of the log; set $LINE and $PLAIN (without colours).
line() {
	wait_until eval "[ \"\$(log_lines | wc -l)\" -ge $1 ]"
	LINE=$(sed -n "$1p" "$OUT")
	PLAIN=$(log_lines | sed -n "$1p")
}

# Print the part after the fixed columns.
rest() {
	printf '%s' "${PLAIN:35}"
}

@test "a terminal gets the pretty format in columns" {
	serve_on_terminal
	before=$(date +%T)
	curl -sS -o /dev/null "$URL"
	line 1
	[[ ! ${PLAIN:0:8} < $before ]] || [ "${PLAIN:0:5}" = 00:00 ]
	[ "${PLAIN:8:18}" = " 200 GET   1.2 kB " ]
	[[ ${PLAIN:26:9} =~ ^\ *[0-9]+(\.[0-9])?\ m?s\ \ $ ]]
	[ "$(rest)" = / ]
	curl -sS -o /dev/null -r 0-0 "$URL"
	line 2
	[ "${PLAIN:8:18}" = " 206 GET      1 B " ]
}

@test "a response without a body has '-' as its size, and a long method shifts the line" {
	serve_on_terminal
	curl -sSI -o /dev/null "$URL"
	line 1
	[ "${PLAIN:8:18}" = " 200 HEAD       - " ]
	[ "$(rest)" = / ]
	curl -sS -o /dev/null -X PROPFIND "$URL"
	line 2
	[ "${PLAIN:8:14}" = " 405 PROPFIND " ]
	[[ $PLAIN == *"ms  /" ]]
}

@test "a longer method uses the space of the size, if that is short" {
	serve_on_terminal
	curl -sS -o /dev/null -X OPTIONS "$URL"
	line 1
	[ "${PLAIN:8:18}" = " 204 OPTIONS    - " ]
	[ "$(rest)" = / ]
}

@test "--log-format selects the format, whatever stdout is" {
	serve_on_terminal --log-format=common
	curl -sS -o /dev/null "$URL"
	wait_until grep -q '"GET / HTTP/1.1" 200 1234$' "$OUT"
	serve_stop TERM
	RUN=()
	serve_start --log-format=pretty
	curl -sS -o /dev/null "$URL"
	serve_stop TERM
	grep -E '^[0-9:]{8} 200 GET   1.2 kB [0-9. ms]{7}  /$' "$OUT"
}

@test "only the status has a colour, according to its class" {
	serve_on_terminal -j 1
	for path in '' docs none; do
		curl -sS -o /dev/null "$URL$path"
	done
	line 3
	e=$'\e'
	[[ $(sed -n 1p "$OUT") == *" ${e}[1;38;5;64m200${e}[0m GET  "* ]]
	[[ $(sed -n 2p "$OUT") == *" ${e}[1;38;5;31m301${e}[0m GET  "* ]]
	[[ $(sed -n 3p "$OUT") == *" ${e}[1;38;5;166m404${e}[0m GET  "* ]]
	curl -sS -o /dev/null -X BREW "$URL"
	line 4
	[[ $LINE == *" ${e}[1;38;5;196m501${e}[0m BREW "* ]]
	[ "$(tr -dc "$e" <"$OUT" | wc -c)" = 8 ]
}

# [ENVIRONMENT or OPTION]...: print the number of colours in one line.
colours() {
	OUT=$BATS_TEST_TMPDIR/out$((++runs))
	"$@"
	curl -sS -o /dev/null "$URL"
	line 1
	serve_stop TERM
	RUN=()
	COLOURS=$(tr -dc '\033' <"$OUT" | wc -c)
}

@test "a terminal without 256 colours gets only bold" {
	for TERM in vt100 ansi cons25; do
		OUT=$BATS_TEST_TMPDIR/$TERM
		TERM=$TERM serve_on_terminal
		curl -sS -o /dev/null "$URL"
		line 1
		serve_stop TERM
		RUN=()
		[[ $LINE == *$' \e[1m200\e[0m GET '* ]]
	done
	TERM=vt100 run "$SERVE" --color=always --nonsense
	[[ ${lines[0]} = $'\e[1mserve:\e[0m unknown option'* ]]
}

@test "NO_COLOR turns colours off, if it is not empty" {
	NO_COLOR=1 colours serve_on_terminal
	[ "$COLOURS" = 0 ]
	NO_COLOR='' colours serve_on_terminal
	[ "$COLOURS" = 2 ]
}

@test "colours are off if TERM is unset or dumb" {
	TERM=dumb colours serve_on_terminal
	[ "$COLOURS" = 0 ]
	RUN=(env -u TERM)
	colours serve_on_terminal
	[ "$COLOURS" = 0 ]
}

@test "--color takes precedence over NO_COLOR and TERM" {
	NO_COLOR=1 TERM=dumb colours serve_on_terminal --color=always
	[ "$COLOURS" = 2 ]
	colours serve_start --log-format=pretty --color=always
	[ "$COLOURS" = 2 ]
	colours serve_on_terminal --color never
	[ "$COLOURS" = 0 ]
	colours serve_start --log-format=pretty
	[ "$COLOURS" = 0 ]
}

@test "a path is decoded if that is readable, else shown as sent" {
	serve_on_terminal
	for path in %E4%BD%A0%E5%A5%BD.txt caf%c3%a9%20%41 %FF%C3 %C2%9B%E2%80%AE%E2%80%8B%C2%A0 'a?b=%20%C3%A9'; do
		curl -sS -o /dev/null "$URL$path"
	done
	line 1
	[ "$(rest)" = "/你好.txt" ]
	line 2
	[ "$(rest)" = "/café%20%41" ]
	line 3
	[ "$(rest)" = "/%FF%C3" ]
	line 4
	[ "$(rest)" = "/%C2%9B%E2%80%AE%E2%80%8B%C2%A0" ]
	line 5
	[ "$(rest)" = "/a?b=%20é" ]
}

@test "in a locale other than UTF-8 only ASCII is written" {
	LC_ALL=C serve_on_terminal
	curl -sS -o /dev/null "$URL%C3%A9"
	printf 'GET /\xc3\xa9 HTTP/1.0\r\n\r\n' | raw >/dev/null
	line 2
	run ! grep -P '[\x80-\xff]' "$OUT"
	PLAIN=$(log_lines | head -n 1)
	[ "$(rest)" = "/%C3%A9" ]
}

@test "the first of LC_ALL, LC_CTYPE and LANG that is set names the locale" {
	while read -r all ctype lang path; do
		RUN=()
		# Otherwise Python would set another one.
		PYTHONCOERCECLOCALE=0 LC_ALL=${all#-} \
			LC_CTYPE=${ctype#-} LANG=${lang#-} serve_on_terminal
		curl -sS -o /dev/null "$URL%C3%A9"
		line 1
		[ "$(rest)" = "$path" ]
		serve_stop TERM
	done <<-'EOF'
		- - C.UTF-8 /é
		- - en_US.utf8 /é
		- - de_DE.utf8@euro /é
		- de_DE.UTF-8@euro C /é
		C - C.UTF-8 /%C3%A9
		- zh_CN.GB18030 C.UTF-8 /%C3%A9
		- - en_US /%C3%A9
		- - - /%C3%A9
	EOF
}

@test "notes tell the owner what visitors are not told" {
	ln -s / "$ROOT/out"
	touch "$ROOT/.env"
	serve_on_terminal
	curl -sS -o /dev/null "${URL}docs" "${URL}.env" "${URL}out" \
		-o /dev/null -o /dev/null
	curl -sS -o /dev/null -H 'Host: evil.example' "$URL"
	printf '\x16\x03\x01' | raw >/dev/null
	line 5
	run -0 log_lines
	[ "${lines[0]:35}" = "/docs  -> /docs/" ]
	[ "${lines[1]:35}" = "/.env  (hidden; --hidden serves it)" ]
	[ "${lines[2]:35}" = "/out  (leaves the folder; --follow-symlinks serves it)" ]
	[ "${lines[3]:35}" = "/  (host evil.example; --allow-host evil.example lets it in)" ]
	[ "${lines[4]:35}" = '"\x16\x03\x01"  (TLS? this is http://, not https://)' ]
	[ "${lines[4]:8:10}" = " 400 -    " ]
}

@test "a file that only root can read is noted, with the user who cannot" {
	[ "$EUID" = 0 ] || skip "needs root"
	let_others_in
	echo secret >"$ROOT/secret"
	chmod 600 "$ROOT/secret"
	serve_on_terminal
	curl -sS -o /dev/null "${URL}secret"
	line 1
	[ "${PLAIN:9:3}" = 403 ] || skip "this build has no sandbox"
	[ "$(rest)" = "/secret  (nobody may not read it)" ]
	serve_stop TERM
	chown 54321 "$ROOT"
	RUN=()
	serve_on_terminal
	curl -sS -o /dev/null "${URL}secret"
	line 1
	[ "$(rest)" = "/secret  (user 54321 may not read it)" ]
}

@test "an icon that every browser asks for is noted when it is missing" {
	serve_on_terminal
	curl -sS -o /dev/null "${URL}favicon.ico" -o /dev/null "${URL}other.ico"
	line 2
	[ "$(rest)" = "/other.ico" ]
	PLAIN=$(log_lines | head -n 1)
	[ "$(rest)" = "/favicon.ico  (browsers ask for it)" ]
}

@test "ranges and clients that left are noted" {
	truncate -s 100M "$ROOT/big"
	serve_on_terminal
	curl -sS -o /dev/null -r 0-1048575 "${URL}big"
	curl -sS "${URL}big" | head -c 1000 >/dev/null || :
	line 2
	[[ $PLAIN =~ ' 200 GET '.*'  /big  (client left after '[0-9]+'%)'$ ]]
	PLAIN=$(log_lines | head -n 1)
	[ "${PLAIN:8:18}" = " 206 GET   1.0 MB " ]
	[ "$(rest)" = "/big  (bytes 0-1048575)" ]
}

@test "the client precedes the path if other machines can connect" {
	serve_on_terminal -b 0.0.0.0
	curl -sS -o /dev/null "http://127.0.0.1:$PORT/"
	line 1
	[ "$(rest)" = "127.0.0.1        /" ]
}

@test "if both are on one terminal, a request precedes its line" {
	serve_all_on_terminal -v --color=never
	curl -sS -A x -o /dev/null "$URL" "$URL" -o /dev/null
	line 2
	serve_stop TERM
	run -0 grep -E '^\| GET /|^[0-9:]{8} ' "$OUT"
	[ "${lines[0]}" = "| GET / HTTP/1.1" ]
	[[ ${lines[1]} =~ ^[0-9:]{8}\ 200 ]]
	[ "${lines[2]}" = "| GET / HTTP/1.1" ]
	[[ ${lines[3]} =~ ^[0-9:]{8}\ 200 ]]
}

# Send every byte and terminal escapes in path, method, fields and
# percent-encoded; request files with such names.  A request whose connection
# breaks is named, and sent once more.
attack() {
	python3 - "$PORT" <<-'EOF'
		import socket, sys
		from urllib.parse import quote
		evil = [bytes([i]) for i in range(256)]
		evil += [bytes([0xc2, i]) for i in range(0x80, 0xa0)]
		evil += [c.encode() for c in
		         "\u200b\u200e\u200f\u202a\u202e\u2066\u2069\u061c\ufeff\u2028"]
		evil += [b"\x1b]0;title\x07", b"\x1b]52;c;aGk=\x1b\\", b"\x9b31m",
		         b"\xc2\x9d8;;http://x\xc2\x9c", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
		forms = [b"GET /a%s HTTP/1.1\r\nHost: localhost\r\n",
		         b"G%sT /a HTTP/1.1\r\nHost: localhost\r\n",
		         b"GET /a HTTP/1.1%s\r\nHost: localhost\r\n",
		         b"GET /a HTTP/1.1\r\nHost: local%shost\r\n",
		         b"GET /a HTTP/1.1\r\nHost: localhost\r\nA%s: b%s\r\n"]
		def exchange(head):
		    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
		        s.sendall(head + b"Connection: close\r\n\r\n")
		        s.shutdown(socket.SHUT_WR)
		        while s.recv(65536):
		            pass
		def send(head):
		    try:
		        exchange(head)
		    except OSError as error:
		        print(error, "after", head)
		        exchange(head)
		for bytes_ in evil:
		    for form in forms:
		        send(form.replace(b"%s", bytes_))
		    name = quote(bytes_, safe="").encode()
		    send(b"GET /" + name + b" HTTP/1.1\r\nHost: localhost\r\n")
		    send(b"GET /dir" + name + b"?" + name + b" HTTP/1.1\r\nHost: localhost\r\n")
	EOF
}

# Make files and folders with such names.
make_evil_names() {
	python3 - "$ROOT" <<-'EOF'
		import os, sys
		root = os.fsencode(sys.argv[1])
		for i in set(range(1, 256)) - {0x2e, 0x2f}:
		    open(root + b"/" + bytes([i]), "w").close()
		    os.mkdir(root + b"/dir" + bytes([i]))
		for c in "\x9b\u200b\u202e\u2066":
		    os.mkdir(root + b"/dir" + c.encode())
	EOF
}

# Does FILE have only printable text?
is_clean() {
	python3 - "$1" <<-'EOF'
		import sys, unicodedata
		text = open(sys.argv[1], "rb").read().decode()
		bad = {c for c in text if c != "\n" and unicodedata.category(c) in
		       ("Cc", "Cf", "Cs", "Zl", "Zp")}
		sys.exit(f"raw: {bad!r}" if bad or not text else 0)
	EOF
}

@test "no byte of a client reaches the terminal unescaped, in the log" {
	make_evil_names
	serve_all_on_terminal --color=never --hidden
	attack
	line 2000
	serve_stop TERM
	is_clean "$OUT"
}

@test "no byte of a client reaches the terminal unescaped, with -v in any style" {
	make_evil_names
	for style in raw numbered curl; do
		OUT=$BATS_TEST_TMPDIR/$style
		RUN=()
		serve_all_on_terminal --color=never -q "-v$style"
		attack
		serve_stop TERM
		grep 'GET /a' "$OUT" >/dev/null
		is_clean "$OUT"
	done
}

# A terminal that was stopped, as by Ctrl-S, takes some 64 KiB.
stall() {
	curl -sS -o /dev/null "$URL"
	line 1
	kill -STOP "$PID"
	timeout 60 curl -sS -o /dev/null --fail "${URL}?[1-3000]"
	kill -CONT "$PID"
	line 3001
	[ "$(log_lines | grep -Ec '200 GET .*  /(\?[0-9]+)?$')" = 3001 ]
}

@test "a stopped terminal delays no request, and no line is lost" {
	serve_on_terminal
	stall
}

@test "another user's terminal, which cannot be reopened, delays no request either" {
	[ "$EUID" = 0 ] || skip "needs root"
	serve_as_user
	serve_on_terminal
	stall
}
