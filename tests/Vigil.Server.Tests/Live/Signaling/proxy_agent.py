"""An agent of the second generation, written from the contract: a socket to the server, and HTTP to a go2rtc on this machine, which is faked here.

    proxy_agent.py BASE DEVICE_ID    says "ready" when its hello is acknowledged; prints each request that reaches its go2rtc, as JSON
"""

import asyncio
import base64
import json
import sys
import time

import aiohttp
from aiohttp import web


def message(kind, payload):
    return json.dumps({"type": kind, "ts": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "payload": payload})


async def go2rtc(request):
    body = await request.read()
    print(json.dumps({"method": request.method, "path": request.path_qs, "headers": dict(request.headers), "body": body.decode()}), flush=True)
    headers = {"Set-Cookie": "evil=1", "X-Frame-Options": "ALLOWALL", "Content-Security-Policy": "script-src *", "Connection": "keep-alive"}
    if request.path == "/api/webrtc":
        offer = base64.b64decode((await request.post())["data"]).decode()
        return web.Response(body=base64.b64encode(("answer to " + offer).encode()), headers=headers, content_type="text/plain")
    if request.path == "/api/frame.jpeg":
        return web.Response(body=b"\xff\xd8" + bytes(2_000_000), headers=headers, content_type="image/jpeg")
    if request.path == "/api/streams":
        await asyncio.sleep(3600)
    return web.Response(status=404)


async def main(base, device_id):
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", go2rtc)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{base}/api/devices/register", json={"device_id": device_id}) as answer:
            assert answer.status == 200, answer.status
        async with http.ws_connect(f"{base}/ws/device", heartbeat=20, max_msg_size=10 * 1024 * 1024) as socket:
            await socket.send_str(message("hello", {"device_id": device_id, "agent_version": "2", "go2rtc_http": f"http://127.0.0.1:{port}", "device_secret": "s"}))
            await socket.send_str(message("heartbeat", {}))
            await socket.send_str(message("capabilities", {"device_id": device_id, "streams": {"cam": {}}}))

            async def serve(asked):
                body = base64.b64decode(asked["body_b64"]) if asked["body_b64"] else None
                headers = {name: value for name, value in asked["headers"].items() if name.lower() != "accept-encoding"}
                async with http.request(asked["method"], f"http://127.0.0.1:{port}{asked['path']}", headers=headers, data=body) as answer:
                    payload = {
                        "rid": asked["rid"],
                        "status": answer.status,
                        "headers": dict(answer.headers),
                        "body_b64": base64.b64encode(await answer.read()).decode(),
                    }
                await socket.send_str(message("proxy_http_resp", payload))

            tasks = []
            async for raw in socket:
                got = json.loads(raw.data)
                if got["type"] == "hello_ack":
                    print("ready", flush=True)
                elif got["type"] == "proxy_http":
                    tasks.append(asyncio.create_task(serve(got["payload"])))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
