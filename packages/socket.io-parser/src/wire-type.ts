/** The digit of each type of packet on the wire (Socket.IO v5, "Packet types"); 5 and 6 are 2 and 3 with attachments. */
export const WIRE_TYPES: {
  readonly connect: 0;
  readonly disconnect: 1;
  readonly event: 2;
  readonly ack: 3;
  readonly connect_error: 4;
} = { connect: 0, disconnect: 1, event: 2, ack: 3, connect_error: 4 };

/** Distance from the type of a packet to that of the same packet with attachments. */
export const BINARY_OFFSET: number = 3;
