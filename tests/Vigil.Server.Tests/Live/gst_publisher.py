#!/usr/bin/python3
"""A publisher for the tests: GStreamer's webrtcbin, an implementation that nobody here wrote. Arguments: WHIP address, Cookie header.

Prints 'SENDING' when the connection stands. Sends H.264 320x240 and a tone of 440 Hz as Opus until standard input ends, then ends its
session and prints the status of that.
"""

import sys
import threading
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PIPELINE = """
webrtcbin name=peer bundle-policy=max-bundle
videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25
  ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency
  ! application/x-rtp,media=video,encoding-name=H264,payload=96 ! peer.
audiotestsrc is-live=true freq=440 ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""


def ask(method, address, cookie, body=None):
    headers = {"Cookie": cookie, "Origin": "http://" + urllib.parse.urlsplit(address).netloc, "Content-Type": "application/sdp"}
    request = urllib.request.Request(address, data=body, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.headers.get("Location"), answer.read().decode()


def main(address, cookie):
    Gst.init(None)
    loop = GLib.MainLoop()
    pipeline = Gst.parse_launch(PIPELINE)
    peer = pipeline.get_by_name("peer")
    session = []

    def created(promise, _):
        promise.wait()
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        peer.emit("set-local-description", offer, Gst.Promise.new())

    def gathered(*_):
        if peer.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE or session:
            return
        session.append(None)  # Only once.
        threading.Thread(target=publish, daemon=True).start()

    def publish():
        try:
            offer = peer.get_property("local-description").sdp.as_text()
            _, location, text = ask("POST", address, cookie, offer.encode())
        except Exception as failure:  # Whatever it was, the test must see it and not wait.
            print(failure, getattr(failure, "read", lambda: b"")().decode(), file=sys.stderr, flush=True)
            loop.quit()
            return
        session[0] = urllib.parse.urljoin(address, location)
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        peer.emit("set-remote-description", answer, Gst.Promise.new())

    def connected(*_):
        if peer.get_property("connection-state") == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            print("SENDING", flush=True)

    def until_told():
        sys.stdin.read()
        loop.quit()

    peer.connect("on-negotiation-needed", lambda _: peer.emit("create-offer", None, Gst.Promise.new_with_change_func(created, None)))
    peer.connect("notify::ice-gathering-state", gathered)
    peer.connect("notify::connection-state", connected)
    threading.Thread(target=until_told, daemon=True).start()
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    if session and session[0]:
        print(ask("DELETE", session[0], cookie)[0], flush=True)
    pipeline.set_state(Gst.State.NULL)


main(*sys.argv[1:])
