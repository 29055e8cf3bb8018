// ENGINE CASE URL KEY [ARG]...: --key in a browser.
'use strict';
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { run, until } = require('./engines');

const cases = {
	// The page with the form, a wrong key, the right one, and then pages as
	// without a key.
	async form(b, url, key) {
		await b.open(`${url}dir/page.html?x=1`);
		await b.sees('401 Unauthorized');
		await b.type('wrong-key');
		await b.sees('That is not the key.');
		await b.type(`${key} `);
		await b.sees('The page');
		assert.equal(await b.run('location.href'), `${url}dir/page.html?x=1`);
		assert.equal(await b.run('document.cookie'), '');
		await b.reload();
		await b.sees('The page');
		await b.run('document.querySelector("a").click()');
		await b.sees('The other page');
		await b.back();
		await b.sees('The page');
		await b.open(`${url}none`);
		await b.sees('404 Not Found');
		const stored = await until('the page in the history', async () => {
			const all = await (b.stored ?? b.history)();

			return all.includes(`${url}dir/page.html?x=1`) && all;
		});
		assert.ok(!stored.join().includes(key), stored);
	},

	// Everything that a page loads is requested with the cookie.
	async parts(b, url, key) {
		await b.open(`${url}app.html?key=${key}`);
		await b.sees('module of a module');
		assert.equal(await b.run('location.href'), `${url}app.html`);
		assert.equal(await b.run(
			'getComputedStyle(document.body).color'), 'rgb(1, 2, 3)');
		await until('a picture', () => b.run(
			'document.images[0].naturalWidth === 3'));
		assert.equal(await b.run(`new Promise((done) => {
			const video = document.querySelector("video");
			video.onseeked = () => done(video.currentTime);
			video.onerror = () => done(video.error.message);
			video.onloadedmetadata = () => { video.currentTime = 50; };
			video.src = "/sound.wav";
		})`), 50);
		assert.equal(await b.run(
			'fetch("/data.json").then((r) => r.json()).then((v) => v.seven)'), 7);
		const visited = await until('the page in the history', async () => {
			const all = await b.history();

			return all.includes(`${url}app.html`) && all;
		});
		assert.ok(!visited.join().includes(key), visited);
	},

	// A download by the browser, and by a download manager with the URL.
	async download(b, url, key) {
		await b.open(`${url}?key=${key}`);
		await b.sees('app.html');
		await b.open(`${url}dir/page.html`);
		const direct = `${url}sound.wav?key=${key}`;
		const get = (...args) => execFileSync('curl', ['-sS', ...args, direct],
			{ maxBuffer: 1 << 24 });
		const all = get();
		const half = all.length >> 1;
		const parts = [get('-r', `0-${half - 1}`), get('-r', `${half}-`)];

		assert.ok(Buffer.concat(parts).equals(all));
		assert.equal(await b.run(`fetch("/sound.wav").then((r) => r.blob())
			.then((b) => b.size)`), all.length);
	},

	// With --live a page reloads, as it does without a key.
	async live(b, url, key, root) {
		const page = `${root}/live.html`;

		fs.writeFileSync(page, '<!doctype html><title>l</title><p>before');
		await b.open(`${url}live.html?key=${key}`);
		await b.sees('before');
		await until('its script listens', () => b.run('performance.now() > 500'));
		fs.writeFileSync(page, '<!doctype html><title>l</title><p>after');
		await b.sees('after');
		assert.equal(await b.run('location.href'), `${url}live.html`);
	},

	// Two servers on one host name, which see each other's cookies.
	async two(b, url, key, url2, key2) {
		await b.open(`${url}dir/page.html?key=${key}`);
		await b.sees('The page');
		await b.open(`${url2}dir/page.html`);
		await b.sees('401 Unauthorized');
		await b.type(key);
		await b.sees('That is not the key.');
		await b.type(key2);
		await b.sees('The page');
		await b.open(`${url}dir/page.html`);
		await b.sees('The page');
	},

	// A link to another server reveals nothing to it.
	async referer(b, url, key, url2) {
		await b.open(`${url}dir/page.html?key=${key}`);
		await b.sees('The page');
		await b.run(`(() => { const a = document.createElement("a");
			a.href = ${JSON.stringify(url2)}; document.body.append(a);
			a.click(); })()`);
		await b.sees('seen here');
	},

	// A command restarts the server.
	async restart(b, url, key, command, expected) {
		await b.open(`${url}dir/page.html?key=${key}`);
		await b.sees('The page');
		execFileSync('sh', ['-c', command], { stdio: 'inherit' });
		await b.reload();
		await b.sees(expected);
	},
};

module.exports = (engine, name, ...args) =>
	run(engine, (b) => cases[name](b, ...args));
