"""
Stand-ins for laughter, because no licensed laughter is in the set. Laughter comes in short voiced pulses, four to six a second, in which the
pitch arches; crying in long ones. Two makes: a source and formants from numbers, and pulses cut out of voices (cries, speech raised to a
child's pitch), so that the voice alone decides nothing.
"""
import numpy as np
from scipy.signal import lfilter, resample_poly

RATE = 16000


def formants(signal, centres, widths):
    out = np.zeros_like(signal)
    for centre, width, gain in zip(centres, widths, (1, .6, .35, .2)):
        r = np.exp(-np.pi * width / RATE)
        a = [1, -2 * r * np.cos(2 * np.pi * centre / RATE), r * r]
        out += gain * lfilter([1 - r], a, signal)
    return out


def pulse_times(random, seconds):
    """Bouts of three to ten pulses with a breath between them: (start, length, place in the bout 0..1)."""
    at, result = random.uniform(0, .4), []
    while at < seconds:
        rate = random.uniform(3.8, 6.2)
        count = int(random.integers(3, 11))
        filled = random.uniform(.3, .65)
        for i in range(count):
            period = random.uniform(.88, 1.12) / rate
            if at + period > seconds:
                return result
            result.append((at, period * filled * random.uniform(.85, 1.15), i / count))
            at += period
        at += random.uniform(.15, .9)
    return result


def envelope(length, random):
    n = max(8, int(length))
    rise = max(2, int(n * random.uniform(.08, .3)))
    fall = np.exp(-np.linspace(0, random.uniform(1.2, 3.5), n - rise))
    fall *= np.linspace(1, 0, n - rise) ** .5
    return np.concatenate([np.sin(np.linspace(0, np.pi / 2, rise)), fall])


def synthetic(random, seconds=5.0):
    baby = random.random() < .65
    base = random.uniform(280, 620) if baby else random.uniform(120, 330)
    scale = random.uniform(1.35, 1.75) if baby else random.uniform(.95, 1.2)
    vowel = [(750, 1300, 2600, 3500), (600, 1000, 2500, 3400), (500, 1800, 2600, 3500), (400, 2100, 2800, 3600)][random.integers(0, 4)]
    out = np.zeros(int(seconds * RATE), np.float32)
    slope = random.uniform(-.35, .1)
    for at, length, place in pulse_times(random, seconds):
        n = int(length * RATE)
        t = np.arange(n) / max(1, n)
        arch = 1 + random.uniform(.02, .25) * np.sin(np.pi * t) + random.uniform(-.12, .06) * t
        pitch = base * (1 + slope * place) * random.uniform(.95, 1.06) * arch
        phase = 2 * np.pi * np.cumsum(pitch * (1 + .01 * random.standard_normal(n))) / RATE
        tilt = random.uniform(.5, 1.4)
        voice = sum(np.sin(k * phase) / k ** tilt for k in range(1, int(min(24, 7200 / base)) + 1))
        breath = random.standard_normal(n) * random.uniform(.05, .5)
        shaped = formants(voice + breath, np.array(vowel) * scale * random.uniform(.95, 1.05, 4), (90, 120, 170, 250))
        shaped = shaped / (np.abs(shaped).max() + 1e-9) * envelope(n, random)[:n] * random.uniform(.5, 1)
        start = int(at * RATE)
        # The h before the vowel.
        h = int(random.uniform(.02, .07) * RATE)
        aspirated = formants(random.standard_normal(h), np.array(vowel) * scale, (300, 300, 400, 500))
        aspirated *= random.uniform(.05, .4) / (np.abs(aspirated).max() + 1e-9)
        out[max(0, start - h):start] += aspirated[-min(h, start):] if start else 0
        out[start:start + n] += shaped[:len(out) - start].astype(np.float32)
    return finish(out, random)


def from_voice(voice, random, seconds=5.0):
    """Pulses cut out of a voice: timbre and pitch of a real throat, the time pattern of laughter."""
    raised = random.uniform(.8, 1.5)
    voice = resample_poly(voice, 100, int(100 * raised)).astype(np.float32)
    level = np.sqrt(np.convolve(voice ** 2, np.ones(800) / 800, "same"))
    loud = np.flatnonzero(level > np.percentile(level, 95) * .4)
    out = np.zeros(int(seconds * RATE), np.float32)
    anchor = int(random.choice(loud))
    for at, length, place in pulse_times(random, seconds):
        n = int(length * RATE)
        if place == 0:
            anchor = int(random.choice(loud))
        take = min(max(0, anchor + int(random.uniform(-.05, .1) * RATE)), max(0, len(voice) - n))
        bend = random.uniform(.88, 1.15)
        piece = voice[take:take + n]
        if len(piece) < 16:
            continue
        if random.random() < .7:
            # Within a pulse the pitch moves.
            m = len(piece)
            u = np.linspace(0, 1, m)
            piece = np.interp(np.clip((u + (bend - 1) * u * (1 - u) * 2) * (m - 1), 0, m - 1), np.arange(m), piece)
        piece = piece / (np.abs(piece).max() + 1e-9) * envelope(len(piece), random)[:len(piece)] * random.uniform(.55, 1)
        start = int(at * RATE)
        out[start:start + len(piece)] += piece[:len(out) - start].astype(np.float32)
    return finish(out, random)


def finish(out, random):
    return (out / (np.abs(out).max() + 1e-9) * 10 ** (random.uniform(-24, -2) / 20)).astype(np.float32)
