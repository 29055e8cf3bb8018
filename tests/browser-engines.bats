load helper
load browser

# Listings, --live and media in Firefox and in WebKit, the engine of Safari and
# of GNOME's browser.

setup() {
	need python3
	need_module playwright-core
	serve_setup
}

make_page() {
	echo 'body { color: rgb(1, 2, 3) }' >"$ROOT/page.css"
	echo '<!doctype html><title>p</title><link rel=stylesheet href=page.css><p>first' \
		>"$ROOT/page.html"
}

make_listing() {
	touch "$ROOT"/file{1..20}.txt
	echo 'the script' >"$ROOT/a.js"
	echo 'another script' >"$ROOT/b.js"
}

# CASE [ARG]...: a case of tests/browser/engine.js
firefox() {
	need firefox-esr
	browse engine firefox "$1" "$URL" "$ROOT" "${@:2}"
}

webkit() {
	need WebKitWebDriver Xvfb
	compgen -G '/usr/lib/*/webkit2gtk-4.*/MiniBrowser' || lack MiniBrowser
	browse engine webkit "$1" "$URL" "$ROOT" "${@:2}"
}

@test "Firefox filters and sorts a listing, and keeps both after a link and back" {
	make_listing
	serve_start
	firefox listing
}

@test "Firefox filters 3,000 rows, and shows them again in parts" {
	touch "$ROOT"/file{1..3000}.txt
	serve_start
	firefox large
}

@test "WebKit filters and sorts a listing, and keeps both after a link and back" {
	make_listing
	serve_start
	webkit listing
}

@test "Firefox exchanges a style sheet and reloads a page with --live" {
	make_page
	serve_start --live
	firefox live
}

@test "WebKit exchanges a style sheet and reloads a page with --live" {
	make_page
	serve_start --live
	webkit live
}

@test "Firefox reloads only a frame, also behind a service worker" {
	make_page
	serve_start --live
	firefox frame
}

@test "WebKit reloads only a frame, also behind a service worker" {
	make_page
	serve_start --live
	webkit frame
}

# Set fonts to two files: the letters of the first one have the same width.
find_fonts() {
	local folder

	for folder in /usr/share/fonts{/truetype,}{/dejavu,}; do
		fonts=("$folder"/DejaVuSans{Mono,}.ttf)
		[[ ! -e ${fonts[0]} || ! -e ${fonts[1]} ]] || return 0
	done
	lack DejaVuSans.ttf
}

@test "Firefox shows each change of a font with --live" {
	find_fonts
	serve_start --live
	firefox font "${fonts[@]}"
}

@test "Chromium shows each change of a font with --live" {
	need chromium
	find_fonts
	serve_start --live
	browse engine chromium font "$URL" "$ROOT" "${fonts[@]}"
}

@test "WebKit shows each change of a font with --live" {
	find_fonts
	serve_start --live
	webkit font "${fonts[@]}"
}

@test "Firefox plays a recording from its middle" {
	make_page
	make_sound "$ROOT/sound.wav"
	serve_start
	firefox media
	grep -q '"GET /sound.wav HTTP/1.1" 206' "$OUT"
}

@test "WebKit plays a recording from its middle" {
	make_page
	make_sound "$ROOT/sound.wav"
	serve_start
	webkit media
	grep -q '"GET /sound.wav HTTP/1.1" 206' "$OUT"
}
