const RATE = 8000;
const SECONDS = 10;
/** About −64 dBFS: below any room's noise, above what browsers take for silence and send to sleep. */
const LOUDNESS = 0.0008;

/** Ten seconds of almost nothing, as a WAV file to be played round and round: it keeps a phone's page awake while the screen is dark. */
export function hush(random: () => number = Math.random): ArrayBuffer {
  const samples = RATE * SECONDS;
  const bytes = new DataView(new ArrayBuffer(44 + samples * 2));
  const text = (at: number, word: string) => {
    for (let i = 0; i < word.length; i++) bytes.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + samples * 2, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, RATE * 2, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, samples * 2, true);
  for (let i = 0; i < samples; i++) bytes.setInt16(44 + i * 2, Math.round((random() * 2 - 1) * LOUDNESS * 32_767), true);
  return bytes.buffer;
}
