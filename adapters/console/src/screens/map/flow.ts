// The way of each type of event: from its stream, by its topic where there is one, to the processors that follow it.
import type { DeadLetter, Processor } from '../../api/types';
import { EVENT_TYPES } from '../../i18n/names';

export interface TypeRow {
  type: string;
  group: string;
  /** The topic that its message goes over, where a broker is between services. */
  topic: string | undefined;
  followers: string[];
}

export interface Flow {
  groups: { name: string; rows: TypeRow[] }[];
  processors: Processor[];
  /** Letters that wait, by processor and type. */
  letters: ReadonlyMap<string, number>;
}

/** Topics of messages, as docs/EVENTS.md lists them. */
const TOPICS: Record<string, string> = {
  'rental-card.item-rented': 'rental_rent',
  'rental-card.item-returned': 'rental_return',
  'rental-card.clearing-requested': 'overdue_clear',
  'rental-card.undo-requested': 'rent_cancel, return_cancel, point_use',
  'rental-card.rent-cancelled': 'rental_uncount',
  'book.book-entered': 'book_catalogue',
  'book.book-made-available': 'book_catalogue',
  'book.book-withdrawn': 'book_catalogue',
};

export function flowOf(processors: readonly Processor[], letters: readonly DeadLetter[]): Flow {
  const hasTopics = processors.some((one) => one.kind === 'RELAY' || one.source === 'TOPIC');
  const rows = EVENT_TYPES.map((type) => ({
    type,
    group: type.split('.')[0] ?? type,
    topic: hasTopics ? TOPICS[type] : undefined,
    followers: processors.filter((one) => !one.ignoredTypes.includes(type)).map((one) => one.name),
  }));
  const names = [...new Set(rows.map((row) => row.group))];
  const counts = new Map<string, number>();
  for (const letter of letters) {
    const key = letterKey(letter.processor, letter.type);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return {
    groups: names.map((name) => ({ name, rows: rows.filter((row) => row.group === name) })),
    processors: [...processors],
    letters: counts,
  };
}

export function letterKey(processor: string, type: string): string {
  return `${processor} ${type}`;
}

/** Whether a processor stands still or has something before it. */
export function isStuck(one: Processor): boolean {
  return one.state === 'PAUSED' || one.state === 'FAILED' || one.parked + one.abandoned > 0;
}
