# bats file_tags=once

load helper

# The commands of README.md, typed as they are, each in a network namespace of
# its own, where the ports that it names are free.

README=$BATS_TEST_DIRNAME/../README.md

setup() {
	serve_setup
	need ip curl
	need_unshare --net --pid --fork --mount-proc
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$SERVE" "$BATS_TEST_TMPDIR/bin/serve"
	# A project with tests.
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

# COMMAND [THEN]: run it on a terminal, where serve finds all its ports free;
# wait for the address, request it, run THEN, and stop.
try() {
	# shellcheck disable=SC2016
	unshare --net --pid --fork --mount-proc bash -euc '
		ip link set lo up
		: >out
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

@test "the README's example for tests ends with the status of the tests" {
	commands | grep -Fx 'serve dist -- npm test'
	run --separate-stderr unshare --net sh -c \
		'ip link set lo up; serve dist -- npm test' 3>&-
	[ "$status" = 7 ]
	[ "$output" = '<p>the page' ]
}

@test "the README's example for jq prints the missing files" {
	local line

	need jq script pgrep
	line=$(commands | grep -F '| jq')
	try "$line" 'curl -sS -o /dev/null "$url/absent"
		for _ in {1..200}; do grep -q /absent out && break; sleep 0.05; done'
	grep -q '^//*absent' "$ROOT/out"
}

@test "the README's example for mawk prints each request as it arrives" {
	local line

	need mawk script pgrep
	line=$(commands | grep -F '| mawk')
	try "$line" 'curl -sS -o /dev/null "$url/absent"
		for _ in {1..200}; do grep -q /absent out && break; sleep 0.05; done
		cp out early'
	grep -q '^404 //*absent' early
}

@test "the README's example for goaccess counts the requests" {
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

@test "the README's examples for scripts fetch the files that they name" {
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

@test "the README's example for nginx lets the site's host name in" {
	local line

	line=$(sed -n 's/^`\(serve -p 8000 --allow-host .*\)`:$/\1/p' "$README")
	[ "$line" = 'serve -p 8000 --allow-host www.example.com /srv/www' ]
	try "${line/\/srv\/www/dist}" \
		'curl -sSf -o /dev/null -H "Host: www.example.com" "$url"'
}

# ---- the examples of the manual ----

MANUAL=$BATS_TEST_DIRNAME/../man/serve.1

examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAGNOSTICS/p' "$MANUAL" |
		sed "s/\\\\-/-/g; s/\\\\(aq/'/g; s/^\.Dl //"
}

@test "each example of the manual serves, or is also in the README" {
	local count=0

	need script pgrep
	while read -r line; do
		case $line in
		lnav* | cat* | caddy* | ssh* | adb* | docker*) continue ;;
		*' -- '* | *'|'* | curl*)
			commands | grep -Fxq -- "$line" ||
				fail "who tests '$line'?" || return ;;
		serve*) try "${line/\/srv*/dist}" ;;
		*) fail "who tests '$line'?" || return ;;
		esac
		count=$((count + 1))
	done < <(examples | sed -n 's/^[$#] //p')
	[ "$count" -ge 15 ]
}

# Does it listen? The name is in the Host field and in the certificate.
ask='for _ in {1..400}; do "${get[@]}" >got 2>&1 && break; sleep 0.05; done
	grep -x "<p>the page" got'

