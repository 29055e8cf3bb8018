// URL FOLDER: fill the folder with names that contain markup and escapes.  Every
// link of the listing must lead to its file, and no script may run.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { browse, shoot } = require('./browse');

const NAMES = [
	'<script>alert(1)<!-- .txt',
	'<img src=x onerror=alert(2)>.txt',
	'"><svg onload=alert(3)>.txt',
	"' onmouseover='alert(4).txt",
	'javascript:alert(5).txt',
	'http:example.txt',
	'a?b=c#d.txt',
	'%2e%2e%2fetc.txt',
	'100%.txt',
	'&amp;&lt;.txt',
	'back\\slash.txt',
	'semi;colon,comma.txt',
	' leading and trailing .txt ',
	'new\nline.txt',
	'tab\tand\x1b[31mescape.txt',
	'\u202etxt.exe.txt',
	'\u05e2\u05d1\u05e8\u05d9\u05ea.txt',
	'\u4f60\u597d\uff0c\u4e16\u754c.txt',
	'\u{1f389} e\u0301.txt',
	'<!-- <table><h1>.txt',
	'-rf.txt',
	'~.txt',
	'con.txt',
	'x'.repeat(251) + '.txt',
].map((s) => Buffer.from(s)).concat([
	Buffer.from('bad-\xff\xfe-utf8.txt', 'latin1'),
	Buffer.from('overlong-\xc0\xaf.txt', 'latin1'),
]);

// The content of a file identifies it.
const content = (name) => `<b>${name.toString('hex')}</b>`;

module.exports = (url, folder) => browse(async (page) => {
	for (const name of NAMES)
		fs.writeFileSync(
			Buffer.concat([Buffer.from(folder + '/'), name]), content(name));
	fs.mkdirSync(path.join(folder, 'dir?<b>#%41'));
	fs.writeFileSync(path.join(folder, 'dir?<b>#%41', 'inside.txt'), 'inside');

	const links = page.locator('tbody a');
	const bodies = [];

	await page.goto(url);
	await shoot(page, 'names');
	assert.equal(await links.count(), NAMES.length + 1);
	for (let i = 1; i <= NAMES.length; i++) {
		const text = await links.nth(i).textContent();
		await links.nth(i).click();
		await page.waitForURL((u) => u.pathname !== '/');
		await page.waitForLoadState();
		const body = await page.locator('body').innerText();
		// A name without controls reads as it is.
		const name = NAMES.find((n) => content(n) === body);
		assert.ok(name, `${text}: ${body}`);
		if (!/[\x00-\x1f\u202e\ufffd]/.test(name.toString()))
			assert.equal(text, name.toString());
		bodies.push(body);
		await page.goBack();
	}
	assert.deepEqual(bodies.sort(), NAMES.map(content).sort());

	await links.first().click();
	await page.getByRole('link', { name: 'inside.txt' }).click();
	await page.waitForURL('**/inside.txt');
	assert.equal(await page.locator('body').innerText(), 'inside');
});
