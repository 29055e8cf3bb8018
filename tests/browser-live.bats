load helper

# --live in headless Chromium: a change of a file, and what the page does.

setup() {
	need chromium
	need_module playwright-core
	export CHROMIUM HOME=$BATS_TEST_TMPDIR SERVE PID
	CHROMIUM=$(command -v chromium)
	serve_setup
}

# CASE: of browser/live.js
browser() {
	timeout 100 node "$BATS_TEST_DIRNAME/browser/live.js" "$URL" "$ROOT" "$1"
}

# CASE [OPTION]...: the same, beside a server of its own.
live() {
	serve_start --live "${@:2}"
	browser "$1"
}

@test "a page reloads when it changes, under whatever name it is open" {
	live page
}

@test "a style sheet is exchanged in place: text and scroll position stay" {
	live style
}

@test "a style sheet that is away for a moment leaves no flash" {
	live flash
}

@test "a page reloads for what it uses, written or replaced, and no more" {
	live parts
}

@test "a burst of 200 writes is one reload" {
	live burst
}

@test "a change is one reload, however late the page is told" {
	live late
}

@test "a folder that is emptied and filled again, or replaced by a link" {
	live rebuilt
}

@test "the root itself is removed, and built anew" {
	live root
}

@test "a missing page shows what appears in its place" {
	live missing
}

@test "with --spa a route reloads with its page" {
	live spa --spa
}

@test "the file of a page counts after history.pushState" {
	live history
}

@test "a page whose service worker passes requests on reloads" {
	live worker
}

@test "a frame that changes reloads by itself" {
	live frame
}

@test "a page with a base element reloads" {
	live base
}

@test "behind a proxy that strips a prefix pages reload and links hold" {
	live prefix
}

@test "a listing follows its folder" {
	live listing
}

@test "one file reloads with that file alone" {
	local folder=$ROOT

	touch "$ROOT/one.html"
	ROOT=$ROOT/one.html serve_start --live
	ROOT=$folder browser single
}

@test "a link to a file elsewhere inside" {
	live link
}

@test "a strict policy of the page is not broken, and breaks nothing" {
	live csp
}

@test "twelve tabs have one stream, and all reload once" {
	live tabs -j 2
	serve_stop TERM
	# Not one for each: browsers allow six connections.
	[ "$(grep -c 'GET /.well-known/serve/live[? ]' "$OUT")" -lt 6 ]
}

@test "without workers a page listens while it is looked at" {
	live alone
}

@test "a page that one comes back to is not old" {
	live back
}

@test "pages reload by themselves when serve has been started again" {
	serve_start
	serve_stop TERM
	browser restart
}

# What make bench prints; here that it works.
@test "the time from a save to what is seen is measured" {
	live latency
}
