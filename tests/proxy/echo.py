"""A WebSocket server that echoes: echo.py PORT; and its client: echo.py URL."""
import asyncio
import sys

import websockets


async def echo(socket, *_):
    async for message in socket:
        await socket.send(message)


async def serve(port):
    async with websockets.serve(echo, "127.0.0.1", port, max_size=None):
        print("ready", flush=True)
        await asyncio.Future()


async def ask(url):
    async with websockets.connect(url, max_size=None) as socket:
        for message in "hello", "x" * 1000000, b"\0\1\2" * 1000:
            await socket.send(message)
            assert await socket.recv() == message
        print("echoed")

asyncio.run(serve(int(sys.argv[1])) if sys.argv[1].isdigit() else
            ask(sys.argv[1]))
