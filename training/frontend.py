"""The front end, as the data set's README describes it: 16 kHz, 25/10 ms, 64 mel bands, ln(E + 1e-6), (L + 6) / 4."""
import numpy as np
import scipy.fft

RATE, FRAME, STEP, FFT, MELS = 16000, 400, 160, 512, 64
WINDOW_FRAMES, HOP_FRAMES = 198, 50
WINDOW, HOP = 32000, 8000


def mel_filters():
    to_mel = lambda f: 2595 * np.log10(1 + f / 700)
    points = 700 * (10 ** (np.linspace(to_mel(125.0), to_mel(7500.0), MELS + 2) / 2595) - 1)
    f = np.arange(FFT // 2 + 1) * RATE / FFT
    low, mid, high = points[:-2, None], points[1:-1, None], points[2:, None]
    return np.maximum(0, np.minimum((f - low) / (mid - low), (high - f) / (high - mid)))


FILTERS = mel_filters()
FILTERS32 = np.ascontiguousarray(FILTERS.T.astype(np.float32))
HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)


def power(samples):
    """Power spectra [..., frame, 257] of samples [..., n] in [-1, 1)."""
    samples = np.ascontiguousarray(samples)
    count = 1 + (samples.shape[-1] - FRAME) // STEP
    frames = np.lib.stride_tricks.as_strided(
        samples, samples.shape[:-1] + (count, FRAME), samples.strides[:-1] + (samples.strides[-1] * STEP, samples.strides[-1]))
    spectrum = scipy.fft.rfft(frames * HANN.astype(samples.dtype), FFT, axis=-1)
    return spectrum.real ** 2 + spectrum.imag ** 2


def log_mel(samples):
    """L of step 6, [frame, 64], in the precision of the samples."""
    p = power(samples)
    return np.log(p @ (FILTERS.T if p.dtype == np.float64 else FILTERS32) + p.dtype.type(1e-6))


def network_input(log):
    return (log + 6) / 4


def windows(samples):
    """All 2-s windows every 0.5 s of a clip, [window, 198, 64]; a clip shorter than a window is filled with silence."""
    samples = np.asarray(samples, np.float32)
    if len(samples) < WINDOW:
        samples = np.pad(samples, (0, WINDOW - len(samples)))
    log = network_input(log_mel(samples))
    count = 1 + (len(log) - WINDOW_FRAMES) // HOP_FRAMES
    return np.stack([log[i * HOP_FRAMES:i * HOP_FRAMES + WINDOW_FRAMES] for i in range(count)])
