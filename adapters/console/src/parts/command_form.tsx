// A form that sends one command, with what the service says about its fields beside them.
import type { ComponentChildren } from 'preact';
import type { Command } from '../api/request';
import { useAction } from './action';
import type { Fields } from './confirm';
import { FieldErrors } from './field';
import { Refusal } from './refusal';
import { common } from './texts';

interface Props<T> {
  submit: string;
  label?: string;
  command: (fields: Fields) => Command;
  done: (answer: T, fields: Fields) => void;
  children?: ComponentChildren;
  /** The fields stand in one line with the button. */
  isInline?: boolean;
  isPrimary?: boolean;
}

export function CommandForm<T>(props: Props<T>) {
  const action = useAction();
  const errors = new Map(action.refusal?.problem.errors?.map((error) => [error.field, error.message]));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = fieldsOf(form);
    const answer = await action.run<T>(props.command(fields));
    if (answer === undefined) return;
    form.reset();
    props.done(answer, fields);
  };
  return (
    <form
      class={props.isInline ? 'inline-form' : 'stack'}
      aria-label={props.label}
      onSubmit={(event) => void submit(event)}
    >
      <FieldErrors.Provider value={errors}>{props.children}</FieldErrors.Provider>
      <div class="buttons">
        <button type="submit" class={props.isPrimary === false ? '' : 'primary'} disabled={action.isBusy}>
          {action.isBusy ? common('working') : props.submit}
        </button>
      </div>
      {action.refusal && <Refusal of={action.refusal} />}
    </form>
  );
}

export function fieldsOf(form: HTMLFormElement): Fields {
  const values = new FormData(form);
  const value = (name: string) => String(values.get(name) ?? '').trim();
  return { value, reason: value('reason') };
}
