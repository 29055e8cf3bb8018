// Drives headless Chromium for the tests: playwright-core, and the Chromium of
// the system.
'use strict';
const { chromium } = require('playwright-core');

const ARGS = [
	'--disable-gpu',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--disable-dev-shm-usage',
];

// Call visit(page) with a new browser.  Problems that a person may not notice
// fail as well: a request without a response or with an error, a message on the
// console, a script that threw or opened a dialog.  Those that match allow (a
// RegExp) are expected, and so are requests for the favicon, which browsers make
// by themselves.  options are those of browser.newContext().
async function browse(visit, { allow = /^$/, ...options } = {}) {
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		chromiumSandbox: process.getuid() !== 0,
		args: ARGS,
	});
	const problems = [];
	const note = (text) => allow.test(text) ||
		text.includes('/favicon.ico') || problems.push(text);

	try {
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
		await visit(page);
	} finally {
		await browser.close();
	}
	if (problems.length > 0)
		throw new Error(problems.join('\n'));
}

// Save a screenshot in the folder SHOTS, if it is set.
async function shoot(page, name) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}

module.exports = { browse, shoot };
