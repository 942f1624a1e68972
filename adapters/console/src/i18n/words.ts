// Texts in both languages, side by side: none can be missing in one of them.
import { language } from './language';

export type Pair = readonly [en: string, ko: string];
export type Values = Record<string, string | number>;

/** A table of texts as a function of its keys; `{name}` in a text stands for a value. */
export function words<K extends string>(table: Record<K, Pair>): (key: K, values?: Values) => string {
  return (key, values) => fill(table[key], values);
}

/** A text of a table whose keys come from the service: an unknown one stands for itself. */
export function named(table: Record<string, Pair>, key: string): string {
  const pair = Object.hasOwn(table, key) ? table[key] : undefined;
  return pair ? fill(pair) : key;
}

function fill(pair: Pair, values: Values = {}): string {
  const text = language.value === 'ko' ? pair[1] : pair[0];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
