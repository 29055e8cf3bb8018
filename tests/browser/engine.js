// ENGINE CASE URL ROOT [ARG]...: what people do with serve, in engines other than
// Chromium.  ROOT is the folder that is served at URL.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { run, until } = require('./engines');

const cases = {
	// The listing of a folder with 20 .txt and 2 .js files.
	async listing(b, url) {
		const shown = `[...document.querySelectorAll('tbody tr')]
			.filter((row) => row.checkVisibility?.() ?? row.offsetHeight > 0)
			.map((row) => row.querySelector('a').textContent).join(' ')`;
		const matches = () => until('two matches', () => b.run(
			`document.querySelector('output')?.textContent === '2 matches'`));

		await b.open(url);
		await b.sees('file20.txt');
		await b.run(`document.querySelector('[type=search]').focus()`);
		await b.keys('.js');
		await matches();
		assert.equal(await b.run(shown), 'a.js b.js');
		await until('the filter in the URL', () =>
			b.run(`location.hash === '#.js'`));
		await b.run(`[...document.querySelectorAll('th button')]
			.find((button) => button.innerText.includes('Size')).click()`);
		await until('another order', () =>
			b.run(`location.search === '?sort=size'`));
		await matches();
		await b.reload();
		await matches();
		assert.equal(await b.run(shown), 'b.js a.js');	// largest first
		await b.run(`[...document.links].find((a) =>
			a.innerText === 'a.js').click()`);
		await b.sees('the script');
		await b.back();
		await matches();
		await b.open(`${url}none`);
		await b.sees('404 Not Found');
	},

	// Rows come back in several frames, so that the page does not freeze.
	async large(b, url) {
		const hidden = `document.querySelectorAll('tr[hidden]').length`;
		const filter = (text) => b.run(`new Promise((done) => {
			const filter = document.querySelector('[type=search]');

			filter.value = '${text}';
			filter.dispatchEvent(new Event('input'));
			requestAnimationFrame(() => done(${hidden}));
		})`);

		await b.open(url);
		await b.sees('file1.txt');
		assert.equal(await filter('file77.'), 2999);
		assert.ok(await filter('') > 1000);
		await until('all rows', async () => await b.run(hidden) === 0);
		await filter('file77.');
		await filter('');
		assert.equal(await filter('file7'), 2889);
		await b.run('new Promise(requestAnimationFrame)');
		await until('the last filter', async () => await b.run(hidden) === 2889);
	},

	// A page reloads; a style sheet is exchanged while the page stays.
	async live(b, url, root) {
		const write = (file, text) =>
			fs.writeFileSync(path.join(root, file), text);

		await b.open(`${url}page.html`);
		await b.sees('first');
		// A change as old as the page would count as part of it.
		await until('half a second', () => b.run('performance.now() > 500'));
		await b.run('window.mark = 7');
		write('page.css', 'body { color: rgb(4, 5, 6) }');
		await until('the new colour', () => b.run(
			`getComputedStyle(document.body).color === 'rgb(4, 5, 6)'`));
		assert.equal(await b.run('window.mark'), 7);
		write('page.html', `${fs.readFileSync(path.join(root, 'page.html'),
			'utf8').replace('first', 'second')}`);
		await b.sees('second');
		assert.ok(!await b.run('window.mark'));
	},

	// A frame reloads itself, not the page around it.  Firefox does not call the
	// request of a frame one if the service worker of the page passes it on.
	async frame(b, url, root) {
		const write = (file, text) =>
			fs.writeFileSync(path.join(root, file), text);

		write('frame.html', 'frame 1');
		write('sw.js', `onfetch = (e) => e.respondWith(fetch(e.request));
			oninstall = () => skipWaiting();
			onactivate = (e) => e.waitUntil(clients.claim());`);
		fs.appendFileSync(path.join(root, 'page.html'),
			'<iframe src=frame.html></iframe>');
		await b.open(`${url}page.html`);
		await b.run(`navigator.serviceWorker.register('/sw.js')
			.then(() => navigator.serviceWorker.ready).then(() => 1)`);
		await b.open(`${url}page.html`);
		await until('half a second', () => b.run('performance.now() > 500'));
		assert.ok(await b.run('!!navigator.serviceWorker.controller'));
		await b.run('window.mark = 7');
		write('frame.html', 'frame 2');
		await until('the new frame', () => b.run(
			`frames[0].document.body?.innerText.includes('frame 2')`));
		write('page.css', 'body { color: rgb(4, 5, 6) }');
		await until('the new colour', () => b.run(
			`getComputedStyle(document.body).color === 'rgb(4, 5, 6)'`));
		assert.equal(await b.run('window.mark'), 7);
	},

	// The page shows each version of its font: of one whose letters have the
	// same width, and of another.
	async font(b, url, root, font, other) {
		const put = (from) => fs.copyFileSync(from, path.join(root, 'f.ttf'));
		const width = (id) => `document.getElementById('${id}').offsetWidth`;

		put(font);
		fs.writeFileSync(path.join(root, 'page.html'), `<!doctype html><style>
			@font-face { font-family: f; src: url(f.ttf) }
			p { font: 40px f; display: inline-block }
			</style><p id=i>iiii</p><p id=w>WWWW</p>first`);
		await b.open(`${url}page.html`);
		await b.sees('first');
		for (const isOther of [false, true, false, true]) {
			if (isOther)
				put(other);
			else
				put(font);
			await until(`font, other: ${isOther}`, () => b.run(`document.readyState
				=== 'complete' && performance.now() > 700 &&
				document.fonts.ready.then(() => document.fonts.size === 1 &&
				(${width('i')} < ${width('w')} - 20) === ${isOther})`));
		}
	},

	// A minute of sound is played from its 50th second on.
	async media(b, url) {
		await b.open(`${url}page.html`);
		await b.sees('first');
		assert.deepEqual(await b.run(`new Promise((done) => {
			const audio = document.createElement('audio');

			audio.onseeked = () => done([audio.currentTime, audio.duration]);
			audio.onerror = () => done(audio.error.message);
			audio.onloadedmetadata = () => { audio.currentTime = 50; };
			audio.preload = 'metadata';
			audio.src = '/sound.wav';
		})`), [50, 60]);
	},
};

module.exports = (engine, name, ...args) =>
	run(engine, (b) => cases[name](b, ...args));
