/** One thing that is wrong with a request. Every failing answer is an array of them. */
export interface ApiFault {
  readonly errorCode: string;
  readonly message: string;
}

export function isFaults(value: object): value is readonly ApiFault[] {
  return Array.isArray(value);
}
