// How long what nobody edits lives on: infrastructure sets these, the proof of an erasure names them.

/** Days for which the bus's archive keeps every event. */
export const archiveDays = 30;

/** Days back to which the table can be restored: DynamoDB's own longest, when nothing else is asked for. */
export const backupDays = 35;

/** Days for which a queue keeps a message that nobody took. */
export const queueDays = 4;

/** Days for which a dead-letter queue keeps what crashed its consumer. */
export const deadLetterQueueDays = 14;

/** Hours for which the table's stream keeps a change, and for which an answer under an Idempotency-Key is kept, sealed. */
export const streamHours = 24;
export const idempotencyHours = 24;

/** Days for which the event that hands a dead letter over stays in the table after it was said. */
export const handOverDays = 2;

/** Days for which logs are kept in the stage that keeps them longest. They hold ids, not persons. */
export const logDays = 90;
