// Unpacking of the weight types.
//
// Weights lie in tiles of ROW_TILE rows (src/engine/mill-repack.h). Within a tile blocks of COLUMNS columns follow
// each other; a block is SINGLES single words, then pairs of words, PAIRS for each part of 64 columns. Single word
// w of the rows of a tile stands at [w][row], a pair at [pair][row][2], so that the lanes of a subgroup, a row
// each, read what lies side by side. Rows and columns past the end are zeros.
//
//   type       columns  singles                           pairs of a part
//   f32        64                                         32: 2 values
//   f16, bf16  64                                         16: 4 values
//   q8_0       64       d, d (f16) of the 2 units         8: 8 bytes, with 128 added
//   q4_0       64       d, d                              4: 16 nibbles
//   q4_1       64                                         (d, m) × 2 (f16); 4: 16 nibbles
//   q5_0       64       d, d                              fifth bits × 2; 4: 16 nibbles
//   q5_1       64                                         (d, m) × 2; fifth bits × 2; 4: 16 nibbles
//   q4_k       256      d, dmin (f16); 4: 2 × (scale, min) bytes  4: 16 nibbles
//   q5_k       256      the same                          fifth bits × 2; 4: 16 nibbles
//   q6_k       256      d (f16); 4: 4 scales (signed bytes)   2 × (2: 16 nibbles; 32 2-bit parts)
//
// A unit is 32 columns. Column c of a unit is nibble c % 8 of its word c / 8, byte c % 4 of word c / 4, bit c of the fifth
// bits, and bits 2 (c % 16) of word c / 16 of the 2-bit parts.
//
// unit_load() reads a unit, part_load() the two of a part with fewer loads. Column c (a compile-time constant) of a
// unit is d raw + m, where unit_raw() of a quantised type is the bits of q at the top of the mantissa of a number
// in [1, 2): a shift and a mask, and no conversion from integers. That rounds to 2^-22 of the largest weight of the unit at worst.

#if defined(QUANT_F32)
const uint COLUMNS = 64, SINGLES = 0, PAIRS = 32, FIRST = 0, WORDS = 32;
#elif defined(QUANT_F16) || defined(QUANT_BF16)
const uint COLUMNS = 64, SINGLES = 0, PAIRS = 16, FIRST = 0, WORDS = 16;
#elif defined(QUANT_Q8_0)
const uint COLUMNS = 64, SINGLES = 1, PAIRS = 8, FIRST = 0, WORDS = 8;
#elif defined(QUANT_Q4_0)
const uint COLUMNS = 64, SINGLES = 1, PAIRS = 4, FIRST = 0, WORDS = 4;
#elif defined(QUANT_Q4_1)
const uint COLUMNS = 64, SINGLES = 0, PAIRS = 5, FIRST = 1, WORDS = 4;
#define MINIMA
#elif defined(QUANT_Q5_0)
const uint COLUMNS = 64, SINGLES = 1, PAIRS = 5, FIRST = 1, WORDS = 4;
#define FIFTH 0
#elif defined(QUANT_Q5_1)
const uint COLUMNS = 64, SINGLES = 0, PAIRS = 6, FIRST = 2, WORDS = 4;
#define MINIMA
#define FIFTH 1
#elif defined(QUANT_Q4_K)
const uint COLUMNS = 256, SINGLES = 5, PAIRS = 4, FIRST = 0, WORDS = 4;
#elif defined(QUANT_Q5_K)
const uint COLUMNS = 256, SINGLES = 5, PAIRS = 5, FIRST = 1, WORDS = 4;
#define FIFTH 0
#elif defined(QUANT_Q6_K)
const uint COLUMNS = 256, SINGLES = 5, PAIRS = 6, FIRST = 0, WORDS = 6;
#endif

// FIRST: pairs of a part before those of its first unit; WORDS: of a unit, in pairs.
const uint PARTS = COLUMNS / 64;
const uint BLOCK_WORDS = SINGLES + PARTS * 2 * PAIRS;

#if defined(QUANT_F32) || defined(QUANT_F16) || defined(QUANT_BF16)
#define PLAIN true // numbers in themselves: d = 1, m = 0
#else
#define PLAIN false
#endif
#if defined(QUANT_Q6_K)
const uint SCALES = 2; // d and m for 16 columns each
#else
const uint SCALES = 1;
#endif

struct Unit {
  uint words[WORDS];
  uint fifth;
  float d[SCALES], m[SCALES];
};

// Where a row of a block is: word indices.
struct Block {
  uint singles, pairs;
};

Block block_at(uint tile, uint n_blocks, uint block, uint part, uint row) {
  uint base = (tile * n_blocks + block) * (BLOCK_WORDS * ROW_TILE);
  return Block(base + row, base + (SINGLES + part * PAIRS * 2) * ROW_TILE + 2 * row);
}

uvec2 block_pair(Words weights, const Block b, uint pair) {
  return LOAD_PAIR(weights, b.pairs / 2 + pair * ROW_TILE);
}

// A word of a pair of which only that is wanted.
uint block_half(Words weights, const Block b, uint pair, uint half_) {
  return weights.at[b.pairs + pair * (2 * ROW_TILE) + half_];
}

uint block_single(Words weights, const Block b, uint i) { return weights.at[b.singles + i * ROW_TILE]; }

