// Drives headless Chromium for the tests: playwright-core, and Chromium as the
// system has it.
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

// Call visit(page) with a browser of its own.  What a person may not notice
// fails as well: a request that got no answer or an error, a message on the
// console, a script that threw or opened a dialog.  Of these, allow (a RegExp)
// is what the test wants to see, and the favicon, which browsers ask for by
// themselves; options are those of browser.newContext().
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

// Into the folder SHOTS, if there is one.
async function shoot(page, name) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}

module.exports = { browse, shoot };
