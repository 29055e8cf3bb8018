// URL: the Python documentation works as a site.
'use strict';
const assert = require('node:assert/strict');
const { browse, shoot } = require('./browse');

module.exports = (url) => browse(async (page) => {
	await page.goto(url);
	assert.match(await page.title(), /3\..* Documentation/);
	// its style sheet was loaded, and applies
	assert.equal(await page.locator('.sphinxsidebar').evaluate(
		(e) => getComputedStyle(e).backgroundColor), 'rgb(238, 238, 238)');
	assert.ok(await page.evaluate(
		() => [...document.images].every((i) => i.naturalWidth > 0)));
	await shoot(page, 'site');

	await page.locator('a[href="library/index.html"]').first().click();
	await page.waitForURL('**/library/index.html');
	assert.match(await page.locator('h1').first().innerText(),
		/Standard Library/);

	// the search runs in scripts, over an index of some megabytes
	await page.goto(`${url}search.html?q=epoll`);
	await page.getByText('Search finished').waitFor();
	await page.waitForLoadState('networkidle');
	await page.locator('#search-results li a[href*="select.html"]').first()
		.click();
	await page.waitForURL('**/library/select.html**');
	assert.match(await page.locator('h1').first().innerText(), /select/);
});
