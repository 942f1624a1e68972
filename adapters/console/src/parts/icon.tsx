// The icons, drawn with lines. They stand beside a text and say nothing by themselves.

const PATHS = {
  overview: 'M3 12h4l3-8 4 16 3-8h4',
  desk: 'M4 5h6v14H4zM10 5h4v14h-4zM14.5 6l4-1 3 13-4 1z',
  processors:
    'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M18.4 5.6l-2.2 2.2M7.8 16.2l-2.2 2.2',
  letter: 'M3 6h18v12H3zM3 7l9 6 9-6',
  events: 'M4 6h16M4 12h16M4 18h10',
  time: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2',
  process:
    'M6 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM6 16a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM18 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM6 8v8M8 6h4a4 4 0 0 1 4 4M8 18h4a4 4 0 0 0 4-4',
  map: 'M4 4h5v5H4zM15 4h5v5h-5zM9.500 15h5v5h-5zM9 6.500h6M17.500 9v4l-5 2M6.500 9v4l5 2',
  settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
  audit: 'M6 3h9l4 4v14H6zM9 12l2 2 4-4M9 18h6',
  ok: 'M5 12.500l4.500 4.500L19 7.500',
  warn: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  bad: 'M6 6l12 12M18 6L6 18',
  pause: 'M8 5v14M16 5v14',
  wait: 'M7 3h10M7 21h10M8 3c0 5 8 6 8 9s-8 4-8 9M16 3c0 5-8 6-8 9s8 4 8 9',
  undo: 'M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6',
  play: 'M7 5l12 7-12 7z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
  moon: 'M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z',
  keyboard: 'M2 6h20v12H2zM6 10h.5M10 10h.5M14 10h.5M18 10h.5M8 14h8',
  menu: 'M4 7h16M4 12h16M4 17h16',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4.500 3.500-7 8-7s8 2.500 8 7',
  medal: 'M12 9a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11zM8 10L5 3M16 10l3-7',
  arrow: 'M5 12h14M13 6l6 6-6 6',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.500v.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
