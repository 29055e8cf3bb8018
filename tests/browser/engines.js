// Two engines behind one small interface: Chromium by playwright-core, Firefox
// as the system has it by its own protocol, Marionette.
//
//	open(url), back(), reload(), close()
//	run(text)	the value of a JavaScript expression in the page
//	type(text)	into what has the focus, then Enter
//	sees(text)	wait until the page shows it
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { chromium } = require('playwright-core');

async function until(what, ready) {
	for (const end = Date.now() + 20000; Date.now() < end; await sleep(20)) {
		try {
			const value = await ready();

			if (value)
				return value;
		} catch (e) {	// between two pages
			if (!/destroyed|navigat|no such|unload|abort|discarded/i.test(e.message))
				throw e;
		}
	}
	throw new Error(`still not: ${what}`);
}

async function sees(engine, text) {
	await until(`"${text}" in the page`, async () =>
		(await engine.run('document.body?.innerText'))?.includes(text));
}

async function startChromium() {
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		chromiumSandbox: process.getuid() !== 0,
		args: ['--disable-gpu', '--no-first-run', '--disable-dev-shm-usage'],
	});
	const page = await browser.newPage();
	const devtools = await page.context().newCDPSession(page);
	const engine = {
		name: 'chromium',
		open: (url) => page.goto(url),
		back: () => page.goBack(),
		reload: () => page.reload(),
		run: (text) => page.evaluate(text),
		type: async (text) => {
			await page.keyboard.type(text);
			await page.keyboard.press('Enter');
		},
		sees: (text) => sees(engine, text),
		// The URLs of the tab, as the menu of its button shows them.
		history: async () => (await devtools.send(
			'Page.getNavigationHistory')).entries.map((e) => e.url),
		close: () => browser.close(),
	};

	return engine;
}

// Marionette: "LENGTH:JSON", [0, ID, COMMAND, PARAMETERS] there and
// [1, ID, ERROR, RESULT] back.
async function connect(port) {
	const socket = net.connect(port, '127.0.0.1');
	const waiting = new Map();
	let input = Buffer.alloc(0), last = 0;

	socket.on('data', (data) => {
		input = Buffer.concat([input, data]);
		for (;;) {
			const colon = input.indexOf(':');
			const n = Number(input.subarray(0, colon));

			if (colon < 1 || input.length < colon + 1 + n)
				return;
			const message = JSON.parse(input.subarray(colon + 1, colon + 1 + n));

			input = input.subarray(colon + 1 + n);
			if (!Array.isArray(message))
				continue;	// the greeting
			const [, id, error, result] = message;
			const { done, fail } = waiting.get(id);

			waiting.delete(id);
			if (error)
				fail(new Error(`${error.error}: ${error.message}`));
			else
				done(result);
		}
	});
	await new Promise((done, fail) => {
		socket.on('connect', done);
		socket.on('error', fail);
	});
	return (command, parameters = {}) => new Promise((done, fail) => {
		const text = JSON.stringify([0, ++last, command, parameters]);

		waiting.set(last, { done, fail });
		socket.write(`${Buffer.byteLength(text)}:${text}`);
	});
}

async function startFirefox() {
	const profile = fs.mkdtempSync(path.join(process.env.HOME, 'firefox-'));
	const at = path.join(profile, 'MarionetteActivePort');

	fs.writeFileSync(path.join(profile, 'user.js'),
		'user_pref("marionette.port", 0);\n');
	const firefox = spawn(process.env.FIREFOX || 'firefox-esr',
		['--headless', '--marionette', '--no-remote', '--profile', profile],
		{ stdio: 'ignore' });

	await until('Firefox', () => fs.existsSync(at) &&
		fs.readFileSync(at, 'utf8'));
	const send = await connect(Number(fs.readFileSync(at, 'utf8')));

	await send('WebDriver:NewSession', { capabilities: { alwaysMatch: {
		unhandledPromptBehavior: 'ignore', pageLoadStrategy: 'normal',
	} } });
	const engine = {
		name: 'firefox',
		open: (url) => send('WebDriver:Navigate', { url }),
		back: () => send('WebDriver:Back'),
		reload: () => send('WebDriver:Refresh'),
		run: async (text) => (await send('WebDriver:ExecuteAsyncScript', {
			script: `const done = arguments[0];
				Promise.resolve(${text}).then(done);`, args: [],
		})).value,
		type: async (text) => {
			const { value } = await send('WebDriver:GetActiveElement');

			await send('WebDriver:ElementSendKeys', {
				id: Object.values(value)[0], text: `${text}\uE007`,
			});
		},
		sees: (text) => sees(engine, text),
		close: async () => {
			await send('Marionette:Quit', { flags: ['eForceQuit'] });
			if (firefox.exitCode === null)
				await new Promise((done) => firefox.on('exit', done));
		},
	};

	return engine;
}

module.exports = { start: { chromium: startChromium, firefox: startFirefox }, until };
