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
//   q8_0            32       d (f16)                     4: 8 signed bytes       -
//   q4_1 (q4_0)     32       d, m (f16)                  2: 16 nibbles           -
//   q5_1 (q5_0)     32       d, m (f16)                  2: 16 nibbles           fifth bits
//   q4_k            256      d, dmin (f16); 4: 2 × (scale, min) bytes   2        -
//   q5_k            256      the same                    2                       8: fifth bits
//   q6_k            256      d (f16); 4: 4 scales (signed bytes)   3: 16 nibbles, then 32 2-bit parts   -
//
// Column c of a unit is nibble c % 8 of word c / 8, byte c % 4 of word c / 4, bit c of the fifth bits, and bits
// 2 (c % 16) of word c / 16 of the 2-bit parts. q4_0 and q5_0 are stored as q4_1 and q5_1 with m = -8 d, -16 d.
//
// unit_load() reads a unit, unit_value() gives column c (a compile-time constant) of it.

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

struct Unit {
  uvec2 pairs[PAIRS];
  uint tail;
  float d, m; // value = d q + m; q6_k: d of the first 16 columns, m of the others
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
  u.d = 1.0;
  u.m = 0.0;
#if defined(QUANT_Q4_1) || defined(QUANT_Q5_1)
  vec2 dm = unpackHalf2x16(weights.at[head]);
  u.d = dm.x;
  u.m = dm.y;
#elif defined(QUANT_Q8_0)
  u.d = unpackHalf2x16(weights.at[head]).x;
#elif defined(QUANT_Q4_K) || defined(QUANT_Q5_K)
  vec2 dm = unpackHalf2x16(weights.at[head]);
  uint scales = weights.at[head + (1 + part / 2) * ROW_TILE] >> (16 * (part & 1));
  u.d = dm.x * float(int(scales & 0xffu));
  u.m = -dm.y * float(int((scales >> 8) & 0xffu));
#elif defined(QUANT_Q6_K)
  float d = unpackHalf2x16(weights.at[head]).x;
  uint scales = weights.at[head + (1 + part / 2) * ROW_TILE] >> (16 * (part & 1));
  u.d = d * float(bitfieldExtract(int(scales), 0, 8));
  u.m = d * float(bitfieldExtract(int(scales), 8, 8));
#endif
  return u;
}

uint unit_word(const Unit u, uint w) { return (w & 1) == 0 ? u.pairs[w / 2].x : u.pairs[w / 2].y; }

// The nibble of column c, in place: its bits stand for q * nibble_scale(c). The top one would meet the
// sign of a signed conversion, which is the cheaper one, and is shifted down.
int unit_nibble(const Unit u, uint c) {
  uint word = unit_word(u, c / 8), shift = 4 * (c % 8);
  return shift == 28 ? int(word >> 28) : int(word & (0xfu << shift));
}
float nibble_scale(uint c) { return c % 8 == 7 ? 1.0 : 1.0 / float(1u << (4 * (c % 8))); }

float unit_value(const Unit u, uint c) {
#if defined(QUANT_F32)
  return uintBitsToFloat(unit_word(u, c));
#elif defined(QUANT_F16)
  vec2 two = unpackHalf2x16(unit_word(u, c / 2));
  return (c & 1) == 0 ? two.x : two.y;
#elif defined(QUANT_BF16)
  uint word = unit_word(u, c / 2);
  return uintBitsToFloat((c & 1) == 0 ? word << 16 : word & 0xffff0000u);
#elif defined(QUANT_Q8_0)
  return u.d * float(bitfieldExtract(int(unit_word(u, c / 4)), int(8 * (c % 4)), 8));
#elif defined(QUANT_Q4_1) || defined(QUANT_Q4_K)
  return fma(u.d * nibble_scale(c), float(unit_nibble(u, c)), u.m);
#elif defined(QUANT_Q5_1) || defined(QUANT_Q5_K)
  uint nibble = bitfieldExtract(unit_word(u, c / 8), int(4 * (c % 8)), 4);
  uint fifth = bitfieldExtract(u.tail, int(c), 1);
  return fma(u.d, float(int(nibble | (fifth << 4))), u.m);
#elif defined(QUANT_Q6_K)
  uint nibble = bitfieldExtract(unit_word(u, c / 8), int(4 * (c % 8)), 4);
  uint high = bitfieldExtract(unit_word(u, 4 + c / 16), int(2 * (c % 16)), 2);
  return (c < 16 ? u.d : u.m) * float(int(nibble | (high << 4)) - 32);
#endif
}
