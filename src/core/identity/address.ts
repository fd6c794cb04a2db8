/** What looks like an e-mail address. Looser than for new users: the first root administrator may be `root@localhost`. */
export const addressPattern: RegExp = /^(?=.{3,254}$)[^@\s]+@[^@\s]+$/;
