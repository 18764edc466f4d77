/** Tells the phone what plays, for its lock screen and the buttons of headphones. Returns the way to end it. */
export function nowPlaying(room: string, buttons: { play: () => void; pause: () => void; stop: () => void }): () => void {
  const session = (navigator as { mediaSession?: MediaSession }).mediaSession;
  if (!session) return () => undefined;
  session.metadata = new MediaMetadata({
    title: room,
    artist: 'Listening',
    album: 'Vigil',
    artwork: [{ src: `${import.meta.env.BASE_URL}icon-512.png`, sizes: '512x512', type: 'image/png' }],
  });
  const set = (action: MediaSessionAction, run: (() => void) | null) => {
    try {
      session.setActionHandler(action, run);
    } catch {
      // A browser without this button.
    }
  };
  set('play', () => {
    session.playbackState = 'playing';
    buttons.play();
  });
  set('pause', () => {
    session.playbackState = 'paused';
    buttons.pause();
  });
  set('stop', buttons.stop);
  session.playbackState = 'playing';
  return () => {
    for (const action of ['play', 'pause', 'stop'] as const) set(action, null);
    session.metadata = null;
    session.playbackState = 'none';
  };
}
