// URL: a recording of a minute seeks to its end before all of it has come.
'use strict';
const assert = require('node:assert/strict');
const { browse } = require('./browse');

const url = process.argv[2];

browse(async (page) => {
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
	// what it does not need any more it breaks off
}, { allow: /sound.wav: net::ERR_ABORTED/ }).catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
