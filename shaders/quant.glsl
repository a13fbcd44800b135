// Unpacking of the weight types: 32 columns (a unit) of one row at a time.
//
// Weights lie in tiles of ROW_TILE rows (src/engine/mill-repack.h). Within a tile blocks of columns
// follow each other; a block is HEAD single words, then PAIRS pairs of words, then TAIL single words.
// A single word w of the rows of a tile stands at [w][row], a pair at [pair][row][2], so that the lanes
// of a subgroup, a row each, read what lies side by side.
//
//   type            columns  head                        pairs (per unit)        tail
//   f32             32       -                           16: 2 values            -
//   f16, bf16       32       -                           8: 4 values             -
//   q8_0            32       d (f16)                     4: 8 bytes              -
//   q4_1 (q4_0)     32       d, m (f16)                  2: 16 nibbles           -
//   q5_1 (q5_0)     32       d, m (f16)                  2: 16 nibbles           fifth bits
//   q4_k            256      d, dmin (f16); 4: 2 × (scale, min) bytes   2        -
//   q5_k            256      the same                    2                       8: fifth bits
//   q6_k            256      d (f16); 4: 4 scales (signed bytes)   3: 16 nibbles, then 32 2-bit parts   -
//
// Column c of a unit is nibble c % 8 of word c / 8, byte c % 4 of word c / 4, bit c of the fifth bits, and bits
// 2 (c % 16) of word c / 16 of the 2-bit parts. q4_0 and q5_0 are stored as q4_1 and q5_1 with m = -8 d, -16 d.
//
// Bytes of q8_0 are stored with 128 added.
//
// unit_load() reads a unit. Column c (a compile-time constant) of it is d raw + m, where unit_raw() of a quantised
// type is the bits of q at the top of the mantissa of a number in [1, 2): one shift and one mask, and no conversion
// from integers. That rounds to 2^-23 of the largest weight of the block at worst.

#if defined(QUANT_F32)
const uint COLUMNS = 32, HEAD = 0, PAIRS = 16, TAIL = 0;
#elif defined(QUANT_F16) || defined(QUANT_BF16)
const uint COLUMNS = 32, HEAD = 0, PAIRS = 8, TAIL = 0;
#elif defined(QUANT_Q8_0)
const uint COLUMNS = 32, HEAD = 1, PAIRS = 4, TAIL = 0;
#elif defined(QUANT_Q4_1)
const uint COLUMNS = 32, HEAD = 1, PAIRS = 2, TAIL = 0;
#elif defined(QUANT_Q5_1)
const uint COLUMNS = 32, HEAD = 1, PAIRS = 2, TAIL = 1;
#elif defined(QUANT_Q4_K)
const uint COLUMNS = 256, HEAD = 5, PAIRS = 2, TAIL = 0;
#elif defined(QUANT_Q5_K)
const uint COLUMNS = 256, HEAD = 5, PAIRS = 2, TAIL = 1;
#elif defined(QUANT_Q6_K)
const uint COLUMNS = 256, HEAD = 5, PAIRS = 3, TAIL = 0;
#endif

const uint UNITS = COLUMNS / 32;
const uint BLOCK_WORDS = HEAD + UNITS * (2 * PAIRS + TAIL);

const uint SCALES = COLUMNS == 256 && PAIRS == 3 ? 2 : 1; // a unit's d and m: q6_k has them for 16 columns each
const bool PLAIN = PAIRS >= 8;                            // numbers in themselves: d = 1, m = 0

struct Unit {
  uvec2 pairs[PAIRS];
  uint tail;
  float d[SCALES], m[SCALES];
};

