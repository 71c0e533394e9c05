/** A worker's channel, as far as sending is concerned. */
export interface Channel<Connection> {
  send(
    message: object,
    connection: Connection | undefined,
    options: { readonly keepOpen: boolean },
    onSent: (error: Error | null) => void,
  ): unknown;
}

/**
 * Sends a message, possibly with a connection, which stays open here, too, until it is ended: channels that end forget connections
 * that are on their way, as they are. A worker that is gone is told nothing, as its exit is on its way; but its connection must not
 * stay open where nobody reads it.
 */
export function transmit<Connection extends { destroy(): unknown }>(
  worker: Channel<Connection> | undefined,
  message: object,
  connection?: Connection,
): void {
  if (worker === undefined) connection?.destroy();
  else
    worker.send(message, connection, { keepOpen: true }, (error) => {
      if (error !== null) connection?.destroy();
    });
}
