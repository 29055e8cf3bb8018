# Sites made by build tools, served as their hosts would serve them, in headless
# Chromium.

load helper
load browser

setup() {
	need chromium
	need_module playwright-core vite vitepress
	export HOME=$BATS_TEST_TMPDIR
	serve_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir site
	ln -s "$NODE_PATH" node_modules
}

vitepress() {
	local dist=site/.vitepress/dist

	mkdir -p site/.vitepress site/guide
	cat >site/.vitepress/config.mjs
	printf '# Home page\n\n[To the guide](./guide/start)\n' >site/index.md
	printf '# Start here\n\n[To the top](../)\n' >site/guide/start.md
	node node_modules/vitepress/bin/vitepress.js build site >build 2>&1 ||
		fail "$(cat build)"
	rm -r "$ROOT"
	mv "$dist" "$ROOT"
}

# bats test_tags=build
@test "a Vite app with a base path runs beneath --base, and not without it" {
	mkdir site/public
	make_vite_page site
	cat >site/main.js <<-'END'
		import './style.css';
		import logo from './logo.svg?url';
		const late = await import('./late.js');
		const image = new Image();
		image.src = logo;
		document.body.append(image);
		await image.decode();
		document.querySelector('h1').textContent = late.text;
	END
	echo 'export const text = "runs at " + import.meta.env.BASE_URL;' \
		>site/late.js
	{
		echo '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
		printf '<!-- %5000d -->' 0
		echo '<path d="M0 0h9v9z"/></svg>'
	} >site/logo.svg
	(cd site && node ../node_modules/vite/bin/vite.js build --base /app/ \
		--target esnext --outDir "$ROOT" --emptyOutDir) >build 2>&1 ||
		fail "$(cat build)"
	serve_start --base /app/ --spa
	browse built "$URL" '[["goto", "/"], ["shows", "/app/", "runs at /app/"],
		["goto", "/app/deep/route"],
		["shows", "/app/deep/route", "runs at /app/"]]'
	serve_stop TERM
	serve_start --log-format pretty
	curl -sS "$URL" | grep -o '/app/assets/[^"]*\.js' >script
	status_of "${URL%/}$(cat script)"
	serve_stop TERM
	grep -F "is here; --base /app/ serves it there)" "$OUT"
}

# bats test_tags=build
@test "a VitePress site with a base path runs beneath --base" {
	vitepress <<<"export default { base: '/repo/', title: 'Docs' };"
	serve_start --base /repo/
	browse built "$URL" '[["goto", "/"], ["shows", "/repo/", "Home page"],
		["click", "To the guide"],
		["shows", "/repo/guide/start.html", "Start here"],
		["goto", "/repo/guide/start.html"],
		["shows", "/repo/guide/start.html", "Start here"],
		["click", "To the top"], ["shows", "/repo/", "Home page"]]'
}

# bats test_tags=build
@test "a site with _redirects and _headers behaves as on its host" {
	mkdir -p site/public
	cat >site/public/_redirects <<-'END'
		/guide          /guide/start
		/docs/*         /guide/:splat  302
		/welcome        /index.html    200
		/v1/*           /404.html      410
		/home id=:id    /guide/start?from=:id
	END
	cat >site/public/_headers <<-'END'
		/*
		  X-Frame-Options: DENY
		  Content-Security-Policy: default-src 'self' 'unsafe-inline'; img-src 'self' data:
		/assets/*
		  Cache-Control: public, max-age=31536000, immutable
		/*.woff2
		  Content-Type: font/woff2
		  X-Font: yes
	END
	vitepress <<<"export default { cleanUrls: true, title: 'Docs' };"
	serve_start
	local style=("$ROOT"/assets/style.*.css) font=("$ROOT"/assets/*.woff2)
	browse built "$URL" '[["goto", "/guide"], ["shows", "/guide/start", "Start here"],
		["click", "To the top"], ["shows", "/", "Home page"],
		["goto", "/docs/start?x=1"],
		["shows", "/guide/start?x=1", "Start here"],
		["goto", "/home?id=7"], ["shows", "/guide/start?from=7", "Start here"],
		["header", "/welcome", "x-frame-options", "DENY"],
		["header", "/", "cache-control", "no-cache"],
		["header", "'"${style#"$ROOT"}"'", "cache-control",
		 "public, max-age=31536000, immutable"],
		["header", "'"${font#"$ROOT"}"'", "x-font", "yes"]]'
	[ "$(curl -sS "${URL}welcome" | grep -c 'Home page')" -gt 0 ]
	[ "$(status_of "${URL}v1/x")" = 410 ]
	[ "$(status_of "${URL}_headers")" = 404 ]
}
