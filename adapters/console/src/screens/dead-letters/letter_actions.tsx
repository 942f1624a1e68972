// Retry, edit and retry, or evict.
import type { Json, WholeLetter } from '../../api/types';
import { Confirm } from '../../parts/confirm';
import { say } from './texts';

export function LetterActions({ letter, done }: { letter: WholeLetter; done: () => void }) {
  const path = `/v1/dead-letters/${encodeURIComponent(letter.id)}`;
  const { processor, sequence } = letter;
  return (
    <div class="buttons">
      <Confirm
        label={say('retry')}
        icon="play"
        explain={say('retryWhy', { sequence })}
        reason="optional"
        done={done}
        command={({ reason }) => ({ path: `${path}/retry`, body: reason ? { reason } : {} })}
      />
      <Confirm
        label={say('edit')}
        explain={say('editWhy', { processor })}
        name={sequence}
        reason="required"
        done={done}
        isWide
        command={({ reason, value }) => ({
          path: `${path}/edit`,
          body: { payload: payloadOf(value('payload')), reason },
        })}
      >
        <label class="field">
          <span>{say('newPayload')}</span>
          <textarea
            name="payload"
            rows={14}
            spellcheck={false}
            required
            defaultValue={JSON.stringify(letter.event.data ?? {}, null, 2)}
          />
        </label>
      </Confirm>
      <Confirm
        label={say('evict')}
        explain={say('evictWhy', { processor })}
        name={sequence}
        reason="required"
        done={done}
        command={({ reason }) => ({ method: 'DELETE', path: `${path}?${new URLSearchParams({ reason }).toString()}` })}
      />
    </div>
  );
}

/** A text that is not JSON is sent as it is: the service says what is wrong with it. */
function payloadOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
