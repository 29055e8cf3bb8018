# What the tests of HTTP and of lookups share: wire.py, a client over raw
# sockets, and a second server without openat2 for the same requests.

load helper

export PYTHONPATH=$BATS_TEST_DIRNAME PYTHONPYCACHEPREFIX=$BATS_RUN_TMPDIR/pycache

# Run the Python code on stdin, with the functions of wire.py.
wire() {
	local script=$BATS_TEST_TMPDIR/client.py

	{ echo 'from wire import *'; cat; } >"$script"
	PORT=$PORT SERVERS=${SERVERS-} PID=$PID ROOT=$ROOT OUT=$OUT ERR=$ERR \
		python3 "$script"
}

# [OPTION]...: serve with an application at /app: application() of wire.py
serve_start_app() {
	let_others_in
	serve_start "$@" --proxy "/app=unix:$BATS_TEST_TMPDIR/socket"
}

# [OPTION]...: serve_start, and a second server of the same folder for which
# openat2 is refused.  Sets SERVERS to both ports.
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

# [FIELD]...: to requests with these fields both servers answer as the lines
# "STATUS TARGET [BODY or LOCATION]" on stdin say.
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
