/** Nothing may be released: what a server offers could not be compared with what is allowed. Quotes no message. */
export class ScreeningFailed extends Error {}
