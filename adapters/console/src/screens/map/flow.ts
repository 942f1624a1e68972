// The way of each type of event: from its stream, over a topic where a broker is between services, to those who follow it.
import type { DeadLetter, Processor, ProcessorState } from '../../api/types';
import { EVENT_TYPES } from '../../i18n/names';
import { topicsOf } from './topics';

export interface TypeRow {
  type: string;
  group: string;
  topics: readonly string[];
  /** Those that follow the log itself. */
  followers: readonly string[];
}

/** Who follows: a processor of the log, or a handler with all the partitions that it reads. */
export interface Follower {
  name: string;
  processors: Processor[];
  topics: string[];
  state: ProcessorState;
  lagEvents: number;
  /** Why it waits; more than one reason where partitions differ. */
  waiting: string[];
}

export interface Flow {
  groups: { name: string; rows: TypeRow[] }[];
  /** The topics, each with those who read it; none without a broker. */
  topics: { name: string; followers: string[] }[];
  /** What brings messages from the log to the topics. */
  relay: Processor | undefined;
  followers: Follower[];
  /** Letters that wait, by follower and type. */
  letters: ReadonlyMap<string, number>;
}

export function flowOf(processors: readonly Processor[], letters: readonly DeadLetter[]): Flow {
  const relay = processors.find((one) => one.kind === 'RELAY');
  const followers = followersOf(processors.filter((one) => one !== relay));
  const topics = topicsReadBy(followers);
  const rows = EVENT_TYPES.map((type) => ({
    type,
    group: type.split('.')[0] ?? type,
    topics: relay || topics.length > 0 ? topicsOf(type) : [],
    followers: followers.filter((one) => one.processors.some((it) => follows(it, type))).map((one) => one.name),
  }));
  const names = [...new Set(rows.map((row) => row.group))];
  return {
    groups: names.map((name) => ({ name, rows: rows.filter((row) => row.group === name) })),
    topics: relay ? withUnread(topics, rows) : topics,
    relay,
    followers,
    letters: counted(letters),
  };
}

export function letterKey(follower: string, type: string): string {
  return `${follower} ${type}`;
}

/** Whether it stands still, or has something before it. */
export function isStuck(one: Follower): boolean {
  const blocked = one.processors.some((it) => it.parked + it.abandoned > 0);
  return one.state === 'PAUSED' || one.state === 'FAILED' || blocked;
}

/** Everybody whom an event of this type reaches, over topics too. */
export function reachedBy(flow: Flow, row: TypeRow): string[] {
  const overTopics = flow.topics.filter((topic) => row.topics.includes(topic.name)).flatMap((topic) => topic.followers);
  return [...new Set([...row.followers, ...overTopics])];
}

function follows(one: Processor, type: string): boolean {
  return one.source !== 'TOPIC' && !one.ignoredTypes.includes(type);
}

/** A processor of a topic is called `handler:topic:partition`. */
function followersOf(processors: readonly Processor[]): Follower[] {
  const byName = new Map<string, Processor[]>();
  for (const one of processors) {
    const name = one.source === 'TOPIC' ? handlerOf(one.name) : one.name;
    byName.set(name, [...(byName.get(name) ?? []), one]);
  }
  return [...byName].map(([name, all]) => ({
    name,
    processors: all,
    topics: [...new Set(all.filter((one) => one.source === 'TOPIC').map((one) => one.name.split(':')[1] ?? ''))],
    state: worst(all),
    lagEvents: all.reduce((sum, one) => sum + one.lagEvents, 0),
    waiting: [...new Set(all.map((one) => one.waiting))],
  }));
}

function handlerOf(name: string): string {
  return name.split(':')[0] ?? name;
}

function worst(processors: readonly Processor[]): ProcessorState {
  const order = ['FAILED', 'PAUSED', 'REBUILDING'] as const;
  return order.find((state) => processors.some((one) => one.state === state)) ?? 'RUNNING';
}

function topicsReadBy(followers: readonly Follower[]): Flow['topics'] {
  const names = [...new Set(followers.flatMap((one) => one.topics))];
  return names.map((name) => ({
    name,
    followers: followers.filter((one) => one.topics.includes(name)).map((one) => one.name),
  }));
}

/** Topics that this process fills and that others read. */
function withUnread(topics: Flow['topics'], rows: readonly TypeRow[]): Flow['topics'] {
  const filled = [...new Set(rows.flatMap((row) => row.topics))];
  const unread = filled.filter((name) => topics.every((topic) => topic.name !== name));
  return [...topics, ...unread.map((name) => ({ name, followers: [] }))];
}

function counted(letters: readonly DeadLetter[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const letter of letters) {
    const key = letterKey(handlerOf(letter.processor), letter.type);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
