// Where exactly two values differ: the service names the member of a state that changed, which may be a long list.
import type { Json } from '../../api/types';

export interface Leaf {
  path: string;
  /** Left out where there was nothing before, or is nothing any more. */
  before: Json | undefined;
  after: Json | undefined;
}

export function leaves(path: string, before: Json | undefined, after: Json | undefined): Leaf[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [old, now] = [members(before), members(after)];
  if (!old || !now || Array.isArray(before) !== Array.isArray(after)) return [{ path, before, after }];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names.flatMap((name) => leaves(`${path}/${name}`, old[name], now[name]));
}

/** The members of an object or a list by their names; nothing of a plain value. */
function members(value: Json | undefined): Record<string, Json> | undefined {
  if (Array.isArray(value)) return Object.fromEntries(value.map((one, at) => [at, one]));
  return value !== null && typeof value === 'object' ? value : undefined;
}
