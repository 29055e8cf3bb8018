# serve FILE: only this file, at its name.

load wire

setup() {
	serve_setup
	FOLDER=$ROOT
	ROOT=$FOLDER/report.txt
	echo report >"$ROOT"
	echo beside >"$FOLDER/beside"
	echo index >"$FOLDER/index.html"
	echo lost >"$FOLDER/404.html"
	echo zipped >"$FOLDER/report.txt.gz"
	mkdir "$FOLDER/folder"
	echo deep >"$FOLDER/folder/report.txt"
}

@test "FILE is served at its name, / redirects to it, and all else is 404" {
	serve_start_both
	expect "Accept-Encoding: gzip" <<-'EOF'
		302 /
		302 /?x
		200 /report.txt report
		200 /report.txt?x report
		200 //report.txt report
		200 /x/../report.txt report
		404 /beside
		404 /index.html
		404 /404.html
		404 /report.txt.gz
		404 /report.txt/
		404 /report
		404 /folder/
		404 /folder
		404 /folder/report.txt
		404 /../report.txt/x
		400 /%
	EOF
	run curl -sS "${URL}absent"
	[[ $output != *lost* ]]
}

@test "FILE has its type, tag, date and ranges" {
	serve_start
	wire <<-'EOF'
		client = Client()
		one = client.ask(get("/report.txt"))
		assert one["Content-Type"] == "text/plain; charset=utf-8"
		assert client.ask(get("/report.txt",
		    "If-None-Match: " + one["ETag"])).status == 304
		assert client.ask(get("/report.txt", "Range: bytes=0-2")).body == b"rep"
	EOF
}

@test "the URL that is printed has the name, so browsers save the file under it" {
	for name in report.txt 'a b.txt' 'c:d?e'; do
		ROOT=$FOLDER/$name
		echo odd >"$ROOT"
		serve_start
		printed=$(grep -o 'http://.*' "$ERR")
		cd "$BATS_TEST_TMPDIR"
		rm -f ./*odd*
		[ "$(curl -sS "$printed")" = odd ]
		# The redirect is relative, and keeps the query.
		run curl -sS -o /dev/null -D - "$URL?x=1"
		[[ $output = "HTTP/1.1 302 Found"* ]]
		grep -Fx "Location: ${printed##*/}?x=1"$'\r' <<<"$output"
		grep -x $'Cache-Control: no-store\r' <<<"$output"
		[ "$(curl -sSL "$URL")" = odd ]
		serve_stop TERM
	done
	ROOT=$FOLDER/report.txt
	serve_start --base /repo/
	grep -x "Serving .*/report.txt at http://localhost:$PORT/repo/report.txt" "$ERR"
}

@test "a request for another file of the folder is noted, with how to serve it" {
	serve_start --log-format=pretty
	curl -sS -o /dev/null "${URL}style.css"
	serve_stop TERM
	grep -F "/style.css  (only report.txt is served; 'serve $FOLDER' serves its folder)" "$OUT"
	cd "$FOLDER"
	ROOT=report.txt
	serve_start --log-format=pretty
	curl -sS -o /dev/null "${URL}style.css"
	serve_stop TERM
	grep -F "/style.css  (only report.txt is served; 'serve' serves its folder)" "$OUT"
}

@test "the name of FILE may be hidden, unusual, or that of an option" {
	for name in .env 'a b%41#?.txt' -x $'\xff\n'; do
		ROOT=$FOLDER/$name
		echo odd >"$ROOT"
		serve_start
		[ "$(curl -sSL "$URL")" = odd ]
		NAME=$name wire <<-'EOF'
			from urllib.parse import quote
			name = os.fsencode(os.environ["NAME"])
			assert ask(get("/" + quote(name))).body == b"odd\n"
		EOF
		serve_stop TERM
	done
}

@test "a FILE that an editor replaces is served in its new version" {
	serve_start_both
	expect <<<"200 /report.txt report"
	echo again >"$FOLDER/.report.swp"
	mv "$FOLDER/.report.swp" "$ROOT"
	expect <<-'EOF'
		200 /report.txt again
	EOF
	rm "$ROOT"
	expect <<<"404 /report.txt"
	echo back >"$ROOT"
	expect <<<"200 /report.txt back"
}

@test "FILE may be a relative path, a name in the current folder, or in /" {
	cd "$FOLDER"
	for ROOT in report.txt ./report.txt folder/../report.txt ../root/report.txt; do
		serve_start
		[ "$(curl -sSL "$URL")" = report ]
		[ "$(curl -sS "${URL}report.txt")" = report ]
		serve_stop TERM
	done
}

@test "if the folder of FILE is made again, the new file is served" {
	ROOT=$FOLDER/folder/report.txt
	serve_start
	[ "$(curl -sSL "$URL")" = deep ]
	rm -r "$FOLDER/folder"
	[ "$(status_of "${URL}report.txt")" = 404 ]
	mkdir "$FOLDER/folder"
	echo anew >"$ROOT"
	[ "$(curl -sSL "$URL")" = anew ]
}

@test "FILE may be a link that leads anywhere" {
	ln -s beside "$FOLDER/near"
	echo far >"$BATS_TEST_TMPDIR/far"
	ln -s "$BATS_TEST_TMPDIR/far" "$FOLDER/link.html"
	for name in near link.html; do
		ROOT=$FOLDER/$name
		serve_start
		[ "$(curl -sSL "$URL")" = "$(cat "$ROOT")" ]
		[ "$(curl -sS "$URL$name")" = "$(cat "$ROOT")" ]
		[ "$(status_of "${URL}far")" = 404 ]
		[ "$(status_of "${URL}beside")" = 404 ]
		serve_stop TERM
	done
	serve_start
	# The type depends on the name of the link.
	[ "$(field_of content-type "${URL}link.html")" = "text/html; charset=utf-8" ]
}

@test "the target of a link may be replaced as well" {
	echo far >"$BATS_TEST_TMPDIR/far"
	ROOT=$FOLDER/link
	ln -s ../far "$ROOT"
	serve_start
	echo again >"$BATS_TEST_TMPDIR/new"
	mv "$BATS_TEST_TMPDIR/new" "$BATS_TEST_TMPDIR/far"
	[ "$(curl -sSL "$URL")" = again ]
}

@test "a FILE that becomes unreadable is 403; one that is unreadable does not start" {
	serve_as_user
	serve_start
	chmod 0 "$ROOT"
	[ "$(status_of "${URL}report.txt")" = 403 ]
	serve_stop TERM
	run "${RUN[@]}" "$SERVE" -p 0 "$ROOT" 3>&-
	[ "$status" = 1 ]
	[ "$output" = "serve: cannot open file '$ROOT': Permission denied" ]
}

@test "--spa, --hidden and --follow-symlinks serve no other file" {
	ln -s /etc/passwd "$FOLDER/passwd"
	serve_start --spa --hidden --follow-symlinks
	SERVERS=$PORT
	expect "Accept: text/html" <<-'EOF'
		302 /
		404 /user
		404 /index.html
		404 /passwd
		404 /beside
	EOF
}
