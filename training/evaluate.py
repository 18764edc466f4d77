"""The score sheet: validation only, by group, with bootstrap intervals over sources (an app instance or a recording, not a clip)."""
import csv
import os

import numpy as np

import frontend as f
from data import decode
from train import score_windows

CONFIRM = 3
AGAIN = 15.0


def clip_score(windows):
    """Half the surest pair of neighbouring windows, half the mean of the four surest windows."""
    pair = windows[0] if len(windows) == 1 else ((windows[1:] + windows[:-1]) / 2).max()
    return float((pair + np.sort(windows)[-4:].mean()) / 2)


def cases(clips, seed=5):
    """(group, label, source of the sound, kind, samples) of everything the sheet judges."""
    random = np.random.default_rng(seed)
    val = [c for c in clips if c.split == "val"]
    cries = [c for c in val if c.label == "cry"]
    calm = [c for c in val if c.label == "not"]
    noises = [c for c in calm if not c.kind.startswith(("copy_", "laugh", "narrow_"))]
    for c in cries:
        yield "clean", 1, family(c), c.kind, c.samples
    for c in noises:
        yield "clean", 0, c.name, c.kind, c.samples
    for snr in (0, 5, 10):
        for c in cries:
            x = c.samples
            n = noises[random.integers(len(noises))].samples
            n = np.resize(n, len(x))
            loud = x[:len(x) // 160 * 160].reshape(-1, 160)
            energy = (loud ** 2).mean(1)
            level = energy[energy > np.percentile(energy, 95) * 10 ** -2].mean()
            mixed = x + n * (level / ((n ** 2).mean() + 1e-12) / 10 ** (snr / 10)) ** .5
            yield f"cry at {snr} dB", 1, family(c), c.kind, mixed / max(1, np.abs(mixed).max())
    for c in calm:
        if c.kind.startswith(("copy_", "narrow_")):
            yield "8 kHz copies", 0, c.parent, c.kind, c.samples
        elif c.kind.startswith("laugh"):
            yield c.kind, 0, c.name, c.kind, c.samples


def family(clip):
    return clip.name.split("_", 1)[-1][:36] if not clip.name.startswith("esc") else clip.name.split("-")[1]


def score_all(model, clips):
    inputs, spans, rows = [], [], []
    for group, label, source, kind, samples in cases(clips):
        w = f.windows(samples)
        spans.append(len(w))
        inputs.append(w)
        rows.append((group, label, source, kind))
    scores = score_windows(model, np.concatenate(inputs))
    windows = np.split(scores, np.cumsum(spans)[:-1])
    return rows, windows


def average_precision(labels, scores):
    order = np.argsort(-scores, kind="stable")
    hits = labels[order]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits == 1].mean())


def f1(labels, flagged):
    tp = (labels * flagged).sum()
    return float(2 * tp / max(1, labels.sum() + flagged.sum()))


def interval(sources, measure, rounds=1000):
    random = np.random.default_rng(3)
    names = sorted(set(sources))
    members = {n: [] for n in names}
    for i, s in enumerate(sources):
        members[s].append(i)
    values = []
    for _ in range(rounds):
        chosen = np.concatenate([members[names[i]] for i in random.integers(len(names), size=len(names))])
        value = measure(chosen)
        if value is not None:
            values.append(value)
    return np.percentile(values, [2.5, 97.5])


def night_alarms(windows, threshold, confirm=CONFIRM):
    """As the live detector fires: the mean of the last three windows; at once and again every 15 s while it lasts."""
    fired, ready = [], -1e9
    for i in range(confirm - 1, len(windows)):
        score = windows[i - confirm + 1:i + 1].mean()
        at = 2.0 + .5 * i
        if score >= threshold and at >= ready:
            fired.append((at, float(score)))
            ready = at + AGAIN
        elif score < threshold:
            ready = min(ready, at)
    return fired


def night(model, dataset):
    samples = decode(os.path.join(dataset, "night-val.ogg"))
    with open(os.path.join(dataset, "night-val-timeline.csv"), newline="") as file:
        cries = [(float(r["start_s"]), float(r["end_s"])) for r in csv.DictReader(file) if r["label"] == "cry"]
    return score_windows(model, f.windows(samples)), cries, len(samples) / f.RATE


def judge_night(fired, cries):
    inside = lambda at, c: c[0] - 1 <= at <= c[1] + 4
    found = sum(any(inside(at, c) for at, _ in fired) for c in cries)
    return found, sum(not any(inside(at, c) for c in cries) for at, _ in fired)


def sheet(rows, windows, threshold, intervals=True):
    groups = np.array([r[0] for r in rows])
    labels = np.array([r[1] for r in rows])
    sources = [r[2] for r in rows]
    scores = np.array([clip_score(w) for w in windows])
    flagged = (scores >= threshold).astype(int)
    lines = []

    def add(name, index, value):
        first = value(index)
        if intervals:
            low, high = interval([sources[i] for i in index], lambda chosen: value(index[chosen]))
            lines.append((name, first, low, high, len(index)))
        else:
            lines.append((name, first, 0, 0, len(index)))

    def ap(i):
        return average_precision(labels[i], scores[i]) if labels[i].any() else None

    every = np.flatnonzero(~np.char.startswith(groups, "laugh"))
    clean = np.flatnonzero(groups == "clean")
    add("AP, all", every, ap)
    add("F1, all", every, lambda i: f1(labels[i], flagged[i]))
    add("AP, clean", clean, ap)
    add("F1, clean", clean, lambda i: f1(labels[i], flagged[i]))
    add("recall, clean", clean[labels[clean] == 1], lambda i: flagged[i].mean())
    add("false positives, clean", clean[labels[clean] == 0], lambda i: flagged[i].mean())
    for name in ("cry at 0 dB", "cry at 5 dB", "cry at 10 dB"):
        add("recall, " + name, np.flatnonzero(groups == name), lambda i: flagged[i].mean())
    for name in ("8 kHz copies", "laugh_synthetic", "laugh_pulses", "laugh_speech"):
        add("flagged, " + name, np.flatnonzero(groups == name), lambda i: flagged[i].mean())
    return lines
