// URL: of a folder with 300 pictures.
'use strict';
const assert = require('node:assert/strict');
const { browse, shoot } = require('./browse');

module.exports = (url) => browse(async (page) => {
	await page.goto(url);
	await page.getByRole('button', { name: 'Pictures' }).click();
	await page.waitForURL((u) => u.search === '?view=grid');
	const first = page.locator('img').first();

	await first.evaluate((e) => e.decode());
	await shoot(page, 'grid');
	assert.equal(await page.locator('img').count(), 300);
	// All boxes have their size before their pictures are loaded.
	const sizes = await page.locator('img').evaluateAll((all) => all.map((e) =>
		[e.getBoundingClientRect().width, e.getBoundingClientRect().height]));
	assert.ok(sizes[0][0] > 100);
	assert.ok(sizes.every(([width, height]) =>
		Math.abs(width - height) < 1 && Math.abs(width - sizes[0][0]) < 1));
	const shifts = await page.evaluate(() => new Promise((resolve) =>
		new PerformanceObserver((list) => resolve(list.getEntries().length))
			.observe({ type: 'layout-shift', buffered: true }) ||
		setTimeout(resolve, 100, 0)));
	assert.equal(shifts, 0);
	// There is room for the filter before the script adds it.
	for (const width of [390, 1000]) {
		await page.setViewportSize({ width, height: 800 });
		const tops = await page.evaluate(() => {
			const top = () => document.querySelector('main').getBoundingClientRect().top;
			const bar = document.querySelector('.bar');
			const added = [bar.querySelector('output'), bar.querySelector('input[type=search]')];
			const after = top();

			added.forEach((e) => e.remove());
			const before = top();

			bar.append(...added);
			return [before, after];
		});

		assert.ok(Math.abs(tops[0] - tops[1]) < 1, `${tops} at ${width}`);
	}
	await page.getByRole('link', { name: '1.svg', exact: true }).click();
	await page.waitForURL('**/1.svg');
	await page.goBack();
	await page.getByRole('button', { name: 'Table' }).click();
	await page.waitForURL((u) => u.search === '');
	assert.equal(await page.locator('img').count(), 0);
});
