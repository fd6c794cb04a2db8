import { type InitPlan, planInit } from "#settings/change/init-files.ts";
import { valueText } from "#settings/describe/explanation.ts";
import type { LoadInput } from "#settings/loaded.ts";

/** What `init` is about to write: the choice of files, and values by dotted key. Each change makes a new one. */
export class Draft {
  readonly input: LoadInput;
  readonly values: Readonly<Record<string, string>>;
  readonly force: boolean;
  #plan: InitPlan | undefined;

  constructor(input: LoadInput, values: Readonly<Record<string, string>>, force: boolean) {
    this.input = input;
    this.values = values;
    this.force = force;
  }

  /** With these values written whatever is in force. */
  with(values: Readonly<Record<string, string>>): Draft {
    return new Draft(this.input, { ...this.values, ...values }, this.force);
  }

  /** With these values where no other is written already. */
  withDefaults(values: Readonly<Record<string, string>>): Draft {
    const fresh = Object.entries(values).filter(([key]) => !Object.hasOwn(this.values, key));
    return this.with(Object.fromEntries(fresh));
  }

  /** With this value, unless the key has it anyway. */
  withAnswer(key: string, value: string): Draft {
    return this.valueOf(key) === value ? this : this.with({ [key]: value });
  }

  /** For another profile or environment. */
  choosing(choice: Pick<LoadInput, "profileFlag" | "envFlag">): Draft {
    return new Draft({ ...this.input, ...choice }, this.values, this.force);
  }

  /** The files and settings that it makes; throws as `planInit` does. */
  get plan(): InitPlan {
    this.#plan ??= planInit(this.input, this.values, this.force);
    return this.#plan;
  }

  /** What a key would have in force, as text; empty when unset. */
  valueOf(key: string): string {
    return valueText(this.plan.loaded.values.find((value) => value.key === key)?.value);
  }

  /** Whether any layer has the key. */
  has(key: string): boolean {
    return this.plan.loaded.values.some((value) => value.key === key);
  }
}
