/** First bytes of the MessagePack format; the ranges of the short forms are given by their start. */
export const Tag: {
  readonly FIXMAP: number;
  readonly FIXARRAY: number;
  readonly FIXSTR: number;
  readonly NIL: number;
  readonly FALSE: number;
  readonly TRUE: number;
  readonly BIN8: number;
  readonly EXT8: number;
  readonly FLOAT32: number;
  readonly FLOAT64: number;
  readonly UINT8: number;
  readonly UINT64: number;
  readonly INT8: number;
  readonly INT64: number;
  readonly FIXEXT1: number;
  readonly FIXEXT8: number;
  readonly FIXEXT16: number;
  readonly STR8: number;
  readonly ARRAY16: number;
  readonly MAP16: number;
  readonly NEGATIVE: number;
} = {
  FIXMAP: 0x80,
  FIXARRAY: 0x90,
  FIXSTR: 0xa0,
  NIL: 0xc0,
  FALSE: 0xc2,
  TRUE: 0xc3,
  BIN8: 0xc4,
  EXT8: 0xc7,
  FLOAT32: 0xca,
  FLOAT64: 0xcb,
  UINT8: 0xcc,
  UINT64: 0xcf,
  INT8: 0xd0,
  INT64: 0xd3,
  FIXEXT1: 0xd4,
  FIXEXT8: 0xd7,
  FIXEXT16: 0xd8,
  STR8: 0xd9,
  ARRAY16: 0xdc,
  MAP16: 0xde,
  NEGATIVE: 0xe0,
};

/** Type of the extensions that stand for `undefined`, dates and buffers: JavaScript's own, as `notepack.io` chose it. */
export const JAVASCRIPT_EXTENSION = 0;
