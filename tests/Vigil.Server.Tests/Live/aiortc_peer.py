"""An independent WebRTC peer (Debian's python3-aiortc): publishes by WHIP as the handshake's server, and watches by WHEP what it published.

    aiortc_peer.py BASE CAMERA COOKIE

Sends a picture whose left half is bright and whose right half is dark, with a tone, and prints one line of JSON: what it saw and heard.
"""
import asyncio
import fractions
import json
import sys
import urllib.error
import urllib.request

import av
import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

BASE, CAMERA, COOKIE = sys.argv[1:4]
RATE = 48000


class Halves(VideoStreamTrack):
    """Left half bright, right half dark, with a line that moves."""

    count = 0

    async def recv(self):
        pts, base = await self.next_timestamp()
        picture = numpy.zeros((240, 320, 3), numpy.uint8)
        picture[:, :160] = 200
        picture[self.count % 240] = 128
        self.count += 1
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts, frame.time_base = pts, base
        return frame


class Tone(AudioStreamTrack):
    """440 Hz."""

    at = 0

    async def recv(self):
        silence = await super().recv()  # Keeps the pace: 20 ms at 8 kHz.
        count = int(silence.samples * RATE / silence.sample_rate)
        wave = numpy.sin(2 * numpy.pi * 440 * (self.at + numpy.arange(count)) / RATE) * 12000
        self.at += count
        frame = av.AudioFrame.from_ndarray(wave.astype(numpy.int16).reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.at, fractions.Fraction(1, RATE)
        return frame


def call(method, path, body=None):
    request = urllib.request.Request(BASE + path, None if body is None else body.encode(), method=method)
    for name, value in (("Cookie", COOKIE), ("Origin", BASE), ("Content-Type", "application/sdp")):
        request.add_header(name, value)
    return urllib.request.urlopen(request, timeout=20)


async def connect(peer, path, setup="actpass"):
    """One POST; asks again while the server says that there is no picture yet."""
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription.sdp.replace("a=setup:actpass", f"a=setup:{setup}")
    while True:
        try:
            answer = await asyncio.to_thread(call, "POST", path, offer)
            break
        except urllib.error.HTTPError as refused:
            if refused.code != 503:
                raise RuntimeError(f"{path}: {refused.code} {refused.read().decode()}") from None
            await asyncio.sleep(0.2)
    await peer.setRemoteDescription(RTCSessionDescription(answer.read().decode(), "answer"))
    return answer.headers["Location"]


async def main():
    publisher, viewer = RTCPeerConnection(), RTCPeerConnection()
    publisher.addTrack(Halves())
    publisher.addTrack(Tone())
    published = await connect(publisher, f"/api/v1/cameras/{CAMERA}/whip", setup="passive")

    tracks = {}
    viewer.on("track", lambda track: tracks.update({track.kind: track}))
    viewer.addTransceiver("video", direction="recvonly")
    viewer.addTransceiver("audio", direction="recvonly")
    watched = await connect(viewer, f"/api/v1/cameras/{CAMERA}/whep")
    video, audio = tracks["video"], tracks["audio"]

    async def see():
        for _ in range(10):
            frame = await video.recv()
        picture = frame.to_ndarray(format="gray")
        return {"width": frame.width, "height": frame.height, "left": float(picture[:, 20:140].mean()), "right": float(picture[:, 180:300].mean())}

    async def hear():
        samples = []
        while len(samples) < 60:
            frame = await audio.recv()
            samples.append(frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0])
        heard = numpy.concatenate(samples[10:]).astype(float)
        spectrum = numpy.abs(numpy.fft.rfft(heard * numpy.hanning(len(heard))))
        return {"hertz": float(numpy.argmax(spectrum) * frame.sample_rate / len(heard)), "loud": float(numpy.sqrt((heard**2).mean()))}

    seen, heard = await asyncio.wait_for(asyncio.gather(see(), hear()), 40)
    ended = [(await asyncio.to_thread(call, "DELETE", path)).status for path in (watched, published)]
    print(json.dumps({**seen, **heard, "ended": ended}), flush=True)
    await asyncio.gather(viewer.close(), publisher.close())


asyncio.run(main())
