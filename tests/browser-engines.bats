load helper

# Listings, --live and media in Firefox and in WebKit, whose pages Safari and
# the browsers of GNOME show.

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

make_sound() {
	make_page
	python3 - "$ROOT/sound.wav" <<-'END'
		import sys, wave
		with wave.open(sys.argv[1], "wb") as w:
		    w.setparams((1, 2, 22050, 0, "NONE", ""))
		    w.writeframes(bytes(2 * 22050 * 60))
	END
}

# CASE: of tests/browser/engine.js
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

@test "in Firefox a listing is filtered, sorted and left" {
	make_listing
	serve_start
	firefox listing
}

@test "in Firefox 3,000 rows are filtered, and come back in parts" {
	touch "$ROOT"/file{1..3000}.txt
	serve_start
	firefox large
}

@test "in WebKit a listing is filtered, sorted and left" {
	make_listing
	serve_start
	webkit listing
}

@test "in Firefox --live exchanges a style sheet and reloads a page" {
	make_page
	serve_start --live
	firefox live
}

@test "in WebKit --live exchanges a style sheet and reloads a page" {
	make_page
	serve_start --live
	webkit live
}

# Two fonts for browser/engine.js.
find_fonts() {
	local folder

	for folder in /usr/share/fonts{/truetype,}{/dejavu,}; do
		export FONT=$folder/DejaVuSansMono.ttf OTHER=$folder/DejaVuSans.ttf
		[[ ! -e $FONT || ! -e $OTHER ]] || return 0
	done
	lack DejaVuSans.ttf
}

@test "in Firefox --live shows each change of a font" {
	find_fonts
	serve_start --live
	firefox font
}

@test "in Chromium --live shows each change of a font" {
	need chromium
	find_fonts
	serve_start --live
	timeout 100 node "$BATS_TEST_DIRNAME/browser/engine.js" chromium font \
		"$URL" "$ROOT"
}

@test "in WebKit --live shows each change of a font" {
	find_fonts
	serve_start --live
	webkit font
}

@test "in Firefox a recording is played from its middle" {
	make_sound
	serve_start
	firefox media
}

@test "in WebKit a recording is played from its middle" {
	make_sound
	serve_start
	webkit media
	grep -q '"GET /sound.wav HTTP/1.1" 206' "$OUT"
}
