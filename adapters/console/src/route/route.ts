// Where the reader is: `#/screen/thing?filter=value`. The service sees none of it.
import { computed, signal } from '@preact/signals';

export interface Route {
  /** The screen, then what is looked at there. */
  path: string[];
  query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const route = computed<Route>(() => {
  const [path = '', query = ''] = hash.value.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) };
});

/** The address of a screen, or of something on it. */
export function link(path: readonly (string | number)[], query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}${text ? `?${text}` : ''}`;
}

export function go(to: string): void {
  location.hash = to;
}

/** Goes there without a step that the browser's back would take: for what changes many times a second. */
export function replace(to: string): void {
  history.replaceState(null, '', to);
  hash.value = location.hash;
}

/** Changes filters in the address; the cursor belongs to the old ones and is dropped. */
export function filter(changed: Record<string, string | undefined>, how: (to: string) => void = go): void {
  const query = Object.fromEntries(route.value.query);
  delete query['cursor'];
  how(link(route.value.path, { ...query, ...changed }));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
