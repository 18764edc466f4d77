#!/usr/bin/python3
"""A camera for the end-to-end tests: GStreamer's RTSP server, an implementation that nobody here wrote.

Prints 'READY <port>' when it listens. Reads one numbered command a line from standard input ('1 loud') and answers 'DONE 1':
  loud      the sound becomes a 440 Hz tone near full scale
  quiet     the sound becomes a whisper (the state at the start)
  dark      the picture turns black (and 'bright' turns it back)
Ends when standard input ends, so that it never outlives the test that started it.
"""

import argparse
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

LOUD, QUIET = 0.9, 0.002

SOUND = {
    "aac": "audioconvert ! audio/x-raw,rate=48000,channels=1 ! avenc_aac bitrate=64000 ! aacparse ! rtpmp4gpay name=pay1 pt=97",
    "pcma": "audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8",
    "pcmu": "audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1 pt=0",
    "opus": "audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay name=pay1 pt=97",
}


class Camera:
    def __init__(self, options):
        self.volume = QUIET
        self.pattern = "ball"
        self.media = []
        width, height = options.size.split("x")
        video = (
            f"videotestsrc name=picture is-live=true pattern=ball animation-mode=frames ! "
            f"video/x-raw,width={width},height={height},framerate={options.fps}/1 ! "
            + ("videoconvert ! video/x-raw,format=I420 ! jpegenc ! rtpjpegpay name=pay0 pt=26" if options.video == "jpeg" else
               f"x264enc tune=zerolatency speed-preset=ultrafast bitrate={options.kbps} key-int-max={options.keyframes} aud=true ! "
               f"h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1")
        )
        sound = ""
        if options.audio != "none":
            sound = f"audiotestsrc is-live=true wave=sine freq=440 samplesperbuffer=960 ! volume name=loudness ! {SOUND[options.audio]}"

        self.server = GstRtspServer.RTSPServer()
        self.server.set_address("127.0.0.1")
        self.server.set_service(str(options.port))
        # The default of one thread lets a DESCRIBE that waits for a pipeline block everybody else.
        pool = GstRtspServer.RTSPThreadPool.new()
        pool.set_max_threads(32)
        self.server.set_thread_pool(pool)

        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {video} {sound} )")
        factory.set_shared(True)
        factory.connect("media-configure", self.configure)
        if options.user:
            self.ask_for_password(factory, options.user, options.password)
        self.server.get_mount_points().add_factory("/cam", factory)

    def ask_for_password(self, factory, user, password):
        auth = GstRtspServer.RTSPAuth.new()
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.set_realm("camera")
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.add_digest(user, password, token)
        self.server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        for permission in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", permission, True)
        factory.set_permissions(permissions)

    def configure(self, _factory, media):
        self.media.append(media)
        media.connect("unprepared", lambda gone: self.media.remove(gone) if gone in self.media else None)
        self.apply()

    def apply(self):
        for media in self.media:
            pipeline = media.get_element()
            loudness = pipeline.get_by_name_recurse_up("loudness") or pipeline.get_by_name("loudness")
            if loudness:
                loudness.set_property("volume", self.volume)
            pipeline.get_by_name("picture").set_property("pattern", self.pattern)
        return False

    def command(self, line):
        number, _, word = line.partition(" ")
        if word in ("loud", "quiet"):
            self.volume = LOUD if word == "loud" else QUIET
        elif word in ("dark", "bright"):
            self.pattern = "black" if word == "dark" else "ball"
        else:
            print(f"unknown command {word!r}", file=sys.stderr, flush=True)
        self.apply()
        print(f"DONE {number}", flush=True)
        return False


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--size", default="640x360")
    arguments.add_argument("--fps", type=int, default=25)
    arguments.add_argument("--kbps", type=int, default=800)
    arguments.add_argument("--keyframes", type=int, default=25)
    arguments.add_argument("--video", choices=["h264", "jpeg"], default="h264")
    arguments.add_argument("--audio", choices=[*SOUND, "none"], default="aac")
    arguments.add_argument("--user")
    arguments.add_argument("--password", default="")
    options = arguments.parse_args()

    Gst.init(None)
    camera = Camera(options)
    if camera.server.attach(None) == 0:
        sys.exit(f"cannot listen on port {options.port}")
    loop = GLib.MainLoop()

    def listen():
        for line in sys.stdin:
            GLib.idle_add(camera.command, line.strip())
        GLib.idle_add(loop.quit)

    threading.Thread(target=listen, daemon=True).start()
    print(f"READY {camera.server.get_bound_port()}", flush=True)
    loop.run()


main()
