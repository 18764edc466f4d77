/** Our own line icons, 24 × 24. Decorative: the word beside them, or the button's label, carries the meaning. */
const paths = {
  cameras: 'M4 7h11a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1Zm12 4 5-3v8l-5-3',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm3 15h2',
  events: 'M12 4a6 6 0 0 1 6 6v4l2 3H4l2-3v-4a6 6 0 0 1 6-6Zm-2 16h4',
  household: 'M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1v-8Z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8c0-3.5 3-6 7-6s7 2.5 7 6',
  wrench: 'M15 4a5 5 0 0 0-4.6 7L4 17.4 6.6 20l6.4-6.4A5 5 0 0 0 20 9l-3 3-3-1-1-3 3-3a5 5 0 0 0-1-1Z',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  record: 'M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12Z',
  stop: 'M7 7h10v10H7V7Z',
  star: 'M12 4l2.500 5 5.500.800-4 3.900 1 5.500-5-2.700-5 2.700 1-5.500-4-3.900 5.500-.800L12 4Z',
  film: 'M4 5h16v14H4V5Zm4 0v14m8-14v14M4 12h16M4 8.500h4M4 15.500h4m8-7h4m-4 7h4',
  pencil: 'M4 20l1-4L16 5l3 3L8 19l-4 1Z',
  bin: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  back: 'M15 5l-7 7 7 7',
  settings: 'M4 7h9m5 0h2M4 17h2m5 0h9M15.500 4.500v5M8.500 14.500v5',
  soundOn: 'M4 10v4h3l5 4V6L7 10H4Zm11-1a4 4 0 0 1 0 6m2.500-8.500a8 8 0 0 1 0 11',
  soundOff: 'M4 10v4h3l5 4V6L7 10H4Zm12 0 5 5m0-5-5 5',
  microphone: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3Zm-6 8a6 6 0 0 0 12 0M12 17v4',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5.500v13l10-6.500-10-6.500Z',
  full: 'M5 9V5h4M15 5h4v4M19 15v4h-4M9 19H5v-4',
  check: 'M5 13l4.500 4.500L19 7',
  warning: 'M12 4 2.500 20h19L12 4Zm0 6v5m0 2.500v.2',
  offline: 'M3 3l18 18M8 7h7a1 1 0 0 1 1 1v5m0 3a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1m12 4 5-3v8',
  cry: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18ZM8 9.500h2m4 0h2M8.500 17a3.500 3.500 0 0 1 7 0M8 12.500v3M16 12.500v3',
  motion: 'M13 5.500a2 2 0 1 0 0-.1M9 21l3-6-2-3 1-4 3 1 2 3h3M12 15l3 2v4M7 12l1-3 3-1M3 8h3M2 12h3M3 16h4',
  noise: 'M4 10v4M8 7v10M12 4v16M16 8v8M20 10v4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4 4',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  download: 'M12 4v11m-4-4 4 4 4-4M5 20h14',
  close: 'M6 6l12 12M18 6 6 18',
  out: 'M10 5H5v14h5M14 8l4 4-4 4m4-4H9',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3.500 2',
  skipBack: 'M18 6l-8 6 8 6V6ZM6 6v12',
  skipOn: 'M6 6l8 6-8 6V6ZM18 6v12',
  calendar: 'M5 6h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1Zm-1 5h16M8 3v4M16 3v4',
  timeline: 'M3 17h18M5 13v4m4-9v9m4-6v6m4-11v11',
  up: 'M5 15l7-7 7 7',
  down: 'M5 9l7 7 7-7',
  left: 'M15 5l-7 7 7 7',
  right: 'M9 5l7 7-7 7',
  next: 'M9 5l7 7-7 7',
  scissors: 'M7 20V4M17 20V4M7 12h10M10 9l-3 3 3 3M14 9l3 3-3 3',
  pulse: 'M3 12h4l3-7 4 14 3-7h4',
  moon: 'M19 14.500A7.500 7.500 0 1 1 9.500 5a6 6 0 0 0 9.500 9.500Z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 22 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
