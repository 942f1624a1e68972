// Numbers and times in the reader's language.
import { language } from './language';

const LOCALES = { en: 'en-GB', ko: 'ko-KR' } as const;

function locale(): string {
  return LOCALES[language.value];
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

/** A number that may not be known. */
export function numberOrDash(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? '–' : number(value, digits);
}

export function moment(at: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  return new Intl.DateTimeFormat(locale(), options).format(new Date(at));
}

/** The time of day with milliseconds, for events that follow each other closely. */
export function clock(at: string): string {
  const options = {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  } as const;
  return new Intl.DateTimeFormat(locale(), options).format(new Date(at));
}

/** How long ago, in the largest unit that fits. */
export function ago(at: string, now: number): string {
  return spoken(Math.round((new Date(at).getTime() - now) / 1000));
}

function spoken(seconds: number): string {
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'narrow' });
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(seconds, 'second');
}

/** A duration in the two largest units: `3 h 12 min`. */
export function duration(seconds: number): string {
  const [h, min, s] = language.value === 'ko' ? ['시간', '분', '초'] : [' h', ' min', ' s'];
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor((seconds % 3600) / 60),
    Math.floor(seconds % 60),
  ];
  if (hours >= 48) return `${number(hours)}${h}`;
  if (hours > 0) return `${hours}${h} ${minutes}${min}`;
  return minutes > 0 ? `${minutes}${min} ${rest}${s}` : `${rest}${s}`;
}

/** The time between two moments of one attempt: `+12 ms`. */
export function after(start: string, at: string): string {
  const ms = new Date(at).getTime() - new Date(start).getTime();
  return ms < 10_000 ? `+${number(ms)} ms` : `+${duration(ms / 1000)}`;
}
