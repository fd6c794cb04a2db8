/** What an e-mail is compared by: without case, without surrounding space, one form of each letter (NFC). */
export function emailKey(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}
