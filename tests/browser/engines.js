// Three engines behind one small interface: Chromium by playwright-core, Firefox
// by its own protocol, Marionette, and WebKitGTK by WebDriver.  A case gets a tab:
//
//	open(url), back(), reload()
//	run(text)	the value of a JavaScript expression in the page
//	keys(text)	type into the focused element
//	type(text)	keys(text), then Enter
//	sees(text)	wait until the page shows it
//	history()	the URLs that the browser lists as visited
//	stored()	all that Firefox stores
'use strict';
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

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

// Start a program that ends with this one, however that ends.
const begin = (command, ...options) => spawn('setpriv',
	['--pdeathsig', 'KILL', ...command], ...options);

const exited = async (child) => child.exitCode ?? child.signalCode ??
	new Promise((done) => child.on('exit', (...how) => done(how.join(''))));

// The features that playwright-core disables, whose list this one replaces, and
// those by which each window and each page cost another process.
const DISABLED = `AimEnabled,AvoidCorsURLLoaderRestartOnRedirect,
	AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,
	HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,
	NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,
	PreconnectToSearch,ThirdPartyStoragePartitioning,
	SpareRendererForSitePerProcess,WebUIOmniboxAimPopup,WebUIOmniboxPopup`;

async function startChromium() {
	const { chromium } = require('playwright-core');
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		chromiumSandbox: process.getuid() !== 0,
		handleSIGTERM: false,
		args: ['--disable-gpu', '--disable-dev-shm-usage',
			`--disable-features=${DISABLED.replace(/\s+/g, '')}`,
			`--host-resolver-rules=MAP ${FOREIGN} 127.0.0.1`],
	});
	const tab = async () => {
		const context = await browser.newContext();
		const page = await context.newPage();
		const devtools = await context.newCDPSession(page);

		return {
			open: (url) => page.goto(url),
			back: () => page.goBack(),
			reload: () => page.reload(),
			run: (text) => page.evaluate(text),
			keys: (text) => page.keyboard.type(text),
			type: (text) => page.keyboard.type(`${text}\n`),
			// As the menu of the tab's button shows it.
			history: async () => (await devtools.send(
				'Page.getNavigationHistory')).entries.map((e) => e.url),
			close: () => context.close(),
		};
	};
	const close = async () => {
		assert.ok(browser.isConnected(), 'Chromium has crashed');
		await browser.close();
	};

	return { browser, tab, close };
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
	const ended = new Promise((_, fail) => {
		socket.on('close', () => fail(new Error('Firefox has ended')));
	});

	ended.catch(() => {});
	return (command, parameters = {}) => Promise.race([ended,
		new Promise((done, fail) => {
			const text = JSON.stringify([0, ++last, command, parameters]);

			waiting.set(last, { done, fail });
			socket.write(`${Buffer.byteLength(text)}:${text}`);
		})]);
}

