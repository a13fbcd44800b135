/* mill-quant.c: sizes of GGUF's tensor types, and their unpacking.
 *
 * Block layouts as the GGUF format defines them. All numbers in a file are little-endian; q is a
 * stored integer, d and m a block's scale and minimum. */
#include "mill-quant.h"

#include <string.h>

/* Row n is type n; a gap is a number that was never used or was given up. */
static const MillQuantInfo infos[] = {
  [0] = { "F32", 1, 4 },
  [1] = { "F16", 1, 2 },
  [2] = { "Q4_0", 32, 18 },
  [3] = { "Q4_1", 32, 20 },
  [6] = { "Q5_0", 32, 22 },
  [7] = { "Q5_1", 32, 24 },
  [8] = { "Q8_0", 32, 34 },
  [9] = { "Q8_1", 32, 36 },
  [10] = { "Q2_K", 256, 84 },
  [11] = { "Q3_K", 256, 110 },
  [12] = { "Q4_K", 256, 144 },
  [13] = { "Q5_K", 256, 176 },
  [14] = { "Q6_K", 256, 210 },
  [15] = { "Q8_K", 256, 292 },
  [16] = { "IQ2_XXS", 256, 66 },
  [17] = { "IQ2_XS", 256, 74 },
  [18] = { "IQ3_XXS", 256, 98 },
  [19] = { "IQ1_S", 256, 50 },
  [20] = { "IQ4_NL", 32, 18 },
  [21] = { "IQ3_S", 256, 110 },
  [22] = { "IQ2_S", 256, 82 },
  [23] = { "IQ4_XS", 256, 136 },
  [24] = { "I8", 1, 1 },
  [25] = { "I16", 1, 2 },
  [26] = { "I32", 1, 4 },
  [27] = { "I64", 1, 8 },
  [28] = { "F64", 1, 8 },
  [29] = { "IQ1_M", 256, 56 },
  [30] = { "BF16", 1, 2 },
  [31] = { "Q4_0_4_4", 32, 18 },
  [32] = { "Q4_0_4_8", 32, 18 },
  [33] = { "Q4_0_8_8", 32, 18 },
  [34] = { "TQ1_0", 256, 54 },
  [35] = { "TQ2_0", 256, 66 },
  [36] = { "IQ4_NL_4_4", 32, 18 },
  [37] = { "IQ4_NL_4_8", 32, 18 },
  [38] = { "IQ4_NL_8_8", 32, 18 },
  [39] = { "MXFP4", 32, 17 },
  [40] = { "NVFP4", 64, 36 },
  [41] = { "Q1_0", 128, 18 },
};

const MillQuantInfo *
mill_quant_get_info (guint type)
{
  return type < G_N_ELEMENTS (infos) && infos[type].name != NULL ? &infos[type] : NULL;
}

/* A multiplication by a power of two puts the exponent right, for subnormals too. */
float
mill_half_to_float (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000) << 16, rest = half & 0x7fff;
  union { guint32 bits; float value; } out;
  if (rest >= 0x7c00)
    out.bits = 0x7f800000 | (rest & 0x3ff) << 13;
  else
    {
      out.bits = rest << 13;
      out.value *= 0x1p112f;
    }
  out.bits |= sign;
  return out.value;
}

/* Rounds to nearest, ties to even; what is too large becomes infinity. */
guint16
mill_float_to_half (float value)
{
  union { float value; guint32 bits; } in = { value };
  guint16 sign = in.bits >> 16 & 0x8000;
  guint32 rest = in.bits & 0x7fffffff;
  if (rest > 0x7f800000)
    return sign | 0x7e00;
  if (rest >= 0x477ff000)
    return sign | 0x7c00;
  if (rest < 0x38800000)
    {
      /* Subnormal: adding 0.5 moves the value's units of 2^-24 into the mantissa's last bits. */
      in.bits = rest;
      in.value += 0.5f;
      return sign | (in.bits - 0x3f000000);
    }
  rest += 0xfff + (rest >> 13 & 1);
  return sign | ((rest >> 13) - (112 << 10));
}

static guint16
read_u16 (const guint8 *at)
{
  return at[0] | at[1] << 8;
}

static float
read_half (const guint8 *at)
{
  return mill_half_to_float (read_u16 (at));
}

static void
unpack_bf16 (const guint8 *in, float *out)
{
  union { guint32 bits; float value; } x = { (guint32) read_u16 (in) << 16 };
  *out = x.value;
}

