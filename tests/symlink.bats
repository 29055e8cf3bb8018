# Symbolic links: followed inside the root, 404 out of it without
# --follow-symlinks; each with openat2, and where that is refused.

load wire

# A root with links of all kinds, and files outside of it.
setup() {
	serve_setup
	OUTSIDE=$BATS_TEST_TMPDIR/outside
	mkdir -p "$ROOT/a/b/c" "$ROOT/links" "$OUTSIDE/folder" "$ROOT-sibling" \
		"$ROOT/-sibling"
	echo wrong >"$ROOT/-sibling/file"
	echo file >"$ROOT/file"
	echo deep >"$ROOT/a/b/c/deep"
	echo page >"$ROOT/a/page.html"
	echo index >"$ROOT/a/b/index.html"
	echo outside >"$OUTSIDE/file"
	echo outside >"$OUTSIDE/folder/file"
	echo outside >"$OUTSIDE/page.html"
	echo sibling >"$ROOT-sibling/file"
	cd "$ROOT/links"
}

@test "a link to a file or a folder inside the root is followed" {
	ln -s ../file file
	ln -s ../a folder
	ln -s ../a/b/c/deep deep
	ln -s ../a/page.html page.html
	ln -s ../a/./b/../b//c dots
	ln -s .. up
	ln -s . here
	ln -s ../a/b/ slash
	serve_start_both
	expect <<-'EOF'
		200 /links/file file
		200 /links/folder/b/c/deep deep
		200 /links/folder/page page
		200 /links/folder/b/ index
		301 /links/folder folder/
		200 /links/deep deep
		200 /links/page page
		200 /links/dots/deep deep
		200 /links/up/file file
		200 /links/up/links/up/links/up/file file
		200 /links/here/here/here/file file
		200 /links/slash/ index
		301 /links/slash slash/
		404 /links/file/
		404 /links/file/b
	EOF
}

@test "a link out of the root is 404, to a file or a folder, absolute or relative" {
	ln -s ../../outside/file file
	ln -s "$OUTSIDE/file" absolute
	ln -s ../../outside folder
	ln -s "$OUTSIDE" absolute-folder
	ln -s ../../outside/page.html page.html
	ln -s ../../../../../../../../../etc/passwd passwd
	ln -s /etc/passwd absolute-passwd
	ln -s / top
	ln -s ../.. above
	ln -s ../../root-sibling sibling
	ln -s "$ROOT-sibling" absolute-sibling
	ln -s /proc/self/root magic
	ln -s /dev/stdin stdin
	serve_start_both
	expect <<-'EOF'
		404 /links/file
		404 /links/absolute
		404 /links/folder
		404 /links/folder/
		404 /links/folder/file
		404 /links/folder/folder/file
		404 /links/absolute-folder/file
		404 /links/absolute-folder/
		404 /links/page
		404 /links/page.html
		404 /links/passwd
		404 /links/absolute-passwd
		404 /links/top/etc/passwd
		404 /links/top/
		404 /links/above/
		404 /links/above/root/file
		404 /links/above/outside/file
		404 /links/sibling/file
		404 /links/absolute-sibling/file
		404 /links/magic/etc/passwd
		404 /links/stdin
	EOF
}

@test "a path that leaves the root and comes back is 404" {
	ln -s ../../root/file file
	ln -s ../../root/a folder
	ln -s ../../outside/../root/file far
	serve_start_both
	expect <<-'EOF'
		404 /links/file
		404 /links/folder/b/
		404 /links/far
	EOF
}

@test "an absolute link to a file inside the root is followed" {
	ln -s "$ROOT/file" file
	ln -s "$ROOT/a" folder
	ln -s "$ROOT/a/b/../b/c/deep" deep
	ln -s "$ROOT" top
	ln -s "$ROOT/" slash
	ln -s "$ROOT//a///b" doubled
	ln -s "$ROOT/a/page.html" page.html
	ln -s "$ROOT/../root/file" back
	ln -s "$ROOT/../outside/file" out
	serve_start_both
	expect <<-'EOF'
		200 /links/file file
		200 /links/folder/b/c/deep deep
		200 /links/folder/page page
		301 /links/folder folder/
		200 /links/deep deep
		200 /links/top/file file
		200 /links/top/links/top/links/file file
		200 /links/slash/file file
		301 /links/top top/
		301 /links/slash slash/
		200 /links/doubled/ index
		200 /links/page page
		404 /links/back
		404 /links/out
	EOF
}

