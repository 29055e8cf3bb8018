// URL ROOT CASE [PID [ARG]]: --live in a browser.  ROOT is the folder that is
// served at URL; its files are changed.  PID is the server, which may be stopped
// meanwhile.
'use strict';
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { browse } = require('./browse');

let url, root;
let pid;	// of serve; 0: there is none

function put(file, content) {
	const to = path.join(root, file);

	fs.mkdirSync(path.dirname(to), { recursive: true });
	fs.writeFileSync(to, content);
}

// Stop the server during the change, so that all of it becomes one event, however
// slow this machine is.
function at_once(change) {
	if (!pid)
		return change();
	const tasks = `/proc/${pid}/task`;
	const runs = (task) => !/\) T /.test(
		fs.readFileSync(`${tasks}/${task}/stat`, 'latin1'));

	process.kill(pid, 'SIGSTOP');
	while (fs.readdirSync(tasks).some(runs))
		;
	change();
	process.kill(pid, 'SIGCONT');
}

const write = (file, content) => at_once(() => put(file, content));

// Write a new file and rename it over the old one, as editors do.
function replace(file, content) {
	write(`${file}~`, content);
	fs.renameSync(path.join(root, `${file}~`), path.join(root, file));
}

const WAYS = [write, replace];

const counting = new WeakSet();

// Count the loads of the tab from here on.
async function visit(page, at = '') {
	if (!counting.has(page))
		await page.addInitScript(() => {
			sessionStorage.loads = 1 + +(sessionStorage.loads || 0);
		});
	counting.add(page);
	await page.goto(url + at);
	// A change just before the load may be reported after it.
	await page.waitForFunction(() => performance.now() > 500);
	await page.evaluate(() => { sessionStorage.loads = 0; });
}

const loads = (page) => page.evaluate(() => +sessionStorage.loads);

// Wait until the page shows this text and has loaded all its files.
async function says(page, text) {
	await page.waitForFunction((t) => document.readyState === 'complete' &&
		document.body.innerText.trim() === t, text);
}

const remove = (file) => fs.rmSync(path.join(root, file), { recursive: true });

// The page has requested a missing file.
const misses = (page) => page.waitForFunction(() => performance
	.getEntries().some((e) => e.responseStatus === 404));

let changes;

// Change the page's last style sheet and wait for it: all earlier changes are
// handled then.
async function settled(page, count) {
	const before = await page.evaluate(
		() => getComputedStyle(document.body).outlineColor);

	write('last.css', `body{outline-color:rgb(${++changes},1,2)}`);
	await page.waitForFunction((b) => getComputedStyle(document.body)
		.outlineColor !== b, before);
	assert.equal(await loads(page), count);
}

const LAST = '<link rel=stylesheet href=/last.css>';

const PIXEL = (color) => `<svg xmlns="http://www.w3.org/2000/svg" width="9"
	height="9"><rect width="9" height="9" fill="${color}"/></svg>`;

