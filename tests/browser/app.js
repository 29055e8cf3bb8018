// URL: a single-page app, served with --spa.  Its routes can be clicked, reloaded
// and returned to; files that it loads on demand have the types that browsers
// require: modules, and WebAssembly that is compiled while it arrives.
'use strict';
const assert = require('node:assert/strict');
const { browse } = require('./browse');

module.exports = (url) => browse(async (page) => {
	const shows = async (path, text) => {
		await page.getByRole('heading', { name: text, exact: true })
			.waitFor();
		assert.equal(new URL(page.url()).pathname, path);
	};

	await page.goto(url);
	await shows('/', 'start');
	await page.getByRole('link', { name: 'user' }).click();
	await shows('/users/42', 'user 42');
	await page.reload();
	await shows('/users/42', 'user 42');
	await page.getByRole('link', { name: 'release' }).click();
	await shows('/releases/v1.2', 'release: 7');
	await page.reload();
	await shows('/releases/v1.2', 'release: 7');
	await page.goBack();
	await shows('/users/42', 'user 42');
	assert.equal(await page.locator('h1').evaluate(
		(e) => getComputedStyle(e).color), 'rgb(1, 2, 3)');

	const missing = await page.evaluate(async () => {
		const answer = await fetch('/assets/old-chunk.js');

		return [answer.status, answer.headers.get('Content-Type')];
	});
	assert.deepEqual(missing, [404, 'text/plain; charset=utf-8']);
}, { allow: /old-chunk/ });
