/** What only Google can read: files of its own API, of its storage, and YouTube, which it watches itself. */
export function isGoogles(uri: string): boolean {
  return /^(gs:\/\/|files\/|https:\/\/generativelanguage\.googleapis\.com\/)/i.test(uri) || isFilm(uri);
}

/** Whether a uri names a film on YouTube. */
export function isFilm(uri: string): boolean {
  return /^https?:\/\/((www|m)\.)?(youtube\.com|youtu\.be)\//i.test(uri);
}
