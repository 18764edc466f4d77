"""Independent peers for the signalling contract (Debian's python3-aiortc), written from its documentation alone.

    aiortc_signalling.py device BASE DEVICE_ID [relay]        serves every viewer until it is told to stop; says "ready" when its hello is acknowledged
    aiortc_signalling.py proxying BASE DEVICE_ID              the same, of the second generation: offers come as HTTP for a go2rtc, which is played here
    aiortc_signalling.py viewer BASE DEVICE_ID TOKEN [relay]  watches until it has seen and heard enough; prints what, as JSON

"relay" keeps only candidates of a TURN server, as iceTransportPolicy does in browsers (aiortc has no such setting).
"""

import asyncio
import base64
import json
import sys
import time
import urllib.parse

import aiohttp
import numpy
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame


class Halves(VideoStreamTrack):
    """A picture that is bright on the left and dark on the right; a stripe walks between."""

    shown = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        picture = numpy.zeros((240, 320, 3), dtype=numpy.uint8)
        picture[:, :160] = 220
        self.shown += 1
        stripe = 88 + 8 * (self.shown % 16)
        picture[:, stripe : stripe + 16] = 220 - picture[:, stripe : stripe + 16]
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """440 Hz."""

    at = 0

    async def recv(self):
        silence = await super().recv()
        n = silence.samples
        wave = (8000 * numpy.sin(2 * numpy.pi * 440 * (self.at + numpy.arange(n)) / silence.sample_rate)).astype(numpy.int16)
        self.at += n
        frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.pts, frame.time_base, frame.sample_rate = silence.pts, silence.time_base, silence.sample_rate
        return frame


def message(kind, payload):
    return json.dumps({"type": kind, "ts": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "payload": payload})


def connection(ice_servers):
    servers = [RTCIceServer(urls=s["urls"], username=s.get("username"), credential=s.get("credential")) for s in ice_servers]
    return RTCPeerConnection(RTCConfiguration(iceServers=servers))


def plain(sdp):
    """Without header extensions: aiortc 1.4 numbers those of sound and picture apart, and two of it then mix them up on their one road."""
    return "\r\n".join(line for line in sdp.split("\r\n") if not line.startswith("a=extmap:"))


def relayed(sdp):
    """The same without host and reflexive candidates: what is left goes through the relay or not at all."""
    kept = [line for line in sdp.split("\r\n") if not line.startswith("a=candidate:") or " typ relay" in line]
    assert any(" typ relay" in line for line in kept), "the TURN server gave no relay"
    return "\r\n".join(kept)


async def answer(peer, offer):
    peer.addTrack(Halves())
    peer.addTrack(Tone())
    await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    return peer.localDescription.sdp


async def proxying(base, device_id):
    peers = []
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{base}/api/devices/register", json={"device_id": device_id, "device_name": "go2rtc"}) as registered:
            assert registered.status == 200, registered.status
        async with http.ws_connect(f"{base}/ws/device", heartbeat=20) as socket:
            await socket.send_str(message("hello", {"device_id": device_id, "agent_version": "2", "go2rtc_http": "http://127.0.0.1:1984"}))
            await socket.send_str(message("capabilities", {"device_id": device_id, "streams": {"cam": {}}}))
            async for raw in socket:
                got = json.loads(raw.data)
                payload = got["payload"]
                if got["type"] == "hello_ack":
                    print("ready", flush=True)
                elif got["type"] == "proxy_http":
                    assert (payload["method"], payload["path"]) == ("POST", "/api/webrtc?src=cam"), payload
                    form = urllib.parse.parse_qs(base64.b64decode(payload["body_b64"]).decode())
                    peers.append(connection([]))
                    said = await answer(peers[-1], base64.b64decode(form["data"][0]).decode())
                    body = base64.b64encode(base64.b64encode(said.encode())).decode()
                    await socket.send_str(message("proxy_http_resp", {"rid": payload["rid"], "status": 200, "headers": {"Content-Type": "text/plain"}, "body_b64": body}))


