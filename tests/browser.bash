# For tests in browsers.  Those of a file share one process, which starts each
# browser once; all of them end with the file, even if it is killed.

setup_file() {
	browsers_start
}

teardown_file() {
	[ -z "${BROWSERS_PID-}" ] || browsers_stop
}

# [COMMAND...]: start that process, by this command, if tests may use browsers.
browsers_start() {
	local mini=(/usr/lib/*/webkit2gtk-4.*/MiniBrowser)

	[ -n "${BROWSERS-}" ] && command -v node >/dev/null || return 0
	export BROWSERS_SOCKET=$BATS_FILE_TMPDIR/browsers BROWSERS_PID
	HOME=$BATS_FILE_TMPDIR TMPDIR=$BATS_FILE_TMPDIR MINIBROWSER=${mini[0]} \
		CHROMIUM=$(command -v chromium) \
		"$@" setpriv --pdeathsig TERM node \
		"$BATS_TEST_DIRNAME/browser/main.js" --listen "$BROWSERS_SOCKET" 3>&- &
	BROWSERS_PID=$!
	wait_until test -S "$BROWSERS_SOCKET"
}

# Fails if a browser has crashed.
browsers_stop() {
	kill "$BROWSERS_PID"
	wait "$BROWSERS_PID"
}

# SCRIPT [ARG]...: call what a script of tests/browser exports, and print what it
# returns, or how it failed.
browse() {
	printf '%s\0' "$@" | curl -sS --fail-with-body --data-binary @- \
		--unix-socket "$BROWSERS_SOCKET" http://localhost/
}

# FILE: a minute of silence
make_sound() {
	python3 - "$1" <<-'END'
		import sys, wave
		with wave.open(sys.argv[1], "wb") as w:
		    w.setparams((1, 2, 22050, 0, "NONE", ""))
		    w.writeframes(bytes(2 * 22050 * 60))
	END
}

# FOLDER: the page and the style sheet of a small Vite app, which loads /main.js
make_vite_page() {
	cat >"$1/index.html" <<-'END'
		<!doctype html>
		<title>app</title>
		<link rel="icon" href="data:,">
		<h1></h1>
		<script type="module" src="/main.js"></script>
	END
	echo 'h1 { color: red }' >"$1/style.css"
}