@test "a chain of links is followed to its end" {
	ln -s ../file 1
	ln -s 1 2
	ln -s ../links/2 3
	ln -s "$ROOT/links/3" 4
	ln -s 4 5
	ln -s ../a/b folder1
	ln -s folder1/c folder2
	ln -s "$ROOT/links/folder2" folder3
	ln -s folder3/deep deep
	ln -s ../../outside/file out1
	ln -s out1 out2
	ln -s "$ROOT/links/out2" out3
	ln -s "$OUTSIDE" out4
	ln -s out4/file out5
	serve_start_both
	expect <<-'EOF'
		200 /links/5 file
		200 /links/folder2/deep deep
		200 /links/folder3/deep deep
		200 /links/deep deep
		404 /links/out1
		404 /links/out2
		404 /links/out3
		404 /links/out5
	EOF
}

@test "a link out of the root that leads back inside is 404" {
	ln -s "$ROOT/file" "$OUTSIDE/back"
	ln -s ../../outside/back link
	ln -s "$OUTSIDE/back" absolute
	serve_start_both
	expect <<-'EOF'
		404 /links/link
		404 /links/absolute
	EOF
}

@test "loops and broken links are 404" {
	ln -s self self
	ln -s two one
	ln -s one two
	ln -s "$ROOT/links/absolute" absolute
	ln -s grow/x grow
	ln -s nothing broken
	ln -s ../absent/x broken2
	ln -s ../file/x broken3
	ln -s "$ROOT/absent" broken4
	last=../file
	for i in {1..50}; do
		ln -s "$last" "deep$i"
		last=deep$i
	done
	serve_start_both
	expect <<-'EOF'
		404 /links/self
		404 /links/self/
		404 /links/self/x
		404 /links/one
		404 /links/absolute
		404 /links/absolute/x
		404 /links/grow
		404 /links/grow/x
		404 /links/broken
		404 /links/broken2
		404 /links/broken3
		404 /links/broken4
		200 /links/deep1 file
		200 /links/deep40 file
		404 /links/deep41
		404 /links/deep50
	EOF
}

@test "links to a page, an index page and 404.html are followed" {
	mkdir "$ROOT/index" "$ROOT/out"
	ln -s ../file "$ROOT/index/index.html"
	ln -s ../../outside/file "$ROOT/out/index.html"
	ln -s ../file about.html
	serve_start_both
	expect <<-'EOF'
		200 /links/about file
		200 /index/ file
	EOF
	ln -s a/page.html "$ROOT/404.html"
	expect <<<"404 /absent page"
	ln -sf "$OUTSIDE/file" "$ROOT/404.html"
	run curl -sS "${URL}absent"
	[[ $output != *outside* ]]
}

@test "with --follow-symlinks links may lead anywhere" {
	ln -s ../../outside/file file
	ln -s "$OUTSIDE" folder
	ln -s ../../root/file back
	ln -s ../file inside
	ln -s self self
	serve_start_both --follow-symlinks
	expect <<-'EOF'
		200 /links/file outside
		200 /links/folder/file outside
		200 /links/folder/page outside
		301 /links/folder folder/
		200 /links/back file
		200 /links/inside file
		404 /links/self
		404 /../outside/file
		404 /links/folder/../../../outside/file
	EOF
}

# The Python code on stdin exchanges files while they are requested.
exchange() {
	{
		cat <<-'EOP'
			import threading

			def seen_at(target, swap):
			    """Requests to both servers, while swap() runs again and again: which
			    statuses there are."""
			    clients = [Client(port=int(port))
			               for port in os.environ["SERVERS"].split()]
			    done = threading.Event()

			    def repeat():
			        while not done.is_set():
			            swap()

			    thread = threading.Thread(target=repeat)
			    thread.start()
			    statuses = set()
			    try:
			        for client in clients * 1500:
			            answer = client.ask(get(target))
			            statuses.add(answer.status)
			            if answer.status == 200:
			                assert answer.body == b"inside\n", answer.body
			    finally:
			        done.set()
			        thread.join()
			    return statuses
		EOP
		cat
	} | wire
}

