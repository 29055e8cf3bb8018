load helper

# The last line of a terminal shows what is being sent.

setup() {
	need tmux
	serve_setup
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR
	unset TMUX
	truncate -s 4G "$ROOT/movie.mkv"
	echo hello >"$ROOT/file"
}

teardown() {
	tmux kill-server 2>/dev/null || :
	kill "${CLIENTS[@]}" 2>/dev/null || :
	serve_teardown
}

CLIENTS=()

# COLUMNS [OPTION]...: serve in a window of this width.  Ctrl-C goes to its shell
# as well, which dash would not survive.
serve_in_window() {
	tmux -f /dev/null -u new-session -d -x "$1" -y 30 \
		"trap : INT; LC_ALL=C.UTF-8 TERM=${WINDOW_TERM-xterm} $(printf '%q ' "$SERVE" -p 0 \
		--color=never "${@:2}" "$ROOT") ${TO-}; read -r _" 3>&-
	wait_until serves
	# A longer line would wrap.
	PORT=$(tmux capture-pane -pJ | grep -oE 'http://[^/]*:[0-9]+' | head -n 1)
	PORT=${PORT##*:}
	URL=http://127.0.0.1:$PORT/
}

screen() {
	tmux capture-pane -p
}

serves() {
	tmux capture-pane -pJ | grep -q 'at http://.*/'
}

# RATE PATH [CURL OPTION]...: begin a download
download() {
	curl -sS --limit-rate "$1" "${@:3}" -o /dev/null "$URL$2" 3>&- &
	CLIENTS+=("$!")
}

# REGEX: does the last line that is not empty match?
last_is() {
	screen | grep -v '^$' | tail -n 1 | grep -qE "$1"
}

line='^[0-9]+%  [0-9.]+ [kMG]?B/s  [0-9.]+ (s|min) left  /movie.mkv$'

@test "a transfer of more than a second is shown below all other lines" {
	serve_in_window 80
	download 10M movie.mkv
	wait_until last_is "$line"
	curl -sS -o /dev/null "${URL}file" "${URL}none" -o /dev/null
	wait_until last_is "$line"
	screen >"$OUT"
	[ "$(grep -cE '^[0-9:]{8} (200 GET .* /file|404 GET .* /none)$' "$OUT")" = 2 ]
	# The line is drawn in only one place.
	[ "$(grep -c '%  ' "$OUT")" = 1 ]
}

@test "the line disappears when its transfer ends" {
	serve_in_window 80
	download 10M movie.mkv
	wait_until last_is "$line"
	kill "${CLIENTS[@]}"
	wait_until last_is '  /movie.mkv  \(client left after [0-9]+%\)$'
	run ! grep 'left  /movie' < <(screen)
}

@test "the percentage increases, and the rate is about the client's" {
	serve_in_window 80
	download 100M movie.mkv
	wait_until last_is '^([5-9]|[1-9][0-9])%  ([5-9][0-9]|1[0-9][0-9])(\.[0-9])? MB/s  [0-9.]+ (s|min) left '
}

@test "if other machines can connect, the line names the client, and the number of others" {
	serve_in_window 100 -b 0.0.0.0
	download 10M movie.mkv
	wait_until last_is ' left  127\.0\.0\.1  /movie\.mkv$'
	download 10M movie.mkv?second
	wait_until last_is ' left  127\.0\.0\.1  /movie\.mkv  and 1 more$'
	download 10M movie.mkv?third
	wait_until last_is ' left  127\.0\.0\.1  /movie\.mkv  and 2 more$'
	kill "${CLIENTS[0]}"
	wait_until last_is ' left  127\.0\.0\.1  /movie\.mkv\?second  and 1 more$'
}

@test "the line is cut to the width of the window" {
	long=$(printf '电影%.0s' {1..40})
	truncate -s 4G "$ROOT/$long"
	serve_in_window 60
	download 10M "$(printf %s "$long" | od -An -v -tx1 | tr -d '\n' | tr ' ' %)"
	wait_until last_is '^[0-9]+%  .* left  /电影'
	for _ in 1 2 3; do
		curl -sS -o /dev/null "${URL}file"
	done
	wait_until last_is '^[0-9]+%  .* left  /电影'
	[ "$(screen | grep -c 电影)" = 1 ]
}

@test "the line masks the key" {
	serve_in_window 100 --key=secret-key
	download 10M 'movie.mkv?key=secret-key'
	wait_until last_is ' left  /movie.mkv\?key=\*\*\*$'
}

@test "the line shows the size sent if the length is unknown" {
	mkdir "$ROOT/folder"
	truncate -s 4G "$ROOT/folder/big"
	serve_in_window 80
	download 10M 'folder/?archive=tar'
	wait_until last_is '^[0-9.]+ [kMG]?B  [0-9.]+ [kMG]?B/s  /folder/\?archive=tar$'
}

# [OPTION]...: no such line is drawn in a transfer of more than a second.
is_plain() {
	# A tmux server that is about to end does not take a new session.
	TMUX_TMPDIR=$(mktemp -d -p "$BATS_TEST_TMPDIR")
	serve_in_window 80 "$@"
	curl -sS --max-time 2.5 --limit-rate 10M -o /dev/null "${URL}movie.mkv" || :
	run ! grep -E '^[0-9]+%  ' < <(screen)
	tmux kill-server
}

@test "no line is shown with -q, on a dumb terminal, or if the log is elsewhere" {
	is_plain -q
	WINDOW_TERM=dumb is_plain
	TO=">$OUT" is_plain
	is_plain --log-format=combined
}

@test "Ctrl-C removes the line" {
	serve_in_window 80
	download 10M movie.mkv
	wait_until last_is "$line"
	tmux send-keys C-c
	wait_until last_is '^Finishing 1 transfer|^[0-9]+%'
	tmux send-keys C-c
	wait_until last_is '^Stopped after '
	run ! grep -E '^[0-9]+%  ' < <(screen)
	[ "$(screen | grep -c movie.mkv)" = 1 ]
}

@test "the summary counts missing files and errors" {
	serve_in_window 80
	curl -sS -o /dev/null "${URL}none" "${URL}file" -o /dev/null "${URL}none" -o /dev/null
	curl -sS -o /dev/null -X BREW "${URL}file"
	tmux send-keys C-c
	wait_until last_is '^Stopped after [0-9.]+ m?s: 4 requests, [0-9]+ B sent; 2 not found\.$'
}
