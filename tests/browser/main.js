// SCRIPT [ARG]...: call what a script of this folder exports with these arguments,
// in browsers that end with it, and print what it returns.
// --listen SOCKET: do it for each HTTP request, whose body has SCRIPT and each ARG
// with a zero byte behind, in browsers that stay until SIGTERM.
'use strict';
const http = require('node:http');
const { inspect } = require('node:util');
const { stop } = require('./engines');

const call = ([script, ...args]) => require(`./${script}`)(...args);

async function answer(request, response) {
	const body = Buffer.concat(await request.toArray()).toString();
	const args = body.split('\0').slice(0, -1);

	try {
		response.end(await call(args));
	} catch (e) {
		response.writeHead(500).end(`${args.join(' ')}: ${inspect(e)}\n`);
	}
}

const end = (e) => {
	console.error(e);
	process.exit(1);
};
const [first, ...rest] = process.argv.slice(2);

if (first === '--listen') {
	http.createServer(answer).listen(rest[0]);
	process.on('SIGTERM', () => stop().then(() => process.exit(), end));
} else {
	call([first, ...rest]).then(console.log).then(stop)
		.then(() => process.exit(), end);
}