async def device(base, device_id, only_relay):
    connections = {}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{base}/api/devices/register", json={"device_id": device_id, "device_name": "aiortc"}) as registered:
            assert registered.status == 200, registered.status
        async with http.ws_connect(f"{base}/ws/device", heartbeat=20) as socket:
            await socket.send_str(message("hello", {"device_id": device_id, "agent_version": "1"}))

            async def beat():
                while True:
                    await socket.send_str(message("heartbeat", {}))
                    await asyncio.sleep(15)

            beating = asyncio.create_task(beat())
            async for raw in socket:
                if raw.type != aiohttp.WSMsgType.TEXT:
                    break
                got = json.loads(raw.data)
                payload = got["payload"]
                if got["type"] == "hello_ack":
                    print("ready", flush=True)
                elif got["type"] == "watch_request":
                    connections[payload["session_id"]] = connection(payload["ice_servers"])
                elif got["type"] == "signal_offer":
                    text = await answer(connections[payload["session_id"]], payload["sdp"]["sdp"])
                    text = relayed(text) if only_relay else text
                    # All candidates are inside; nothing trickles from here.
                    await socket.send_str(message("signal_answer", {"session_id": payload["session_id"], "sdp": {"type": "answer", "sdp": text}}))
                elif got["type"] == "watch_ended":
                    print("ended " + payload["reason"], flush=True)
                    peer = connections.pop(payload["session_id"], None)
                    if peer:
                        await peer.close()
            beating.cancel()


async def viewer(base, device_id, token, only_relay):
    seen = {}
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(f"{base}/ws/viewer") as socket:
            await socket.send_str(message("hello", {"token": token}))
            await socket.send_str(message("watch_request", {"device_id": device_id}))
            peer = None
            async for raw in socket:
                if raw.type != aiohttp.WSMsgType.TEXT:
                    raise RuntimeError("closed: %s" % socket.close_code)
                got = json.loads(raw.data)
                payload = got["payload"]
                if got["type"] == "error":
                    raise RuntimeError(payload["message"])
                if got["type"] == "watch_ready":
                    session = payload["session_id"]
                    seen["urls"] = [url for s in payload["ice_servers"] for url in ([s["urls"]] if isinstance(s["urls"], str) else s["urls"])]
                    peer = connection(payload["ice_servers"])
                    tracks = asyncio.Queue()
                    peer.on("track", tracks.put_nowait)
                    peer.addTransceiver("video", direction="recvonly")
                    peer.addTransceiver("audio", direction="recvonly")
                    await peer.setLocalDescription(await peer.createOffer())
                    text = plain(relayed(peer.localDescription.sdp) if only_relay else peer.localDescription.sdp)
                    await socket.send_str(message("signal_offer", {"session_id": session, "sdp": {"type": "offer", "sdp": text}}))
                elif got["type"] == "signal_answer":
                    await peer.setRemoteDescription(RTCSessionDescription(payload["sdp"]["sdp"], payload["sdp"]["type"]))
                    seen["candidates"] = sorted({line.split(" typ ")[1].split()[0] for line in payload["sdp"]["sdp"].split("\r\n") if line.startswith("a=candidate:")})
                    break

            async def look(track):
                for _ in range(20):
                    frame = await track.recv()
                if track.kind == "video":
                    picture = frame.to_ndarray(format="rgb24")
                    seen["width"], seen["height"] = frame.width, frame.height
                    seen["left"] = float(picture[:, : frame.width // 4].mean())
                    seen["right"] = float(picture[:, -frame.width // 4 :].mean())
                else:
                    seen["loud"] = int(numpy.abs(frame.to_ndarray()).max())

            await asyncio.gather(look(await tracks.get()), look(await tracks.get()))
            await socket.send_str(message("end_watch", {"session_id": session}))
            await peer.close()
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    what, base, device_id, *rest = sys.argv[1:]
    only_relay = rest[-1:] == ["relay"]
    if what == "proxying":
        asyncio.run(proxying(base, device_id))
    elif what == "device":
        asyncio.run(device(base, device_id, only_relay))
    else:
        asyncio.run(asyncio.wait_for(viewer(base, device_id, rest[0], only_relay), 60))
