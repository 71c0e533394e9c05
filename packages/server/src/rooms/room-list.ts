/** Takes one room or a list of them. Only arrays are lists; in plain JavaScript any value names a room, such as a number. */
export function roomList(rooms: string | string[]): string[] {
  return Array.isArray(rooms) ? rooms : [rooms];
}
