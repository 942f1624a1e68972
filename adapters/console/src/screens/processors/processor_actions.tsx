// What operators can do about a processor, each asked about first.
import { useSignal } from '@preact/signals';
import type { Processor } from '../../api/types';
import { Confirm, type Fields } from '../../parts/confirm';
import { Field } from '../../parts/field';
import { say } from './texts';

export function ProcessorActions({ of: one, done }: { of: Processor; done: () => void }) {
  const act =
    (action: string, more: (fields: Fields) => object = () => ({})) =>
    (fields: Fields) => ({
      path: `/v1/processors/${encodeURIComponent(one.name)}/${action}`,
      body: { ...(fields.reason && { reason: fields.reason }), ...more(fields) },
    });
  const { name } = one;
  const isPaused = one.state === 'PAUSED';
  const isRebuilding = one.state === 'REBUILDING' || Boolean(one.rebuild);
  return (
    <div class="buttons">
      {isPaused ? (
        <Confirm
          label={say('start')}
          icon="play"
          explain={say('startWhy', { name })}
          reason="optional"
          command={act('start')}
          done={done}
        />
      ) : (
        <Confirm
          label={say('pause')}
          icon="pause"
          explain={say('pauseWhy', { name })}
          name={name}
          reason="optional"
          command={act('pause')}
          done={done}
        />
      )}
      {one.parked + one.abandoned > 0 && (
        <Confirm
          label={say('retryAll')}
          explain={say('retryAllWhy', { name })}
          reason="optional"
          command={act('dead-letters/retry')}
          done={done}
        />
      )}
      {one.kind === 'PROJECTION' && !isRebuilding && (
        <Confirm
          label={say('rebuild')}
          explain={say('rebuildWhy')}
          name={name}
          reason="required"
          done={done}
          command={act('reset', () => ({ to: 'beginning' }))}
        />
      )}
      {one.kind !== 'PROJECTION' && (
        <Confirm
          label={say('reset')}
          explain={say('resetWhy', { name })}
          name={name}
          reason="required"
          done={done}
          command={act('reset', ({ value }) => ({ to: value('place') || value('to') }))}
        >
          <ResetPlace />
        </Confirm>
      )}
      {isRebuilding && (
        <>
          <Confirm
            label={say('finishRebuild')}
            explain={say('finishRebuildWhy')}
            name={name}
            reason="required"
            command={act('finish-rebuild')}
            done={done}
          />
          <Confirm
            label={say('cancelRebuild')}
            explain={say('cancelRebuildWhy')}
            name={name}
            reason="optional"
            command={act('cancel-rebuild')}
            done={done}
          />
        </>
      )}
    </div>
  );
}

function ResetPlace() {
  const to = useSignal('beginning');
  return (
    <>
      <label class="field">
        <span>{say('to')}</span>
        <select
          name="to"
          value={to.value}
          onChange={(event) => {
            to.value = event.currentTarget.value;
          }}
        >
          <option value="beginning">{say('beginning')}</option>
          <option value="head">{say('toHead')}</option>
          <option value="place">{say('toPosition')}</option>
        </select>
      </label>
      {to.value === 'place' && <Field name="place" label={say('place')} required placeholder="4711" />}
    </>
  );
}
