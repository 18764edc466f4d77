"""Reads the data set into memory once, makes the derived material (codec copies, other speeds, laughter), and keeps both in a cache file."""
import csv
import os
import pickle
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.signal import resample_poly

import codecs8k
import laughter

VERSION = 3
CRY_SPEEDS = (0.84, 0.92, 1.09, 1.19)
VOICES = ("speech_words", "speech_synthetic", "babble")
ANIMALS = ("cat", "rooster", "dog")


class Clip:
    def __init__(self, name, kind, label, split, samples, parent=None):
        self.name, self.kind, self.label, self.split, self.parent = name, kind, label, split, parent or name
        self.pcm = np.clip(np.round(np.asarray(samples) * 32768), -32768, 32767).astype(np.int16)

    @property
    def samples(self):
        return self.pcm.astype(np.float32) / 32768


def decode(path):
    raw = subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-i", path, "-ac", "1", "-ar", "16000", "-f", "s16le", "-"],
                         capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.int16).astype(np.float32) / 32768


def load(dataset, cache, share=1, always=()):
    """All clips, or for a trial every `share`-th of each kind and those whose names begin with one of `always`."""
    path = os.path.join(cache, f"clips-{VERSION}{'' if share == 1 else f'-{share}'}.pickle")
    if os.path.exists(path):
        with open(path, "rb") as file:
            return pickle.load(file)
    clips = build(dataset, share, always)
    os.makedirs(cache, exist_ok=True)
    with open(path + ".part", "wb") as file:
        pickle.dump(clips, file, 4)
    os.replace(path + ".part", path)
    return clips


def some(rows, share, always):
    seen, kept = {}, []
    for row in rows:
        kind = (row["split"], row["class"], row["source"], row["note"] == "")
        if seen.get(kind, 0) % share == 0 or os.path.basename(row["file"]).startswith(tuple(always)):
            kept.append(row)
        seen[kind] = seen.get(kind, 0) + 1
    return kept


def build(dataset, share, always):
    with open(os.path.join(dataset, "manifest.csv"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in ("cry", "not")]
    if share > 1:
        rows = some(rows, share, always)
    with ThreadPoolExecutor(2) as pool:
        sounds = list(pool.map(lambda row: decode(os.path.join(dataset, row["file"])), rows))
    originals = []
    for row, sound in zip(rows, sounds):
        name = os.path.splitext(os.path.basename(row["file"]))[0]
        kind = ("narrow_" if name.startswith("nb_") else "") + row["class"]
        if row["label"] == "cry":
            kind = "cry_esc" if row["source"].startswith("ESC") else "cry_amr" if "amr_nb" in row["note"] else "cry_wide"
        parent = row["note"].split("copy of ")[1] if "copy of " in row["note"] else None
        originals.append(Clip(name, kind, row["label"], row["split"], sound, parent))

    random = np.random.default_rng(20261121)
    derived = []
    for clip in originals:
        add = lambda tag, sound, kind=None: derived.append(Clip(f"{clip.name}+{tag}", kind or clip.kind, clip.label, clip.split, sound, clip.name))
        sound = clip.samples
        if clip.split == "val":
            if clip.label == "not" and not clip.kind.startswith("narrow_"):
                add("amr", codecs8k.amr(sound, int(random.choice([4, 7]))), "copy_" + clip.kind)
                add("mulaw", codecs8k.through(sound, "pcm_mulaw"), "copy_" + clip.kind)
            continue
        if clip.label == "cry":
            for speed in CRY_SPEEDS:
                add(f"x{speed}", resample_poly(sound, 100, round(100 * speed)))
            if clip.kind != "cry_amr":
                for turn in range(3):
                    add(f"codec{turn}", codecs8k.some_codec(sound, random))
            continue
        if clip.kind.startswith("narrow_"):
            continue
        add("codec", codecs8k.some_codec(sound, random), "narrow_" + clip.kind)
        if clip.kind in VOICES:
            # A child's pitch: speech raised by a fourth to an octave.
            for turn in range(2):
                raised = resample_poly(sound, 100, int(100 * random.uniform(1.3, 1.9)))
                add(f"child{turn}", raised, "child_speech")
        if clip.kind in ANIMALS:
            for speed in (.8, 1.25):
                add(f"x{speed}", resample_poly(sound, 100, round(100 * speed)))
    return originals + derived + laughs(originals, random, share)


def laughs(originals, random, share):
    made = []
    for split, count in (("train", max(260 // share, 4)), ("val", max(30 // share, 4))):
        cries = [c for c in originals if c.split == split and c.label == "cry"]
        speech = [c for c in originals if c.split == split and c.kind in VOICES]
        for i in range(count):
            made.append(Clip(f"laugh_synthetic_{split}_{i}", "laugh_synthetic", "not", split, laughter.synthetic(random)))
            cry = cries[random.integers(len(cries))]
            made.append(Clip(f"laugh_pulses_{split}_{i}", "laugh_pulses", "not", split, laughter.from_voice(cry.samples, random), cry.name))
            voice = speech[random.integers(len(speech))]
            raised = resample_poly(voice.samples, 100, int(100 * random.uniform(1.2, 1.9)))
            made.append(Clip(f"laugh_speech_{split}_{i}", "laugh_speech", "not", split, laughter.from_voice(raised, random), voice.name))
    return made
