/** Why a bot cannot answer at all; the message says what to do and is shown to the person who asked. */
export class ModelUnavailable extends Error {
  readonly code: 'model_missing' | 'key_missing' | 'provider_missing';

  constructor(code: ModelUnavailable['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ModelUnavailable';
    this.code = code;
  }
}
