load helper
load browser

# --live in headless Chromium: a file changes, and the page follows.

setup() {
	need chromium
	need_module playwright-core
	serve_setup
}

# CASE [ARG]: a case of tests/browser/live.js
browser() {
	browse live "$URL" "$ROOT" "$1" "$PID" "${@:2}"
}

# CASE [OPTION]...: the same, with a server of its own.
live() {
	serve_start --live "${@:2}"
	browser "$1"
}

@test "a page reloads when its file changes, whatever URL it has" {
	live page
}

@test "a style sheet is exchanged in place: text and scroll position stay" {
	live style
}

@test "a style sheet that is missing for a moment does not flash" {
	live flash
}

@test "a page reloads when a file that it uses is written or replaced, and for no other file" {
	live parts
}

@test "a burst of 200 writes reloads the page once" {
	live burst
}

@test "a change reloads the page once, however late the event arrives" {
	live late
}

@test "a page reloads after its folder was emptied and filled, or replaced by a link" {
	live rebuilt
}

@test "a page reloads after the root was removed and made again" {
	live root
}

@test "a missing page shows the file that appears in its place" {
	live missing
}

@test "with --spa a route reloads when index.html changes" {
	live spa --spa
}

@test "after history.pushState the file that was loaded still counts" {
	live history
}

@test "a page whose service worker passes requests on reloads" {
	live worker
}

@test "a changed frame reloads without its page" {
	live frame
}

@test "a page with a base element reloads" {
	live base
}

@test "a page whose base element names another server reloads" {
	live foreignBase
}

@test "pages reload and links work behind a proxy that strips a prefix" {
	live prefix
}

@test "a listing follows its folder" {
	live listing
}

@test "serve FILE reloads the page when that file changes" {
	local folder=$ROOT

	touch "$ROOT/one.html"
	ROOT=$ROOT/one.html serve_start --live
	ROOT=$folder browser single
}

@test "a page reloads when the target of a link inside the root changes" {
	live link
}

@test "--live works under a strict Content-Security-Policy, and does not violate it" {
	live csp
}

@test "eight tabs share one stream, and each reloads once" {
	live tabs -j 2
	serve_stop TERM
	# Not one stream for each: browsers allow six connections.
	[ "$(grep -c 'GET /.well-known/serve/live[? ]' "$OUT")" -lt 6 ]
}

@test "without workers a page has a stream only while it is visible" {
	live alone
}

@test "a page restored from the history is not stale" {
	live back
}

@test "pages reload after serve has been restarted" {
	serve_start
	serve_stop TERM
	browser restart "$SERVE"
}

# make bench prints this time; here it must only be measured.
@test "the time from a save to its display is measured" {
	serve_start --live
	browser latency 3
}
