// Drives headless Chromium for the tests.
'use strict';
const { use } = require('./engines');

// Call visit(page) with a page of a new context.  Problems that a person may not
// notice fail as well: a request without a response or with an error, a message
// on the console, a script that threw or opened a dialog.  Those that match allow
// (a RegExp) are expected, and so are requests for the favicon, which browsers
// make by themselves.  options are those of browser.newContext().
const browse = (visit, { allow = /^$/, ...options } = {}) =>
	use('chromium', async ({ browser }) => {
		const problems = [];
		const note = (text) => allow.test(text) ||
			text.includes('/favicon.ico') || problems.push(text);
		const context = await browser.newContext(options);
		const page = await context.newPage();

		page.setDefaultTimeout(20000);
		page.on('requestfailed', (r) =>
			note(`${r.url()}: ${r.failure().errorText}`));
		page.on('response', (r) =>
			r.status() >= 400 && note(`${r.url()}: ${r.status()}`));
		page.on('console', (m) => ['error', 'warning'].includes(m.type()) &&
			note(`console: ${m.text()} ${m.location().url}`));
		page.on('pageerror', (e) => note(`script: ${e.message}`));
		page.on('dialog', (d) => {
			note(`dialog: ${d.message()}`);
			d.dismiss();
		});
		const result = await visit(page);

		await context.close();
		if (problems.length > 0)
			throw new Error(problems.join('\n'));
		return result;
	});

// Save a screenshot in the folder SHOTS, if it is set.
async function shoot(page, name) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}

module.exports = { browse, shoot };
