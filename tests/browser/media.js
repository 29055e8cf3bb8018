// URL: a recording of a minute can seek to its end before all of it has arrived.
'use strict';
const assert = require('node:assert/strict');
const { browse } = require('./browse');

module.exports = (url) => browse(async (page) => {
	const ranges = [];

	page.on('response', (r) => ranges.push(r.headers()['content-range']));
	await page.goto(`${url}page.html`);
	const [at, length] = await page.evaluate(() => new Promise((done) => {
		const audio = document.createElement('audio');

		audio.onseeked = () => done([audio.currentTime, audio.duration]);
		audio.onloadedmetadata = () => { audio.currentTime = 50; };
		audio.preload = 'metadata';
		audio.src = '/sound.wav';
	}));
	assert.deepEqual([at, length], [50, 60]);
	assert.ok(ranges.some((r) => r && !r.startsWith('bytes 0-')), ranges);
	// it cancels requests that it does not need any more
}, { allow: /sound.wav: net::ERR_ABORTED/ });
