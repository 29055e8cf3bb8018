load helper

# The image of packaging/Containerfile, run without a container engine: only the
# static binary, as process 1, read-only, for any user, without /proc and /dev.

setup_file() {
	! command -v musl-gcc >/dev/null ||
		make_static PROG="$BATS_FILE_TMPDIR/serve-static" \
			"$BATS_FILE_TMPDIR/serve-static"
}

setup() {
	serve_setup
	[ "$EUID" = 0 ] || skip "needs root"
	need musl-gcc pgrep
	need_unshare --mount --pid --fork
	let_others_in
}

# NAME: the rest of this line of the Containerfile
line_of() {
	sed -n "s/^$1 //p" "$BATS_TEST_DIRNAME/../packaging/Containerfile"
}

# USER [OPTION]...: start the image's command with these additional options, on
# any free port.
container() {
	local image=$BATS_TEST_TMPDIR/image command

	: >"$ERR"
	read -ra command <<<"$(line_of ENTRYPOINT | tr -d '[",]') -p 0 ${*:2}"
	mkdir -p "$image"
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child sh -euc '
		image=$1 serve=$2 folder=$3 workdir=$4 user=$5
		shift 5
		mount -t tmpfs -o mode=755 tmpfs "$image"
		cp "$serve" "$image/serve"
		mkdir "$image$workdir"
		mount --bind -o ro "$folder" "$image/srv"
		mount -o remount,ro "$image"
		exec unshare --root "$image" --wd "$workdir" \
			--setuid "${user%:*}" --setgid "${user#*:}" "$@"' - \
		"$image" "$BATS_FILE_TMPDIR/serve-static" "$ROOT" \
		"$(line_of WORKDIR)" "$1" \
		"${command[@]}" >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until serve_settled && [ -n "$URL" ] || return
	[[ $URL =~ :([0-9]+)/ ]]
	URL=http://127.0.0.1:${BASH_REMATCH[1]}/
}

# unshare passes no signals on, so process 1 gets the signal directly.
container_stop() {
	kill -TERM "$(pgrep -P "$PID")"
	serve_wait
}

# bats test_tags=build
@test "the image serves as process 1, read-only, for any user" {
	echo content >"$ROOT/file"
	mkdir "$ROOT/folder"
	for user in 0:0 12345:54321; do
		container "$user" -v
		[ "$(curl -sS "${URL}file")" = content ]
		curl -sS "$URL" | grep 'href="folder/"'
		[ "$(curl -sS -r -4 "${URL}file")" = ent ]
		grep '"GET /file HTTP/1.1" 200 8 ' "$OUT"
		container_stop
	done
}

# bats test_tags=build
@test "in the image archives work, and --live reports that it sees no changes" {
	echo '<p>page' >"$ROOT/page.html"
	container 12345:12345 --live
	curl -sS "${URL}?archive=tar" | tar -t | grep page.html
	[ "$(status_of -H 'Accept: text/html' "${URL}page.html")" = 200 ]
	grep '^serve: cannot watch folders, --live sees no changes: no /proc$' "$ERR"
	container_stop
}
