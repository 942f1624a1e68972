// A state as a text with an icon; its colour only repeats them.
import { word } from '../i18n/names';
import { Icon, type IconName } from './icon';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm';

const TONES: Record<string, readonly [Tone, IconName]> = {
  AVAILABLE: ['good', 'ok'],
  UNAVAILABLE: ['calm', 'pause'],
  ENTERED: ['calm', 'info'],
  SUSPENDED: ['bad', 'pause'],
  PENDING: ['busy', 'wait'],
  RENTED: ['good', 'ok'],
  RETURN_PENDING: ['busy', 'wait'],
  RETURNED: ['calm', 'ok'],
  STARTED: ['busy', 'wait'],
  COMPLETED: ['good', 'ok'],
  COMPENSATING: ['warn', 'undo'],
  COMPENSATED: ['calm', 'undo'],
  NEEDS_REVIEW: ['bad', 'warn'],
  RESOLVED: ['good', 'ok'],
  WAITING: ['busy', 'wait'],
  DONE: ['good', 'ok'],
  REFUSED: ['bad', 'bad'],
  UNREADABLE: ['bad', 'warn'],
  UNDOING: ['warn', 'undo'],
  UNDONE: ['calm', 'undo'],
  UNDO_REFUSED: ['bad', 'warn'],
  RUNNING: ['good', 'play'],
  PAUSED: ['warn', 'pause'],
  REBUILDING: ['busy', 'wait'],
  FAILED: ['bad', 'warn'],
  PARKED: ['warn', 'wait'],
  ABANDONED: ['bad', 'warn'],
  REJECTED: ['calm', 'bad'],
  HANDLED: ['good', 'ok'],
  IGNORED: ['calm', 'info'],
  SKIPPED: ['warn', 'bad'],
  APPLIED: ['good', 'ok'],
};

export function Status({ of: state }: { of: string }) {
  const [tone, icon] = TONES[state] ?? (['calm', 'info'] as const);
  return <Badge tone={tone} icon={icon} text={word(state)} />;
}

export function Badge({ tone, icon, text }: { tone: Tone; icon: IconName; text: string }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {text}
    </span>
  );
}

/** The tone of a state, where it colours more than its badge. */
export function toneOf(state: string): Tone {
  return TONES[state]?.[0] ?? 'calm';
}
