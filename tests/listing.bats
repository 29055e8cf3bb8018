load helper
# Folders without an index page: the contents, order and formats of a listing.

JSON='Accept: application/json'
TEXT='Accept: text/plain'

# [CURL OPTION]... URL: the names in order, one per line, folders with a slash
names_of() {
	curl -sS -H "$TEXT" "$@"
}

# [CURL OPTION]... URL: the rows of the table
rows_of() {
	curl -sS "$@" | grep '^<tr class='
}

# NAME...: files with these names, all with the same time
files() {
	(cd "$ROOT" && touch -d '2026-11-20 12:00:00 UTC' -- "$@")
}

@test "a listing of a few files is exactly this page" {
	mkdir "$ROOT/docs"
	printf hello >"$ROOT/a & b"
	truncate -s 1234567 "$ROOT/big.iso"
	touch -d '2026-11-20 22:47:59 UTC' "$ROOT"/{docs,a*,big.iso}
	TZ=UTC0 serve_start
	curl -sS "$URL" | sed '/^<style>/d' >"$BATS_TEST_TMPDIR/page"
	diff - "$BATS_TEST_TMPDIR/page" <<-'END'
	<!doctype html>
	<html lang="en">
	<head>
	<meta charset="utf-8">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<meta name="color-scheme" content="light dark">
	<title>root/</title>
	<link rel="icon" href="data:,">
	</head>
	<body>
	<header>
	<nav aria-label="Breadcrumb"><h1 id="h"><span aria-current="page">root</span>/</h1></nav>
	<div class="bar"><span>1 folder, 2 files <span title="1,234,572 bytes">(1.2 MB)</span></span></div>
	</header>
	<main>
	<table aria-labelledby="h">
	<thead><tr><th scope="col" aria-sort="ascending"><form><button name="order" value="desc">Name <span aria-hidden="true">↑</span></button></form></th><th scope="col"><form><button name="sort" value="size">Size</button></form></th><th scope="col"><form><button name="sort" value="time">Modified</button></form></th></tr></thead>
	<tbody>
	<tr class="folder"><td><a href="docs/">docs/</a></td><td></td><td title="2026-11-20T22:47:59+00:00">2026-11-20 22:47</td></tr>
	<tr class="file"><td><a href="a%20%26%20b">a &amp; b</a></td><td>5 B</td><td title="2026-11-20T22:47:59+00:00">2026-11-20 22:47</td></tr>
	<tr class="archive"><td><a href="big.iso">big.iso</a></td><td title="1,234,567 bytes">1.2 MB</td><td title="2026-11-20T22:47:59+00:00">2026-11-20 22:47</td></tr>
	</tbody>
	</table>
	</main>
	<footer><form><button name="archive" value="zip">Download zip</button>
	<button name="archive" value="tar">Download tar</button></form>
	serve</footer>
	</body>
	</html>
	END
}

@test "folders come first; numbers sort by value, letters without case" {
	files v10 v2 V3 _x Beta alpha 10 9 009 file2.txt file10.txt file1.txt \
		第10章 第2章 Ä a-b a1 a 'a b' z
	mkdir "$ROOT"/{zoo,Yard,dir10,dir9}
	serve_start
	names_of "$URL" >"$BATS_TEST_TMPDIR/names"
	diff - "$BATS_TEST_TMPDIR/names" <<-'END'
	dir9/
	dir10/
	Yard/
	zoo/
	009
	9
	10
	_x
	a
	a b
	a-b
	a1
	alpha
	Beta
	file1.txt
	file2.txt
	file10.txt
	v2
	V3
	v10
	z
	Ä
	第2章
	第10章
	END
}