@test "the manual's nginx configuration passes on the host name and the client" {
	need nginx
	{
		echo 'daemon off; pid nginx.pid; error_log stderr; events {}'
		echo 'http { access_log off; client_body_temp_path temp;'
		echo 'proxy_temp_path temp; fastcgi_temp_path temp;'
		echo 'uwsgi_temp_path temp; scgi_temp_path temp;'
		echo 'server { listen 127.0.0.1:8080;'
		examples | sed -n '/^location/,/^}/p'
		echo '} }'
	} >"$BATS_TEST_TMPDIR/nginx.conf"
	export CONF=$BATS_TEST_TMPDIR/nginx.conf
	try 'serve -p 8000 --allow-host www.example.com dist >log' '
		nginx -p "${CONF%/*}" -e stderr -c "$CONF" 2>nginx 3>&- &
		get=(curl -sSf --interface 127.0.0.2
			-H "Host: www.example.com" http://127.0.0.1:8080/)
		'"$ask"'
		kill %2'
	grep '^127\.0\.0\.2 ' log
}

@test "the manual's Caddyfile serves the site with a certificate" {
	need caddy
	export HOME=$BATS_TEST_TMPDIR
	unset XDG_DATA_HOME XDG_CONFIG_HOME
	{
		echo '{ skip_install_trust }' | sed 's/ /\n/g'
		examples | sed -n '/^https:/,/^}/p'
	} >Caddyfile
	try 'serve -p 8000 --allow-host laptop.local dist' '
		caddy run >caddy 2>&1 3>&- &
		get=(curl -sSf --connect-to laptop.local::127.0.0.1: --cacert
			~/.local/share/caddy/pki/authorities/local/root.crt
			https://laptop.local:8443/)
		'"$ask"'
		kill %2' || fail "$(cat caddy)"
}

@test "the manual's ssh command forwards the port of a server" {
	local line

	need ssh sshd ssh-keygen
	[ "$EUID" = 0 ] || skip "sshd lets only root choose its files"
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/key"
	line=$(examples | sed -n 's/^. \(ssh .*\) user@server\.example$/\1/p')
	export KEY=$BATS_TEST_TMPDIR/key LINE=${line/-R 8000:/-R 8001:}
	[ "$LINE" = 'ssh -N -R 8001:localhost:8000' ]
	try 'serve -p 8000 --allow-host server.example dist' '
		mount -t tmpfs none /run
		mkdir /run/sshd
		"$(command -v sshd)" -D -e -f /dev/null -p 2222 -h "$KEY" \
			-o AuthorizedKeysFile="$KEY.pub" -o StrictModes=no \
			-o UsePAM=no -o PidFile=none 2>sshd 3>&- &
		for _ in {1..400}; do
			(: </dev/tcp/127.0.0.1/2222) 2>&- && break
			sleep 0.05
		done
		$LINE -p 2222 -i "$KEY" -F /dev/null -o UserKnownHostsFile=/dev/null \
			-o StrictHostKeyChecking=no root@127.0.0.1 2>ssh 3>&- &
		get=(curl -sSf --connect-to server.example::127.0.0.1:
			http://server.example:8001/)
		'"$ask"'
		kill %2 %3' || fail "$(cat sshd ssh)"
}

@test "the README's claims about other servers are measured" {
	need nginx python3
	ROUNDS=1 python3 "$BATS_TEST_DIRNAME/beside.py" "$SERVE" >measured
	python3 - "$README" measured <<-'END'
		import re, subprocess, sys

		# Another release of a server may do other things.
		versions = {"nginx": "nginx -v", "caddy file-server": "caddy version"}
		readme = open(sys.argv[1], encoding="utf-8").read()

		def is_another_release(server):
		    if server not in versions:
		        return False
		    said = subprocess.getoutput(versions[server])
		    return re.search(r"[0-9.]*[0-9]", said)[0] not in readme

		def columns(path):
		    rows = [[cell.strip() for cell in line.strip()[1:-1].split("|")]
		            for line in open(path, encoding="utf-8")
		            if line.startswith("| ")]
		    first = next(i for i, row in enumerate(rows) if "nginx" in row)
		    table = rows[first:first + 10]
		    return {head: body for head, *body in zip(*table)}

		said, measured = map(columns, sys.argv[1:])
		for server, marks in measured.items():
		    print(server, marks)
		    assert (said[server] == marks or
		            is_another_release(server)), said[server]
	END
}
