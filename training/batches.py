"""Draws training batches: which clip, which two seconds, mixed with what, heard how."""
import numpy as np
from scipy.signal import fftconvolve

import frontend as f

NOISE_SNR = (-3.0, 28.0)
# How often a kind of "not" is drawn beside the others; kinds are otherwise drawn by the root of their number of clips.
OFTEN = {"laugh_synthetic": 2.2, "laugh_pulses": 2.0, "laugh_speech": 1.8, "child_speech": 1.6, "cat": 2.5, "rooster": 1.5, "dog": 1.3,
         "speech_words": 1.3, "sneezing": 1.3}


THROUGH_WALLS = ("speech_words", "speech_synthetic", "babble", "child_speech", "synth_tvmusic", "synth_musicbox", "dog", "rooster", "church_bells")


class Source:
    """Clips of one label, their active windows, and how often each is drawn."""

    def __init__(self, clips, random):
        self.clips, self.random = clips, random
        self.starts, self.levels = [], []
        for clip in clips:
            starts, level = active_windows(clip)
            self.starts.append(starts)
            self.levels.append(level)
        self.base = self.weights()
        self.hard = np.full(len(clips), .5)
        self.keep = [np.ones(len(s)) for s in self.starts]

    def weights(self):
        kinds = {}
        for clip in self.clips:
            kinds[clip.kind] = kinds.get(clip.kind, 0) + 1
        per_kind = {k: n ** .5 * OFTEN.get(k.removeprefix("narrow_"), 1) for k, n in kinds.items()}
        total = sum(per_kind.values())
        return np.array([per_kind[c.kind] / total / kinds[c.kind] for c in self.clips])

    def draw(self, count):
        p = self.base * (.15 + self.hard)
        return self.random.choice(len(self.clips), count, p=p / p.sum())

    def window(self, index):
        keep = self.keep[index]
        start = self.starts[index][self.random.choice(len(keep), p=keep / keep.sum())]
        start += int(self.random.integers(-1600, 1600))
        return cut(self.clips[index].samples, start)


def cut(samples, start):
    start = max(0, min(start, len(samples) - f.WINDOW))
    piece = samples[max(0, start):start + f.WINDOW]
    return np.pad(piece, (0, f.WINDOW - len(piece)))


