// URL SITE: a site on Vite's dev server, whose files change while it is shown.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { browse } = require('./browse');

module.exports = (url, site) => browse(async (page) => {
	const write = (file, text) =>
		fs.writeFileSync(path.join(site, file), text);
	const sockets = [];

	page.on('websocket', (socket) => sockets.push(socket.url()));
	await page.goto(url);
	await page.getByText('first').waitFor();
	await page.evaluate('window.mark = 7');
	// A module that accepts its own updates is exchanged in the page,
	write('part.js', fs.readFileSync(path.join(site, 'part.js'), 'utf8')
		.replace('first', 'second'));
	await page.getByText('second').waitFor();
	write('style.css', 'h1 { color: rgb(4, 5, 6) }');
	await page.waitForFunction(`getComputedStyle(
		document.querySelector('h1')).color === 'rgb(4, 5, 6)'`);
	assert.equal(await page.evaluate('window.mark'), 7);
	// and any other change loads it again.
	write('index.html', fs.readFileSync(path.join(site, 'index.html'), 'utf8')
		.replace('<title>', '<title>new '));
	await page.waitForFunction('!window.mark');
	assert.equal(await page.title(), 'new app');
	// All of that came through serve.
	const { host } = new URL(url);

	assert.ok(sockets.length > 0);
	for (const socket of sockets)
		assert.equal(new URL(socket).host, host);
});
