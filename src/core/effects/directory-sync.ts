/** Makes the names in a directory survive power loss: a file that is synced may still be without its name. */
export type DirectorySync = (directory: string) => void;