@test "a listing is sorted by name, size or time, both ways, folders first" {
	mkdir "$ROOT"/{d1,d2}
	printf 22 >"$ROOT/b"
	printf 1 >"$ROOT/c"
	printf 22 >"$ROOT/a"
	touch -d 2026-01-01 "$ROOT"/{d1,b}
	touch -d 2026-01-02 "$ROOT"/{d2,a}
	touch -d 2026-01-03 "$ROOT/c"
	serve_start
	sorted() {
		names_of "$URL$1" | paste -sd ' '
	}
	[ "$(sorted '')" = 'd1/ d2/ a b c' ]
	[ "$(sorted '?sort=name&order=desc')" = 'd2/ d1/ c b a' ]
	[ "$(sorted '?sort=size&order=desc')" = 'd1/ d2/ a b c' ]
	[ "$(sorted '?sort=size&order=asc')" = 'd1/ d2/ c a b' ]
	[ "$(sorted '?sort=time&order=desc')" = 'd2/ d1/ c a b' ]
	[ "$(sorted '?sort=time&order=asc')" = 'd1/ d2/ b a c' ]
	[ "$(sorted '?x=y&order=asc&sort=time')" = 'd1/ d2/ b a c' ]
	[ "$(sorted '?sort=color&order=random')" = 'd1/ d2/ a b c' ]
}

@test "a column button reverses the active order; the others use their default order" {
	files a
	serve_start
	# NAME OF COLUMN QUERY: the fields of its form, as a query
	column() {
		curl -sS "$URL$2" | sed -n '/^<thead>/s/<\/th>/&\n/gp' | grep ">$1" |
			grep -oE '(name|value)="[^"]*"' | cut -d '"' -f 2 | paste -sd '=&=' -
	}
	[ "$(column Name '')" = 'order=desc' ]
	[ "$(column Size '')" = 'sort=size' ]
	[ "$(column Modified '')" = 'sort=time' ]
	[ "$(column Name '?sort=size')" = '' ]
	[ "$(column Size '?sort=size')" = 'sort=size&order=asc' ]
	[ "$(column Size '?sort=size&order=asc')" = 'sort=size&order=desc' ]
	[ "$(column Modified '?sort=time&order=asc')" = 'sort=time&order=desc' ]
	[ "$(column Name '?sort=name&order=desc')" = 'order=asc' ]
	# QUERY: the announced order, and its column
	sorted_by() {
		curl -sS "$URL$1" | sed -nE 's/.*aria-sort="([a-z]*)"><form>(<input[^>]*>)?<button[^>]*>([A-Za-z]*).*/\1 \3/p'
	}
	[ "$(sorted_by '')" = 'ascending Name' ]
	[ "$(sorted_by '?sort=size')" = 'descending Size' ]
	[ "$(sorted_by '?sort=time&order=asc')" = 'ascending Modified' ]
}