async function startFirefox() {
	const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'firefox-'));
	const at = path.join(profile, 'MarionetteActivePort');

	fs.writeFileSync(path.join(profile, 'user.js'), Object.entries({
		'marionette.port': 0,
		'network.dns.localDomains': FOREIGN,
		// Its own pages, reports and spare processes take processor time.
		'browser.aboutwelcome.enabled': false,
		'browser.newtabpage.enabled': false,
		'browser.startup.page': 0,
		'browser.tabs.remote.separatePrivilegedContentProcess': false,
		'datareporting.policy.dataSubmissionEnabled': false,
		'dom.ipc.processPrelaunch.enabled': false,
	}).map(([name, value]) =>
		`user_pref("${name}", ${JSON.stringify(value)});\n`).join(''));
	const firefox = begin([process.env.FIREFOX || 'firefox-esr', '--headless',
		'--marionette', '--remote-allow-system-access', '--no-remote',
		'--profile', profile], { stdio: 'ignore' });

	await until('Firefox', () => fs.existsSync(at) &&
		fs.readFileSync(at, 'utf8'));
	const send = await connect(Number(fs.readFileSync(at, 'utf8')));
	const run = async (text) => (await send('WebDriver:ExecuteAsyncScript', {
		script: `const done = arguments[0];
			Promise.resolve(${text}).then(done);`, args: [],
	})).value;
	// In the browser itself, not in the page
	const run_inside = async (text) => {
		await send('Marionette:SetContext', { value: 'chrome' });
		const value = await run(text);

		await send('Marionette:SetContext', { value: 'content' });
		return value;
	};
	const visits = (which) => run_inside(`PlacesUtils.promiseDBConnection()
		.then((db) => db.execute('SELECT url FROM moz_places ${which}'))
		.then((rows) => rows.map((row) => row.getResultByName('url')))`);

	await send('WebDriver:NewSession', { capabilities: { alwaysMatch: {
		unhandledPromptBehavior: 'ignore', pageLoadStrategy: 'normal',
	} } });
	const first = (await send('WebDriver:GetWindowHandle')).value;
	const tab = async () => {
		const { handle } = await send('WebDriver:NewWindow', { type: 'tab' });
		const keys = async (text) => {
			const { value } = await send('WebDriver:GetActiveElement');

			await send('WebDriver:ElementSendKeys',
				{ id: Object.values(value)[0], text });
		};

		await send('WebDriver:SwitchToWindow', { handle });
		return {
			open: (url) => send('WebDriver:Navigate', { url }),
			back: () => send('WebDriver:Back'),
			reload: () => send('WebDriver:Refresh'),
			run,
			keys,
			type: (text) => keys(text + ENTER),
			history: () => visits('WHERE hidden = 0'),
			stored: () => visits(''),
			close: async () => {
				await send('WebDriver:CloseWindow');
				await send('WebDriver:SwitchToWindow', { handle: first });
				await run_inside('Services.cookies.removeAll()');
			},
		};
	};
	const close = async () => {
		await send('Marionette:Quit', { flags: ['eForceQuit'] });
		assert.equal(await exited(firefox), '0', 'Firefox has crashed');
	};

	return { tab, close };
}

// Start a screen that exists only in memory; return its process and name.
async function startScreen() {
	const child = begin(['Xvfb', '-displayfd', '3', '-nolisten', 'tcp',
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
	const driver = begin(['WebKitWebDriver', `--port=${port}`],
		{ stdio: 'ignore', env: { ...process.env, DISPLAY: screen.name,
			GDK_BACKEND: 'x11', LIBGL_ALWAYS_SOFTWARE: '1' } });

	await until('WebKitWebDriver', () =>
		ask(port, 'GET', '/status').catch(() => false));
	// A session is a browser of its own.
	const tab = async () => {
		const { sessionId } = await ask(port, 'POST', '/session', {
			capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': {
				binary: process.env.MINIBROWSER, args: ['--automation'],
			} } } });
		const at = `/session/${sessionId}`;
		const post = (command, parameters = {}) =>
			ask(port, 'POST', `${at}/${command}`, parameters);
		const keys = async (text) => {
			const value = await ask(port, 'GET', `${at}/element/active`);

			await post(`element/${Object.values(value)[0]}/value`, { text });
		};

		return {
			open: (url) => post('url', { url }),
			back: () => post('back'),
			reload: () => post('refresh'),
			run: (text) => post('execute/async', {
				script: `const done = arguments[0];
					Promise.resolve(${text}).then(done);`, args: [],
			}),
			keys,
			type: (text) => keys(text + ENTER),
			close: () => ask(port, 'DELETE', at),
		};
	};
	const close = async () => {
		driver.kill();
		await exited(driver);
		screen.child.kill();
		await exited(screen.child);
	};

	return { tab, close };
}

const start = {
	chromium: startChromium, firefox: startFirefox, webkit: startWebkit,
};
const started = {};

// Call visit(browser) with the browser of this name, and return the result.  It
// is started once; one in which something failed is not used again.
async function use(name, visit) {
	const browser = started[name] ??= start[name]();
	const late = sleep(100000, null, { ref: false }).then(() => {
		throw new Error('it takes more than 100 seconds');
	});

	try {
		return await Promise.race([late, browser.then(visit)]);
	} catch (e) {
		delete started[name];
		browser.then((b) => b.close()).catch(() => {});
		throw e;
	}
}

// Call test(tab) with a new tab of this browser, and return the result.
const run = (name, test) => use(name, async (browser) => {
	const tab = await browser.tab();

	tab.sees = (text) => until(`"${text}" in the page`, async () =>
		(await tab.run('document.body?.innerText'))?.includes(text));
	const result = await test(tab);

	await tab.close();
	return result;
});

// End all browsers.
async function stop() {
	for (const browser of Object.values(started))
		await (await browser).close();
}

module.exports = { run, stop, until, use };