Unit unit_load(Words weights, uint tile, uint n_blocks, uint unit, uint row) {
  Unit u;
  uint block = unit / UNITS, part = unit % UNITS;
  uint base = (tile * n_blocks + block) * (BLOCK_WORDS * ROW_TILE);
  uint head = base + row;
  uint pairs = base / 2 + (HEAD * ROW_TILE) / 2 + part * PAIRS * ROW_TILE + row;
  [[unroll]] for (uint i = 0; i < PAIRS; i++)
    u.pairs[i] = LOAD_PAIR(weights, pairs + i * ROW_TILE);
  u.tail = 0;
  if (TAIL > 0)
    u.tail = weights.at[base + (HEAD + UNITS * 2 * PAIRS + part) * ROW_TILE + row];
  u.d[0] = 1.0;
  u.m[0] = 0.0;
#if defined(QUANT_Q4_1) || defined(QUANT_Q5_1)
  vec2 dm = unpackHalf2x16(weights.at[head]);
  u.d[0] = (TAIL > 0 ? 32.0 : 16.0) * dm.x;
  u.m[0] = dm.y - u.d[0];
#elif defined(QUANT_Q8_0)
  float d = unpackHalf2x16(weights.at[head]).x;
  u.d[0] = 256.0 * d;
  u.m[0] = -384.0 * d;
#elif defined(QUANT_Q4_K) || defined(QUANT_Q5_K)
  vec2 dm = unpackHalf2x16(weights.at[head]);
  uint scales = weights.at[head + (1 + part / 2) * ROW_TILE] >> (16 * (part & 1));
  u.d[0] = (TAIL > 0 ? 32.0 : 16.0) * dm.x * float(int(scales & 0xffu));
  u.m[0] = -dm.y * float(int((scales >> 8) & 0xffu)) - u.d[0];
#elif defined(QUANT_Q6_K)
  float d = unpackHalf2x16(weights.at[head]).x;
  uint scales = weights.at[head + (1 + part / 2) * ROW_TILE] >> (16 * (part & 1));
  [[unroll]] for (uint i = 0; i < 2; i++) {
    float ds = d * float(int(scales << (24 - 8 * i)) >> 24);
    u.d[i] = 64.0 * ds;
    u.m[i] = -96.0 * ds;
  }
#endif
  return u;
}

uint unit_word(const Unit u, uint w) { return (w & 1) == 0 ? u.pairs[w / 2].x : u.pairs[w / 2].y; }

// `n` bits of `word` from bit `from` on, moved so that they begin at bit `to`.
uint moved_bits(uint word, uint from, uint to, uint n) {
  uint w = to >= from ? word << (to - from) : word >> (from - to);
  return w & (((1u << n) - 1) << to);
}

float unit_raw(const Unit u, uint c) {
#if defined(QUANT_F32)
  return uintBitsToFloat(unit_word(u, c));
#elif defined(QUANT_F16)
  vec2 two = unpackHalf2x16(unit_word(u, c / 2));
  return (c & 1) == 0 ? two.x : two.y;
#elif defined(QUANT_BF16)
  uint word = unit_word(u, c / 2);
  return uintBitsToFloat((c & 1) == 0 ? word << 16 : word & 0xffff0000u);
#else
  uint one = 0x3f800000u;
#if defined(QUANT_Q8_0)
  one |= moved_bits(unit_word(u, c / 4), 8 * (c % 4), 15, 8);
#elif defined(QUANT_Q4_1) || defined(QUANT_Q4_K)
  one |= moved_bits(unit_word(u, c / 8), 4 * (c % 8), 19, 4);
#elif defined(QUANT_Q5_1) || defined(QUANT_Q5_K)
  one |= moved_bits(unit_word(u, c / 8), 4 * (c % 8), 18, 4);
  one |= moved_bits(u.tail, c, 22, 1);
#elif defined(QUANT_Q6_K)
  one |= moved_bits(unit_word(u, c / 8), 4 * (c % 8), 17, 4);
  one |= moved_bits(unit_word(u, 4 + c / 16), 2 * (c % 16), 21, 2);
#endif
  return uintBitsToFloat(one);
#endif
}

float unit_value(const Unit u, uint c) {
  const uint s = c / (32 / SCALES);
  return PLAIN ? unit_raw(u, c) : fma(u.d[s], unit_raw(u, c), u.m[s]);
}