@test "a crawler finds each folder and file once" {
	need wget
	mkdir -p "$ROOT/a/b"
	echo one >"$ROOT/a/b/one.png"
	serve_start
	(cd "$BATS_TEST_TMPDIR" && wget -qr -nH -P got "$URL")
	[ "$(cd "$BATS_TEST_TMPDIR/got" && find . -type f | sort | paste -sd ' ')" = \
		'./a/b/index.html ./a/b/one.png ./a/index.html ./index.html' ]
	serve_stop TERM
	[ "$(grep -c '"GET /' "$OUT")" = 5 ]
}

@test "a folder with pictures offers a grid, which its links keep" {
	mkdir "$ROOT/folder"
	files a.png 'b&.JPG' c.txt
	serve_start
	switch='<form><button name="view" value="grid">Pictures</button></form>'
	[[ "$(curl -sS "$URL")" = *"$switch"* ]]
	[[ "$(curl -sS "$URL")" != *'<img'* ]]
	run -0 curl -sS "$URL?view=grid&sort=size&order=asc"
	[[ "$output" = *'<input type="hidden" name="sort" value="size"><input type="hidden" name="order" value="asc"><button>Table</button></form>'* ]]
	[[ "$output" = *'<table aria-labelledby="h" class="grid">'* ]]
	[[ "$output" = *'<a href="folder/?view=grid&amp;sort=size&amp;order=asc">folder/</a>'* ]]
	[[ "$output" = *'<a href="a.png"><img src="a.png" alt="" loading="lazy" decoding="async">a.png</a>'* ]]
	[[ "$output" = *'<a href="b%26.JPG"><img src="b%26.JPG" alt="" loading="lazy" decoding="async">b&amp;.JPG</a>'* ]]
	[[ "$output" = *'<a href="c.txt">c.txt</a>'* ]]
	[ "$(grep -o '<img' <<<"$output" | wc -l)" = 2 ]
	[ "$(grep -o 'name="view" value="grid"' <<<"$output" | wc -l)" = 3 ]
	rm "$ROOT"/*.png "$ROOT"/*.JPG
	run -0 curl -sS "$URL?view=grid"
	[[ "$output" != *'class="grid"'* && "$output" != *Pictures* ]]
}

@test "the class of a row is the kind of its file" {
	files a.TAR a.tar.gz a.js a.pdf a.mp4 a.webp a.flac a.md a.qqq a .png a.
	mkdir "$ROOT/b.mp4"
	serve_start --hidden
	rows_of "$URL" | sed 's/<tr class="\([a-z]*\)"><td><a href="\([^"]*\)".*/\2 \1/' >"$BATS_TEST_TMPDIR/kinds"
	diff - "$BATS_TEST_TMPDIR/kinds" <<-'END'
	b.mp4/ folder
	.png picture
	a file
	a. file
	a.flac audio
	a.js code
	a.md text
	a.mp4 video
	a.pdf document
	a.qqq file
	a.TAR archive
	a.tar.gz archive
	a.webp picture
	END
}

@test "a simple parser finds name, size and date of each row on one line" {
	mkdir "$ROOT/docs"
	printf hello >"$ROOT/film.mkv"
	touch -d '2026-11-20 22:47:59 UTC' "$ROOT"/*
	TZ=UTC0 serve_start
	rows_of "$URL" | sed -nE 's/.*<a href="([^"]*)">([^<]*)<\/a>.*> *([0-9.]*) *(B|K|M|G)?<\/td>.*>([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2})<\/td>.*/\1 \2 \3 \5/p' >"$BATS_TEST_TMPDIR/parsed"
	diff - "$BATS_TEST_TMPDIR/parsed" <<-'END'
	docs/ docs/  2026-11-20 22:47
	film.mkv film.mkv 5 2026-11-20 22:47
	END
}

@test "the links to other folders keep the order" {
	mkdir -p "$ROOT/a/b/c"
	touch "$ROOT/a/b/file"
	serve_start
	links() {
		curl -sS "${URL}a/b/$1" | grep -o '<a href="[^"]*"' | cut -d ' ' -f 2 | paste -sd ' '
	}
	[ "$(links '')" = 'href="../../" href="../" href="../" href="c/" href="file"' ]
	[ "$(links '?x=1&sort=size&order=asc')" = 'href="../../?sort=size&amp;order=asc" href="../?sort=size&amp;order=asc" href="../?sort=size&amp;order=asc" href="c/?sort=size&amp;order=asc" href="file"' ]
}

@test "breadcrumbs lead to every folder above" {
	mkdir -p "$ROOT/a b/<i>/deep"
	serve_start
	run -0 curl -sS "${URL}a%20b/%3Ci%3E/deep/"
	[[ "$output" = *'<title>deep/</title>'* ]]
	[[ "$output" = *'<h1 id="h"><a href="../../../">root</a>/<wbr><a href="../../">a b</a>/<wbr><a href="../">&lt;i&gt;</a>/<wbr><span aria-current="page">deep</span>/</h1>'* ]]
}

@test "a path of a thousand folders has all its breadcrumbs" {
	path=$(printf 'd/%.0s' {1..1000})
	mkdir -p "$ROOT/$path"
	serve_start
	run -0 curl -sS "$URL$path"
	[ "$(grep -o '>d</a>/<wbr>' <<<"$output" | wc -l)" = 999 ]
	[[ "$output" = *'<span aria-current="page">d</span>/</h1>'*'</footer>'* ]]
}

@test "the root of the file system is listed as a slash" {
	ROOT=/ serve_start
	run -0 curl -sS "$URL"
	[[ "$output" = *'<title>/</title>'*'<h1 id="h"><span aria-current="page">/</span></h1>'* ]]
	run -0 curl -sS "${URL}usr/share/"
	[[ "$output" = *'<a href="../../">/</a><wbr><a href="../">usr</a>/<wbr>'* ]]
}

@test "the totals have singular and plural forms" {
	serve_start
	total() {
		curl -sS "$URL" | sed -n 's/^<div class="bar"><span>\(.*\)<\/span><\/div>/\1/p'
	}
	mkdir "$ROOT/d"
	[ "$(total)" = '1 folder' ]
	printf 12345 >"$ROOT/f"
	[ "$(total)" = '1 folder, 1 file <span>(5 B)</span>' ]
	truncate -s 995 "$ROOT/g"
	mkdir "$ROOT/e"
	[ "$(total)" = '2 folders, 2 files <span title="1,000 bytes">(1.0 kB)</span>' ]
}

@test "a listing has a filter from 11 entries on" {
	files {1..10}
	serve_start
	run -0 curl -sS "$URL"
	[[ "$output" != *'<input'* && "$output" != *'<script'* ]]
	mkdir "$ROOT/d"
	run -0 curl -sS "$URL"
	[[ "$output" = *'</table>'*'<script>'*'</script>'* && "$output" != *'<input'* ]]
}

@test "an empty folder is described as empty, except for hidden names" {
	mkdir "$ROOT/none"
	touch "$ROOT/none/.hidden"
	serve_start
	empty() {
		curl -sS "$1" | sed -n '/^<header>$/,/^<footer>/p'
	}
	run -0 empty "${URL}none/"
	[ "${lines[*]:2:4}" = '</header> <main> <p class="none">This folder is empty. Names that start with a dot are not shown.<br><a href="../">Parent folder</a></p> </main>' ]
	rm -r "$ROOT/none"
	run -0 empty "$URL"
	[ "${lines[4]}" = '<p class="none">This folder is empty. Names that start with a dot are not shown.</p>' ]
	# As text it is empty too, and says so before its end.
	[ "$(field_of content-length -H "$TEXT" "$URL")" = 0 ]
}

@test "with --hidden a listing has names that start with a dot" {
	mkdir -p "$ROOT/.well-known" "$ROOT/empty"
	touch "$ROOT/.profile" "$ROOT/x"
	serve_start
	[ "$(names_of "$URL")" = $'empty/\nx' ]
	serve_stop TERM
	serve_start --hidden
	[ "$(names_of "$URL")" = $'.well-known/\nempty/\n.profile\nx' ]
	[[ "$(curl -sS "${URL}empty/")" = *'<p class="none">This folder is empty.<br><a href="../">'* ]]
}

# Files whose names contain markup or control characters; each contains its
# name.
nasty_files() {
	NAMES=('<script>alert(1)<' '"onmouseover=alert(1) x="' "it's & co &amp;"
		$'new\nline' $'end\n' $'cr\rtab\tescape\e[31m\x7f'
		$'\u202etxt.exe' $'bad\xff\xfe\xc3' $'next\u0085line'
		$'sep\u2028line' 'javascript:alert(1)' 'a?b#c%41' '%2e%2e'
		'back\slash' ' spaces ' "+;,=@!\$()*~'" -rf ...
		"$(printf '"%.0s' {1..255})" "$(printf '…%.0s' {1..85})"
		"$(printf '\xff%.0s' {1..255})")

	for name in "${NAMES[@]}"; do
		printf %s "$name" >"$ROOT/$name"
	done
}

@test "each link of a listing leads to the file with that name" {
	nasty_files
	serve_start --hidden
	mapfile -t links < <(rows_of "$URL" | grep -o 'href="[^"]*"')
	[ "${#links[@]}" = "${#NAMES[@]}" ]
	for link in "${links[@]}"; do
		link=${link:6:-1}
		[[ "$link" =~ ^([A-Za-z0-9._~-]|%[0-9A-F][0-9A-F])+$ ]]
		name=$(printf '%b.' "${link//\%/\\x}")
		curl -sS --path-as-is "$URL$link" | cmp - "$ROOT/${name%.}"
	done
}

@test "names cannot inject markup, terminal escapes or lines" {
	nasty_files
	serve_start --hidden
	rows_of "$URL" >"$BATS_TEST_TMPDIR/rows"
	names_of "$URL" >"$BATS_TEST_TMPDIR/names"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/names")" = "${#NAMES[@]}" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/rows")" = "${#NAMES[@]}" ]
	[ "$(grep -cE '^<tr class="[a-z]*"><td><a href="[^"<>&]*">[^<>]*</a></td><td>[0-9]+ B</td><td title="[^<>"]*">[0-9 :-]*</td></tr>$' "$BATS_TEST_TMPDIR/rows")" = "${#NAMES[@]}" ]
	for form in names rows; do
		iconv -f UTF-8 -t UTF-8 "$BATS_TEST_TMPDIR/$form" >/dev/null
		run -1 grep -P '[\x00-\x1f\x7f\x{80}-\x{9f}\x{2028}]' "$BATS_TEST_TMPDIR/$form"
	done
	grep -qx 'new␊line' "$BATS_TEST_TMPDIR/names"
	grep -q '>bad���</a>' "$BATS_TEST_TMPDIR/rows"
	grep -qF '>\xe2\x80\xaetxt.exe</a>' "$BATS_TEST_TMPDIR/rows"
	grep -qxF '\xe2\x80\xaetxt.exe' "$BATS_TEST_TMPDIR/names"
	grep -q '>&lt;script&gt;alert(1)&lt;</a>' "$BATS_TEST_TMPDIR/rows"
}

