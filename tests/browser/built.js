// URL STEPS: a site that a build tool made.  STEPS is JSON, a list of
// [what, ...]: "goto" PATH, "click" LINK, "shows" PATH HEADING, "header" PATH
// NAME VALUE.  No request fails and the console stays empty.
'use strict';
const assert = require('node:assert/strict');
const { browse } = require('./browse');

module.exports = (url, steps) => browse(async (page) => {
	const { origin } = new URL(url);
	const run = {
		goto: (path) => page.goto(origin + path),
		click: (name) => page.getByRole('link', { name, exact: true })
			.first().click(),
		shows: async (path, name) => {
			await page.getByRole('heading', { name }).first().waitFor();
			await page.waitForURL(origin + path);
			await page.waitForLoadState('networkidle');
		},
		header: async (path, name, value) => {
			const answer = await page.request.get(origin + path);

			assert.equal(answer.headers()[name], value, `${name} of ${path}`);
		},
	};

	for (const [what, ...values] of JSON.parse(steps))
		await run[what](...values);
});
