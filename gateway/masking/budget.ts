/** A hostile text made one rule work too often; the message is withheld. */
export class BudgetExceeded extends Error {}
