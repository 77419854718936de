/** Returns a reason of the server, which begins with a small letter and has no full stop, as a sentence. */
export function sentence(reason: string): string {
  const begun = reason.charAt(0).toLocaleUpperCase() + reason.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
