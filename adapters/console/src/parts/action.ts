// A command that a button or a form sends: one at a time, under one key, with what became of it.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { CommandKey } from '../api/command_key';
import { act, Refused, type Command } from '../api/request';

export interface Action {
  isBusy: boolean;
  refusal: Refused | undefined;
  /** Sends it; the answer, or nothing when it was refused. */
  run: <T>(command: Command) => Promise<T | undefined>;
  forget: () => void;
}

export function useAction(): Action {
  const key = useRef(new CommandKey());
  const isBusy = useSignal(false);
  const refusal = useSignal<Refused | undefined>(undefined);

  async function run<T>(command: Command): Promise<T | undefined> {
    if (isBusy.value) return undefined;
    isBusy.value = true;
    refusal.value = undefined;
    try {
      const answer = await act<T>(command, key.current.of(JSON.stringify(command)));
      key.current.used();
      return answer;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusal.value = error;
      return undefined;
    } finally {
      isBusy.value = false;
    }
  }

  return {
    isBusy: isBusy.value,
    refusal: refusal.value,
    run,
    forget: () => {
      refusal.value = undefined;
    },
  };
}