const cases = {
	async page(page) {
		const names = { about: 'about.html',
			'other.html': 'other.html', 'sub/': 'sub/index.html' };
		let count = 0;

		write('index.html', `${LAST}<body>0`);
		for (const file of Object.values(names))
			write(file, `${LAST}<body>old`);
		await visit(page);
		for (const way of WAYS) {
			way('index.html', `${LAST}<body>${++count}`);
			await says(page, String(count));
		}
		await settled(page, count);
		// Not only under its own name.
		for (const [at, file] of Object.entries(names)) {
			await visit(page, at);
			write(file, `${LAST}<body>new`);
			await says(page, 'new');
			await settled(page, 1);
		}
	},

	async style(page) {
		const color = (c) => page.waitForFunction((w) =>
			getComputedStyle(document.body).color === w, c);

		write('index.html', `<link rel=stylesheet href=a.css>
			<style>@import "c.css";</style>
			<body style="height:9000px"><input id=i>`);
		write('a.css', '@import "deep/b.css"; body{color:rgb(1,1,1)}');
		write('deep/b.css', 'body{background:rgb(1,1,1)}');
		write('c.css', 'body{outline-color:rgb(1,1,1)}');
		await visit(page);
		await page.fill('#i', 'typed');
		await page.evaluate(() => scrollTo(0, 4321));
		for (const way of WAYS)
			for (const n of [2, 3, 4]) {
				const c = `rgb(${n}, ${n}, ${way === write})`
					.replace('true', 5).replace('false', 6);

				way('a.css', `@import "deep/b.css";body{color:${c}}`);
				await color(c);
				way('deep/b.css', `body{background:${c}}`);
				await page.waitForFunction((w) => getComputedStyle(
					document.body).backgroundColor === w, c);
				await color(c);
				way('c.css', `body{outline-color:${c}}`);
				await page.waitForFunction((w) => getComputedStyle(
					document.body).outlineColor === w, c);
			}
		assert.equal(await loads(page), 0);
		assert.equal(await page.inputValue('#i'), 'typed');
		assert.equal(await page.evaluate(() => scrollY), 4321);
		// Each replaced the previous one.
		await page.waitForFunction(() =>
			document.querySelectorAll('link,style').length === 2);
	},

	// The old style sheet applies until the new one is loaded.
	async flash(page) {
		write('index.html', '<link rel=stylesheet href=a.css><body>text');
		write('a.css', 'body{color:rgb(1,1,1)}');
		await visit(page);
		await page.evaluate(() => {
			window.seen = new Set();
			(function look() {
				window.seen.add(getComputedStyle(document.body).color);
				requestAnimationFrame(look);
			})();
		});
		remove('a.css');
		await misses(page);
		for (const n of [2, 3]) {
			write('a.css', `body{color:rgb(${n},1,1)}`);
			await page.waitForFunction((w) => window.seen.has(w),
				`rgb(${n}, 1, 1)`);
		}
		assert.deepEqual(await page.evaluate(() => [...window.seen]),
			['rgb(1, 1, 1)', 'rgb(2, 1, 1)', 'rgb(3, 1, 1)']);
		assert.equal(await loads(page), 0);
	},

	async parts(page) {
		const parts = {
			'script.js': (n) => `window.script = ${n};`,
			'module.js': (n) => `export const n = ${n};`,
			'data.json': (n) => `{"n":${n}}`,
			'image.svg': (n) => PIXEL(n ? 'red' : 'green'),
			'shown.svg': (n) => PIXEL(n ? 'red' : 'green'),
			'späcial & co.js': (n) => `window.special = ${n};`,
		};
		let count = 0;

		for (const [file, make] of Object.entries(parts))
			write(file, make(0));
		write('index.html', `${LAST}<style>body{background:
			url(shown.svg)}</style><body><img src=image.svg>
			<script src=script.js></script>
			<script src="späcial%20&amp;%20co.js"></script>
			<script type=module>
				import { n } from './module.js';
				const data = await (await fetch('data.json')).json();
				document.title = n + data.n;
			</script>`);
		await visit(page);
		for (const way of WAYS)
			for (const [file, make] of Object.entries(parts)) {
				way(file, make(++count));
				await page.waitForFunction((c) => document.title &&
					+sessionStorage.loads === c, count);
			}
		// The page does not use these.
		write('other.js', '');
		write('node_modules/x/index.js', '');
		write('image.svg.txt', '');
		await settled(page, count);
	},

	async burst(page) {
		write('index.html', `${LAST}<script src=a.js></script><body>0`);
		write('a.js', '');
		await visit(page);
		at_once(() => {
			for (let i = 1; i <= 200; i++)
				put(i % 2 ? 'a.js' : 'index.html', i % 2 ? '' :
					`${LAST}<script src=a.js></script><body>${i}`);
		});
		await says(page, '200');
		await settled(page, 1);
	},

	// A clock in the page by which every event happens when it arrives.
	async late(page) {
		await page.addInitScript(() => {
			const now = Date.now;
			let ahead = 0;

			Date.now = () => now() + ahead;
			delete window.SharedWorker;
			window.EventSource = class extends EventSource {
				set onmessage(hear) {
					super.onmessage = (e) => {
						ahead = +sessionStorage.ahead || 0;
						hear(e);
						ahead = 0;
					};
				}
			};
		});
		write('index.html', `${LAST}<body>0`);
		await visit(page);
		await settled(page, 0);
		await page.evaluate(() => { sessionStorage.ahead = 1e6; });
		write('index.html', `${LAST}<body>1`);
		await says(page, '1');
		await settled(page, 1);
	},

	async rebuilt(page) {
		const build = (n) => {
			write('dist/index.html', `<body>${n}
				<link rel=stylesheet href=css/a.css>`);
			write('dist/css/a.css', `body{color:rgb(${n},0,0)}`);
		};
		const shows = (n) => page.waitForFunction((m) =>
			document.body.innerText.trim() === String(m) &&
			getComputedStyle(document.body).color ===
			`rgb(${m}, 0, 0)`, n);
		const dist = path.join(root, 'dist');

		build(1);
		await visit(page, 'dist/');
		await shows(1);
		// emptied and filled in one step
		remove('dist');
		build(2);
		await shows(2);
		// in two steps, and in pieces
		remove('dist');
		await misses(page);
		fs.mkdirSync(dist);
		build(3);
		await shows(3);
		// replaced by a link that then leads elsewhere
		fs.renameSync(dist, `${dist}-a`);
		fs.symlinkSync('dist-a', dist);
		build(4);
		await shows(4);
		fs.cpSync(`${dist}-a`, `${dist}-b`, { recursive: true });
		fs.writeFileSync(`${dist}-b/css/a.css`, 'body{color:rgb(5,0,0)}');
		fs.writeFileSync(`${dist}-b/index.html`,
			'<body>5<link rel=stylesheet href=css/a.css>');
		fs.unlinkSync(dist);
		fs.symlinkSync('dist-b', dist);
		await shows(5);
	},

	async root(page) {
		const build = (n) => write('index.html', `<body>${n}`);

		build(1);
		await visit(page);
		remove('.');
		await misses(page);
		await says(page, '1');
		build(2);
		await says(page, '2');
		build(3);
		await says(page, '3');
		fs.renameSync(root, `${root}-old`);
		build(4);
		await says(page, '4');
		build(5);
		await says(page, '5');
	},

	async missing(page) {
		await visit(page, 'later/page.html');
		await page.getByText('Not Found').waitFor();
		write('later/page.html', `${LAST}<body>here`);
		await says(page, 'here');
		await settled(page, 1);
		await visit(page, 'later/none');
		write('404.html', `${LAST}<body>nothing`);
		// That page does not know of the other.
		write('later/none.html', `${LAST}<body>something`);
		await says(page, 'something');
		// The page stays as long as there is no other.
		fs.unlinkSync(path.join(root, 'later/none.html'));
		await misses(page);
		await says(page, 'something');
		await visit(page, 'later/none');
		await says(page, 'nothing');
		write('404.html', `${LAST}<body>nothing at all`);
		await says(page, 'nothing at all');
	},

	async spa(page) {
		write('index.html', `${LAST}<body>app`);
		await visit(page, 'some/route');
		await says(page, 'app');
		write('index.html', `${LAST}<body>new app`);
		await says(page, 'new app');
		await settled(page, 1);
		// A build removes the page for a moment: no 404, no listing.
		for (const at of ['some/route', '']) {
			write('index.html', `${LAST}<body>app`);
			await says(page, 'app');
			await visit(page, at);
			remove('index.html');
			if (at)
				await misses(page);
			await settled(page, 0);
			write('index.html', `${LAST}<body>built`);
			await says(page, 'built');
		}
		// A visitor at that moment waits for the page.
		remove('index.html');
		await page.goto(`${url}last.css`);
		await visit(page, 'some/route');
		await page.getByText('Not Found').waitFor();
		write('index.html', `${LAST}<body>late`);
		await says(page, 'late');
	},

	// The file that was loaded counts, whatever the URL is now.
	async history(page) {
		write('page.html', `${LAST}<body>1`);
		write('other.html', `${LAST}<body>other`);
		await visit(page, 'page.html');
		await page.evaluate(() => history.replaceState(null, '', '/page.html?x#y'));
		write('page.html', `${LAST}<body>2`);
		await says(page, '2');
		await page.evaluate(() => history.pushState(null, '', '/other.html'));
		write('page.html', `${LAST}<body>3`);
		await says(page, 'other');
	},

	// Requests that the page's service worker passes on.
	async worker(page) {
		write('sw.js', `self.onfetch = (e) => e.respondWith(fetch(e.request));
			self.oninstall = () => skipWaiting();
			self.onactivate = (e) => e.waitUntil(clients.claim());`);
		write('index.html', `${LAST}<body>1`);
		await visit(page);
		await page.evaluate(async () => {
			await navigator.serviceWorker.register('/sw.js');
			await navigator.serviceWorker.ready;
		});
		await page.reload();
		for (const n of [2, 3]) {
			write('index.html', `${LAST}<body>${n}`);
			await says(page, String(n));
		}
		assert.equal(await page.evaluate(async () => (await (await fetch('/',
			{ headers: { Accept: 'text/html' } })).text()).includes('live.js')),
		false);
	},

	// A frame reloads itself; one without the script does not.
	async frame(page) {
		const shows = (n) => page.frameLocator('#html').getByText(n).waitFor();

		write('frame.html', 'frame 1');
		write('frame.svg', PIXEL('red'));
		write('index.html', `${LAST}<iframe id=html src=frame.html></iframe>
			<iframe src=frame.svg></iframe>`);
		await visit(page);
		await shows('frame 1');
		await page.evaluate(() => { window.kept = true; });
		write('frame.html', 'frame 2');
		await shows('frame 2');
		write('last.css', 'body{outline-color:rgb(9,9,9)}');
		await page.waitForFunction(() => getComputedStyle(document.body)
			.outlineColor === 'rgb(9, 9, 9)');
		assert.ok(await page.evaluate(() => window.kept));
		write('frame.svg', PIXEL('blue'));
		await page.waitForFunction(() => !window.kept);
	},

	async base(page) {
		write('deep/page.html', `<base href="/elsewhere/">${LAST}<body>1`);
		await visit(page, 'deep/page.html');
		write('deep/page.html', `<base href="/elsewhere/">${LAST}<body>2`);
		await says(page, '2');
		await settled(page, 1);
	},

	// There is no server, so that only the script of this one can load.
	async foreignBase(page) {
		const base = '<base href="http://127.0.0.1:9/">';

		write('deep/page.html', `${base}<body>1`);
		await visit(page, 'deep/page.html');
		write('deep/page.html', `${base}<body>2`);
		await says(page, '2');
	},

	// Behind a proxy that strips a prefix.
	async prefix(page) {
		const proxy = http.createServer((req, res) => {
			const to = http.request(new URL(req.url.replace('/app/', '/'), url),
				{ method: req.method, headers: req.headers }, (answer) => {
					res.writeHead(answer.statusCode, answer.headers);
					answer.pipe(res);
				});

			res.on('close', () => to.destroy());
			to.on('error', () => res.destroy());
			to.end();
		});

		write('deep/page.html',
			'<link rel=stylesheet href=../a.css><body>1');
		write('a.css', 'body{color:rgb(1,1,1)}');
		await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
		try {
			const at = `http://127.0.0.1:${proxy.address().port}/app/`;

			await page.goto(`${at}deep/page.html`);
			await page.waitForFunction(() => performance.now() > 500);
			write('a.css', 'body{color:rgb(2,1,1)}');
			await page.waitForFunction(() => getComputedStyle(document.body)
				.color === 'rgb(2, 1, 1)');
			write('deep/page.html',
				'<link rel=stylesheet href=../a.css><body>2');
			await says(page, '2');
			// Listings and the redirect to the slash stay below it, too.
			await page.goto(`${at}deep`);
			assert.equal(page.url(), `${at}deep/`);
			await page.locator('nav a').click();
			await page.waitForURL(at);
		} finally {
			proxy.closeAllConnections();
			proxy.close();
		}
	},

	async listing(page) {
		const names = (expected) => page.waitForFunction((e) =>
			[...document.querySelectorAll('tbody tr:not(.up) a')]
			.map((a) => a.innerText).join() === e, expected);

		write('folder/a', '');
		await visit(page, 'folder/');
		await names('a');
		write('folder/b', '');
		await names('a,b');
		fs.mkdirSync(path.join(root, 'folder/c'));
		await names('c/,a,b');
		fs.unlinkSync(path.join(root, 'folder/a'));
		await names('c/,b');
		const count = await loads(page);

		write('folder/c/deep', '');
		write('beside', '');
		write('folder/.hidden', '');
		write('folder/d', '');
		await names('c/,b,d');
		assert.equal(await loads(page), count + 1);
	},

	async single(page) {
		// ROOT is beside the file, the only one that is served.
		write('one.html', '<body>1');
		await visit(page);
		await says(page, '1');
		replace('one.html', '<body>2');
		await says(page, '2');
		write('two.html', '');
		write('one.html', '<body>3');
		await says(page, '3');
		assert.equal(await loads(page), 2);
	},

	async link(page) {
		const aside = path.join(root, 'aside');

		fs.mkdirSync(aside);
		fs.writeFileSync(`${aside}/real.html`, `${LAST}<body>1`);
		fs.mkdirSync(path.join(root, 'sub'));
		fs.symlinkSync('../aside/real.html', path.join(root,
			'sub/page.html'));
		await visit(page, 'sub/page.html');
		await says(page, '1');
		write('aside/real.html', `${LAST}<body>2`);
		await says(page, '2');
		replace('aside/real.html', `${LAST}<body>3`);
		await says(page, '3');
		await settled(page, 2);
	},

	async csp(page) {
		const strict = (policy) => `${LAST}<meta http-equiv=
			"Content-Security-Policy" content="${policy}"><body>`;

		const some = "default-src 'none'; script-src 'self'";

		write('none.html', strict("default-src 'none'") + 'text');
		write('self.html', strict("default-src 'self'") + '1');
		write('some.html', strict(some) + '1');
		// Only this was blocked.
		await visit(page, 'none.html');
		await says(page, 'text');
		// Only from its own origin.
		await visit(page, 'self.html');
		write('self.html', strict("default-src 'self'") + '2');
		await says(page, '2');
		// No connections: the worker has its own.
		await visit(page, 'some.html');
		write('some.html', strict(some) + '2');
		await says(page, '2');
	},

	async tabs(page) {
		const pages = [page];

		write('index.html', '<body>1<script src=a.js></script>');
		write('a.js', '');
		while (pages.length < 8)
			pages.push(await page.context().newPage());
		await Promise.all(pages.map((p) => visit(p)));
		for (const n of [2, 3]) {
			write('index.html', `<body>${n}`);
			await Promise.all(pages.map((p) => says(p, String(n))));
		}
		assert.deepEqual(await Promise.all(pages.map(loads)),
			pages.map(() => 2));
		// The others continue after some were closed.
		await Promise.all(pages.splice(0, 6).map((p) => p.close()));
		write('index.html', '<body>4');
		await Promise.all(pages.map((p) => says(p, '4')));
	},

	// Without workers: a stream only while the page is visible.
	async alone(page) {
		const hide = (hidden) => page.evaluate((h) => {
			Object.defineProperty(document, 'hidden',
				{ value: h, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}, hidden);

		await page.addInitScript(() => { delete window.SharedWorker; });
		write('index.html', `${LAST}<body>1`);
		await visit(page);
		write('index.html', `${LAST}<body>2`);
		await says(page, '2');
		await hide(true);
		write('index.html', `${LAST}<body>3`);
		await settled_hidden(page);
		assert.equal(await loads(page), 1);
		await hide(false);
		await says(page, '3');
		// Earlier events are not sent again.
		await hide(true);
		await hide(false);
		await settled(page, 2);
	},

	// Leave the page, and come back to it.
	async back(page) {
		write('index.html', `${LAST}<body>1`);
		write('other.html', '<body>other');
		await visit(page);
		await page.goto(`${url}other.html`);
		write('index.html', `${LAST}<body>2`);
		await page.goBack();
		await says(page, '2');
	},

	async restart(page, program) {
		const args = ['--live', '-p', new URL(url).port, root];
		const begin = () => new Promise((resolve) => {
			const serve = spawn(program, args, {
				stdio: ['ignore', 'ignore', 'pipe'] });

			pid = serve.pid;
			serve.stderr.once('data', () => resolve(serve));
		});
		const end = (serve) => new Promise((resolve) => {
			pid = 0;
			serve.once('exit', resolve).kill('SIGTERM');
		});

		pid = 0;
		write('index.html', `${LAST}<body>1`);
		let serve = await begin();
		try {
			await visit(page);
			await end(serve);
			write('index.html', `${LAST}<body>2`);
			serve = await begin();
			await says(page, '2');
			write('index.html', `${LAST}<body>3`);
			await says(page, '3');
			await settled(page, 2);
		} finally {
			await end(serve);
		}
	},

	// Milliseconds from the save to its display, by the browser's clock.
	async latency(page, rounds = 25) {
		const took = { page: [], style: [] };
		const now = () => Date.now();

		put('index.html', `${LAST}<body>0`);
		await visit(page);
		for (let i = 1; i <= rounds; i++) {
			let begin = now();

			put('index.html', `${LAST}<body>${i}`);
			await says(page, String(i));
			took.page.push(await page.evaluate(() => new Promise((seen) =>
				new PerformanceObserver((list) => {
					const at = list.getEntries()[0].startTime;

					seen(Date.now() - performance.now() + at);
				}).observe({ type: 'paint', buffered: true }))) - begin);

			const painted = page.evaluate((c) => new Promise((seen) => {
				(function look() {
					if (getComputedStyle(document.body)
						.outlineColor === c)
						seen(Date.now());
					else
						requestAnimationFrame(look);
				})();
			}), `rgb(${i}, 1, 1)`);
			begin = now();
			put('last.css', `body{outline-color:rgb(${i},1,1)}`);
			took.style.push(await painted - begin);
		}
		return Object.entries(took).map(([kind, all]) => {
			all.sort((a, b) => a - b);
			return `save to visible, ${kind}: median ` +
				`${all[all.length >> 1].toFixed()} ms ` +
				`(${all[0].toFixed()}-${all.at(-1).toFixed()})`;
		}).join('\n');
	},
};

// Wait until the server has reported all changes, by a second client.
async function settled_hidden() {
	const stream = spawn('curl', ['-sSN', `${url}.well-known/serve/live?9`]);

	try {
		await new Promise((resolve) => {
			let n = 0;
			const timer = setInterval(() => write('x', String(n++)), 100);

			stream.stdout.once('data', () => resolve(clearInterval(timer)));
		});
	} finally {
		stream.kill();
	}
}

module.exports = (at, folder, name, server, ...args) => {
	[url, root, pid, changes] = [at, folder, server, 0];
	put('last.css', 'body{outline-color:rgb(0,0,0)}');
	return browse((page) => cases[name](page, ...args), {
		allow: /Content Security Policy|live\.js: csp|Refused to apply style|net::ERR_(ABORTED|CONNECTION)|40[34]/,
	});
};
