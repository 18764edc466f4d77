export type Lens = { id: string; name: string };

/** The devices of one kind, by names a person understands. Before permission browsers give neither names nor identities. */
export function lenses(
  devices: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[],
  kind: 'videoinput' | 'audioinput',
): Lens[] {
  const found = devices.filter((device) => device.kind === kind && device.deviceId);
  const used = new Map<string, number>();
  return found.map(({ deviceId, label }, index) => {
    const name = nameOf(label, kind) || `${kind === 'videoinput' ? 'Camera' : 'Microphone'} ${index + 1}`;
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return { id: deviceId, name: count === 1 ? name : `${name} ${count}` };
  });
}

/** "camera2 0, facing back" is Android's way to say "Back camera". */
function nameOf(label: string, kind: string): string {
  if (kind === 'videoinput') {
    if (/facing back/i.test(label)) return 'Back camera';
    if (/facing front/i.test(label)) return 'Front camera';
  }
  return label.replace(/\s*\([0-9a-f]{4}:[0-9a-f]{4}\)\s*$/i, '');
}

/** The one after the present one: turning the phone's eye round. */
export function nextLens(all: readonly Lens[], current: string | undefined): Lens | undefined {
  return all.length < 2 ? undefined : all[(all.findIndex(({ id }) => id === current) + 1) % all.length];
}
