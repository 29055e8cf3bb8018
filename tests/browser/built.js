// URL STEPS: a site that a build tool made.  STEPS is JSON, a list of
// [what, ...]: "goto" PATH, "click" LINK, "shows" PATH HEADING, "header" PATH
// NAME VALUE.  No request fails and the console stays empty, but for what ALLOW
// (a regular expression) in the environment says.
'use strict';
const assert = require('node:assert/strict');
const { browse } = require('./browse');

const [url, steps] = process.argv.slice(2);
const { origin } = new URL(url);

browse(async (page) => {
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
}, { allow: new RegExp(process.env.ALLOW || '^$') }).catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
