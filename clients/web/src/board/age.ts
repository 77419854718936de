/** Returns an age for a narrow column: `<1 s`, `42 s`, `3 min`, `2 h`, `5 d`. */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 1) {
    return "<1 s";
  }
  if (seconds < 100) {
    return `${String(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) {
    return `${String(minutes)} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${String(hours)} h` : `${String(Math.floor(hours / 24))} d`;
}