static void
unpack_f16 (const guint8 *in, float *out)
{
  *out = read_half (in);
}

/* Q4_0: d half, then 16 bytes with values j (low) and j + 16 (high). x = d (q - 8) */
static void
unpack_q4_0 (const guint8 *in, float *out)
{
  float d = read_half (in);
  for (int j = 0; j < 16; j++)
    {
      out[j] = d * ((in[2 + j] & 15) - 8);
      out[j + 16] = d * ((in[2 + j] >> 4) - 8);
    }
}

/* Q4_1: d, m halves, 16 bytes as in Q4_0. x = d q + m */
static void
unpack_q4_1 (const guint8 *in, float *out)
{
  float d = read_half (in), m = read_half (in + 2);
  for (int j = 0; j < 16; j++)
    {
      out[j] = d * (in[4 + j] & 15) + m;
      out[j + 16] = d * (in[4 + j] >> 4) + m;
    }
}

/* The 5-bit q number `j` of 32: low bits in `qs` as in Q4_0, bit 4 in bit j of `qh`. */
static int
five_bits (const guint8 *qs, const guint8 *qh, int j)
{
  int low = j < 16 ? qs[j] & 15 : qs[j - 16] >> 4;
  return low | (qh[j / 8] >> (j % 8) & 1) << 4;
}

/* Q5_0: d half, 32 high bits, 16 bytes of low bits. x = d (q - 16) */
static void
unpack_q5_0 (const guint8 *in, float *out)
{
  float d = read_half (in);
  for (int j = 0; j < 32; j++)
    out[j] = d * (five_bits (in + 6, in + 2, j) - 16);
}

/* Q5_1: d, m halves, 32 high bits, 16 bytes of low bits. x = d q + m */
static void
unpack_q5_1 (const guint8 *in, float *out)
{
  float d = read_half (in), m = read_half (in + 2);
  for (int j = 0; j < 32; j++)
    out[j] = d * five_bits (in + 8, in + 4, j) + m;
}

/* Q8_0: d half, 32 signed bytes. x = d q */
static void
unpack_q8_0 (const guint8 *in, float *out)
{
  float d = read_half (in);
  for (int j = 0; j < 32; j++)
    out[j] = d * (gint8) in[2 + j];
}

/* Q2_K: 16 bytes of 4-bit scale (low) and minimum (high) for 16 values each, 64 bytes of 2-bit q, d, m
 * halves. Each half of 128 values has 32 bytes: value 32 k + l is in bits 2k of byte l. x = d s q - m t */
static void
unpack_q2_k (const guint8 *in, float *out)
{
  const guint8 *scales = in, *qs = in + 16;
  float d = read_half (in + 80), m = read_half (in + 82);
  for (int i = 0; i < 256; i++)
    {
      guint8 scale = scales[i / 16];
      int q = qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      out[i] = d * (scale & 15) * q - m * (scale >> 4);
    }
}

/* Q3_K: 32 bytes of high bits (value i: bit i / 32 of byte i % 32; a clear bit takes 4 away), 64 bytes
 * of 2-bit q as in Q2_K, 12 bytes of sixteen 6-bit scales minus 32, d half. x = d s q */
static void
unpack_q3_k (const guint8 *in, float *out)
{
  const guint8 *high = in, *qs = in + 32, *packed = in + 96;
  float d = read_half (in + 108);
  int scales[16];
  for (int j = 0; j < 16; j++)
    {
      int low = j < 8 ? packed[j] & 15 : packed[j - 8] >> 4;
      scales[j] = (low | (packed[8 + j % 4] >> (j / 4 * 2) & 3) << 4) - 32;
    }
  for (int i = 0; i < 256; i++)
    {
      int q = qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      q -= high[i % 32] >> (i / 32) & 1 ? 0 : 4;
      out[i] = d * scales[i / 16] * q;
    }
}

/* Q4_K and Q5_K: eight 6-bit scales and minima in 12 bytes. The first four of each stand in the low
 * bits of bytes 0-3 and 4-7, the last four have low nibbles in bytes 8-11 and high bits above the first. */
static void
unpack_scales (const guint8 *packed, int j, int *scale, int *min)
{
  if (j < 4)
    {
      *scale = packed[j] & 63;
      *min = packed[j + 4] & 63;
    }
  else
    {
      *scale = (packed[j + 4] & 15) | packed[j - 4] >> 6 << 4;
      *min = packed[j + 4] >> 4 | packed[j] >> 6 << 4;
    }
}

