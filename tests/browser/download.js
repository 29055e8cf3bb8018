// URL FILE: a download that the network cuts off is resumed there, and the ranges
// that a script requests are from one version of the file.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { browse } = require('./browse');

// A proxy between the browser and serve, which ends the first connection when
// half of this file has passed.
async function cutting(url, content, asked) {
	let cut = false;
	const relay = net.createServer((client) => {
		const server = net.connect(new URL(url).port, '127.0.0.1');
		let taken = 0;

		client.on('data', (data) => {
			asked.push(data.toString('latin1'));
			server.write(data);
		});
		server.on('data', (data) => {
			taken += data.length;
			if (!cut && taken > content.length / 2) {
				cut = true;
				client.end(data);
				server.destroy();
			} else if (!client.write(data)) {
				server.pause();
			}
		});
		client.on('drain', () => server.resume());
		client.on('error', () => server.destroy());
		server.on('error', () => client.destroy());
		client.on('close', () => server.end());
		server.on('end', () => client.end());
	});

	await new Promise((done) => relay.listen(0, '127.0.0.1', done));
	return relay;
}

// The path where the browser has saved the file.
async function download(page, from) {
	const begun = page.waitForEvent('download');

	await page.evaluate((href) => {
		const a = document.createElement('a');

		a.href = href;
		a.download = '';
		a.click();
	}, from);
	return (await begun).path();
}

// The responses to a script's range, while the file is unchanged and after that.
function ranges(href) {
	const ask = async (range, condition) => {
		const headers = { Range: range };

		if (condition)
			headers['If-Range'] = condition;
		const r = await fetch(href, { headers, cache: 'no-store' });
		const body = new Uint8Array(await r.arrayBuffer());

		return [r.status, r.headers.get('content-range'), body.length];
	};

	return fetch(href, { method: 'HEAD' }).then(async (r) => [
		await ask('bytes=5-9'),
		await ask('bytes=-7', r.headers.get('etag')),
		await ask('bytes=5-9', '"another"'),
	]);
}

module.exports = (url, file) => browse(async (page) => {
	const name = path.basename(file);
	const content = fs.readFileSync(file);
	const asked = [];
	const relay = await cutting(url, content, asked);
	const through = `http://localhost:${relay.address().port}/`;

	await page.goto(`${through}page.html`);
	const got = fs.readFileSync(await download(page, through + name));

	relay.close();

	const resumed = asked.filter((a) => /^range: bytes=[1-9]\d*-/im.test(a));
	assert.equal(resumed.length, 1, asked.join());
	assert.match(resumed[0], /^if-range: "/im);
	assert.ok(content.equals(got));

	await page.goto(`${url}page.html`);
	const n = content.length;
	assert.deepEqual(await page.evaluate(ranges, `/${name}`), [
		[206, `bytes 5-9/${n}`, 5],
		[206, `bytes ${n - 7}-${n - 1}/${n}`, 7],
		[200, null, n],
	]);
}, { allow: /net::ERR_ABORTED/ });