@test "JSON has the name, type, size and time of every entry" {
	need jq
	mkdir "$ROOT/docs"
	truncate -s 5000000000 "$ROOT/big"
	touch "$ROOT/"$'"q"\\\n\u202e\x01'
	touch -d '2026-11-20 22:47:59.9 UTC' "$ROOT"/*
	serve_start
	curl -sS -H "$JSON" "$URL" >"$BATS_TEST_TMPDIR/json"
	[ "$(jq -c . "$BATS_TEST_TMPDIR/json")" = '[{"name":"docs","type":"folder","size":null,"mtime":"2026-11-20T22:47:59Z"},{"name":"\"q\"\\\n'$'\u202e''\u0001","type":"file","size":0,"mtime":"2026-11-20T22:47:59Z"},{"name":"big","type":"file","size":5000000000,"mtime":"2026-11-20T22:47:59Z"}]' ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/json")" = 5 ]
	rm -r "${ROOT:?}"/*
	[ "$(curl -sS -H "$JSON" "$URL")" = '[]' ]
}

@test "Accept chooses the format of a listing" {
	files a
	serve_start
	[ "$(field_of content-type "$URL")" = 'text/html; charset=utf-8' ]
	[ "$(field_of content-type -H "$JSON" "$URL")" = application/json ]
	[ "$(field_of content-type -H "$TEXT" "$URL")" = 'text/plain; charset=utf-8' ]
	[[ "$(field_of vary "$URL")" = *Accept* ]]
	[ "$(field_of cache-control "$URL")" = no-cache ]
	run -0 curl -sS -I "$URL"
	[[ "$output" = 'HTTP/1.1 200'*'Content-Type: text/html; charset=utf-8'* ]]
}

@test "names that would get 404 are not listed; a link is listed like its target" {
	mkdir "$ROOT/folder" "$BATS_TEST_TMPDIR/outside"
	echo 12345 >"$ROOT/file"
	ln -s file "$ROOT/to-file"
	ln -s "$ROOT/folder" "$ROOT/to-folder"
	ln -s nowhere "$ROOT/broken"
	ln -s loop "$ROOT/loop"
	ln -s ../outside "$ROOT/outside"
	mkfifo "$ROOT/fifo"
	ln -s fifo "$ROOT/to-fifo"
	serve_start
	[ "$(names_of "$URL" | paste -sd ' ')" = 'folder/ to-folder/ file to-file' ]
	[[ "$(rows_of "$URL")" = *'<a href="to-file">to-file</a></td><td>6 B</td>'* ]]
	serve_stop TERM
	serve_start --follow-symlinks
	[ "$(names_of "$URL" | paste -sd ' ')" = 'folder/ outside/ to-folder/ file to-file' ]
}

@test "on an overlay, as in a container, a link that leads out is listed like its target" {
	[ "$EUID" = 0 ] || skip "needs root"
	need_unshare --mount
	cat >"$BATS_TEST_TMPDIR/overlay" <<-'EOF'
		mount -t tmpfs none "$1" && mkdir "$1/lower" "$1/upper" "$1/work" &&
			mkdir "$1/lower/folder" && ln -s "$1/folder" "$1/lower/link" &&
			mkdir "$1/folder" && mount -t overlay none "$2" \
			-o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" &&
			shift 2 && exec "$@"
	EOF
	mkdir "$BATS_TEST_TMPDIR/layers"
	RUN=(unshare --mount sh "$BATS_TEST_TMPDIR/overlay"
		"$BATS_TEST_TMPDIR/layers" "$ROOT")
	"${RUN[@]}" true 2>/dev/null || skip "needs permission to mount an overlay"
	serve_start --follow-symlinks
	[ "$(names_of "$URL" | paste -sd ' ')" = 'folder/ link/' ]
}

@test "unreadable files and folders are listed" {
	mkdir -m 0 "$ROOT/closed"
	touch "$ROOT/secret"
	chmod 0 "$ROOT/secret"
	serve_as_user
	serve_start
	[ "$(names_of "$URL" | paste -sd ' ')" = 'closed/ secret' ]
	[ "$(status_of "${URL}closed/")" = 403 ]
	rmdir "$ROOT/closed"
}

@test "times are the server's local times, in summer and in winter" {
	need_file /usr/share/zoneinfo/Europe/Berlin tzdata
	touch -d '2026-07-01 10:00 UTC' "$ROOT/1"
	touch -d '2026-10-25 00:59:59 UTC' "$ROOT/2"
	touch -d '2026-10-25 01:00 UTC' "$ROOT/3"
	touch -d '2026-12-31 23:30 UTC' "$ROOT/4"
	touch -d '1969-12-31 23:59:59 UTC' "$ROOT/5"
	touch -d '2024-02-29 23:00:01 UTC' "$ROOT/6"
	TZ=Europe/Berlin serve_start
	rows_of "$URL" | grep -o 'title="[^"]*-[^"]*">.*' | sed 's/title="//; s/">/ /; s/<.*//' >"$BATS_TEST_TMPDIR/times"
	diff - "$BATS_TEST_TMPDIR/times" <<-'END'
	2026-07-01T12:00:00+02:00 2026-07-01 12:00
	2026-10-25T02:59:59+02:00 2026-10-25 02:59
	2026-10-25T02:00:00+01:00 2026-10-25 02:00
	2027-01-01T00:30:00+01:00 2027-01-01 00:30
	1970-01-01T00:59:59+01:00 1970-01-01 00:59
	2024-03-01T00:00:01+01:00 2024-03-01 00:00
	END
}

