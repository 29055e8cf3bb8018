// URL: from the listing of the Python documentation's sources down three levels
// and up again, by clicks, with and without the filter.
'use strict';
const assert = require('node:assert/strict');
const { browse, shoot } = require('./browse');

const path = (page) => new URL(page.url()).pathname;

module.exports = (url) => browse(async (page) => {
	const click = async (name, role = 'link') => {
		await page.getByRole(role, { name, exact: true }).click();
		await page.waitForLoadState();
	};

	await page.goto(url);
	await click('_sources/');
	await click('library/');
	assert.equal(path(page), '/_sources/library/');
	await shoot(page, 'listing');
	await click('select.rst.txt');
	assert.equal(path(page), '/_sources/library/select.rst.txt');
	assert.match(await page.locator('body').innerText(), /epoll/);

	await page.goBack();
	await page.getByRole('searchbox').fill('SELECT');
	assert.deepEqual(
		await page.locator('tbody tr:visible a').allInnerTexts(),
		['select.rst.txt', 'selectors.rst.txt']);
	// Enter belongs to an input method while it composes: Chinese, Japanese
	await page.getByRole('searchbox').focus();
	const keys = await page.context().newCDPSession(page);
	await keys.send('Input.dispatchKeyEvent', {
		type: 'rawKeyDown', key: 'Enter', windowsVirtualKeyCode: 229 });
	await page.keyboard.press('Escape');
	assert.equal(await page.getByRole('searchbox').inputValue(), '');
	assert.equal(path(page), '/_sources/library/');

	await click('Size', 'button');
	await page.waitForURL('**/library/?sort=size');
	const sizes = await page.locator('tbody td:nth-child(2)[title]')
		.evaluateAll((all) => all.map(
			(e) => parseInt(e.title.replace(/,/g, ''), 10)));
	assert.ok(sizes.length > 100);
	assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));

	await click('Parent folder');
	assert.equal(path(page), '/_sources/');
	await page.locator('nav a').first().click();
	await page.waitForURL((u) => u.pathname === '/');
});
