/** What a listener is told without looking: tones made here, and words where the phone has a voice. */
export class Voice {
  private readonly context: AudioContext;
  private readonly room: string;

  constructor(context: AudioContext, room: string) {
    this.context = context;
    this.room = room;
  }

  /** Falling, three times: unlike the alarm, and unlike any toy. */
  lost(): void {
    for (const start of [0, 0.7, 1.4]) {
      this.note(start, 784, 0.22, 0.5);
      this.note(start + 0.26, 523, 0.32, 0.5);
    }
    this.speak(`Connection lost. ${this.room} cannot be heard.`);
  }

  /** One soft tick, upwards. */
  back(): void {
    this.note(0, 523, 0.07, 0.12);
    this.note(0.1, 784, 0.09, 0.12);
    globalThis.speechSynthesis?.cancel();
  }

  private speak(words: string): void {
    const speech = globalThis.speechSynthesis;
    if (!speech || speech.getVoices().length === 0) return;
    speech.cancel();
    const said = new SpeechSynthesisUtterance(words);
    said.lang = 'en';
    speech.speak(said);
  }

  private note(inSeconds: number, pitch: number, seconds: number, loudness: number): void {
    const { context } = this;
    const at = context.currentTime + inSeconds;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness, at + 0.01);
    gain.gain.setValueAtTime(loudness, at + seconds - 0.03);
    gain.gain.linearRampToValueAtTime(0, at + seconds);
    const oscillator = context.createOscillator();
    oscillator.type = 'triangle';
    oscillator.frequency.setValueAtTime(pitch, at);
    oscillator.connect(gain);
    gain.connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds + 0.02);
  }
}