@test "a time zone west of Greenwich has a negative offset" {
	files a
	TZ=XXX3:30 serve_start
	[[ "$(rows_of "$URL")" = *'<td title="2026-11-20T08:30:00-03:30">2026-11-20 08:30</td></tr>' ]]
}

@test "sizes have one decimal below 100, and a title in bytes from 1 kB on" {
	for size in 0 999 1000 99949 99950 999499 999500 4700000000; do
		truncate -s "$size" "$ROOT/$size"
	done
	serve_start
	rows_of "$URL" | sed 's/.*<\/a><\/td>\(.*\)<td .*/\1/' >"$BATS_TEST_TMPDIR/sizes"
	diff - "$BATS_TEST_TMPDIR/sizes" <<-'END'
	<td>0 B</td>
	<td>999 B</td>
	<td title="1,000 bytes">1.0 kB</td>
	<td title="99,949 bytes">99.9 kB</td>
	<td title="99,950 bytes">100 kB</td>
	<td title="999,499 bytes">999 kB</td>
	<td title="999,500 bytes">1.0 MB</td>
	<td title="4,700,000,000 bytes">4.7 GB</td>
	END
}

@test "the next listing shows a change of the folder" {
	serve_start
	for i in {1..20}; do
		touch "$ROOT/$i"
		[ "$(names_of "$URL" | wc -l)" = "$i" ]
	done
	rm "$ROOT/1"
	[ "$(names_of "$URL" | head -1)" = 2 ]
}