/* Q4_K: d, m halves, 12 bytes of scales and minima for 32 values each, 128 bytes of 4-bit q: each 64
 * values take 32 bytes, the first 32 in the low nibbles. x = d s q - m t */
static void
unpack_q4_k (const guint8 *in, float *out)
{
  const guint8 *qs = in + 16;
  float d = read_half (in), m = read_half (in + 2);
  for (int j = 0; j < 8; j++)
    {
      int scale, min;
      unpack_scales (in + 4, j, &scale, &min);
      for (int l = 0; l < 32; l++)
        out[j * 32 + l] = d * scale * (qs[j / 2 * 32 + l] >> (j % 2 * 4) & 15) - m * min;
    }
}

/* Q5_K: as Q4_K, with 32 bytes of high bits before the low ones: value 32 j + l in bit j of byte l. */
static void
unpack_q5_k (const guint8 *in, float *out)
{
  const guint8 *high = in + 16, *qs = in + 48;
  float d = read_half (in), m = read_half (in + 2);
  for (int j = 0; j < 8; j++)
    {
      int scale, min;
      unpack_scales (in + 4, j, &scale, &min);
      for (int l = 0; l < 32; l++)
        {
          int q = (qs[j / 2 * 32 + l] >> (j % 2 * 4) & 15) | (high[l] >> j & 1) << 4;
          out[j * 32 + l] = d * scale * q - m * min;
        }
    }
}

/* Q6_K: 128 bytes of low nibbles, 64 of high bit pairs, 16 signed scales for 16 values each, d half.
 * Each half of 128 values has 64 and 32 bytes: value 32 k + l has its low bits in nibble k / 2 of byte
 * 32 (k % 2) + l and its high ones in bits 2k of byte l. x = d s (q - 32) */
static void
unpack_q6_k (const guint8 *in, float *out)
{
  const guint8 *low = in, *high = in + 128, *scales = in + 192;
  float d = read_half (in + 208);
  for (int i = 0; i < 256; i++)
    {
      int half = i / 128, k = i % 128 / 32, l = i % 32;
      int q = low[half * 64 + k % 2 * 32 + l] >> (k / 2 * 4) & 15;
      q |= (high[half * 32 + l] >> (k * 2) & 3) << 4;
      out[i] = d * (gint8) scales[i / 16] * (q - 32);
    }
}

/* IQ4_NL: as Q4_0, with q an index into a table of uneven steps. x = d table[q] */
static void
unpack_iq4_nl (const guint8 *in, float *out)
{
  static const gint8 table[16] = { -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113 };
  float d = read_half (in);
  for (int j = 0; j < 16; j++)
    {
      out[j] = d * table[in[2 + j] & 15];
      out[j + 16] = d * table[in[2 + j] >> 4];
    }
}

typedef void (*Unpack) (const guint8 *in, float *out);

static Unpack
find_unpack (MillQuantType type)
{
  switch ((int) type)
    {
    case MILL_QUANT_F16: return unpack_f16;
    case MILL_QUANT_BF16: return unpack_bf16;
    case MILL_QUANT_Q4_0: return unpack_q4_0;
    case MILL_QUANT_Q4_1: return unpack_q4_1;
    case MILL_QUANT_Q5_0: return unpack_q5_0;
    case MILL_QUANT_Q5_1: return unpack_q5_1;
    case MILL_QUANT_Q8_0: return unpack_q8_0;
    case MILL_QUANT_Q2_K: return unpack_q2_k;
    case MILL_QUANT_Q3_K: return unpack_q3_k;
    case MILL_QUANT_Q4_K: return unpack_q4_k;
    case MILL_QUANT_Q5_K: return unpack_q5_k;
    case MILL_QUANT_Q6_K: return unpack_q6_k;
    case MILL_QUANT_IQ4_NL: return unpack_iq4_nl;
    default: return NULL;
    }
}

gboolean
mill_quant_dequantize (MillQuantType type, const void *data, float *out, gsize n)
{
  if (type == MILL_QUANT_F32)
    {
      memcpy (out, data, n * sizeof *out);
      return TRUE;
    }
  Unpack unpack = find_unpack (type);
  if (unpack == NULL)
    return FALSE;
  const MillQuantInfo *info = mill_quant_get_info (type);
  g_return_val_if_fail (n % info->block_size == 0, FALSE);
  const guint8 *in = data;
  for (gsize i = 0; i < n; i += info->block_size, in += info->block_bytes)
    unpack (in, out + i);
  return TRUE;
}
