# What the tests of HTTP and of look-up share: wire.py, a client over raw
# sockets, and the same questions asked with openat2 and without.

load helper

export PYTHONPATH=$BATS_TEST_DIRNAME PYTHONDONTWRITEBYTECODE=1

# Python on stdin, with all that wire.py has.
wire() {
	local script=$BATS_TEST_TMPDIR/client.py

	{ echo 'from wire import *'; cat; } >"$script"
	PORT=$PORT SERVERS=${SERVERS-} PID=$PID ROOT=$ROOT OUT=$OUT ERR=$ERR \
		python3 "$script"
}

# [OPTION]...: with an application at /app, which is application() of wire.py
serve_start_app() {
	chmod o+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	serve_start "$@" --proxy "/app=unix:$BATS_TEST_TMPDIR/socket"
}

# [OPTION]...: a second server of the same folder, where openat2 is refused,
# beside the one of serve_start.  Sets SERVERS to both.
serve_start_both() {
	local out=$OUT err=$ERR

	serve_start "$@"
	SERVERS=$PORT
	OUT=$out-walk ERR=$err-walk RUN=(
		python3 "$BATS_TEST_DIRNAME/refuse.py" ENOSYS "${RUN[@]}")
	serve_start "$@"
	SERVERS+=" $PORT"
	OUT=$out ERR=$err
}

# [FIELD]...: lines "STATUS TARGET [BODY or LOCATION]" on stdin are how both
# servers answer, with these fields in the requests.
expect() {
	cat >"$BATS_TEST_TMPDIR/table"
	FIELDS=$(printf '%s\n' "$@") TABLE=$BATS_TEST_TMPDIR/table wire <<-'EOF'
		fields = os.environ["FIELDS"].splitlines()
		with open(os.environ["TABLE"], encoding="latin-1") as table:
		    rows = [line.split() for line in table]
		assert rows
		bad = []
		for port in os.environ["SERVERS"].split():
		    client = Client(port=int(port))
		    for status, target, *content in rows:
		        answer = client.ask(get(target, *fields))
		        got = [str(answer.status), target]
		        if answer.status == 301:
		            got += [answer["Location"]]
		        elif content:
		            got += answer.body[:99].decode("latin-1").split()
		        if got != [status, target, *content]:
		            bad.append((port, [status, target, *content], got))
		for row in bad:
		    print("port %s: expected %s, got %s" % row)
		assert not bad
	EOF
}