@test "pipelined listings of one folder are complete, each in its own order" {
	for i in {1..300}; do
		printf '%*s' $((300 - i)) '' >"$ROOT/$i"
	done
	serve_start
	for query in '' '?sort=size&order=asc' '?sort=name&order=desc' ''; do
		printf 'GET /%s HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n' "$query"
	done | raw | tr -d '\r' | grep -x '[1-9][0-9]*' >"$BATS_TEST_TMPDIR/names"
	diff <(seq 300; seq 300 -1 1; seq 300 -1 1; seq 300) "$BATS_TEST_TMPDIR/names"
}

@test "many clients at once each get the complete listing" {
	files {1..2000}
	serve_start
	for i in {1..24}; do
		printf 'url = "%s?%d"\noutput = "%s"\n' "$URL" "$i" "$BATS_TEST_TMPDIR/got$i"
	done >"$BATS_TEST_TMPDIR/config"
	curl -sS -Z --parallel-max 24 --parallel-immediate -H "$TEXT" -K "$BATS_TEST_TMPDIR/config"
	for i in {1..24}; do
		diff -q <(seq 2000) "$BATS_TEST_TMPDIR/got$i"
	done
}

# KEY: a value of the server's memory in kB
memory() {
	sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$PID/status"
}

@test "30,000 entries are sorted in little memory, and other clients are served" {
	root_in_memory
	(cd "$ROOT" && seq -f 'file-%.0f' 30000 | shuf --random-source=/dev/zero | xargs touch)
	mkdir "$ROOT/sub"
	serve_start -q -j 1
	before=$(memory VmRSS)
	rows_of "$URL" 3>&- | cut -d '"' -f 4 >"$BATS_TEST_TMPDIR/names" &
	listing=$!
	answers=0
	while [ "$answers" -lt 5 ] && kill -0 "$listing" 2>/dev/null; do
		[ "$(names_of -m 2 "${URL}sub/")" = "" ]
		answers=$((answers + 1))
	done
	wait "$listing"
	diff -q <(echo sub/; seq -f 'file-%.0f' 30000) "$BATS_TEST_TMPDIR/names"
	after=$(memory VmHWM)
	echo "$before kB, then $after kB; $answers answers meanwhile"
	! is_release || [ $((after - before)) -lt 4096 ]
	[ "$answers" -ge 2 ]
}

# Slow under sanitizers.
# bats test_tags=cost
@test "concurrent listings share one memory budget, and return what they used" {
	root_in_memory
	(cd "$ROOT" && seq -f '%0250.0f' 20000 | xargs touch)	# 5.4 MB of 64 MiB
	# No client leaves while the others begin, however long that takes.
	serve_start -q --timeout 600
	slow=()
	for i in {1..15}; do
		curl -s --limit-rate 1k -D "$BATS_TEST_TMPDIR/head$i" -o /dev/null "$URL" 3>&- &
		# One at a time: within one iteration they would share the
		# entries.
		wait_until begun_or_refused "$BATS_TEST_TMPDIR/head$i" "$!"
		! grep -q '^HTTP/1.1 200' "$BATS_TEST_TMPDIR/head$i" || slow+=("$!")
	done
	echo "${#slow[@]} started"
	[ "${#slow[@]}" -ge 10 ]
	[ "${#slow[@]}" -le 14 ]
	kill "${slow[@]}"
	wait "${slow[@]}" || true
	wait_until curl -sf -o /dev/null "$URL"
}

# FILE PID: curl has written a head, or has ended.
begun_or_refused() {
	[ -s "$1" ] || ! kill -0 "$2" 2>/dev/null
}
