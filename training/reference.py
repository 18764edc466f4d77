"""
The weights as they are shipped, run by python3-torch: the peer of the bench, and a check of both sides.

    reference.py window       milliseconds of one window (front end + network), one thread, warmed: the median of 200
    reference.py hear FILE    what ./vigil hear prints of one clip
"""
import json
import os
import struct
import subprocess
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

MODEL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src/Vigil.Perception/Models/cry.vigil")


class Shipped:
    def __init__(self, path=MODEL):
        with open(path, "rb") as file:
            self.body = file.read()[40:]
        self.at = 0
        _, stem, blocks = self.take("3i")
        self.shapes = [self.take("4i") for _ in range(blocks)]
        fold, reach = self.take("2i")
        self.clip, self.alarm = self.take("2f")
        width = self.shapes[-1][1]
        self.stem = self.depthwise(stem, 3, 3)
        self.stem = (self.stem[0], self.stem[1])
        self.blocks = [(self.depthwise(i, 3, 3), self.pointwise(i, o), (i, o, t, m)) for i, o, t, m in self.shapes]
        self.fold, self.temporal = self.depthwise(width, 1, fold), self.depthwise(width, reach, 1)
        self.mix = self.pointwise(width, width)
        self.head = (self.floats(2 * width).view(1, -1), self.floats(1))
        self.hann = torch.hann_window(400, periodic=True)
        self.mel = torch.from_numpy(filters()).float()

    def take(self, form):
        values = struct.unpack_from("<" + form, self.body, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def floats(self, count):
        values = torch.from_numpy(np.frombuffer(self.body, "<f4", count, self.at).copy())
        self.at += 4 * count
        return values

    def depthwise(self, channels, height, width):
        return self.floats(height * width * channels).view(height * width, channels).t().reshape(channels, 1, height, width).contiguous(), self.floats(channels)

    def pointwise(self, inputs, outputs):
        return self.floats(inputs * outputs).view(inputs, outputs).t().reshape(outputs, inputs, 1, 1).contiguous(), self.floats(outputs)

    def log_mel(self, samples):
        spectrum = torch.fft.rfft(samples.unfold(-1, 400, 160) * self.hann, 512)
        return torch.log((spectrum.real ** 2 + spectrum.imag ** 2) @ self.mel + 1e-6)

    def logit(self, log):
        x = ((log + 6) / 4)[:, None]
        x = torch.relu(F.conv2d(x, *self.stem, stride=2, padding=1))
        for depth, point, (i, o, t, m) in self.blocks:
            y = F.conv2d(torch.relu(F.conv2d(x, *depth, stride=(t, m), padding=1, groups=i)), *point)
            x = torch.relu(x + y if i == o and (t, m) == (1, 1) else y)
        width = x.shape[1]
        x = torch.relu(F.conv2d(x, *self.fold, groups=width))
        y = torch.relu(F.conv2d(x, *self.temporal, padding=(self.temporal[0].shape[2] // 2, 0), groups=width))
        x = torch.relu(x + F.conv2d(y, *self.mix))[..., 0]
        return F.linear(torch.cat([x.mean(2), x.amax(2)], 1), *self.head)[:, 0]


def filters():
    to_mel = lambda f: 2595 * np.log10(1 + f / 700)
    p = 700 * (10 ** (np.linspace(to_mel(125.0), to_mel(7500.0), 66) / 2595) - 1)
    f = np.arange(257) * 31.25
    return np.maximum(0, np.minimum((f[:, None] - p[:-2]) / (p[1:-1] - p[:-2]), (p[2:] - f[:, None]) / (p[2:] - p[1:-1])))


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    model = Shipped()
    if sys.argv[1] == "window":
        samples = torch.randn(32000) * .1
        took = []
        for turn in range(220):
            began = time.perf_counter()
            model.logit(model.log_mel(samples)[None])
            took.append(time.perf_counter() - began)
        print(f"{np.median(took[20:]) * 1000:.4f}")
        return
    raw = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", sys.argv[2], "-ac", "1", "-ar", "16000", "-f", "s16le", "-"],
                         capture_output=True, check=True).stdout
    samples = torch.from_numpy(np.frombuffer(raw, np.int16).astype(np.float32) / 32768)
    log = model.log_mel(F.pad(samples, (0, max(0, 32000 - len(samples)))))
    windows = log.unfold(0, 198, 50).transpose(1, 2)
    scores = torch.sigmoid(model.logit(windows)).tolist()
    pair = scores[0] if len(scores) == 1 else max((a + b) / 2 for a, b in zip(scores, scores[1:]))
    surest = sorted(scores)[-4:]
    score = (pair + sum(surest) / len(surest)) / 2
    print(json.dumps({"file": sys.argv[2], "seconds": round(len(samples) / 16000, 3), "cry": score >= model.clip, "score": round(score, 4),
                      "windows": [round(s, 4) for s in scores]}))


if __name__ == "__main__":
    main()
