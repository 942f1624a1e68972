// A resource as it stands: loading, failed, empty, or what was found.
import type { ComponentChildren } from 'preact';
import type { Resource } from '../live/resource';
import { Refusal } from './refusal';
import { common } from './texts';

interface Props<T> {
  of: Resource<T>;
  /** Whether there is nothing in it, and what is said then. */
  isEmpty?: (value: T) => boolean;
  empty?: ComponentChildren;
  children: (value: T) => ComponentChildren;
}

export function Shown<T>({ of: resource, isEmpty, empty, children }: Props<T>) {
  const { value, refusal, reload } = resource;
  if (value === undefined) {
    return refusal ? <Refusal of={refusal} retry={() => void reload()} /> : <Loading />;
  }
  return (
    <>
      {refusal && (
        <p class="stale" role="status">
          {common('stale')}: {refusal.problem.detail}
        </p>
      )}
      {isEmpty?.(value) ? <Empty>{empty}</Empty> : children(value)}
    </>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {common('loading')}
    </p>
  );
}

export function Empty({ children }: { children?: ComponentChildren }) {
  return <div class="empty">{children ?? common('nothing')}</div>;
}
