// PORT: a socket.io server that echoes; URL TRANSPORTS: its client.
'use strict';
const [where, transports] = process.argv.slice(2);

if (/^\d+$/.test(where)) {
	const server = require('node:http').createServer();
	const io = new (require('socket.io').Server)(server);

	io.on('connection', (socket) =>
		socket.on('say', (text, answer) => answer(text)));
	server.listen(Number(where), '127.0.0.1');
} else {
	const socket = require('socket.io-client').io(where, {
		transports: transports.split(','), reconnection: false,
	});
	const last = transports.split(',').pop();

	socket.on('connect_error', (e) => {
		console.error(e);
		process.exit(1);
	});
	socket.on('connect', async () => {
		const { engine } = socket.io;

		if (engine.transport.name !== last)
			await new Promise((done) => engine.once('upgrade', done));
		for (const text of ['hello', 'x'.repeat(500000)])
			if (await socket.emitWithAck('say', text) !== text)
				process.exit(1);
		console.log(`echoed by ${engine.transport.name}`);
		socket.close();
	});
}