@test "links that are exchanged all the time never lead out of the root" {
	ln -s ../a/b swap
	serve_start_both
	echo inside >"$ROOT/a/b/file"
	exchange <<-'EOF'
		path = os.path.join(ROOT, "links/")

		def swap():
		    for target in "../a/b", "../../outside", ROOT + "/a/b", "../a":
		        os.symlink(target, path + "new")
		        os.rename(path + "new", path + "swap")

		assert seen_at("/links/swap/file", swap) == {200, 404}
	EOF
}

@test "folders that are exchanged all the time never lead out of the root" {
	mkdir "$ROOT/x"
	echo inside >"$ROOT/x/file"
	serve_start_both
	exchange <<-'EOF'
		path = os.path.join(ROOT, "x")
		os.symlink("../outside", path + "-link")

		def swap():
		    os.rename(path, path + "-folder")
		    os.rename(path + "-link", path)
		    os.rename(path, path + "-link")
		    os.rename(path + "-folder", path)

		assert seen_at("/x/file", swap) == {200, 404}
	EOF
}

@test "links work if openat2 is refused with EPERM, or fails with EAGAIN" {
	ln -s ../file file
	ln -s "$ROOT/a" folder
	ln -s "$OUTSIDE/file" out
	for error in EPERM EAGAIN; do
		RUN=(python3 "$BATS_TEST_DIRNAME/refuse.py" "$error")
		serve_start
		SERVERS+=" $PORT"
	done
	expect <<-'EOF'
		200 /file file
		200 /links/file file
		200 /links/folder/b/ index
		404 /links/out
		404 /absent
	EOF
}

@test "if openat2 is refused, it is not called again" {
	need strace
	serve_start_both
	echo -n >"$BATS_TEST_TMPDIR/calls"
	strace -f -e trace=openat2 -o "$BATS_TEST_TMPDIR/calls" -p "$PID" 3>&- &
	tracer=$!
	wait_until grep -q "TracerPid:[[:space:]]*$tracer" "/proc/$PID/status"
	# Once in each thread.
	for i in {1..20}; do
		[ "$(status_of "${URL}file")" = 200 ]
	done
	kill "$tracer"
	wait "$tracer" || true
	[ "$(grep -c ENOSYS "$BATS_TEST_TMPDIR/calls")" -le 8 ]
}

@test "a link out of the root does not hide a page with its name" {
	mkdir "$ROOT/out" "$ROOT/pages"
	ln -s "$OUTSIDE/file" about
	echo about >about.html
	ln -s ../../outside "$ROOT/pages/team"
	echo team >"$ROOT/pages/team.html"
	ln -s ../../outside/file "$ROOT/out/index.html"
	echo second >"$ROOT/out/index.htm"
	ln -s ../../outside/page.html "$ROOT/pages/news.html"
	mkdir "$ROOT/pages/news"
	serve_start_both
	expect <<-'EOF'
		200 /links/about about
		200 /pages/team team
		200 /out/ second
		301 /pages/news news/
		404 /pages/team/
	EOF
	rm "$ROOT/out/index.htm"
	expect "Accept: text/plain" <<<"200 /out/"
}

@test "without openat2 a path costs one system call per folder, however links lead" {
	need_trace
	python3 - "$ROOT" <<-'EOF'
		import os, sys
		root = sys.argv[1]
		os.chdir(root)
		for i in range(1500):
		    os.mkdir("d")
		    os.chdir("d")
		os.symlink(root + "/file", "inside")
		os.symlink("../" * 1300 + "absent", "climb")
	EOF
	trace=$BATS_TEST_TMPDIR/trace
	RUN=(env ASAN_OPTIONS=detect_leaks=0	# LeakSanitizer traces, too
		strace -D -f -q -e "trace=openat,readlinkat" -o "$trace")
	serve_start -j 1
	deep=$(printf 'd/%.0s' {1..1500})
	[ "$(curl -sS "$URL${deep}inside")" = file ]
	[ "$(wc -l <"$trace")" -lt 4000 ]
	[ "$(status_of "$URL${deep}climb")" = 404 ]
	[ "$(wc -l <"$trace")" -lt 30000 ]
}
