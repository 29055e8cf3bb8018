// URL...: axe-core finds no fault in these pages, light, dark, and on a phone,
// and no page is wider than the screen.
'use strict';
const assert = require('node:assert/strict');
const axe = require('axe-core');
const { browse, shoot } = require('./browse');

const LOOKS = {
	light: { colorScheme: 'light' },
	dark: { colorScheme: 'dark' },
	forced: { forcedColors: 'active' },
	phone: { viewport: { width: 390, height: 844 }, hasTouch: true },
	small: { viewport: { width: 352, height: 700 }, hasTouch: true },
};

// A listing is a table for a screen reader as well, whatever its rows look like.
// Chromium adds the rows outside of the window later.
async function is_table(page) {
	const client = await page.context().newCDPSession(page);
	const counts = async () => {
		const { nodes } = await client.send('Accessibility.getFullAXTree');

		return ['table', 'columnheader', 'row', 'cell'].map((role) =>
			nodes.filter((n) => !n.ignored && n.role.value === role).length);
	};
	const rows = await page.locator('tr').count();
	const wanted = [1, 3, rows, 3 * (rows - 1)].join();
	const end = Date.now() + 10000;

	while ((await counts()).join() !== wanted)
		assert.ok(Date.now() < end, `${await counts()}, not ${wanted}`);
}

// Size and time are visible, and can be sorted by, on every screen.
async function shows_all(page) {
	for (const name of ['Name', 'Size', 'Modified'])
		assert.ok(await page.getByRole('button', { name }).isVisible(), name);
	for (const cell of await page.locator('tr:has-text("big.iso") td').all())
		assert.ok(await cell.isVisible());
	assert.equal(await page.locator('th[aria-sort]').evaluate(
		(e) => e.innerText.trim()), 'Name ↑');
}

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
	if (url.endsWith('/deep/')) {
		await is_table(page);
		await shows_all(page);
	}
}

module.exports = async (...urls) => {
	for (const [name, options] of Object.entries(LOOKS))
		await browse(async (page) => {
			for (const [i, url] of urls.entries())
				await look(page, url, `${name}-${i}`);
		}, { ...options, allow: / ?404/ });
};
