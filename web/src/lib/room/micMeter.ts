import { FULL_SCALE } from '../levels';

/** The loudest sample of the last tenth of a second, ten times a second, in the 16-bit measure of the rest of Vigil. */
export class MicMeter {
  private readonly context: AudioContext;
  private readonly timer: number;
  private readonly source: MediaStreamAudioSourceNode;

  constructor(stream: MediaStream, tell: (peak: number) => void) {
    this.context = new AudioContext();
    this.source = this.context.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 4096;
    this.source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = window.setInterval(() => {
      // Some browsers start it asleep, and wake it at the first touch of the page.
      if (this.context.state === 'suspended') void this.context.resume().catch(() => undefined);
      analyser.getFloatTimeDomainData(samples);
      tell(Math.min(FULL_SCALE, Math.round(FULL_SCALE * loudest(samples))));
    }, 100);
  }

  close(): void {
    window.clearInterval(this.timer);
    this.source.disconnect();
    void this.context.close().catch(() => undefined);
  }
}

function loudest(samples: Float32Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}
