# -o: open the browser.

# The browsers expand these variables, so they are quoted here.
# shellcheck disable=SC2016
load helper

# This browser records its arguments, then waits for the FIFO.
setup() {
	serve_setup
	SEEN=$BATS_TEST_TMPDIR/seen
	HOLD=$BATS_TEST_TMPDIR/hold
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	mkdir "$BATS_TEST_TMPDIR/bin"
	export SEEN HOLD PATH
	browser browser 'printf "%s\n" "$@" >"$SEEN.new"; mv "$SEEN.new" "$SEEN"'
}

# NAME SCRIPT: install a browser with this name on PATH.
browser() {
	printf '#!/bin/sh\n%s\n' "$2" >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

children() {
	grep -ls "^PPid:[[:space:]]*$PID\$" /proc/[0-9]*/status
}

childless() {
	! children
}

@test "-o opens the URL of the banner" {
	BROWSER=browser serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "$URL" ]
}

@test "--open=PATH opens this page" {
	BROWSER=browser serve_start '--open=/a b/?q=1&r#part'
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "${URL}a%20b/?q=1&r#part" ]
}

@test "--open=PATH is opened beneath --base, with or without the base in PATH" {
	local path

	for path in /about /repo/about; do
		BROWSER=browser serve_start --base /repo/ "--open=$path"
		wait_until test -e "$SEEN"
		[ "$(cat "$SEEN")" = "${URL}about" ]
		rm "$SEEN"
	done
	BROWSER=browser serve_start --base /repo/ -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "$URL" ]
}

@test "%s in BROWSER is replaced by the URL" {
	BROWSER='browser --new-window --app=%s/ %s' serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "--new-window
--app=$URL/
$URL" ]
}

@test "words of BROWSER may be quoted, and no shell interprets them" {
	BROWSER="browser 'a  b' \"c\\\"d\" e\\ f \$HOME ;ls & " serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "a  b
c\"d
e f
\$HOME
;ls
$URL" ]
}

@test "the path of a browser may contain a space" {
	mkdir "$BATS_TEST_TMPDIR/Program Files"
	mv "$BATS_TEST_TMPDIR/bin/browser" "$BATS_TEST_TMPDIR/Program Files"
	BROWSER="$BATS_TEST_TMPDIR/Program Files/browser" serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "$URL" ]
}

@test "if a browser is missing or fails, the next one is tried" {
	browser fails 'exit 1'
	BROWSER=no-such-browser::fails:browser serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "$URL" ]
}

@test "only one browser is opened" {
	browser second 'touch "$SEEN.second"'
	BROWSER=browser:second serve_start -o
	wait_until test -e "$SEEN"
	# The process that tries them has ended when serve has no child any
	# more.
	wait_until childless
	[ ! -e "$SEEN.second" ]
}

@test "without BROWSER xdg-open is used, if there is a display" {
	browser xdg-open 'echo "xdg $1" >"$SEEN.new"; mv "$SEEN.new" "$SEEN"'
	DISPLAY=:7 serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "xdg $URL" ]
}

@test "in WSL wslview is used" {
	browser wslview 'echo "wsl $1" >"$SEEN.new"; mv "$SEEN.new" "$SEEN"'
	WSL_DISTRO_NAME=Debian serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "wsl $URL" ]
}

@test "in WSL without wslview, Windows opens the URL" {
	browser wslview 'exit 1'
	browser rundll32.exe 'echo "$*" >"$SEEN.new"; mv "$SEEN.new" "$SEEN"'
	WSL_DISTRO_NAME=Debian serve_start '--open=/?a=1&b=2'
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = "url.dll,FileProtocolHandler $URL?a=1&b=2" ]
}

@test "without a display serve prints the reason, and serves" {
	browser xdg-open 'touch "$SEEN.xdg"'
	serve_start -o
	wait_until grep -Fx "serve: no browser found, open $URL yourself" "$ERR"
	[ "$(status_of "$URL")" = 200 ]
	[ ! -e "$SEEN.xdg" ]
}

@test "if every browser fails serve prints the reason, and serves" {
	browser xdg-open 'exit 3'
	DISPLAY=:7 BROWSER=no-such-browser serve_start --open=/page
	wait_until grep -Fx "serve: no browser found, open ${URL}page yourself" \
		"$ERR"
	[ "$(status_of "$URL")" = 200 ]
}

@test "the browser outlives serve" {
	mkfifo "$HOLD"
	browser stays 'echo $$ >"$SEEN.new"; mv "$SEEN.new" "$SEEN"
		read -r end <"$HOLD"; echo "$end" >"$SEEN.end"'
	BROWSER=stays serve_start -o
	wait_until test -e "$SEEN"
	serve_stop TERM
	kill -0 "$(cat "$SEEN")"
	echo bye >"$HOLD"
	wait_until grep -qx bye "$SEEN.end"
}

