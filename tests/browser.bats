load helper

# Headless Chromium over real sites.  SHOTS names a folder to keep screenshots
# in.

setup() {
	need chromium
	need_module playwright-core axe-core
	export CHROMIUM HOME=$BATS_TEST_TMPDIR
	CHROMIUM=$(command -v chromium)
	serve_setup
}

browser() {
	timeout 100 node "$BATS_TEST_DIRNAME/browser/$1.js" "${@:2}"
}

need_site() {
	SITE=/usr/share/doc/python3/html
	need_file "$SITE" python3-doc
}

@test "a real site renders and its search runs, without one error" {
	need_site
	cp -rL "$SITE/." "$ROOT"
	# Debian packs the longest page
	gunzip "$ROOT/whatsnew/changelog.html.gz"
	serve_start
	browser site "$URL"
}

@test "listings of a real tree are clicked through three levels" {
	need_site
	cp -r "$SITE/_sources" "$ROOT"
	serve_start
	browser listing "$URL"
}

@test "no name breaks out of a listing and every link leads to its file" {
	serve_start
	browser names "$URL" "$ROOT"
}

@test "listing and error page are accessible in light, dark and on a phone" {
	mkdir "$ROOT/deep"
	touch "$ROOT"/deep/file{1..20}.txt
	ln -s nowhere "$ROOT/deep/broken"
	truncate -s 5G "$ROOT/deep/$(printf 'x%.0s' {1..200}).iso"
	mkdir "$ROOT/deep/empty"
	serve_start
	browser access "${URL}deep/" "${URL}deep/empty/" "${URL}deep/none"
}
