/** What e-mails and names of teams are compared by: no case, no surrounding space, one form of each letter (NFC). */
export function nameKey(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}
