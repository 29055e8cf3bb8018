load helper

# The commands of README.md, as somebody types them who has just read it; each
# in a network of its own, where the ports that it names are free.

README=$BATS_TEST_DIRNAME/../README.md

setup() {
	serve_setup
	need ip curl
	need_unshare --net --pid --fork --mount-proc
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$SERVE" "$BATS_TEST_TMPDIR/bin/serve"
	# The tests of somebody's project.
	cat >"$BATS_TEST_TMPDIR/bin/npm" <<-'END'
		#!/bin/sh
		case $1 in
		test) curl -sSf "$SERVE_URL" && exit 7 ;;
		esac
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/npm"
	export PATH=$BATS_TEST_TMPDIR/bin:$PATH BROWSER=true
	cd "$ROOT" || return
	mkdir dist data
	for folder in . dist data; do
		echo '<p>the page' >"$folder/index.html"
	done
	echo pdf >report.pdf
	echo film >film.mkv
}

# The lines between ```sh and ```, without their comments.
commands() {
	sed -n '/^```sh$/,/^```$/ { /^```/d; s/ *# .*//; /./p; }' "$README"
}

# COMMAND [THEN]: run it on a terminal, where serve finds all its ports free; wait
# for the address, ask for it, run THEN, and stop.
try() {
	# shellcheck disable=SC2016
	unshare --net --pid --fork --mount-proc bash -euc '
		ip link set lo up
		script -qefc "$1" /dev/null >out 2>&1 </dev/null 3>&- &
		for _ in {1..400}; do
			url=$(grep -aom1 "http://localhost[^ ]*[^[:space:]]" out) && break
			sleep 0.05
		done
		curl -sSf -o page "$url"
		eval "$2"
		kill -INT $(pgrep -o -x serve)
		wait' - "$1" "${2-:}" || fail "$1: $(cat out)"
}

@test "each command of the README that serves answers at its address" {
	local count=0

	need script pgrep
	while read -r line; do
		case $line in
		*' -- '* | *'|'* | curl*) continue ;;
		serve*) try "$line" ;;
		*) fail "who tests '$line'?" || return ;;
		esac
		count=$((count + 1))
	done < <(commands)
	[ "$count" -ge 15 ]
}

@test "the README's example of tests ends with their status" {
	commands | grep -Fx 'serve dist -- npm test'
	run --separate-stderr unshare --net sh -c \
		'ip link set lo up; serve dist -- npm test' 3>&-
	[ "$status" = 7 ]
	[ "$output" = '<p>the page' ]
}

@test "the README's example for jq prints what was not found" {
	local line

	need jq script pgrep
	line=$(commands | grep -F '| jq')
	try "$line" 'curl -sS -o /dev/null "$url/absent"
		for _ in {1..200}; do grep -q /absent out && break; sleep 0.05; done'
	grep -q '^//*absent' "$ROOT/out"
}

@test "the README's example for goaccess counts requests" {
	local line

	need goaccess
	line=$(commands | grep -F '| goaccess')
	unshare --net bash -euc '
		ip link set lo up
		serve >log 2>err 3>&- &
		for _ in {1..400}; do grep -q http: err && break; sleep 0.05; done
		curl -sSf -o /dev/null http://localhost:8000/
		for _ in {1..400}; do grep -q GET log && break; sleep 0.05; done
		kill %1
		wait'
	${line#*| } -o "$BATS_TEST_TMPDIR/report.json" <log
	grep -q '"total_requests": 1' "$BATS_TEST_TMPDIR/report.json"
}

@test "the README's examples for scripts fetch what they say" {
	local script

	commands | grep -c '^curl' | grep -x 3
	script=$(commands | grep '^curl')
	mkdir "$BATS_TEST_TMPDIR/here"
	rm index.html
	# shellcheck disable=SC2016
	unshare --net bash -euc '
		ip link set lo up
		serve >log 2>err 3>&- &
		for _ in {1..400}; do grep -q http: err && break; sleep 0.05; done
		cd "$2"
		printf fi >film.mkv
		eval "$1" >out
		kill %1
		wait' - "$script" "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here"
	grep -q '"name":"report.pdf"' out
	[ "$(cat film.mkv)" = film ]
	python3 -m zipfile -l photos.zip | grep report.pdf
}

@test "the README's example for nginx lets the name of the site in" {
	local line

	line=$(sed -n 's/^`\(serve -p 8000 --allow-host .*\)`:$/\1/p' "$README")
	[ "$line" = 'serve -p 8000 --allow-host www.example.com /srv/www' ]
	try "${line/\/srv\/www/dist}" \
		'curl -sSf -o /dev/null -H "Host: www.example.com" "$url"'
}

@test "what the README says of other servers is measured" {
	need nginx python3
	ROUNDS=1 python3 "$BATS_TEST_DIRNAME/beside.py" "$SERVE" >measured
	python3 - "$README" measured <<-'END'
		import sys

		def columns(path):
		    rows = [[cell.strip() for cell in line.strip("|\n ").split("|")]
		            for line in open(path, encoding="utf-8")
		            if line.startswith("| ")]
		    rows = [["", *row] if len(row) == 5 else row for row in rows]
		    first = next(i for i, row in enumerate(rows) if "nginx" in row)
		    table = rows[first:first + 10]
		    return {head: body for head, *body in zip(*table)}

		said, measured = map(columns, sys.argv[1:])
		for server, marks in measured.items():
		    print(server, marks)
		    assert said[server] == marks, said[server]
	END
}