def active_windows(clip, grid=1600):
    """Starts every 0.1 s where enough of the two seconds is active; and the clip's active level (mean square)."""
    x = clip.samples
    if len(x) < f.WINDOW:
        x = np.pad(x, (0, f.WINDOW - len(x)))
    rough = np.diff(x, prepend=x[:1])  # Rumble does not count as activity.
    energy = (rough[:len(rough) // 160 * 160].reshape(-1, 160) ** 2).mean(1)
    active = energy > np.percentile(energy, 95) * 10 ** -1.4
    plain = (x[:len(x) // 160 * 160].reshape(-1, 160) ** 2).mean(1)
    level = plain[active].mean() + 1e-12
    starts = np.arange(0, len(x) - f.WINDOW + 1, grid)
    if clip.label == "not" and not clip.kind.startswith("laugh"):
        return starts, level
    share = np.array([active[s // 160:(s + f.WINDOW) // 160].mean() for s in starts])
    good = starts[share >= .35]
    return (good if len(good) else starts[[share.argmax()]]), level


class Batches:
    def __init__(self, clips, seed, walls=False):
        self.random = np.random.default_rng(seed)
        self.walls = walls
        self.cry = Source([c for c in clips if c.label == "cry"], self.random)
        self.calm = Source([c for c in clips if c.label == "not"], self.random)
        # Babies, not copies: every original counts alike, whichever number of speeds and codecs was made of it.
        families, scale = {}, {"cry_esc": 2.5, "cry_wide": 1.15, "cry_amr": .85}
        for clip in self.cry.clips:
            families[clip.parent] = families.get(clip.parent, 0) + (3 if clip.parent == clip.name else 1)
        self.cry.base = np.array([scale[c.kind] * (3 if c.parent == c.name else 1) / families[c.parent] for c in self.cry.clips])
        self.cry.hard[:] = .85

    def draw(self, cries=32, calms=36):
        r = self.random
        crying, calm = self.cry.draw(cries), self.calm.draw(calms)
        noises = self.calm.draw(cries + calms)
        sound = np.zeros((cries + calms, f.WINDOW), np.float32)
        for i in range(cries + calms):
            is_cry = i < cries
            source, index = (self.cry, crying[i]) if is_cry else (self.calm, calm[i - cries])
            x = source.window(index)
            level = source.levels[index] if is_cry else (x ** 2).mean() + 1e-12
            if r.random() < .3:
                x = reverberate(x, r)
            x = x * (1 / level ** .5)
            if r.random() < (.75 if is_cry else .35):
                n = self.calm.window(noises[i])
                snr = r.uniform(*NOISE_SNR) if is_cry else r.uniform(-12, 25)
                x = x + n / ((n ** 2).mean() + 1e-12) ** .5 * 10 ** (-snr / 20)
            # Cameras hear a room at anything from a whisper to clipping.
            target = 10 ** (r.uniform(-50, -8) / 20)
            x = x * target
            if r.random() < .5:
                x = x + r.standard_normal(f.WINDOW, np.float32) * 10 ** (r.uniform(-95, -50) / 20)
            if r.random() < .04:
                x = np.clip(x * r.uniform(2, 8), -.6, .6)
            sound[i] = np.clip(x, -1, 1)
        p = f.power(sound)
        p *= heard_by(cries + calms, r)[:, None, :]
        if self.walls:
            for i in range(cries + calms):
                voice = i >= cries and self.calm.clips[calm[i - cries]].kind in THROUGH_WALLS
                if r.random() < (.4 if voice else .06):
                    p[i] *= through_wall(r, i < cries)
        log = np.log(p @ f.FILTERS32 + np.float32(1e-6))
        x = f.network_input(log)
        mask(x, r)
        labels = np.zeros(cries + calms, np.float32)
        labels[:cries] = 1
        return x, labels, crying, calm


def reverberate(x, r):
    length = int(r.uniform(.08, .5) * f.RATE)
    tail = r.standard_normal(length).astype(np.float32) * np.exp(-np.linspace(0, r.uniform(4, 8), length)).astype(np.float32)
    tail[0] = 0
    tail *= 10 ** (r.uniform(-14, 2) / 20) / ((tail ** 2).sum() ** .5 + 1e-9)
    tail[0] = 1
    return fftconvolve(x, tail)[:len(x)].astype(np.float32)


def heard_by(count, r):
    """Power responses of microphones: a tilt, a bump, and in half of them no highs (sharp as a codec's or soft)."""
    freq = np.arange(f.FFT // 2 + 1) * f.RATE / f.FFT
    octave = np.log2(np.maximum(freq, 60) / 1000)
    result = np.empty((count, len(freq)), np.float32)
    for i in range(count):
        db = r.uniform(-4, 4) * octave * (r.random() < .7)
        if r.random() < .5:
            db = db + r.uniform(-9, 9) * np.exp(-((octave - r.uniform(-2, 2.8)) / r.uniform(.3, 1)) ** 2)
        if r.random() < .4:
            edge = r.uniform(2800, 4300) if r.random() < .75 else r.uniform(4300, 7000)
            steep = r.choice([24, 60, 200, 600])
            db = db - np.maximum(0, steep * np.log2(np.maximum(freq, 1) / edge))
            db = np.maximum(db, r.uniform(-90, -35))
        if r.random() < .35:
            edge = r.uniform(80, 350)
            db = db - np.maximum(0, r.choice([12, 24]) * np.log2(edge / np.maximum(freq, 20)))
        result[i] = 10 ** (db / 10)
    return result


def through_wall(r, crying):
    """The next room: only the lows come through, and whoever built the house decides how loud."""
    freq = np.arange(f.FFT // 2 + 1) * f.RATE / f.FFT
    edge = r.uniform(900, 2500) if crying else r.uniform(300, 1600)
    db = r.uniform(0, 18) - np.maximum(0, r.choice([6, 12, 18, 30]) * np.log2(np.maximum(freq, 1) / edge))
    return (10 ** (db / 10)).astype(np.float32)


def mask(x, r):
    for row in x:
        floor = row.mean()
        if r.random() < .5:
            width = int(r.integers(1, 10))
            at = int(r.integers(0, f.MELS - width))
            row[:, at:at + width] = floor
        if r.random() < .5:
            width = int(r.integers(5, 35))
            at = int(r.integers(0, f.WINDOW_FRAMES - width))
            row[at:at + width] = floor