@test "serve ends although its browser has not opened yet" {
	local status=0

	# The process that waits for the browser never learns that it is open.
	browser stays 'kill -s STOP $PPID; echo $PPID >"$SEEN.new"
		mv "$SEEN.new" "$SEEN"'
	BROWSER=stays serve_start -o
	wait_until test -e "$SEEN"
	serve_stop TERM || status=$?
	kill -s CONT "$(cat "$SEEN")"
	[ "$status" = 0 ]
}

@test "Ctrl-C and SIGHUP do not reach the browser: it has its own session" {
	browser stays 'cut -d " " -f 6 /proc/$$/stat >"$SEEN.new"; mv "$SEEN.new" "$SEEN"'
	BROWSER=stays serve_start -o
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" != "$(cut -d ' ' -f 6 "/proc/$PID/stat")" ]
}

@test "the browser inherits no descriptor of serve, or of its shell" {
	browser shows 'readlink /proc/$$/fd/0 /proc/$$/fd/2 >"$SEEN.new"
		# 10 belongs to the shell, for its script.
		for fd in 0 1 2 3 4 5 6 7 8 9 11 12 13 14 15 16; do
			[ ! -e /proc/$$/fd/$fd ] || echo $fd >>"$SEEN.new"
		done; mv "$SEEN.new" "$SEEN"'
	exec 8</etc/passwd
	BROWSER=shows serve_start -o
	exec 8<&-
	wait_until test -e "$SEEN"
	[ "$(cat "$SEEN")" = '/dev/null
/dev/null
0
1
2' ]
}

@test "the browser has the signals that serve was started with, and is not confined" {
	show='grep -E "^(Uid|Sig(Blk|Ign)|Cap|NoNewPrivs|Seccomp)" /proc/self/status'
	browser shows "$show >\"\$SEEN.new\"; mv \"\$SEEN.new\" \"\$SEEN\""
	# serve runs in the background: SIGINT and SIGQUIT are ignored there.
	sh -c "$show" >"$BATS_TEST_TMPDIR/direct" &
	wait $!
	BROWSER=shows serve_start -o
	wait_until test -e "$SEEN"
	diff "$BATS_TEST_TMPDIR/direct" "$SEEN"
}

@test "neither the browser nor the process that started it becomes a zombie" {
	BROWSER=browser serve_start -o
	wait_until test -e "$SEEN"
	wait_until childless
	[ "$(status_of "$URL")" = 200 ]
}

@test "without -o and COMMAND there is no helper process" {
	serve_start
	run ! children
}

@test "-o with COMMAND opens the browser and runs COMMAND" {
	BROWSER=browser run "$SERVE" -o "$ROOT" -- sh -c \
		'until [ -e "$SEEN" ]; do sleep 0.05; done
		[ "$(cat "$SEEN")" = "$SERVE_URL" ]' 3>&-
	[ "$status" = 0 ]
}

@test "Chromium is opened and loads the page" {
	need chromium
	echo '<script src=script.js></script>' >"$ROOT/index.html"
	touch "$ROOT/script.js"
	browser headless 'chromium --headless --no-sandbox --disable-gpu \
		--dump-dom --user-data-dir="$SEEN.profile" "$1"; touch "$SEEN"'
	BROWSER=headless serve_start -o --log-format combined
	wait_until grep -q '"GET /script.js HTTP/1.1" 200 .*Chrome' "$OUT"
	wait_until test -e "$SEEN"
}

# STATUS URL: what a browser gets there
goes() {
	[ "$(status_of -H 'Accept: text/html' "$2")" = "$1" ]
}

@test "with --key the browser gets a one-time key" {
	BROWSER=browser serve_start --key=real-key-1 -o
	wait_until test -e "$SEEN"
	opened=$(cat "$SEEN")
	[[ $opened =~ ^"$URL"\?key=[0-9a-f]{32}$ ]]
	run ! grep real-key "$SEEN"
	goes 303 "$opened"
	goes 401 "$opened"
	goes 303 "$URL?key=$KEY"
}

@test "the one-time key is refused to other programs, and stays valid for the browser" {
	BROWSER=browser serve_start --key -o
	wait_until test -e "$SEEN"
	opened=$(cat "$SEEN")
	[ "$(status_of "$opened")" = 401 ]
	[ "$(status_of -u "x:${opened#*=}" "$URL")" = 401 ]
	run -0 curl -sSL -c "$OUT.jar" -b "$OUT.jar" -H 'Accept: text/html' \
		-o /dev/null -w '%{http_code} %{url_effective}' "$opened"
	[ "$output" = "200 $URL" ]
}

@test "the one-time key goes at the end of the query that -o names" {
	BROWSER=browser serve_start --key '--open=/a?b=c&d#e?f'
	wait_until test -e "$SEEN"
	[[ $(cat "$SEEN") =~ ^"${URL}a?b=c&d&key="[0-9a-f]{32}"#e?f"$ ]]
	rm "$SEEN"
	BROWSER=browser serve_start --key '--open=/a#e?f'
	wait_until test -e "$SEEN"
	[[ $(cat "$SEEN") =~ ^"${URL}a?key="[0-9a-f]{32}"#e?f"$ ]]
}
