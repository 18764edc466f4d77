"""Telephone codecs, so that no model can tell a cry by its codec: AMR-NB through libopencore, the others through ffmpeg."""
import ctypes
import subprocess

import numpy as np
from scipy.signal import resample_poly

AMR_BYTES = [13, 14, 16, 18, 20, 21, 27, 32]


def amr(samples, mode):
    """16 kHz float → AMR-NB at 8 kHz and back."""
    lib = ctypes.CDLL("libopencore-amrnb.so.0")
    lib.Encoder_Interface_init.restype = lib.Decoder_Interface_init.restype = ctypes.c_void_p
    narrow = np.clip(resample_poly(samples, 1, 2) * 32768, -32768, 32767).astype(np.int16)
    narrow = np.pad(narrow, (0, -len(narrow) % 160))
    encoder, decoder = ctypes.c_void_p(lib.Encoder_Interface_init(0)), ctypes.c_void_p(lib.Decoder_Interface_init())
    coded, out, result = (ctypes.c_ubyte * 64)(), np.zeros(160, np.int16), []
    for start in range(0, len(narrow), 160):
        block = np.ascontiguousarray(narrow[start:start + 160])
        lib.Encoder_Interface_Encode(encoder, mode, block.ctypes.data_as(ctypes.c_void_p), coded, 0)
        lib.Decoder_Interface_Decode(decoder, coded, out.ctypes.data_as(ctypes.c_void_p), 0)
        result.append(out.copy())
    lib.Encoder_Interface_exit(encoder)
    lib.Decoder_Interface_exit(decoder)
    return resample_poly(np.concatenate(result).astype(np.float32) / 32768, 2, 1)[:len(samples)].astype(np.float32)


def through(samples, codec, rate=8000, options=()):
    """16 kHz float → a codec of ffmpeg's at `rate` and back."""
    pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes()
    raw = ["-hide_banner", "-loglevel", "error", "-nostdin"]
    coded = subprocess.run(["ffmpeg", *raw[:-1], "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-ar", str(rate), "-c:a", codec, *options,
                            "-f", "matroska", "-"], input=pcm, capture_output=True, check=True).stdout
    back = subprocess.run(["ffmpeg", *raw[:-1], "-f", "matroska", "-i", "-", "-ac", "1", "-ar", "16000", "-f", "s16le", "-"],
                          input=coded, capture_output=True, check=True).stdout
    result = np.frombuffer(back, np.int16).astype(np.float32) / 32768
    return np.pad(result, (0, max(0, len(samples) - len(result))))[:len(samples)]


def some_codec(samples, random):
    """One of the codecs that phones and cheap cameras use; two times in three the AMR-NB of half the cries."""
    kind = random.integers(0, 6)
    if kind <= 3:
        return amr(samples, int(random.choice([0, 2, 4, 5, 7, 7, 7])))
    if kind == 4:
        return through(samples, "pcm_mulaw")
    return through(samples, "libopus", 16000, ("-b:a", str(random.choice(["8k", "12k", "16k"]))))
