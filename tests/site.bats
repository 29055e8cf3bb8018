# bats file_tags=once

load helper

# A real site of a thousand files: the Python documentation as Debian has it.

setup() {
	SITE=/usr/share/doc/python3/html
	need_file "$SITE" python3-doc
	serve_setup
	cp -rL "$SITE/." "$ROOT"
	GOT=$BATS_TEST_TMPDIR/got
}

@test "curl --parallel gets every file unchanged" {
	serve_start
	(cd "$ROOT" && find . -type f ! -name '.*' \
		-printf 'url="%P"\noutput="%P"\n') |
		sed "s|^url=\"|&$URL|" >"$BATS_TEST_TMPDIR/list"
	[ "$(grep -c ^url= "$BATS_TEST_TMPDIR/list")" -gt 500 ]
	curl -sS --fail --parallel --parallel-max 20 --create-dirs \
		--output-dir "$GOT" -K "$BATS_TEST_TMPDIR/list"
	diff -r -x ".*" "$ROOT" "$GOT"
}

@test "wget -r gets a response for every link, with the same bytes" {
	need wget
	# Debian compresses the longest page.
	gunzip "$ROOT/whatsnew/changelog.html.gz"
	serve_start
	wget -q -r -l inf -nH -P "$GOT" -e robots=off "$URL"
	cd "$GOT"
	[ "$(find . -name '*.html' | wc -l)" -gt 500 ]
	while read -r file; do
		cmp "$file" "$ROOT/${file%%\?*}"
	done < <(find . -type f)
}
