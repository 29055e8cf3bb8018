// URL...: axe-core finds no fault in these pages, in light, dark, and on a
// phone, and the page is not wider than the screen.
'use strict';
const assert = require('node:assert/strict');
const axe = require('axe-core');
const { browse, shoot } = require('./browse');

const urls = process.argv.slice(2);
const LOOKS = {
	light: { colorScheme: 'light' },
	dark: { colorScheme: 'dark' },
	forced: { forcedColors: 'active' },
	phone: { viewport: { width: 390, height: 844 }, hasTouch: true },
};

async function look(page, url, name) {
	await page.goto(url);
	await shoot(page, name);
	await page.evaluate(axe.source);
	const found = await page.evaluate(() => window.axe.run());
	assert.ok(found.passes.length > 5);
	assert.deepEqual(found.violations.map((v) => [
		v.id, v.help, v.nodes.map((n) => n.html)]), []);
	assert.ok(await page.evaluate(() =>
		document.documentElement.scrollWidth <= window.innerWidth));
}

(async () => {
	for (const [name, options] of Object.entries(LOOKS))
		await browse(async (page) => {
			for (const [i, url] of urls.entries())
				await look(page, url, `${name}-${i}`);
		}, { ...options, allow: / ?404/ });
})().catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
