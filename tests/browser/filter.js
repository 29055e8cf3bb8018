// URL: of a folder with 20 .txt and 2 .js files.  The filter's text is kept.
'use strict';
const assert = require('node:assert/strict');
const { browse } = require('./browse');

module.exports = (url) => browse(async (page) => {
	const filter = page.getByRole('searchbox');
	const shown = () => page.locator('tbody tr:visible a').allInnerTexts();
	const is_filtered = async () => {
		await page.waitForFunction(() =>
			document.querySelector('output')?.textContent === '2 matches');
		assert.equal(await filter.inputValue(), '.js');
		assert.deepEqual((await shown()).sort(), ['a.js', 'b.js']);
	};

	await page.goto(url);
	await page.keyboard.press('/');
	assert.ok(await filter.evaluate((e) => e === document.activeElement));
	await page.keyboard.type('.js');
	await is_filtered();
	// A slash is typed into the filter as a character.
	await page.keyboard.type('/');
	assert.equal(await filter.inputValue(), '.js/');
	await page.keyboard.press('Backspace');

	const left = await page.locator('th:nth-child(2)').boundingBox();
	await filter.fill('');
	assert.deepEqual(await page.locator('th:nth-child(2)').boundingBox(), left);
	await filter.fill('.js');

	await page.getByRole('button', { name: 'Size' }).click();
	await page.waitForURL((u) => u.search === '?sort=size');
	await is_filtered();
	await page.reload();
	await is_filtered();
	await page.getByRole('link', { name: 'a.js' }).click();
	await page.waitForURL('**/a.js');
	await page.goBack();
	await is_filtered();
	await page.goBack();
	await page.waitForURL((u) => u.search === '');
	await is_filtered();
	await filter.focus();
	await page.keyboard.press('Escape');
	assert.equal((await shown()).length, 23);
	assert.equal(page.url(), url);
});
