"""The signalling protocol as people write it today: FastAPI on uvicorn, sessions in a dictionary, no database and no rights.

    peer_server.py PORT
"""

import json
import sys
import time
import uuid

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
devices = {}
sessions = {}


def message(kind, payload, request_id=None):
    body = {"type": kind, "ts": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()), "payload": payload}
    if request_id is not None:
        body["request_id"] = request_id
    return json.dumps(body, separators=(",", ":"))


@app.websocket("/ws/device")
async def device(socket: WebSocket):
    await socket.accept()
    name = json.loads(await socket.receive_text())["payload"]["device_id"]
    devices[name] = socket
    await socket.send_text(message("hello_ack", {"device_id": name}))
    try:
        while True:
            got = json.loads(await socket.receive_text())
            if got["type"] == "heartbeat":
                await socket.send_text(message("heartbeat_ack", {}, got.get("request_id")))
            elif got["type"] in ("signal_answer", "signal_ice"):
                session = sessions.get(got["payload"]["session_id"])
                if session:
                    await session[0].send_text(message(got["type"], got["payload"]))
    except WebSocketDisconnect:
        devices.pop(name, None)


@app.websocket("/ws/viewer")
async def viewer(socket: WebSocket):
    await socket.accept()
    await socket.receive_text()
    await socket.send_text(message("hello_ack", {"user_id": "1"}))
    try:
        while True:
            got = json.loads(await socket.receive_text())
            payload = got["payload"]
            if got["type"] == "watch_request":
                session = str(uuid.uuid4())
                sessions[session] = (socket, devices[payload["device_id"]])
                await devices[payload["device_id"]].send_text(message("watch_request", {"session_id": session, "user_id": "1", "ice_servers": []}))
                await socket.send_text(message("watch_ready", {"session_id": session, "ice_servers": []}, got.get("request_id")))
            elif got["type"] in ("signal_offer", "signal_ice"):
                session = sessions.get(payload["session_id"])
                if session:
                    await session[1].send_text(message(got["type"], payload))
            elif got["type"] == "end_watch":
                session = sessions.pop(payload["session_id"], None)
                if session:
                    await session[1].send_text(message("watch_ended", {"session_id": payload["session_id"], "reason": "user_ended"}))
    except WebSocketDisconnect:
        pass


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", ws_ping_interval=None)
