// Three engines behind one small interface: Chromium by playwright-core, Firefox
// by its own protocol, Marionette, and WebKitGTK by WebDriver.
//
//	open(url), back(), reload(), close()
//	run(text)	the value of a JavaScript expression in the page
//	keys(text)	type into the focused element
//	type(text)	keys(text), then Enter
//	sees(text)	wait until the page shows it
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { chromium } = require('playwright-core');

// A foreign website, whose name is one of this machine.
const FOREIGN = 'evil.example';
const ENTER = '\uE007';

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
		args: ['--disable-gpu', '--no-first-run', '--disable-dev-shm-usage',
			`--host-resolver-rules=MAP ${FOREIGN} 127.0.0.1`],
	});
	const page = await browser.newPage();
	const devtools = await page.context().newCDPSession(page);
	const engine = {
		name: 'chromium',
		open: (url) => page.goto(url),
		back: () => page.goBack(),
		reload: () => page.reload(),
		run: (text) => page.evaluate(text),
		keys: (text) => page.keyboard.type(text),
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
		'user_pref("marionette.port", 0);\n' +
		`user_pref("network.dns.localDomains", "${FOREIGN}");\n`);
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
		keys: async (text) => {
			const { value } = await send('WebDriver:GetActiveElement');

			await send('WebDriver:ElementSendKeys',
				{ id: Object.values(value)[0], text });
		},
		type: (text) => engine.keys(text + ENTER),
		sees: (text) => sees(engine, text),
		close: async () => {
			await send('Marionette:Quit', { flags: ['eForceQuit'] });
			if (firefox.exitCode === null)
				await new Promise((done) => firefox.on('exit', done));
		},
	};

	return engine;
}

const exited = (child) => child.exitCode !== null ||
	child.signalCode !== null || new Promise((done) => child.on('exit', done));

// Start a screen that exists only in memory; return its process and name.
async function startScreen() {
	const child = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp',
		'-screen', '0', '1280x1000x24'],
	{ stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
	const number = await new Promise((done, fail) => {
		let text = '';

		child.on('exit', () => fail(new Error('Xvfb has ended')));
		child.stdio[3].on('data', (data) => {
			text += data;
			if (text.endsWith('\n'))
				done(text.trim());
		});
	});

	return { child, name: `:${number}` };
}

// A port that was free just now: WebKitWebDriver cannot choose one itself.
async function freePort() {
	const server = net.createServer();

	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address();

	await new Promise((done) => server.close(done));
	return port;
}

// Send one command of WebDriver and return its value.
function ask(port, method, at, parameters) {
	return new Promise((done, fail) => {
		const request = http.request({ port, method, path: at,
			host: '127.0.0.1', agent: false }, (response) => {
			let text = '';

			response.on('data', (data) => { text += data; });
			response.on('end', () => {
				const { value } = JSON.parse(text);

				if (value?.error)
					fail(new Error(`${value.error}: ${value.message}`));
				else
					done(value);
			});
		});

		request.on('error', fail);
		request.end(parameters && JSON.stringify(parameters));
	});
}

async function startWebkit() {
	const screen = await startScreen();
	const port = await freePort();
	const driver = spawn('WebKitWebDriver', [`--port=${port}`],
		{ stdio: 'ignore', env: { ...process.env, DISPLAY: screen.name,
			GDK_BACKEND: 'x11', LIBGL_ALWAYS_SOFTWARE: '1' } });

	await until('WebKitWebDriver', () =>
		ask(port, 'GET', '/status').catch(() => false));
	const { sessionId } = await ask(port, 'POST', '/session', { capabilities: {
		alwaysMatch: { 'webkitgtk:browserOptions': {
			binary: process.env.MINIBROWSER, args: ['--automation'],
		} } } });
	const at = `/session/${sessionId}`;
	const post = (command, parameters = {}) =>
		ask(port, 'POST', `${at}/${command}`, parameters);
	const engine = {
		name: 'webkit',
		open: (url) => post('url', { url }),
		back: () => post('back'),
		reload: () => post('refresh'),
		run: (text) => post('execute/async', {
			script: `const done = arguments[0];
				Promise.resolve(${text}).then(done);`, args: [],
		}),
		keys: async (text) => {
			const value = await ask(port, 'GET', `${at}/element/active`);

			await post(`element/${Object.values(value)[0]}/value`, { text });
		},
		type: (text) => engine.keys(text + ENTER),
		sees: (text) => sees(engine, text),
		close: async () => {
			await ask(port, 'DELETE', at);
			driver.kill();
			await exited(driver);
			screen.child.kill();
			await exited(screen.child);
		},
	};

	return engine;
}

const start = {
	chromium: startChromium, firefox: startFirefox, webkit: startWebkit,
};

// Call test(engine) with an engine of this name, and set the exit status.
async function run(name, test) {
	try {
		const engine = await start[name]();

		try {
			await test(engine);
		} finally {
			await engine.close();
		}
	} catch (e) {
		console.error(e);
		process.exitCode = 1;
	}
}

module.exports = { run, until };