// d and m of unit `half_` of a part, from the words that hold them.
void unit_scale(inout Unit u, uint word, uint scales, uint half_) {
#if defined(FIFTH)
  const float one = 32.0;
#else
  const float one = 16.0;
#endif
  u.d[0] = 1.0;
  u.m[0] = 0.0;
#if defined(MINIMA)
  vec2 dm = unpackHalf2x16(word);
  u.d[0] = one * dm.x;
  u.m[0] = dm.y - u.d[0];
#elif defined(QUANT_Q4_0) || defined(QUANT_Q5_0)
  float d = unpackHalf2x16(word >> (16 * half_)).x;
  u.d[0] = one * d;
  u.m[0] = -1.5 * u.d[0];
#elif defined(QUANT_Q8_0)
  float d = unpackHalf2x16(word >> (16 * half_)).x;
  u.d[0] = 256.0 * d;
  u.m[0] = -384.0 * d;
#elif defined(QUANT_Q4_K) || defined(QUANT_Q5_K)
  vec2 dm = unpackHalf2x16(word);
  scales >>= 16 * half_;
  u.d[0] = one * dm.x * float(int(scales & 0xffu));
  u.m[0] = -dm.y * float(int((scales >> 8) & 0xffu)) - u.d[0];
#elif defined(QUANT_Q6_K)
  float d = unpackHalf2x16(word).x;
  scales >>= 16 * half_;
  [[unroll]] for (uint i = 0; i < 2; i++) {
    float ds = d * float(int(scales << (24 - 8 * i)) >> 24);
    u.d[i] = 64.0 * ds;
    u.m[i] = -96.0 * ds;
  }
#endif
}

void unit_words(inout Unit u, Words weights, const Block b, uint half_) {
  [[unroll]] for (uint i = 0; i < WORDS / 2; i++) {
    uvec2 two = block_pair(weights, b, FIRST + half_ * (WORDS / 2) + i);
    u.words[2 * i] = two.x;
    u.words[2 * i + 1] = two.y;
  }
}

Unit unit_load(Words weights, uint tile, uint n_blocks, uint unit, uint row) {
  const uint sub = unit % (2 * PARTS), part = sub / 2, half_ = sub & 1;
  const Block b = block_at(tile, n_blocks, unit / (2 * PARTS), part, row);
  Unit u;
  unit_words(u, weights, b, half_);
#if defined(FIFTH)
  u.fifth = block_half(weights, b, FIFTH, half_);
#endif
#if defined(MINIMA)
  unit_scale(u, block_half(weights, b, 0, half_), 0, half_);
#else
  unit_scale(u, PLAIN ? 0 : block_single(weights, b, 0), PARTS == 4 ? block_single(weights, b, 1 + part) : 0, half_);
#endif
  return u;
}

// Both units of part `part` of a row.
void part_load(Words weights, uint tile, uint n_blocks, uint part, uint row, out Unit units[2]) {
  const Block b = block_at(tile, n_blocks, part / PARTS, part % PARTS, row);
#if defined(MINIMA)
  const uvec2 scale = block_pair(weights, b, 0);
#else
  const uvec2 scale = uvec2(PLAIN ? 0 : block_single(weights, b, 0));
#endif
#if defined(FIFTH)
  const uvec2 fifth = block_pair(weights, b, FIFTH);
#else
  const uvec2 fifth = uvec2(0);
#endif
  const uint scales = PARTS == 4 ? block_single(weights, b, 1 + part % PARTS) : 0;
  [[unroll]] for (uint half_ = 0; half_ < 2; half_++) {
    unit_words(units[half_], weights, b, half_);
    units[half_].fifth = fifth[half_];
    unit_scale(units[half_], scale[half_], scales, half_);
  }
}

// `n` bits of `word` from bit `from` on, moved so that they begin at bit `to`.
uint moved_bits(uint word, uint from, uint to, uint n) {
  uint w = to >= from ? word << (to - from) : word >> (from - to);
  return w & (((1u << n) - 1) << to);
}

float unit_raw(const Unit u, uint c) {
#if defined(QUANT_F32)
  return uintBitsToFloat(u.words[c]);
#elif defined(QUANT_F16)
  vec2 two = unpackHalf2x16(u.words[c / 2]);
  return (c & 1) == 0 ? two.x : two.y;
#elif defined(QUANT_BF16)
  uint word = u.words[c / 2];
  return uintBitsToFloat((c & 1) == 0 ? word << 16 : word & 0xffff0000u);
#else
  uint one = 0x3f800000u;
#if defined(QUANT_Q8_0)
  one |= moved_bits(u.words[c / 4], 8 * (c % 4), 15, 8);
#elif defined(FIFTH)
  one |= moved_bits(u.words[c / 8], 4 * (c % 8), 18, 4);
  one |= moved_bits(u.fifth, c, 22, 1);
#elif defined(QUANT_Q6_K)
  one |= moved_bits(u.words[c / 8], 4 * (c % 8), 17, 4);
  one |= moved_bits(u.words[4 + c / 16], 2 * (c % 16), 21, 2);
#else
  one |= moved_bits(u.words[c / 8], 4 * (c % 8), 19, 4);
#endif
  return uintBitsToFloat(one);
#endif
}

float unit_value(const Unit u, uint c) {
  const uint s = c / (32 / SCALES);
  return PLAIN ? unit_raw(u, c) : fma(u.d[s], unit_raw(u, c), u.m[s]);
}
