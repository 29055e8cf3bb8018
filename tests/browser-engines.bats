load helper
load browser

# Listings, --live and media in Firefox and in WebKit, the engine of Safari and
# of GNOME's browser.

setup() {
	need python3
	need_module playwright-core
	export HOME=$BATS_TEST_TMPDIR
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

# CASE: a case of tests/browser/engine.js
firefox() {
	need firefox-esr
	timeout 100 node "$BATS_TEST_DIRNAME/browser/engine.js" firefox "$1" \
		"$URL" "$ROOT"
}

webkit() {
	need WebKitWebDriver Xvfb
	MINIBROWSER=$(compgen -G '/usr/lib/*/webkit2gtk-4.*/MiniBrowser') ||
		lack MiniBrowser
	export MINIBROWSER=${MINIBROWSER%%$'\n'*}
	timeout 100 node "$BATS_TEST_DIRNAME/browser/engine.js" webkit "$1" \
		"$URL" "$ROOT"
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

# Two fonts for tests/browser/engine.js.
find_fonts() {
	local folder

	for folder in /usr/share/fonts{/truetype,}{/dejavu,}; do
		export FONT=$folder/DejaVuSansMono.ttf OTHER=$folder/DejaVuSans.ttf
		[[ ! -e $FONT || ! -e $OTHER ]] || return 0
	done
	lack DejaVuSans.ttf
}

@test "Firefox shows each change of a font with --live" {
	find_fonts
	serve_start --live
	firefox font
}

@test "Chromium shows each change of a font with --live" {
	need chromium
	find_fonts
	serve_start --live
	timeout 100 node "$BATS_TEST_DIRNAME/browser/engine.js" chromium font \
		"$URL" "$ROOT"
}

@test "WebKit shows each change of a font with --live" {
	find_fonts
	serve_start --live
	webkit font
}

@test "Firefox plays a recording from its middle" {
	make_page
	make_sound "$ROOT/sound.wav"
	serve_start
	firefox media
}

@test "WebKit plays a recording from its middle" {
	make_page
	make_sound "$ROOT/sound.wav"
	serve_start
	webkit media
	grep -q '"GET /sound.wav HTTP/1.1" 206' "$OUT"
}
